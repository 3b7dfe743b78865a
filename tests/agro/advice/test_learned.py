"""The learned correction in the advice: where it has won, of the past alone, never upside down."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agro import train
from agro.advice import advise, kept, whatif
from agro.records import Advice, LogEntry
from agro.scale.morning import advise_city
from agro.store import logbook, open_store, weather, writing
from tests.agro.advice.conftest import NOW, Garden

DAYS = 420
HOUR = timedelta(hours=1)
FIELD_CAPACITY, WILTING = 0.25, 0.12  # of the garden's loam
PLACE = "garden/squash/probe"


def world(garden: Garden) -> None:
    """A soil under a crop that drinks most in July and gives what is asked until it is nearly dry.

    No bucket is told either. It rains now and then, and every eighth day it is watered.
    """
    generator = np.random.default_rng(5)
    garden.summer(days=DAYS)
    content, midnight = 0.24, NOW - timedelta(days=DAYS, hours=10)
    notes = []
    for day in range(DAYS):
        start = midnight + timedelta(days=day)
        rain = float(generator.gamma(1.2, 7.0)) if generator.random() < 0.12 else 0.0
        season = np.sin(np.pi * (start.timetuple().tm_yday - 75.0) / 230.0)
        asked = 0.0025 + 0.0065 * max(season, 0.0)
        poured = 32.0 if day % 8 == 3 else 0.0
        garden.measure("gauge", "rain", start + 3 * HOUR, rain)
        if poured:
            notes.append(LogEntry("garden", "squash", "irrigation", start + 4 * HOUR, poured, "mm"))
        for step in range(8):
            if step == 2:
                content = min(content + (rain + 0.9 * poured) / 600.0, 0.29)
            ks = np.clip((content - WILTING) / (0.35 * (FIELD_CAPACITY - WILTING)), 0.0, 1.0)
            content -= (asked * ks + 0.05 * max(content - FIELD_CAPACITY, 0.0)) / 8.0
            time = start + 3 * step * HOUR
            if time <= NOW:
                garden.probe(time, round(content + float(generator.normal(0.0, 0.0008)), 4))
    garden.forecast([0.0] * 9)
    with writing(garden.engine) as c:
        logbook.write(c, notes)
    garden.keep()


@pytest.fixture(scope="session")
def taught(empty_city: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The small city with fourteen months of its probe, and the model trained on them."""
    folder = tmp_path_factory.mktemp("taught")
    file = folder / "city.sqlite"
    file.write_bytes(empty_city.read_bytes())
    engine = open_store(f"sqlite:///{file.as_posix()}")
    world(Garden(engine))
    with engine.connect() as c:
        found = train.train(c, folder / "models", at=NOW)
    engine.dispose()
    assert found.reason == "kept", found
    return file, folder


@pytest.fixture
def learnt(
    taught: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Garden]:
    """The same, which this test may change, with the model in place."""
    file = tmp_path / "city.sqlite"
    file.write_bytes(taught[0].read_bytes())
    monkeypatch.setenv("AGRO_VAR", str(taught[1]))
    engine = open_store(f"sqlite:///{file.as_posix()}")
    yield Garden(engine)
    engine.dispose()


def spoken(advice: Advice) -> dict[str, Any]:
    return dict(advice.sources["learned"])


def test_the_advice_tells_which_speaks_and_how_right_it_was(learnt: Garden) -> None:
    squash, tunnel = learnt.ask(), learnt.ask("tunnel")
    told = spoken(squash)
    assert told["used"]
    assert told["trained_until"] == "2026-07-13"
    rows = told["rmse"]["probe 20 cm"]
    assert [row["days"] for row in rows] == [1, 3, 7]
    assert all(row["chosen"] < min(row["bucket"], row["persistence"]) for row in rows[:2])
    assert len(told["shift_mm"]) == 7
    assert any(abs(mm) > 0.3 for mm in told["shift_mm"])
    assert spoken(tunnel) == {
        "used": False,
        "reason": "other_probes",
        "trained_until": "2026-07-13",
    }


