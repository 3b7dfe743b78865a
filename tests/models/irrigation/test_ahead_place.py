"""What a place adds holds for the days ahead as for the season behind."""

import numpy as np
import pytest

from models.irrigation import ahead, city
from models.irrigation.ahead import Water
from models.irrigation.city import Block, Station
from models.irrigation.ensemble import Ahead
from models.irrigation.plan import LOOK_AHEAD, Rules
from models.water import balance, kernel, tables
from models.water.balance import Bed, DailyWeather
from models.water.parameters import MULCHES

_DAYS, _MEMBERS = 60, 4
_STRAW, _FILM = (
    {"mulch_cover": 1.0, "mulch_reduction": one.mulch_reduction, "kcb_reduction": one.kcb_reduction}
    for one in (MULCHES["organic"], MULCHES["plastic"])
)
_PLACES: dict[str, dict[str, float]] = {
    "straw": _STRAW,
    "film": _FILM,
    "glass": {"et0_share": 0.64},
    "salt": {"soil_salinity": 4.0},
    "water table": {"water_table": 1.2},
}


def _beds(*places: dict[str, object]) -> balance.Beds:
    rows = [Bed(tables.crop("tomato"), tables.soil("loam"), **place) for place in places]  # type: ignore[arg-type]
    return balance.beds(rows)


def _ahead(beds: balance.Beds, days: int = 10) -> ahead.Beds:
    weather = DailyWeather(np.full(_DAYS, 5.0), np.zeros(_DAYS))
    run = balance.run(weather, beds)
    kept = {name: getattr(run, name) for name in ("kcb", "canopy_cover", "taw")}
    found = ahead.of_season(weather, beds, **kept, wetted=np.ones(run.kcb.shape[1]))
    return found.since(_DAYS - days)


def _lost(beds: balance.Beds, depletion: float) -> np.ndarray:
    """What a week takes from each bed, starting equally dry. (beds,) [mm]"""
    coming = _ahead(beds)
    size = coming.kcb.shape[1]
    water = Water(np.full((size, 1), depletion), np.zeros((size, 1)))
    sky = Ahead(np.zeros((7, 1)), np.full((7, 1), 5.0))
    course = ahead.walk(water, coming, sky, irrigation=np.zeros((7, size)))
    return course.depletion[-1, :, 0] - depletion


@pytest.mark.parametrize("place", _PLACES)
def test_the_week_ahead_takes_less_for_what_the_place_adds(place: str) -> None:
    plain, own = _lost(_beds({}, _PLACES[place]), depletion=10.0)
    assert own < plain - 0.5


def test_the_week_ahead_loses_what_the_season_s_balance_would() -> None:
    """The same beds through `balance.step` and through the days ahead: steps differ, places do."""
    places = [{}, *_PLACES.values()]
    beds = _beds(*places)
    state = balance.start(beds, depletion=np.full(len(places), 10.0))
    state = balance.State(
        state.depletion, np.zeros(len(places)), np.ones(len(places))
    )  # the surface is wet
    for day in range(_DAYS - 10, _DAYS - 3):
        state, _ = balance.step(state, day=day, et0=5.0, rain=0.0, beds=beds)
    by_steps = state.depletion - 10.0
    assert _lost(beds, 10.0) == pytest.approx(by_steps, abs=1.0)
    apart = by_steps[1:] - by_steps[0]
    assert _lost(beds, 10.0)[1:] - _lost(beds, 10.0)[0] == pytest.approx(apart, abs=0.7)


def test_without_additions_the_days_ahead_keep_their_numbers() -> None:
    found = _ahead(_beds({}))
    weather = DailyWeather(np.full(_DAYS, 5.0), np.zeros(_DAYS))
    run = balance.run(weather, _beds({}))
    np.testing.assert_array_equal(found.kcb, run.kcb[-10:])
    assert found.evaporates.tolist() == found.salt.tolist() == [1.0]
    assert not found.greatest_rise.any()


def test_a_cut_bed_ahead_is_as_tall_as_in_the_season() -> None:
    weather = DailyWeather(np.full(_DAYS, 5.0), np.full(_DAYS, 5.0), wind_2m=4.0)
    beds = _beds({"cuts": (30.0, 45.0)}, {})
    run = balance.run(weather, beds)
    kept = {name: getattr(run, name) for name in ("kcb", "canopy_cover", "taw")}
    found = ahead.of_season(weather, beds, **kept, wetted=np.ones(2))
    # K_c max − 0.05 is K_cb itself where leaves shade all, and follows the height elsewhere.
    assert found.kc_max[45, 0] < found.kc_max[45, 1]


def _rules(size: int) -> Rules:
    return Rules(np.full(size, 3.0), np.zeros(size, int), np.zeros(size, int))


def test_a_mulched_bed_is_the_same_alone_and_in_a_city() -> None:
    """The readable season and days ahead, against the compiled city in blocks."""
    rng = np.random.default_rng(4)
    past = DailyWeather(rng.uniform(2, 7, _DAYS), rng.choice([0.0, 0.0, 9.0], _DAYS))
    coming = DailyWeather(
        rng.uniform(2, 7, (LOOK_AHEAD, _MEMBERS)), np.zeros((LOOK_AHEAD, _MEMBERS)), 2.0, 45.0
    )
    places = [{}, *_PLACES.values(), {"cuts": (30.0, 45.0)}]
    beds, size = _beds(*places), len(places)
    rules = _rules(size)
    found = city.joined(
        (
            city.decide(block)
            for block in city.blocks([Station(past, coming)], np.zeros(size, int), beds, rules)
        ),
        size,
    )
    alone = balance.run(past, beds)
    np.testing.assert_allclose(found.depletion, alone.depletion[-1], rtol=1e-12, atol=1e-12)
    assert found.depletion[1] < found.depletion[0]
    for number, place in enumerate(places):
        one = _beds(place)
        (block,) = city.blocks([Station(past, coming)], [0], one, _rules(1))
        own = city.decide(block)
        assert isinstance(block, Block)
        for name in ("irrigate", "depth", "chance", "depletion", "taw", "raw"):
            np.testing.assert_allclose(
                getattr(own, name)[0], getattr(found, name)[number], rtol=1e-12, atol=1e-12
            )


def test_members_of_a_cut_bed_are_cut_too() -> None:
    from models.irrigation import members

    beds = _beds({"cuts": (30.0,)}, {})
    tall = members.columns(beds)
    assert np.shape(tall.cuts) == (1, 2, 1)
    state = balance.start(tall, shape=(2, 3))
    _, flux = balance.step(state, day=31, et0=5.0, rain=0.0, beds=tall)
    assert np.broadcast_to(flux.kcb, (2, 3))[0, 0] < np.broadcast_to(flux.kcb, (2, 3))[1, 0]
    end = kernel.stream(DailyWeather(np.full(40, 4.0), np.zeros(40)), beds).last
    assert end.depletion[0] < end.depletion[1]
