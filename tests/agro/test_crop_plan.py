"""The crop plan of Dijon's pack: what is known at the moment, and nothing after it."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import nan
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from agro import crop_plan
from agro.crop_plan import Outlook, Planned
from agro.errors import BadInput
from agro.packs import read_pack
from agro.records import LogEntry, Planting
from agro.store import farms, logbook, open_store, weather, writing

AT = datetime(2026, 7, 10, 8, 0, tzinfo=UTC)
TODAY = AT.date()
_SITE, _BED = "potager-des-ducs", "planche-1"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Dijon's gardens with the weather of a spring, brought by hand, and a forecast."""
    engine = open_store(f"sqlite:///{tmp_path}/agro.sqlite")
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
    _weather(engine, date(2026, 4, 1), TODAY, mean=17.0)
    _forecast(engine, AT - timedelta(hours=4), tmin=14.0, tmax=28.0)
    yield engine
    engine.dispose()


def _days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _weather(engine: Engine, first: date, end: date, *, mean: float) -> None:
    days = _days(first, end)
    frame = pd.DataFrame({"day": days, "tmin": mean - 6.0, "tmax": mean + 6.0, "rain": 0.0})
    with writing(engine) as c:
        weather.write_days(c, _SITE, "test", frame)


def _forecast(engine: Engine, issued: datetime, *, tmin: float, tmax: float) -> None:
    days = _days(issued.date(), issued.date() + timedelta(days=7))
    frame = pd.DataFrame({"day": days, "tmin": tmin, "tmax": tmax, "rain": 0.0})
    with writing(engine) as c:
        weather.write_forecast(c, _SITE, "test", issued, frame)


def _plan(engine: Engine, at: datetime = AT) -> Outlook:
    with engine.connect() as c:
        found = crop_plan.plan(c, _SITE, at)
    assert found is not None
    return found


def _of(found: Outlook, plot: str, crop: str) -> Planned:
    return next(one for one in found.on(plot) if one.planting.crop == crop)


def test_warmth_is_summed_from_planting_to_yesterday(engine: Engine) -> None:
    tomato = _of(_plan(engine), _BED, "tomato")
    assert tomato.degrees == pytest.approx(57 * 10.0)  # 14 May to 9 July at 17 °C above 7 °C
    assert tomato.stage == "dev"
    assert tomato.by == "warmth"
    assert tomato.earliest is not None
    assert tomato.likely is not None
    assert tomato.latest is not None
    assert date(2026, 7, 25) < tomato.earliest <= tomato.likely <= tomato.latest
    assert (tomato.latest - tomato.earliest).days < 21


def test_what_is_planned_starts_later_and_what_has_ended_is_kept(engine: Engine) -> None:
    found = _plan(engine, AT + timedelta(days=80))
    assert _of(found, _BED, "garlic").stage == "planned"
    assert _of(found, "planche-8", "potato").stage == "ended"
    assert len(found.planned) == len([p for p in read_pack("dijon").plantings if p.site == _SITE])


def test_a_perennial_counts_from_this_spring(engine: Engine) -> None:
    berry = _of(_plan(engine), "planche-6", "strawberry")
    assert berry.planting.planted.year == 2025
    assert berry.season == date(2026, 3, 16)
    assert "by_days" in berry.cautions


def test_under_cover_no_frost_or_heat_is_told(engine: Engine) -> None:
    _forecast(engine, AT - timedelta(hours=1), tmin=-4.0, tmax=39.0)
    found = _plan(engine)
    assert _of(found, "serre-1", "tomato").frost is None
    assert "covered" in _of(found, "serre-1", "tomato").cautions
    outside = _of(found, _BED, "tomato")
    assert outside.frost is not None
    assert outside.frost.chance == 1.0
    assert outside.frost_day is not None
    assert TODAY <= outside.frost_day < TODAY + timedelta(days=7)
    assert outside.heat is not None


def test_without_a_forecast_nothing_is_told_of_frost(engine: Engine) -> None:
    found = _plan(engine, AT - timedelta(days=3))
    assert found.forecast == ""
    tomato = _of(found, _BED, "tomato")
    assert "no_forecast" in tomato.cautions
    assert tomato.frost is None
    assert tomato.heat is None


