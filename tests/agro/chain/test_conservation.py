"""Whatever is harvested, delivered, corrected and undone: nothing appears, nothing is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from agro import chain
from agro.chain import Stock
from agro.chain.freshness import keeps_days
from agro.errors import BadInput
from agro.records import LogEntry
from agro.store import deliveries, logbook, lots, open_store
from agro.store.deliveries import LOSS
from tests.agro.chain.conftest import SITE, at, delivery, harvest

_PLOTS = ("planche-1", "planche-2", "planche-3")
_CROPS = ("tomato", "zucchini")
_CHANNELS = ("market", "canteen", "self", "donation", "compost")
DAY = date(2026, 7, 26)
_DAYS = (date(2026, 7, 10), DAY, date(2026, 8, 1), date(2027, 1, 1))
_KG = st.integers(1, 400).map(lambda tenths: tenths / 10)
_DAY = st.integers(0, 25)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("harvest"), st.sampled_from(_PLOTS), st.sampled_from(_CROPS), _KG, _DAY),
        st.tuples(
            st.just("deliver"), st.sampled_from(_CHANNELS), st.sampled_from(_CROPS), _KG, _DAY
        ),
        st.tuples(st.just("correct"), st.integers(0, 9), _KG),
        st.tuples(st.just("strike"), st.integers(0, 9)),
        st.tuples(st.just("restore"), st.integers(0, 9)),
        st.tuples(
            st.just("assign"),
        ),
        st.tuples(st.just("write off"), st.sampled_from(chain.WAYS), st.sampled_from(_DAYS)),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def engine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    file = tmp_path_factory.mktemp("chain") / "agro.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = open_store(f"sqlite:///{file.as_posix()}")
    yield engine
    engine.dispose()


def _sow(c: Connection) -> None:
    """Each bed has its seed lot for each crop."""
    for plot in _PLOTS:
        for crop in _CROPS:
            entry = LogEntry(SITE, plot, "seeding", at(5, 1), crop=crop, lot=f"{plot}/{crop}")
            logbook.write(c, [entry])


def _numbers(c: Connection) -> list[int]:
    kept = logbook.noted(c, site=SITE, types=("harvest", "delivery"), struck=True)
    return sorted(one.number for one in kept)


def _take(c: Connection, step: tuple[Any, ...]) -> None:
    """One step of a season; what is refused changes nothing."""
    kind, *rest = step
    if kind == "harvest":
        plot, crop, kg, day = rest
        logbook.note(c, harvest(plot, crop, at(7, 1) + timedelta(days=day), kg))
    elif kind == "deliver":
        channel, crop, kg, day = rest
        said = delivery(crop, at(7, 1, 15) + timedelta(days=day), kg, channel)
        reason = "pressed" if int(kg * 10) % 3 == 0 else ""
        try:
            chain.deliver(c, said, reason=reason)
        except BadInput:
            return
    elif kind == "assign":
        chain.assign(c, SITE, who="Ana", reason="")
    elif kind == "write off":
        way, day = rest
        chain.write_off(c, SITE, way, day=day)
    else:
        numbers = _numbers(c)
        if numbers:
            _change(c, kind, numbers[rest[0] % len(numbers)], *rest[1:])


def _change(c: Connection, kind: str, number: int, kg: float = 0.0) -> None:
    if kind == "strike":
        logbook.strike(c, number, who="Ana")
    elif kind == "restore":
        logbook.restore(c, number, who="Ana")
    elif logbook.one(c, number).struck_at is None:
        entry = logbook.one(c, number).entry  # as the logbook page does: the lots do not follow
        logbook.correct(c, number, replace(entry, quantity=kg), who="Ana")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_STEPS)
def test_harvest_is_stock_and_delivered_and_lost(engine: Engine, steps: list[Any]) -> None:
    with engine.connect() as c, c.begin() as run:
        _sow(c)
        for step in steps:
            _take(c, step)
        _check_conservation(c)
        _check_traces(c)
        run.rollback()


def _check_conservation(c: Connection) -> None:
    """By the logbook alone, for each crop, on an early day and on one when all is past keeping.

    harvested = fresh stock + unaccounted + delivered + composted.
    """
    for day in _DAYS:
        _check_day(c, {row.crop: row for row in chain.stock(c, SITE, day=day)}, day)


def _check_day(c: Connection, rows: dict[str, Stock], day: date) -> None:
    for crop in _CROPS:
        kept = logbook.entries(c, site=SITE)
        harvested = sum(e.quantity for e in kept if (e.type, e.crop) == ("harvest", crop))
        gone = [
            one for one in deliveries.deliveries(c, site=SITE) if one.delivery.entry.crop == crop
        ]
        lost = sum(one.amount for one in gone if one.delivery.channel == LOSS)
        eaten = sum(one.amount for one in gone if one.delivery.channel != LOSS)
        row = rows.get(crop)
        fresh, unaccounted = (row.fresh, row.unaccounted) if row else (0.0, 0.0)
        assert harvested == pytest.approx(fresh + unaccounted + eaten + lost, abs=1e-6)
        assert unaccounted >= 0
        if row:
            end = timedelta(days=keeps_days(crop))
            assert all(lot.day + end >= day for lot in row.lots)
            assert all(lot.day + end < day for lot in row.old)
        if not chain.faults(c, SITE):
            assert all(lot.left >= 0 for lot in lots.lots(c, SITE))
            assert fresh == pytest.approx(sum(lot.left for lot in row.lots) if row else 0.0)


def _check_traces(c: Connection) -> None:
    """A delivery leads back to a plot or seed exactly when these lead forward to it."""
    backs = [chain.trace_back(c, one.number) for one in deliveries.deliveries(c, site=SITE)]
    for plot in _PLOTS:
        ahead = {one.delivered.number for one in chain.trace_forward(c, SITE, plot=plot)}
        behind = {
            back.delivered.number
            for back in backs
            if plot in {origin.lot.plot for origin, _ in back.origins}
        }
        assert ahead == behind
        for crop in _CROPS:
            seed = f"{plot}/{crop}"
            ahead = {one.delivered.number for one in chain.trace_forward(c, SITE, seed_lot=seed)}
            assert ahead == {b.delivered.number for b in backs if seed in b.seed_lots}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_STEPS, kg=_KG)
def test_undoing_a_delivery_restores_the_stock(engine: Engine, steps: list[Any], kg: float) -> None:
    with engine.connect() as c, c.begin() as run:
        for step in steps:
            _take(c, step)
        before = {(row.crop, row.unit): row.left for row in chain.stock(c, SITE, day=DAY)}
        faults = chain.faults(c, SITE)
        number = chain.deliver(c, delivery("tomato", at(7, 30), kg), reason="pressed")
        logbook.strike(c, number, who="Ana")
        after = {(row.crop, row.unit): row.left for row in chain.stock(c, SITE, day=DAY)}
        assert after == pytest.approx(before)
        assert chain.faults(c, SITE) == faults
        run.rollback()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_STEPS, way=st.sampled_from(chain.WAYS))
def test_written_off_and_undone_all_is_as_before(
    engine: Engine, steps: list[Any], way: str
) -> None:
    """Writing off leaves fresh stock and faults alone, and nothing unaccounted for."""
    with engine.connect() as c, c.begin() as run:
        for step in steps:
            _take(c, step)
        before, faults = chain.stock(c, SITE, day=DAY), chain.faults(c, SITE)
        numbers = chain.write_off(c, SITE, way, day=DAY, who="Ana")
        after = chain.stock(c, SITE, day=DAY)
        assert not any(row.unaccounted for row in after)
        assert chain.faults(c, SITE) == faults
        assert _fresh(after) == pytest.approx(_fresh(before))
        assert chain.write_off(c, SITE, way, day=DAY) == []
        for number in numbers:
            logbook.strike(c, number, who="Ana")
        assert chain.stock(c, SITE, day=DAY) == before
        run.rollback()


def _fresh(rows: list[Stock]) -> dict[tuple[str, str], float]:
    return {(row.crop, row.unit): row.fresh for row in rows if row.fresh}
