"""Indicators as a table: whole years that are over, and nothing of a single garden."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.publish.place import Register
from agro.publish.tables import TABLES, Asked
from agro.publish.tables import indicators as table
from agro.records import LogEntry
from agro.store import logbook, writing
from tests.agro.publish.conftest import SITE, OpenData

_SITES = (SITE, "jardin-des-maraichers", "domaine-de-la-cras")


@pytest.fixture(autouse=True)
def _fresh() -> None:
    table._rows_kept.clear()


def _harvest(engine: Engine, month: int, masses: dict[str, float]) -> None:
    at = datetime(2025, month, 12, 9, 0, tzinfo=UTC)
    entries = [LogEntry(s, "", "harvest", at, kg, "kg", "tomato") for s, kg in masses.items()]
    with writing(engine) as c:
        logbook.write(c, entries)


def _read(engine: Engine, here: Register) -> dict[tuple[int, str, str], dict[str, Any]]:
    own = TABLES["indicators"]
    with engine.connect() as c:
        span = own.span(c, here)
        assert span is not None
        rows = [r for part in own.parts(here, Asked(), span) for r in own.rows(c, here, part)]
    return {(row["year"], row["level"], row["indicator"]): dict(row) for row in rows}


def test_only_years_that_are_over_are_told(filled: Engine, here: Register) -> None:
    rows = _read(filled, here)
    assert {year for year, _, _ in rows} == {2025}  # 2026 runs; its harvests are in the store
    told = rows[2025, "city", "PROD_HARVEST_KG"]
    assert (told["numerator"], told["unit"], told["records"]) == (30.0, "kg", 3)


def test_one_garden_that_makes_most_is_withheld_with_every_number(
    filled: Engine, here: Register
) -> None:
    _harvest(filled, 5, {_SITES[0]: 500.0})
    row = _read(filled, here)[2025, "city", "PROD_HARVEST_KG"]
    assert row["status"] == "suppressed"
    for name in ("value", "numerator", "denominator", "coverage", "records", "target"):
        assert row[name] is None
    _harvest(filled, 5, dict.fromkeys(_SITES[1:], 500.0))
    assert _read(filled, here)[2025, "city", "PROD_HARVEST_KG"]["numerator"] == 1530.0


def test_a_year_less_its_published_months_tells_of_no_garden(
    filled: Engine, here: Register
) -> None:
    _harvest(filled, 6, {_SITES[0]: 4.0})  # withheld in the harvest table: 34 − 30 would tell it
    rows = _read(filled, here)
    assert rows[2025, "city", "PROD_HARVEST_KG"]["status"] == "suppressed"
    _harvest(filled, 6, dict.fromkeys(_SITES[1:], 4.0))
    assert _read(filled, here)[2025, "city", "PROD_HARVEST_KG"]["numerator"] == 42.0


def test_it_is_served_with_its_years_and_refused_by_garden(server: OpenData) -> None:
    answer = server.get("/data/indicators.csv?from=2025-06-01")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["year"] for row in rows} == {"2025"}
    assert server.get("/data/indicators.csv?to=2025-01-01").text.count("\n") == 1
    refused = server.get(f"/data/indicators.csv?site={SITE}")
    assert refused.status_code == 400
    assert "leave site away" in refused.text
    assert "/data/indicators.csv" in server.get("/catalog.ttl").text
