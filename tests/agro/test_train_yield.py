"""Learning from past seasons: too few, kept and read again, speaking only where it has won."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isfinite, log, nan
from pathlib import Path

import numpy as np
import pytest

from agro import train_yield
from agro.forecast import forecast
from agro.forecast.features import CATEGORIES, NUMBERS, Row
from agro.forecast.learned import Kept, kept_before, packed, read, speaking
from agro.records import LogEntry, Planting
from agro.store import farms, logbook, writing
from agro.train_yield import Seen
from models.harvest.potential import potential, reference
from models.harvest.response import water_response
from models.harvest.season_yield import Foreseen, Weathered, foresee
from models.learning import saving
from tests.agro.advice.conftest import NOW, Garden, empty_city, garden

__all__ = ["empty_city", "garden"]
YEARS = range(2012, 2026)
UNTIL = date(2026, 1, 1)


def seen(year: int, plot: str, truth: float, physics: float, **numbers: float) -> Seen:
    """A past season of tomatoes: logarithms of kg m⁻²."""
    told = dict.fromkeys(NUMBERS, nan) | numbers
    words = dict.fromkeys(CATEGORIES, "") | {"plot": plot}
    return Seen(Row("garden/tomato", year, told, words, truth), physics, 0.4, True)


def years_of_rain(noise: float, *, tells: float) -> list[Seen]:
    """Fourteen years on four plots whose yield follows the year's rain as far as it `tells`."""
    generator = np.random.default_rng(4)
    found = []
    for year in YEARS:
        rain = float(generator.normal(300.0, 80.0))
        for plot in "abcd":
            truth = log(5.0) + tells * (rain - 300.0) / 80.0 + noise * generator.standard_normal()
            found.append(seen(year, plot, truth, log(5.0), rain=rain, age=0.6, degrees=900.0))
    return found


def judged(cases: list[Seen]) -> tuple[train_yield.TrainedYield, Kept]:
    found = train_yield.judge(train_yield.table([one.row for one in cases]))
    return train_yield._judged(cases, found, UNTIL)


@pytest.fixture(scope="module")
def good() -> tuple[train_yield.TrainedYield, Kept]:
    """The rain tells most of the year; what is the yield itself would be left out."""
    return judged(years_of_rain(0.15, tells=0.4))


@pytest.fixture(scope="module")
def poor() -> tuple[train_yield.TrainedYield, Kept]:
    """Nothing tells the year."""
    return judged(years_of_rain(0.2, tells=0.0))


def test_what_tells_the_year_speaks(good: tuple[train_yield.TrainedYield, Kept]) -> None:
    result, kept = good
    assert result.speaks
    assert kept.speaks
    assert result.winner not in ("physics", "group-mean")
    assert 0.0 < result.low <= result.skill <= result.high
    assert result.scores is not None
    assert result.scores["learned"] < 0.7 * result.scores["physics"]
    assert 0.6 <= result.coverage_learned <= 1.0


def test_where_nothing_tells_the_year_the_physics_speaks(
    poor: tuple[train_yield.TrainedYield, Kept],
) -> None:
    result, kept = poor
    assert (result.speaks, result.winner, kept.speaks) == (False, "physics", False)
    assert isfinite(kept.low + kept.high)
    assert kept.low < 0.0 < kept.high


def physics() -> Foreseen:
    place = potential(reference("tomato"), [])
    assert place is not None
    needed = np.array([80.0, 60.0, 40.0, 0.0])
    return foresee(place, Weathered(needed, needed, np.zeros(4)), water_response("tomato"))


def test_a_kept_model_is_read_again_and_follows_the_rain(
    tmp_path: Path, good: tuple[train_yield.TrainedYield, Kept]
) -> None:
    _, kept = good
    file = tmp_path / "yield-2026-01-01.skops"
    file.write_bytes(packed(kept))
    again = kept_before(date(2026, 7, 1), tmp_path)
    assert again is not None
    assert len(again.rows) == len(kept.rows)
    assert kept_before(date(2026, 1, 1), tmp_path) is None  # its data end on that very day
    assert kept_before(date(2028, 1, 1), tmp_path) is None  # long outlived
    found = {}
    for rain in (200.0, 400.0):
        row = seen(2026, "a", nan, nan, rain=rain, age=0.6, degrees=900.0).row
        (found[rain],) = speaking(again, [row], [physics()], [nan])
    assert found[200.0].middle < 5.0 < found[400.0].middle
    for one in found.values():
        assert one.model
        assert one.low <= one.middle <= one.high
        assert one.told["scores"]["learned"] < one.told["scores"]["physics"]