def test_the_logbook_tells_of_sowing_and_harvest(engine: Engine) -> None:
    noon = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
    said = [
        LogEntry(_SITE, _BED, "seeding", noon - timedelta(days=80), crop="tomato"),
        LogEntry(_SITE, _BED, "transplanting", noon - timedelta(days=18), crop="tomato"),
        LogEntry(_SITE, _BED, "harvest", noon + timedelta(days=30), 2.0, "kg", crop="tomato"),
        LogEntry(_SITE, _BED, "harvest", noon + timedelta(days=60), 2.0, "kg", crop="tomato"),
        LogEntry(_SITE, "planche-2", "seeding", noon, crop="tomato"),
    ]
    with writing(engine) as c:
        logbook.write(c, said)
    tomato = _of(_plan(engine), _BED, "tomato")
    assert tomato.sown == date(2026, 3, 13)
    assert tomato.transplanted == date(2026, 5, 14)
    assert tomato.harvested == date(2026, 7, 1)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mean=st.floats(-15.0, 40.0), later=st.integers(0, 20))
def test_nothing_after_the_moment_changes_the_plan(engine: Engine, mean: float, later: int) -> None:
    before = crop_plan.rows(_plan(engine))
    _weather(engine, TODAY + timedelta(days=later), TODAY + timedelta(days=40), mean=mean)
    _forecast(engine, AT + timedelta(hours=1 + later), tmin=mean - 5.0, tmax=mean + 5.0)
    with writing(engine) as c:
        late = AT + timedelta(days=1 + later)
        logbook.write(c, [LogEntry(_SITE, _BED, "harvest", late, 1.0, "kg", crop="tomato")])
    assert crop_plan.rows(_plan(engine)) == before


def test_what_was_known_before_does_change_it(engine: Engine) -> None:
    """So that the test above can fail."""
    before = _of(_plan(engine), _BED, "tomato")
    _weather(engine, date(2026, 5, 14), TODAY, mean=22.0)
    after = _of(_plan(engine), _BED, "tomato")
    assert before.likely is not None
    assert after.likely is not None
    assert after.likely < before.likely


def _wish(**changed: object) -> Planting:
    wish = Planting(_SITE, "planche-8", "carrot", "", date(2026, 8, 10))
    return replace(wish, **changed)  # type: ignore[arg-type]


def _preview(engine: Engine, wish: Planting) -> Planned:
    with engine.connect() as c:
        known = farms.plantings(c, _SITE)
        air = crop_plan.warmth_of(c, _SITE, AT, (*known, wish))
        plot = next(one for one in farms.plots(c, _SITE) if one.slug == wish.plot)
    assert air is not None
    return crop_plan.preview(wish, plot, known, air)


def test_a_planting_is_foreseen_before_it_is_kept(engine: Engine) -> None:
    lettuce = _preview(engine, _wish(crop="lettuce"))
    assert lettuce.stage == "planned"
    assert lettuce.likely is not None
    assert date(2026, 9, 20) < lettuce.likely < date(2026, 12, 1)
    assert lettuce.rotation is None
    with engine.connect() as c:
        assert not [one for one in farms.plantings(c, _SITE) if one.planted == date(2026, 8, 10)]


def test_tomatoes_after_potatoes_are_warned_of_by_name(engine: Engine) -> None:
    found = _preview(engine, _wish(crop="tomato", planted=date(2027, 5, 15)))
    assert found.rotation is not None
    assert found.rotation.earlier.crop == "potato"
    assert found.rotation.earlier.end == date(2026, 8, 5)
    assert found.rotation.years == pytest.approx(0.77, abs=0.01)


def test_too_late_for_tomatoes(engine: Engine) -> None:
    late = _preview(engine, _wish(crop="tomato", planted=date(2026, 9, 15)))
    assert late.likely is None
    assert "not_ripe" in late.cautions


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        pytest.param(
            {"planted": date(2026, 7, 20)}, "still bears potato, planted 2026-04-08", id="occupied"
        ),
        pytest.param({"planted": date(2206, 5, 1)}, "more than two years ahead", id="2206"),
        pytest.param({"planted": date(1026, 5, 1)}, "before 2000", id="1026"),
        pytest.param({"removed": date(2026, 8, 1)}, "not after planting", id="date order"),
        pytest.param({"removed": date(2206, 8, 1)}, "removed: 2206", id="removed in 2206"),
        pytest.param({"area": -3.0}, "area: -3 m² must be above 0", id="negative area"),
        pytest.param({"area": 5000.0}, "area: 5000 m² is more than", id="too large"),
        pytest.param({"plants": -1.0}, "plants: -1 must be above 0", id="negative plants"),
        pytest.param({"plot": "planche-99"}, "plot: 'planche-99' is not on site", id="no plot"),
    ],
)
def test_what_cannot_be_is_refused(engine: Engine, changed: dict[str, object], told: str) -> None:
    with engine.connect() as c:
        before = farms.plantings(c, _SITE)
    with pytest.raises(BadInput, match=told), writing(engine) as c:
        crop_plan.add(c, _wish(**changed), who="Inès", at=AT)
    with engine.connect() as c:
        assert farms.plantings(c, _SITE) == before


