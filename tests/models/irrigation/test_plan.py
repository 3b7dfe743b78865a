"""The decision, the dose and the week: what they are, and that they are monotone."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.irrigation import ensemble
from models.irrigation.ahead import Beds, Water, dried, wetted
from models.irrigation.ensemble import Ahead
from models.irrigation.plan import DAYS, LOOK_AHEAD, NEVER, Plan, Rules, plan
from models.irrigation.shared import Supply
from models.irrigation.strategies import RISKS

MEMBERS = ensemble.MEMBERS


def beds(
    *, taw: float = 60.0, raw: float = 27.0, kcb: float = 1.0, rain_share: float = 1.0
) -> Beds:
    day = np.ones((LOOK_AHEAD, 1))
    return Beds(
        kcb=kcb * day,
        kc_max=1.2 * day,
        exposed_wetted_fraction=0.3 * day,
        taw=taw * day,
        raw=raw * day,
        tew=np.array([19.0]),
        rew=np.array([9.0]),
        rain_share=np.array([rain_share]),
        wetted_fraction=np.array([1.0]),
        evaporates=np.array([1.0]),
        salt=np.array([1.0]),
        greatest_rise=0.0 * day,
    )


def sky(*, rain: float = 0.0, et0: float = 4.0) -> Ahead:
    """The same weather every day for all members."""
    return Ahead(np.full((LOOK_AHEAD, MEMBERS), rain), np.full((LOOK_AHEAD, MEMBERS), et0))


def spread_sky(rain: float, et0: float) -> Ahead:
    chances = ensemble.ranks(LOOK_AHEAD, MEMBERS, 1)
    days = np.ones(LOOK_AHEAD)
    return Ahead(
        ensemble.forecast_rain(rain * days, 0.3 * rain * days, 2.0 * rain * days, chances),
        ensemble.et0_members(et0 * days, 0.15 * days, chances[::-1]),
    )


def decide(
    depletion: float,
    weather: Ahead,
    *,
    bed: Beds | None = None,
    recent_rain: float = 0.0,
    minimum_dose: float = 3.0,
    first_chance: int = 0,
    stands: int = 1,
    error: float = 3.0,
) -> Plan:
    chosen = bed or beds()
    members = ensemble.depletion_members([depletion], [error], chosen.taw[0], 3)
    return plan(
        Water(members, np.full((1, MEMBERS), 15.0)),
        chosen,
        weather,
        Rules(np.array([minimum_dose]), np.array([first_chance]), np.array([stands])),
        recent_rain=np.array([recent_rain]),
    )


def test_a_wet_bed_waits_and_says_so() -> None:
    found = decide(5.0, sky(et0=3.0))
    assert not found.irrigate[0]
    assert found.reasons == ("enough_water",)
    assert found.depth[0] == 0.0
    assert found.chance[0] == 0.0


def test_a_dry_bed_is_watered_back_to_field_capacity() -> None:
    found = decide(40.0, sky())
    assert found.irrigate[0]
    assert found.reasons == ("depletion_above_raw",)
    assert found.depth[0] == pytest.approx(40.0, abs=0.5)
    assert found.week.irrigation[0, 0] == found.depth[0]


def test_a_bed_near_its_limit_is_watered_before_it_suffers() -> None:
    found = decide(22.0, sky())
    assert found.reasons == ("stress_soon",)
    assert found.chance[0] > 0.6


def test_expected_rain_is_waited_for_and_named() -> None:
    assert decide(20.0, sky()).irrigate[0]
    found = decide(20.0, sky(rain=6.0))
    assert not found.irrigate[0]
    assert found.reasons == ("rain_expected",)


def test_rain_that_fell_is_named() -> None:
    found = decide(8.0, sky(), recent_rain=25.0)
    assert found.reasons == ("rain_fell",)


def test_a_dose_leaves_room_for_likely_rain() -> None:
    dry, wet = decide(40.0, sky()), decide(40.0, sky(rain=5.0))
    assert wet.depth[0] == pytest.approx(dry.depth[0] - 15.0, abs=1.0)


def test_a_greenhouse_bed_does_not_wait_for_rain() -> None:
    found = decide(20.0, sky(rain=10.0), bed=beds(rain_share=0.0))
    assert found.irrigate[0]
    assert found.week.rain.max() == 0.0


def test_a_dose_not_worth_starting_waits() -> None:
    found = decide(6.0, sky(), bed=beds(taw=20.0, raw=9.0), minimum_dose=10.0, error=1.0)
    assert found.reasons == ("dose_too_small",)
    assert not found.irrigate[0]


def test_a_bed_without_water_is_never_told_to_water() -> None:
    found = decide(40.0, sky(), first_chance=NEVER)
    assert not found.irrigate[0]
    assert found.week.irrigation.max() == 0.0
    assert found.chance[0] == 1.0


def test_watering_tomorrow_happens_tomorrow() -> None:
    found = decide(40.0, sky(), first_chance=1)
    assert found.week.irrigation[0, 0] == 0.0
    assert found.week.irrigation[1, 0] == found.depth[0] > 40.0


def test_days_to_raw_counts_the_days_left() -> None:
    assert decide(7.0, sky(et0=4.0)).days_to_raw[0] == 4.0
    assert decide(40.0, sky()).days_to_raw[0] == 0.0
    assert np.isnan(decide(0.0, sky(et0=0.5)).days_to_raw[0])


def test_the_week_is_as_long_as_promised_and_its_range_holds_the_median() -> None:
    week = decide(15.0, spread_sky(3.0, 4.0)).week
    assert len(week.depletion) == DAYS
    assert (week.low <= week.depletion).all()
    assert (week.depletion <= week.high).all()
    assert (week.high > week.low).any()


def test_the_same_again_is_the_same() -> None:
    one, two = decide(20.0, spread_sky(2.0, 4.0)), decide(20.0, spread_sky(2.0, 4.0))
    assert one.depth == two.depth
    np.testing.assert_array_equal(one.week.depletion, two.week.depletion)


_depletion = st.floats(0.0, 60.0)
_rain, _et0 = st.floats(0.0, 15.0), st.floats(0.5, 9.0)
_more = st.floats(0.1, 20.0)


def first_day(found: Plan) -> int:
    """The first day of the week with water; DAYS when there is none."""
    wet = np.flatnonzero(found.week.irrigation[:, 0] > 0)
    return int(wet[0]) if len(wet) else DAYS


@given(_depletion, _more, _rain, _et0)
@settings(max_examples=60, deadline=None)
def test_a_drier_bed_never_waits_longer(
    depletion: float, more: float, rain: float, et0: float
) -> None:
    weather = spread_sky(rain, et0)
    wetter, drier = decide(depletion, weather), decide(min(depletion + more, 60.0), weather)
    assert first_day(drier) <= first_day(wetter)
    assert drier.chance[0] >= wetter.chance[0]
    assert drier.depth[0] >= wetter.depth[0] - 1e-9


@given(_depletion, _rain, _more, _et0)
@settings(max_examples=60, deadline=None)
def test_more_rain_never_asks_for_more_water(
    depletion: float, rain: float, more: float, et0: float
) -> None:
    less, wetter = (
        decide(depletion, spread_sky(rain, et0)),
        decide(depletion, spread_sky(rain + more, et0)),
    )
    assert wetter.depth[0] <= less.depth[0] + 1e-9
    assert wetter.chance[0] <= less.chance[0]
    assert first_day(wetter) >= first_day(less)


@given(_depletion, st.floats(0.0, 30.0), _et0)
@settings(max_examples=40, deadline=None)
def test_water_is_neither_made_nor_lost(depletion: float, rain: float, et0: float) -> None:
    bed = beds()
    start = Water(np.array([[depletion]]), np.array([[10.0]]))
    wet = wetted(start, bed, rain=np.array([rain]), irrigation=np.array([2.0]))
    end, used = dried(wet, bed, 0, et0=np.array([et0]))
    balance = depletion - rain - 2.0 + used[0, 0]  # what is above field capacity drains
    assert end.depletion[0, 0] == pytest.approx(max(0.0, balance))
    assert 0.0 <= end.depletion[0, 0] <= 60.0


@given(st.floats(0.0, 8.0), st.floats(0.0, 3.0), st.floats(1.0, 9.0))
@settings(max_examples=60, deadline=None)
def test_a_drier_pot_ends_the_day_drier(depletion: float, more: float, et0: float) -> None:
    pot = replace(beds(taw=9.0, raw=5.0), tew=np.array([9.0]), rew=np.array([4.0]))
    ends = [
        dried(Water(np.array([[d]]), np.array([[5.0]])), pot, 0, et0=np.array([et0]))[0]
        for d in (depletion, min(depletion + more, 9.0))
    ]
    assert ends[0].depletion[0, 0] <= ends[1].depletion[0, 0] + 1e-9


def rules_of(**changed: object) -> Rules:
    plain = Rules(np.array([3.0]), np.array([0]), np.array([1]))
    return replace(plain, **changed)  # type: ignore[arg-type]


def planned(
    depletion: float, weather: Ahead, rules: Rules, *, supply: Supply | None = None
) -> Plan:
    bed = beds()
    members = ensemble.depletion_members([depletion], [3.0], bed.taw[0], 3)
    surface = np.full((1, MEMBERS), 15.0)
    return plan(
        Water(members, surface), bed, weather, rules, recent_rain=np.zeros(1), supply=supply
    )


def some_days(*open_days: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.isin(np.arange(LOOK_AHEAD), open_days)[:, None]


_risk = st.sampled_from(sorted(RISKS.values()))
_least = st.sampled_from([1.0, 0.87, 0.75, 0.6])
_open_days = st.sets(st.integers(0, LOOK_AHEAD - 1), min_size=1).map(lambda d: some_days(*d))


@st.composite
def any_rules(draw: st.DrawFn) -> Rules:
    return rules_of(
        risk=np.array([draw(_risk)]),
        least_ks=np.full((LOOK_AHEAD, 1), draw(_least)),
        open_days=draw(_open_days),
        stands=np.array([draw(st.integers(0, 1))]),
        greatest_dose=draw(st.sampled_from([12.0, 40.0])),
    )


@given(_depletion, _more, _rain, _et0, any_rules())
@settings(max_examples=80, deadline=None)
def test_a_drier_bed_never_waits_longer_whatever_the_rules(
    depletion: float, more: float, rain: float, et0: float, rules: Rules
) -> None:
    weather = spread_sky(rain, et0)
    wetter = planned(depletion, weather, rules)
    drier = planned(min(depletion + more, 60.0), weather, rules)
    assert first_day(drier) <= first_day(wetter)
    assert drier.chance[0] >= wetter.chance[0]
    assert drier.depth[0] >= wetter.depth[0] - 1e-9


@given(_depletion, _rain, _more, _et0, any_rules())
@settings(max_examples=80, deadline=None)
def test_more_rain_never_asks_for_more_water_whatever_the_rules(
    depletion: float, rain: float, more: float, et0: float, rules: Rules
) -> None:
    less = planned(depletion, spread_sky(rain, et0), rules)
    wetter = planned(depletion, spread_sky(rain + more, et0), rules)
    assert wetter.depth[0] <= less.depth[0] + 1e-9
    assert wetter.chance[0] <= less.chance[0]
    assert first_day(wetter) >= first_day(less)


@given(_depletion, _rain, _et0, any_rules())
@settings(max_examples=60, deadline=None)
def test_water_runs_on_open_days_only(
    depletion: float, rain: float, et0: float, rules: Rules
) -> None:
    found = planned(depletion, spread_sky(rain, et0), rules)
    assert rules.open_days is not None
    assert not found.week.irrigation[~rules.open_days[:DAYS]].any()
    assert found.week.irrigation.max() <= rules.greatest_dose


@given(_depletion, _rain, _et0)
@settings(max_examples=60, deadline=None)
def test_a_prudent_farmer_waters_no_later_and_a_saving_one_no_sooner(
    depletion: float, rain: float, et0: float
) -> None:
    weather = spread_sky(rain, et0)
    due = [
        planned(depletion, weather, rules_of(risk=np.array([RISKS[name]]))).irrigate[0]
        for name in ("prudent", "balanced", "saving")
    ]
    assert due == sorted(due, reverse=True)


def test_all_open_days_are_as_none_told() -> None:
    weather = spread_sky(2.0, 5.0)
    free = planned(22.0, weather, rules_of())
    told = planned(22.0, weather, rules_of(open_days=some_days(*range(LOOK_AHEAD))))
    np.testing.assert_array_equal(free.week.irrigation, told.week.irrigation)
    assert (free.reasons, free.depth) == (told.reasons, told.depth)


def test_a_closed_tomorrow_waters_today() -> None:
    """Enough until tomorrow, not until the next legal day: it must be now."""
    weather = sky(et0=5.0)
    assert not planned(12.0, weather, rules_of()).irrigate[0]
    found = planned(12.0, weather, rules_of(open_days=some_days(0, 4, 5, 6, 7, 8)))
    assert found.irrigate[0]
    assert found.day[0] == 0


def test_where_no_day_is_open_nothing_is_watered() -> None:
    found = planned(40.0, sky(), rules_of(open_days=some_days()))
    assert not found.irrigate[0]
    assert found.day[0] == NEVER
    assert found.week.irrigation.max() == 0.0
    assert found.chance[0] == 1.0


def test_a_deficit_strategy_waits_beyond_readily_available_water_and_says_so() -> None:
    mean = rules_of(least_ks=np.full((LOOK_AHEAD, 1), 0.6))  # 27 + 0.4 · 33 = 40 mm
    assert planned(30.0, sky(), rules_of()).irrigate[0]
    found = planned(30.0, sky(), mean)
    assert not found.irrigate[0]
    assert found.reasons == ("deficit_on_purpose",)
    assert planned(45.0, sky(), mean).irrigate[0]


def two_beds(*, closes: float = 1260.0, level: float = np.inf) -> Supply:
    """Two beds of 20 m² on one tap of 10 L/min and one tank."""
    return Supply(
        litres_per_mm=np.full(2, 20.0),
        flow=np.full(2, 10.0),
        opens=np.full((DAYS, 2), 1200.0),
        closes=np.full((DAYS, 2), closes),
        tap=np.zeros(2, dtype=int),
        tank=np.zeros(2, dtype=int),
        level=np.array([level]),
        capacity=np.array([np.inf]),
        inflow=np.zeros((DAYS, 1)),
        longest_run=np.full(2, np.inf),
        soak=np.zeros(2),
        weight=np.ones(2),
    )


def together(first: float, second: float, supply: Supply) -> Plan:
    bed = beds()
    both = replace(
        bed,
        **{
            name: np.repeat(getattr(bed, name), 2, axis=-1)
            for name in (f.name for f in fields(Beds))
        },
    )
    members = ensemble.depletion_members([first, second], [3.0, 3.0], both.taw[0], 3)
    return plan(
        Water(members, np.full((2, MEMBERS), 15.0)),
        both,
        sky(),
        Rules(np.full(2, 3.0), np.zeros(2, dtype=int), np.ones(2, dtype=int)),
        recent_rain=np.zeros(2),
        supply=supply,
    )


def test_the_drier_of_two_beds_has_the_tap_first_and_the_other_its_turn_tomorrow() -> None:
    found = together(30.0, 45.0, two_beds(closes=1290.0))  # 60 and 90 minutes of 90
    assert found.irrigate.tolist() == [False, True]
    assert found.reasons == ("window_full", "depletion_above_raw")
    assert (found.start[1], found.end[1]) == (1200.0, pytest.approx(1290.0, abs=2.0))
    assert np.isnan(found.start[0])
    assert found.week.irrigation[1, 0] > 30.0


def test_a_tank_that_runs_out_says_so() -> None:
    found = together(40.0, 45.0, two_beds(closes=1400.0, level=1200.0))
    assert found.reasons == ("tank_low", "depletion_above_raw")
    assert (found.week.irrigation * 20.0).sum() <= 1200.0 + 1e-6


@given(st.floats(20.0, 55.0), st.floats(20.0, 55.0), st.floats(0.0, 20.0), st.floats(30.0, 200.0))
@settings(max_examples=40, deadline=None)
def test_a_drier_bed_never_waits_longer_for_its_neighbour(
    first: float, second: float, more: float, window: float
) -> None:
    supply = two_beds(closes=1200.0 + window)
    wetter, drier = (together(d, second, supply) for d in (first, min(first + more, 60.0)))
    assert drier.irrigate[0] >= wetter.irrigate[0]