def test_what_it_has_not_learned_is_left_to_the_physics(
    good: tuple[train_yield.TrainedYield, Kept],
) -> None:
    _, kept = good
    row = replace(seen(2026, "a", nan, nan, rain=300.0).row, group="garden/lentil")
    (found,) = speaking(kept, [row], [physics()], [nan])
    assert found.model == ""
    assert found.middle == physics().middle
    assert found.told["reason"] == "other_crop"


def test_no_forecast_is_below_what_is_picked(good: tuple[train_yield.TrainedYield, Kept]) -> None:
    _, kept = good
    row = seen(2026, "a", nan, nan, rain=200.0, age=0.6, degrees=900.0).row
    (found,) = speaking(kept, [row], [physics()], [9.0])
    assert found.low >= 9.0


def test_a_file_that_is_no_model_is_none(tmp_path: Path) -> None:
    file = tmp_path / "yield-2026-01-01.skops"
    file.write_bytes(b"not a model")
    assert read(file) is None
    card = saving.Card("x", "y", "", "", "2026-01-01", 0, {}, {})
    file.write_bytes(saving.packed({"other": 1}, card))
    assert read(file) is None
    assert kept_before(date(2026, 7, 1), tmp_path) is None


def test_a_worse_one_does_not_take_the_place_of_one_that_speaks(
    tmp_path: Path,
    good: tuple[train_yield.TrainedYield, Kept],
    poor: tuple[train_yield.TrainedYield, Kept],
) -> None:
    file = tmp_path / "yield.skops"
    assert not train_yield._is_better_kept(file, poor[1])
    file.write_bytes(packed(good[1]))
    assert train_yield._is_better_kept(file, poor[1])
    assert not train_yield._is_better_kept(file, good[1])


def grown(garden: Garden, years: range) -> None:
    """Past seasons of zucchini on two plots, weighed twice each."""
    plantings, entries = [], []
    for year in years:
        for plot, kg in (("squash", 50.0 + year % 3), ("bare", 40.0)):
            end = date(year, 9, 20)
            plantings.append(Planting("garden", plot, "zucchini", "", date(year, 5, 20), end))
            for day in (10, 25):
                time = datetime(year, 8, day, 8, tzinfo=UTC)
                entries.append(
                    LogEntry("garden", plot, "harvest", time, kg / 2, "kg", crop="zucchini")
                )
    with writing(garden.engine) as c:
        farms._save_plantings(c, [*farms.plantings(c), *plantings])
        logbook.write(c, entries)


def test_without_past_seasons_there_is_nothing_to_learn(garden: Garden, tmp_path: Path) -> None:
    with garden.engine.connect() as c:
        found = train_yield.train(c, tmp_path, at=NOW)
    assert (found.seasons, found.reason, found.file) == (0, "too_few", None)
    assert not list(tmp_path.glob("*.skops"))


def test_past_seasons_of_a_store_are_forecast_again(
    garden: Garden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(garden, range(2022, 2026))
    told: list[tuple[int, int]] = []
    with garden.engine.connect() as c:
        cases = train_yield.collected(c, at=NOW, told=lambda *one: told.append(one))
        result = train_yield.train(c, tmp_path / "models", at=NOW)
    assert len(cases) == 16  # four years, two plots, two moments each
    assert told == [(n, 8) for n in range(8)]
    first = [one for one in cases if one.row.year == 2022]
    last = [one for one in cases if one.row.year == 2025]
    assert all(one.row.log_yield == pytest.approx(log(2.0), abs=0.3) for one in cases)
    errors = [
        np.mean([abs(one.physics - one.row.log_yield) for one in some]) for some in (first, last)
    ]
    assert errors[1] < errors[0]  # by then the record of the years before was known
    assert all(np.isnan(one.row.numbers["rain"]) for one in cases)  # nobody measured it
    assert (result.reason, result.speaks, result.years) == ("kept", False, 4)
    names = sorted(one.name for one in (tmp_path / "models").iterdir())
    assert names == [f"yield-{NOW.date() - timedelta(days=1)}.skops", "yield.skops"]
    monkeypatch.setenv("AGRO_VAR", str(tmp_path))
    with garden.engine.connect() as c:
        squash = next(one for one in forecast(c, site="garden", at=NOW) if one.plot == "squash")
    assert squash.model == "record"
    assert squash.sources["learned"]["reason"] == "physics_better"
    assert squash.low < squash.middle < squash.high
