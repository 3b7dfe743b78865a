"""Week by week: what came, and what is expected spread over what is left of the harvest."""

from datetime import UTC, date, datetime
from io import BytesIO
from math import nan
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from agro.advice.moment import Moment
from agro.forecast.export import as_csv, as_xlsx, table
from agro.forecast.record import Log
from agro.forecast.weeks import left, monday, weekly
from agro.records import LogEntry, YieldForecast

NOW = datetime(2026, 7, 15, 8, tzinfo=UTC)  # a Wednesday
MOMENT = Moment(NOW, ZoneInfo("Europe/Paris"))
PLANTED = date(2026, 5, 15)


def foreseen(middle: float = 3.0, **more: object) -> YieldForecast:
    told: dict[str, object] = {
        "start": date(2026, 7, 20),
        "end": date(2026, 8, 2),
        "sources": {"harvested_kg": None, "reference_source": "test"},
        "factors": ({"code": "heat", "effect": -0.03, "days": 2},),
    }
    return YieldForecast(
        "garden", "bed", "tomato", PLANTED, NOW, 2.0, middle, 4.0, 10.0, model="physics",
        **told | more,  # type: ignore[arg-type]
    )  # fmt: skip


def entry(day: int, mass: float, unit: str = "kg") -> LogEntry:
    time = datetime(2026, 7, day, 9, tzinfo=UTC)
    return LogEntry("garden", "bed", "harvest", time, mass, unit, crop="tomato")


def test_what_is_left_comes_in_evenly() -> None:
    log = Log((entry(7, 2.0), entry(14, 4000.0, "g"), entry(14, 3.0, "bunch")), MOMENT)
    found = weekly([foreseen()], log, {("bed", "tomato", PLANTED): 6.0})
    rows = [tuple(row) for row in found.itertuples(index=False)]
    assert rows == [
        (date(2026, 7, 6), "tomato", pytest.approx(2.0), False),
        (date(2026, 7, 13), "tomato", pytest.approx(4.0), False),
        (date(2026, 7, 20), "tomato", pytest.approx(12.0), True),
        (date(2026, 7, 27), "tomato", pytest.approx(12.0), True),
    ]


def test_a_harvest_under_way_is_spread_from_today() -> None:
    found = weekly([foreseen(start=date(2026, 7, 1), end=date(2026, 7, 19))], Log((), MOMENT), {})
    assert found["week"].tolist() == [date(2026, 7, 13)]
    assert found["mass"].sum() == pytest.approx(30.0)


def test_more_than_foreseen_leaves_nothing() -> None:
    assert left(foreseen(), 31.0) == 0.0
    assert left(foreseen(), nan) == 30.0


def test_nothing_foreseen_is_no_row() -> None:
    none = foreseen(nan)
    found = weekly([none, foreseen(start=None)], Log((), MOMENT), {})
    assert found.empty
    assert list(found.columns) == ["week", "crop", "mass", "expected"]


def test_weeks_begin_on_mondays() -> None:
    assert monday(date(2026, 7, 19)) == date(2026, 7, 13)
    assert monday(date(2026, 7, 13)) == date(2026, 7, 13)


def test_a_file_has_units_in_its_heads() -> None:
    (row,) = table([foreseen()])
    assert row["middle_kg"] == pytest.approx(30.0)
    assert row["factors"] == "heat -0.03 2"
    head, first = as_csv([foreseen()]).decode("utf-8-sig").splitlines()
    assert head.startswith("site,plot,crop,variety,planted,issued_at,area_m2,low_kg_m2")
    assert first.startswith("garden,bed,tomato,,2026-05-15,2026-07-15T08:00:00Z,10.0,2.0,3.0,4.0")
    book = openpyxl.load_workbook(BytesIO(as_xlsx([foreseen(nan, variety="=1+1")])))
    cells = dict(zip(*book.active.iter_rows(values_only=True), strict=True))
    assert cells["variety"] == "=1+1"
    assert book.active["D2"].data_type == "s"  # text, not a formula
    assert cells["middle_kg"] is None
