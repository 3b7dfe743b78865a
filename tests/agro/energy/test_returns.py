"""The return from the logbook: only what was written down, each record named."""

from datetime import UTC, date, datetime
from math import isnan

import pytest
from sqlalchemy import Engine

from agro.energy.returns import Return, returns, row
from agro.indicators.gathering import gather
from agro.indicators.scope import Scope, scope_of
from agro.records import LogEntry
from agro.store import logbook, writing
from models.energy.payback import Assumptions, edited

SITE, PLOT = "potager-des-ducs", "planche-1"
PERIOD = (date(2026, 5, 1), date(2026, 7, 31))


def _water(store: Engine, day: str, litres: float, plot: str = PLOT) -> int:
    time = datetime.fromisoformat(f"{day}T06:00:00").replace(tzinfo=UTC)
    with writing(store) as c:
        return logbook.note(c, LogEntry(SITE, plot, "irrigation", time, quantity=litres, unit="L"))


def _found(store: Engine, scope: str = f"plot:{SITE}/{PLOT}") -> Return:
    with store.connect() as c:
        return returns(c, scope_of(scope), PERIOD)


def test_without_waterings_nothing_is_claimed(store: Engine) -> None:
    found = _found(store)
    assert found.plots == 0
    assert found.known == 1
    assert isnan(found.spared.water.middle)
    assert isnan(row(found)["water_given_m3"])


def test_water_is_that_of_the_logbook_and_its_entries_are_named(store: Engine) -> None:
    numbers = [_water(store, "2026-06-10", 500.0), _water(store, "2026-07-10", 700.0)]
    found = _found(store)
    assert found.watered.given == pytest.approx(1.2)
    assert [one.row for one in found.sources if one.key.startswith("log")] == numbers
    with store.connect() as c:
        book = gather(c, *PERIOD)
    plot = next(one for one in book.plots if one.plot == f"{SITE}/{PLOT}")
    area_days = plot.cultivated * found.watered.plot_days
    assert found.watered.area_days == pytest.approx(area_days)
    assert found.spared.water.middle == pytest.approx(4.0 * 0.9 * area_days / 1000.0 - 1.2)


def test_other_plots_without_records_add_no_timer(store: Engine) -> None:
    _water(store, "2026-06-10", 500.0)
    assert _found(store, "city").watered == _found(store).watered
    assert _found(store, "city").known > 1


def test_water_out_of_season_is_on_neither_side(store: Engine) -> None:
    _water(store, "2026-06-10", 500.0)
    _water(store, "2026-03-10", 900.0)
    with store.connect() as c:
        found = returns(c, Scope(), (date(2026, 1, 1), PERIOD[1]))
    assert found.watered.given == pytest.approx(0.5)
    assert found.watered.area_days == pytest.approx(_found(store).watered.area_days)


def test_days_on_which_nobody_noted_are_not_claimed_as_spared(store: Engine) -> None:
    _water(store, "2026-06-10", 500.0)
    _water(store, "2026-06-19", 500.0)
    found = _found(store)
    assert found.watered.plot_days == 10.0  # not the 92 of the period
    _water(store, "2026-06-29", 0.0, "planche-2")  # the garden still noted: nothing was given here
    assert _found(store).watered.plot_days == 20.0


def test_an_edited_assumption_is_used_and_shown(store: Engine) -> None:
    _water(store, "2026-06-10", 500.0)
    _water(store, "2026-07-29", 500.0)
    numbers = edited(Assumptions(), {"water_price": 0.0}, "the city's bill")
    with store.connect() as c:
        found = returns(c, Scope(), PERIOD, numbers)
    assert row(found)["assumptions"]["water_price"]["source"] == "the city's bill"
    assert found.spared.benefit.middle < _found(store).spared.benefit.middle
