"""The Book from the store: what the logbook says, each record named, nothing guessed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from math import isnan, nan
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.indicators.book import Book
from agro.indicators.catalogue import catalogue
from agro.indicators.figures import Figure, computed
from agro.indicators.gathering import gather, noted_prices
from agro.indicators.scope import Scope, scope_of
from agro.records import Delivery, LogEntry
from agro.store import deliveries, logbook, writing

SITE = "potager-des-ducs"
_START, _END = date(2026, 1, 1), date(2026, 7, 31)


def _entry(kind: str, day: str, plot: str = "planche-1", **more: Any) -> LogEntry:
    time = datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=UTC)
    return LogEntry(SITE, plot, kind, time, **more)


def _write(store: Engine, *entries: LogEntry) -> list[int]:
    with writing(store) as c:
        return [logbook.note(c, entry) for entry in entries]


def _gather(store: Engine) -> Book:
    with store.connect() as c:
        return gather(c, _START, _END)


def _figure(book: Book, name: str, scope: str = "city") -> Figure:
    found = computed(book, scope_of(scope), catalogue("dijon"))
    return next(one for one in found if one.indicator.id == name)


def test_harvests_keep_their_number_and_counts_are_no_mass(store: Engine) -> None:
    numbers = _write(
        store,
        _entry("harvest", "2026-07-10", quantity=12.0, unit="kg", crop="tomato"),
        _entry("harvest", "2026-07-11", quantity=500.0, unit="g", crop="tomato"),
        _entry("harvest", "2026-07-12", "planche-2", quantity=9.0, unit="bunch", crop="radish"),
        _entry("harvest", "2026-07-13", "planche-3", quantity=0.0, unit="kg"),
        _entry("harvest", "2025-07-13", quantity=99.0, unit="kg", crop="tomato"),
    )
    book = _gather(store)
    assert [one.mass for one in book.harvests] == pytest.approx([12.0, 0.5, nan, 0.0], nan_ok=True)
    figure = _figure(book, "PROD_HARVEST_KG")
    assert figure.value == 12.5
    assert [one.row for one in figure.sources] == [numbers[0], numbers[1], numbers[3]]
    assert figure.sources[0].key == f"log {numbers[0]}"
    assert _figure(book, "PROD_YIELD", f"plot:{SITE}/planche-1").value == pytest.approx(12.5 / 48)
    assert isnan(_figure(book, "PROD_YIELD", f"plot:{SITE}/planche-2").value)


def test_struck_entries_are_gone_and_corrected_ones_are_as_corrected(store: Engine) -> None:
    entry = _entry("harvest", "2026-07-10", quantity=120.0, unit="kg", crop="tomato")
    number, other = _write(store, entry, _entry("harvest", "2026-07-11", quantity=5.0, unit="kg"))
    with writing(store) as c:
        logbook.correct(c, number, replace(entry, quantity=12.0), who="x")
        logbook.strike(c, other, who="x")
    assert _figure(_gather(store), "PROD_HARVEST_KG").value == 12.0


def test_water_told_twice_counts_once_and_says_how_it_was_measured(store: Engine) -> None:
    _write(
        store,
        _entry("irrigation", "2026-07-01", quantity=200.0, unit="L"),
        _entry(
            "irrigation",
            "2026-07-01",
            quantity=210.0,
            unit="L",
            source="meter",
            details={"end": "2026-07-01T10:30:00+00:00"},
        ),
        _entry("irrigation", "2026-07-02", quantity=5.0, unit="mm"),
        _entry("irrigation", "2026-07-03", quantity=10.0, unit="min"),
        _entry("irrigation", "2026-07-04", quantity=nan, unit="L"),
    )
    book = _gather(store)
    assert [one.volume for one in book.irrigations] == pytest.approx([0.21, 0.24, 0.12])
    assert [one.method for one in book.irrigations] == ["metered", "", ""]
    assert {one.water for one in book.irrigations} == {"mains"}
    assert _figure(book, "WATER_ALTERNATIVE_SHARE").value == 0.0


def test_deliveries_compost_work_and_inputs_are_told(store: Engine) -> None:
    sale = Delivery(
        _entry("delivery", "2026-07-10", "", quantity=10.0, unit="kg", crop="tomato"),
        "canteen",
        distance_km=4.0,
        intermediaries=1.0,
        price=30.0,
    )
    loss = Delivery(
        _entry("delivery", "2026-07-12", "", quantity=2.0, unit="kg", crop="tomato"), "compost"
    )
    with writing(store) as c:
        for one in (sale, loss):
            deliveries.record(c, one)
    _write(
        store,
        _entry("harvest", "2026-07-09", quantity=12.0, unit="kg", crop="tomato"),
        _entry("labour", "2026-07-09", "", hours=7.0, details={"status": "employee"}),
        _entry(
            "input",
            "2026-05-09",
            quantity=40.0,
            unit="kg",
            details={"kind": "compost", "n_percent": 1.2},
        ),
        _entry("compost", "2026-05-15", "", quantity=25.0, unit="kg"),
        _entry(
            "input", "2026-06-01", details={"segment": "S5", "dose": 1.0, "reference_dose": 2.0}
        ),
    )
    book = _gather(store)
    assert _figure(book, "LOSS_RATE").value == pytest.approx(100 * 2 / 12)
    assert _figure(book, "SHORT_CHAIN_SHARE_VALUE").value == 100.0
    assert _figure(book, "LOCAL_SHARE_KG").value == 100.0
    assert _figure(book, "PROD_VALUE_EUR").value == pytest.approx(36.0)
    assert _figure(book, "JOBS_ETP").value == pytest.approx(7 / 1607)
    assert _figure(book, "BIOWASTE_DIVERTED").value == 25.0
    assert _figure(book, "IFT_TOTAL", f"plot:{SITE}/planche-1").value == 0.5
    assert [(one.kind, one.n_percent) for one in book.inputs] == [("compost", 1.2)]


def test_prices_that_cannot_be_are_left_out_of_the_typical_one(store: Engine) -> None:
    prices = (20.0, 30.0, 40.0, 9000.0)
    with writing(store) as c:
        for day, price in enumerate(prices, start=1):
            entry = _entry("delivery", f"2026-07-0{day}", "", quantity=10.0, unit="kg", crop="bean")
            deliveries.record(c, Delivery(entry, "market", price=price))
    with store.connect() as c:
        assert noted_prices(deliveries.deliveries(c)) == {"bean": 3.0}


def test_a_store_with_no_records_has_land_and_crops_and_no_invented_zero(store: Engine) -> None:
    book = _gather(store)
    figures = computed(book, Scope(), catalogue("dijon"))
    shown = {one.indicator.id for one in figures if one.status not in ("no_data", "incomplete")}
    assert "LAND_CULTIVATED_M2" in shown
    assert "DIV_RICHNESS" in shown
    missing = {one.indicator.id for one in figures if one.status == "no_data"}
    assert {"PROD_HARVEST_KG", "LOSS_RATE", "IFT_TOTAL", "DONATED_KG", "ORGANIC_AREA"} <= missing
    assert book.references.populations["21231"] == 159941.0
    assert sum(book.references.populations.values()) == 258630.0