def test_the_days_ahead_move_by_what_was_learned_and_stay_in_the_soil(
    learnt: Garden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    learnt.probe(learnt.at, 0.245)  # too wet to be watered on the first days
    with_it = learnt.ask()
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    without = learnt.ask()
    assert spoken(without) == {"used": False, "reason": "no_model"}
    assert with_it.depletion_mm == without.depletion_mm  # today is not forecast
    days = range(next(n for n, day in enumerate(without.plan) if day.irrigation_mm > 0.0))
    assert len(days) >= 2
    for n in days:
        moved = with_it.plan[n].depletion_mm - without.plan[n].depletion_mm
        assert moved == pytest.approx(spoken(with_it)["shift_mm"][n], abs=1e-2)
    for day in with_it.plan:
        assert 0.0 <= day.low <= day.depletion_mm <= day.high <= with_it.taw_mm + 5.0


def test_the_page_that_tries_doses_sees_the_same_days(
    learnt: Garden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def tried() -> np.ndarray[Any, np.dtype[np.float64]]:
        with learnt.engine.connect() as c:
            found = whatif.what_if(c, "garden", "squash", learnt.at)
        assert found is not None
        return found.median[:, 0]

    learnt.keep()
    with_it, told = tried(), spoken(learnt.ask())
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    moved = with_it - tried()
    assert moved[:7] == pytest.approx(told["shift_mm"], abs=1e-2)


def test_a_model_of_today_or_later_is_not_asked(learnt: Garden) -> None:
    """On the last day of its data the model was not there yet."""
    assert spoken(learnt.ask(at=NOW - timedelta(hours=9)))["used"]  # 14 July, 1 h in Dijon
    assert spoken(learnt.ask(at=NOW - timedelta(hours=11))) == {"used": False, "reason": "no_model"}
    assert spoken(learnt.ask(at=NOW + timedelta(days=401)))["reason"] == "no_model"


def test_an_old_morning_is_told_by_the_model_of_its_time(
    learnt: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = tmp_path / "var"
    monkeypatch.setenv("AGRO_VAR", str(var))
    with learnt.engine.connect() as c:
        train.train(c, var / "models", at=NOW - timedelta(days=3))
        before = advise(c, at=NOW - timedelta(days=1))
        found = train.train(c, var / "models", at=NOW)
        again = advise(c, at=NOW - timedelta(days=1))
        today = advise(c, at=NOW)
    assert found.reason == "kept"
    assert repr(again) == repr(before)
    assert spoken(before[0])["trained_until"] == "2026-07-10"
    assert spoken(today[0])["trained_until"] == "2026-07-13"


def test_a_probe_that_has_hardly_spoken_lately_is_left_to_the_physics(learnt: Garden) -> None:
    later = NOW + timedelta(days=24)
    for hour in range(0, 48, 2):
        learnt.probe(later - timedelta(hours=hour), 0.2 + 0.0003 * hour)
    assert spoken(learnt.ask(at=later))["reason"] == "few_days"


def rows(chosen: float, *, n: int = 50) -> list[dict[str, float]]:
    return [
        {"days": days, "n": n, "persistence": 0.03, "bucket": 0.02, "chosen": chosen}
        for days in (1.0, 3.0)
    ]


@pytest.mark.parametrize(
    ("every", "dry", "together", "believed"),
    [
        (rows(0.015), rows(0.015), rows(0.0199), (1, 3)),
        (rows(0.0199), rows(0.015), rows(0.0199), ()),  # hardly better than the bucket
        (rows(0.015), rows(0.025), rows(0.0199), ()),  # worse on the days it is asked about
        (rows(0.015), rows(0.015, n=10), rows(0.0199), ()),  # too few to say
        (rows(0.015), rows(0.015)[1:], rows(0.0199), (3,)),
        (rows(0.015), rows(0.015), rows(0.0201), ()),  # all probes together lose: a win by chance
        ([], [], [], ()),  # of a card that does not tell
    ],
)
def test_it_speaks_only_where_this_probe_has_won(
    taught: tuple[Path, Path],
    every: list[dict[str, float]],
    dry: list[dict[str, float]],
    together: list[dict[str, float]],
    believed: tuple[int, ...],
) -> None:
    found = kept.kept_before(taught[1] / "models", NOW.date())
    assert found is not None
    held_out = {
        kept.series_key(PLACE, 20.0): every,
        kept.series_key(PLACE, 20.0, dry=True): dry,
        "all": together,
        "all dry": together,
    }
    card = replace(found.card, held_out=held_out)
    assert replace(found, card=card).believed(0) == believed


def test_without_a_win_on_this_bed_the_physics_speaks(
    learnt: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LEAST_JUDGED", 10_000)
    assert spoken(learnt.ask())["reason"] == "physics_better"


def test_the_whole_city_is_told_the_same(learnt: Garden) -> None:
    learnt.keep()
    alone = [one for site in ("garden", "plateau") for one in learnt.all(site=site)]
    together = learnt.all()
    in_blocks = advise_city(
        ["garden", "plateau"], NOW, database=learnt.engine.url.render_as_string(False), run=map
    )
    assert spoken(together[0])["used"]
    assert repr(together) == repr(alone) == repr(in_blocks)


def test_nothing_later_changes_it(learnt: Garden) -> None:
    """Of the model, too, nothing is asked with a value from after the moment."""
    at = NOW - timedelta(hours=2)
    before = learnt.all(at=at)
    assert spoken(before[0])["used"]
    for hour in range(1, 60, 3):
        later = at + hour * HOUR
        learnt.probe(later, 0.13)
        learnt.measure("gauge", "rain", later, 9.0)
        learnt.measure("station", "air_temperature", later, 41.0)
    with writing(learnt.engine) as c:
        entry = LogEntry("garden", "squash", "irrigation", at + HOUR, 60.0, "mm")
        logbook.write(c, [entry])
        days = [at.date() + timedelta(days=n) for n in range(3)]
        frame = pd.DataFrame({"day": days, "tmin": 30.0, "tmax": 44.0, "rain": 99.0})
        weather.write_days(c, "garden", "later", frame)
    assert repr(learnt.all(at=at)) == repr(before)


def urgency(advice: Advice) -> tuple[bool, float]:
    """Whether it says to water, and how much."""
    return advice.decision == "irrigate", advice.depth_mm


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.floats(0.14, 0.26),
    drier=st.floats(0.001, 0.1),
    rain=st.lists(st.floats(0.0, 12.0), min_size=9, max_size=9),
)
def test_drier_soil_never_waits_longer(
    learnt: Garden, content: float, drier: float, rain: list[float]
) -> None:
    learnt.forecast(rain, issued_at=NOW - HOUR)
    wet = with_readings(learnt, content)
    dry = with_readings(learnt, max(content - drier, 0.1))
    assert spoken(wet)["used"]
    assert dry.depletion_mm >= wet.depletion_mm - 1e-6
    assert urgency(dry)[0] >= urgency(wet)[0]
    # Left alone it is never said to end a day wetter.
    assert (alone(dry) >= alone(wet) - 1e-3).all()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.floats(0.14, 0.24),
    rain=st.lists(st.floats(0.0, 8.0), min_size=9, max_size=9),
    more=st.lists(st.floats(0.0, 15.0), min_size=9, max_size=9),
    fallen=st.floats(0.0, 20.0),
    ago=st.integers(1, 90),
)
def test_more_rain_never_asks_for_more_water(
    learnt: Garden,
    content: float,
    rain: list[float],
    more: list[float],
    fallen: float,
    ago: int,
) -> None:
    """Neither rain that is forecast nor rain that fell, also before the probe was read."""
    learnt.measure("gauge", "rain", NOW - ago * HOUR, 0.0)
    learnt.forecast(rain, issued_at=NOW - HOUR)
    little = with_readings(learnt, content)
    assert spoken(little)["used"]
    learnt.forecast([a + b for a, b in zip(rain, more, strict=True)], issued_at=NOW - HOUR)
    much = learnt.ask()
    learnt.measure("gauge", "rain", NOW - ago * HOUR, fallen)
    most = learnt.ask()
    assert urgency(little) >= urgency(much)
    assert urgency(much) >= urgency(most)
    learnt.measure("gauge", "rain", NOW - ago * HOUR, 0.0)


def with_readings(garden: Garden, content: float) -> Advice:
    """The advice after this was read two hours ago, whatever was read then before."""
    garden.probe(NOW - 2 * HOUR, content)
    return garden.ask()


def alone(advice: Advice) -> Any:
    """The evenings ahead as far as nothing is poured. (days,) [mm]"""
    poured = np.cumsum([day.irrigation_mm for day in advice.plan])
    return np.array([day.depletion_mm for day in advice.plan]) + poured