def test_every_fault_is_told_at_once(engine: Engine) -> None:
    wish = _wish(planted=date(2206, 5, 1), area=-1.0, plants=0.0)
    with pytest.raises(BadInput) as told, writing(engine) as c:
        crop_plan.add(c, wish, who="", at=AT)
    assert len(told.value.lines) == 3


def test_two_crops_share_a_bed_by_their_areas(engine: Engine) -> None:
    first = _wish(area=4.0)
    with writing(engine) as c:
        crop_plan.add(c, first, who="", at=AT)
        crop_plan.add(c, _wish(crop="radish", area=3.0), who="", at=AT)
    with pytest.raises(BadInput, match="are free on planche-8"), writing(engine) as c:
        crop_plan.add(c, _wish(crop="lettuce", area=500.0), who="", at=AT)
    with pytest.raises(BadInput, match="give the areas of both"), writing(engine) as c:
        crop_plan.add(c, _wish(crop="lettuce", area=nan), who="", at=AT)


def test_an_end_is_kept_and_not_before_its_start(engine: Engine) -> None:
    with engine.connect() as c:
        known = farms.plantings(c, _SITE)
    leek = next(one for one in known if one.plot == "planche-7")
    open_ended = replace(leek, removed=None)
    assert crop_plan.named([open_ended], "planche-7", "leek", None, None) == open_ended
    with pytest.raises(BadInput, match="not after planting"), writing(engine) as c:
        crop_plan.end(c, leek, date(2026, 4, 1), who="", at=AT)
    with writing(engine) as c:
        crop_plan.end(c, leek, date(2026, 7, 5), who="Paul", at=AT)
    found = _of(_plan(engine), "planche-7", "leek")
    assert (found.stage, found.who) == ("ended", "Paul")


def test_the_one_that_is_meant() -> None:
    a = Planting(_SITE, "b", "tomato", "Marmande", date(2026, 5, 1))
    b = replace(a, variety="Roma")
    assert crop_plan.named([a, b], "b", "tomato", "Roma", None) == b
    with pytest.raises(BadInput, match="several 'tomato' stand on b: Marmande"):
        crop_plan.named([a, b], "b", "tomato", None, None)
    with pytest.raises(BadInput, match="no 'leek' stands on b; known there: tomato of 2026-05-01"):
        crop_plan.named([a, b], "b", "leek", None, None)


def test_files_tell_what_the_rows_tell(engine: Engine) -> None:
    with writing(engine) as c:
        crop_plan.add(c, _wish(variety="=1+1"), who="", at=AT)
    found = _plan(engine)
    rows = crop_plan.rows(found)
    read = list(csv.DictReader(io.StringIO(crop_plan.as_csv(found))))
    sheet = openpyxl.load_workbook(io.BytesIO(crop_plan.as_xlsx(found))).active
    table = list(sheet.iter_rows(values_only=True))
    assert len(read) == len(table) - 1 == len(rows)
    assert [row["crop"] for row in read] == [row["crop"] for row in rows]
    column = table[0].index("variety")
    cell = next(c for c in sheet[[r[column] for r in table].index("=1+1") + 1] if c.value == "=1+1")
    assert cell.data_type == "s"
    tomato = next(row for row in rows if (row["plot"], row["crop"]) == (_BED, "tomato"))
    assert tomato["family"] == "Solanaceae"
    assert tomato["degree_days"] == 570.0


def test_an_unknown_garden_is_refused(engine: Engine) -> None:
    with engine.connect() as c, pytest.raises(ValueError, match="no site 'nowhere'"):
        crop_plan.plan(c, "nowhere", AT)


def test_a_naive_moment_is_refused(engine: Engine) -> None:
    with engine.connect() as c, pytest.raises(ValueError, match="must be aware"):
        crop_plan.plan(c, _SITE, datetime(2026, 7, 10, 8, 0))  # noqa: DTZ001 - what is refused
