"""The logbook: what is said once stays once, what changes keeps what was before, undo is exact."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isnan, nan
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from agro.records import Batch, LogEntry, Noted
from agro.store import logbook, open_store, schema, writing

AT = datetime(2026, 7, 20, 5, tzinfo=UTC)
SITE, PLOT, OTHER = "potager-des-ducs", "planche-1", "planche-2"
HARVEST = LogEntry(SITE, PLOT, "harvest", AT, 3.5, "kg", "tomato", method="weighed", who="Ana")
WATER = LogEntry(SITE, PLOT, "irrigation", AT, 40.0, "L")


@pytest.fixture
def c(store: Engine) -> Connection:
    """A transaction on a store whose first site has our plots' names."""
    with store.connect() as connection:
        yield connection


@pytest.fixture
def entry(store: Engine) -> LogEntry:
    """A harvest on a plot that exists."""
    return _harvest(store)


def _harvest(store: Engine) -> LogEntry:
    from agro.store import farms

    with store.connect() as c:
        plot = farms.plots(c)[0]
    return replace(HARVEST, site=plot.site, plot=plot.slug)


def _standing(c: Connection) -> list[LogEntry]:
    return [replace(one, **_no_nan(one)) for one in logbook.entries(c)]


def _no_nan(one: LogEntry) -> dict[str, float]:
    """NaN equals nothing, itself included: -1 stands for it."""
    told = {name: getattr(one, name) for name in ("quantity", "hours", "area")}
    return {name: -1.0 for name, value in told.items() if isnan(value)}


def test_noting_gives_the_number_of_the_entry_also_the_second_time(
    store: Engine, entry: LogEntry
) -> None:
    with writing(store) as c:
        first, other = logbook.note(c, entry), logbook.note(c, replace(entry, quantity=4.0))
        assert logbook.note(c, entry) == first != other
        kept = logbook.one(c, first)
        assert (kept.entry.quantity, kept.revisions, kept.struck_at) == (3.5, 0, None)
        assert [one.number for one in logbook.noted(c)] == [other, first]
        assert [one.number for one in logbook.noted(c, limit=1, offset=1)] == [first]
        assert logbook.count(c, crop="tomato") == 2


def test_a_correction_keeps_what_stood_before(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        number = logbook.note(c, entry)
        later = replace(entry, quantity=nan, time=AT + timedelta(days=1), details={"kind": "x"})
        assert logbook.correct(c, number, later, who="Bob", reason="wrong day", at=AT)
        assert not logbook.correct(c, number, later, who="Bob")
        (change,) = logbook.history(c, number)
        assert (change.who, change.reason, change.action, change.at) == (
            *("Bob", "wrong day"),
            *("corrected", AT),
        )
        assert set(change.before) == {"quantity", "time", "details"}
        assert (change.before["quantity"], change.before["time"]) == (3.5, AT)
        assert isnan(change.after["quantity"])
        assert logbook.one(c, number).revisions == 1


def test_what_was_corrected_is_not_said_again(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        number = logbook.note(c, entry)
        mended = replace(entry, quantity=5.3)
        logbook.correct(c, number, mended, who="Bob")
        assert logbook.write(c, [entry, mended]) == 0  # an old file and a mended one
        assert logbook.note(c, mended) == number
        assert [one.quantity for one in logbook.entries(c)] == [5.3]


def test_a_struck_entry_is_kept_and_comes_back(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        number = logbook.note(c, entry)
        assert logbook.strike(c, number, who="Ana", reason="never was")
        assert not logbook.strike(c, number, who="Ana")
        assert logbook.entries(c) == []
        assert logbook.noted(c) == []
        assert [one.struck_at is not None for one in logbook.noted(c, struck=True)] == [True]
        assert logbook.write(c, [entry]) == 0  # a file does not overrule a person
        with pytest.raises(ValueError, match=f"entry {number} is struck; restore it"):
            logbook.correct(c, number, replace(entry, quantity=1.0), who="Ana")
        assert logbook.restore(c, number, who="Ana")
        assert logbook.entries(c)[0].quantity == 3.5
        assert [one.action for one in logbook.history(c, number)] == ["struck", "restored"]
        logbook.strike(c, number, who="Ana")
        assert logbook.note(c, entry) == number  # who notes it again means it
        assert len(logbook.entries(c)) == 1


def test_what_cannot_be_changed_is_told(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        number = logbook.note(c, entry)
        with pytest.raises(ValueError, match="no entry 99999"):
            logbook.history(c, 99999)
        with pytest.raises(ValueError, match="no plot 'nowhere'"):
            logbook.correct(c, number, replace(entry, plot="nowhere"), who="")
        with pytest.raises(ValueError, match=f"is of {entry.site}, not of"):
            logbook.correct(c, number, replace(entry, site="elsewhere"), who="")
        with pytest.raises(ValueError, match="no import 7"):
            logbook.undo_batch(c, 7, who="")
        with pytest.raises(ValueError, match="no site 'nowhere'"):
            logbook.open_batch(c, _batch("nowhere"))


def test_the_size_differs_after_every_change(store: Engine, entry: LogEntry) -> None:
    sizes = []
    with writing(store) as c:
        sizes.append(logbook.size(c))
        number = logbook.note(c, entry)
        sizes.append(logbook.size(c))
        logbook.correct(c, number, replace(entry, quantity=1.0), who="")
        sizes.append(logbook.size(c))
        logbook.strike(c, number, who="")
        sizes.append(logbook.size(c))
        logbook.restore(c, number, who="")
        sizes.append(logbook.size(c))
    assert len(set(sizes)) == len(sizes)


@pytest.mark.parametrize("change", ["correct", "strike", "restore", "away"])
def test_a_watering_told_otherwise_lets_the_probes_wait(
    store: Engine, entry: LogEntry, change: str
) -> None:
    water = replace(entry, type="irrigation", quantity=40.0, unit="L", crop="")
    with writing(store) as c:
        number = logbook.note(c, water)
        if change == "restore":
            logbook.strike(c, number, who="")
        _probe(c, water.site)
        if change == "correct":
            logbook.correct(c, number, replace(water, quantity=80.0), who="")
        elif change == "away":  # not water after all: what it explained is unexplained
            logbook.correct(c, number, replace(water, type="observation"), who="")
        elif change == "strike":
            logbook.strike(c, number, who="")
        else:
            logbook.restore(c, number, who="")
        since = c.scalar(select(schema.datastream.c.unassessed_from))
    assert since == datetime(2026, 7, 19, 22, tzinfo=UTC).timestamp()  # midnight in Dijon


def test_a_harvest_corrected_lets_no_probe_wait(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        number = logbook.note(c, entry)
        _probe(c, entry.site)
        logbook.correct(c, number, replace(entry, quantity=1.0), who="")
        assert c.scalar(select(schema.datastream.c.unassessed_from)) is None


def _probe(c: Connection, site: str) -> None:
    """A soil probe on a site, assessed to its end."""
    from agro.records import Device
    from agro.store import farms, readings
    from agro.store.readings import Row

    farms.save_device(c, Device("probe-x", "", "dragino/lse01", site, "", "", (20.0,)))
    readings.write(c, [Row("probe-x", "soil_moisture", 20.0, int(AT.timestamp()), 0.2, 2)])
    c.execute(schema.datastream.update().values(unassessed_from=None))


def _batch(site: str) -> Batch:
    return Batch(0, site, "harvests.csv", "ab", AT, "Ana", 0, 0)


def test_an_import_is_undone_and_brought_back_as_a_whole(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        own = logbook.note(c, entry)
        batch = logbook.open_batch(c, _batch(entry.site))
        lines = [replace(entry, quantity=float(kg)) for kg in range(10)]
        assert logbook.write(c, [*lines, entry], batch=batch) == 10
        logbook.close_batch(c, batch, new=10, refused=2)
        numbers = [one.number for one in logbook.noted(c, batch=batch)]
        logbook.strike(c, numbers[0], who="Ana", reason="by hand")
        assert logbook.undo_batch(c, batch, who="Ana", at=AT) == 9
        assert logbook.undo_batch(c, batch, who="Ana") == 0
        assert [one.number for one in logbook.noted(c)] == [own]
        (told,) = logbook.batches(c, site=entry.site)
        assert (told.new, told.refused, told.undone_at) == (10, 2, AT)
        assert logbook.redo_batch(c, batch, who="Ana") == 9
        assert logbook.redo_batch(c, batch, who="Ana") == 0
        assert logbook.one(c, numbers[0]).struck_at is not None
        assert logbook.history(c, numbers[1])[-1].reason == "import_redone"


def test_a_file_undone_can_be_imported_again(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        first = logbook.open_batch(c, _batch(entry.site))
        logbook.write(c, [entry], batch=first)
        logbook.undo_batch(c, first, who="Ana")
        second = logbook.open_batch(c, _batch(entry.site))
        assert logbook.write(c, [entry], batch=second) == 1
        assert [one.batch for one in logbook.noted(c)] == [second]
        assert logbook.redo_batch(c, first, who="Ana") == 0
        assert logbook.undo_batch(c, second, who="Ana") == 1
        assert logbook.entries(c) == []


def test_what_a_file_says_twice_is_said_twice(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        assert logbook.write(c, [entry, entry], repeats=Counter()) == 2
        assert logbook.write(c, [entry, entry], repeats=Counter()) == 0
        assert logbook.write(c, [entry, entry, entry], repeats=Counter()) == 1
        assert logbook.write(c, [entry, entry]) == 0


def test_a_file_that_says_what_was_corrected_and_what_was_not(
    store: Engine, entry: LogEntry
) -> None:
    other = replace(entry, quantity=4.0)
    with writing(store) as c:
        logbook.write(c, [entry, other], repeats=Counter())
        number = logbook.note(c, entry)
        logbook.correct(c, number, other, who="Ana")  # both say the same now
        assert logbook.write(c, [other, other], repeats=Counter()) == 0
        assert logbook.write(c, [entry, other], repeats=Counter()) == 0
        assert logbook.write(c, [other, other, other], repeats=Counter()) == 1


def test_pictures_are_kept_once(store: Engine, entry: LogEntry) -> None:
    with writing(store) as c:
        number = logbook.note(c, entry)
        kept = logbook.add_photo(c, number, b"\xff\xd8...", "image/jpeg")
        assert logbook.add_photo(c, number, b"\xff\xd8...", "image/jpeg") == kept
        assert logbook.photos(c, number) == [kept]
        assert logbook.photo(c, kept.number) == b"\xff\xd8..."
        assert logbook.photo(c, 999) is None
        with pytest.raises(ValueError, match="the picture is empty"):
            logbook.add_photo(c, number, b"", "image/jpeg")


_entries = st.lists(
    st.builds(
        LogEntry,
        site=st.just(""),
        plot=st.just(""),
        type=st.sampled_from(["harvest", "irrigation", "seeding", "labour"]),
        time=st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)).map(  # noqa: DTZ001
            lambda at: at.replace(tzinfo=UTC, microsecond=0, fold=0)
        ),
        quantity=st.one_of(st.just(nan), st.floats(0, 1e6)),
        unit=st.sampled_from(["kg", "L", "bunch"]),
        notes=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8),
        hours=st.one_of(st.just(nan), st.floats(0, 24)),
        details=st.dictionaries(st.sampled_from(["kind", "persons"]), st.integers(0, 9)),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def lasting(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """One store for many examples, each rolled back."""
    file = tmp_path_factory.mktemp("logbook") / "agro.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = open_store(f"sqlite:///{file.as_posix()}")
    yield engine
    engine.dispose()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_entries, file=_entries)
def test_writing_twice_is_once_and_undo_leaves_what_was(
    lasting: Engine, before: list[LogEntry], file: list[LogEntry]
) -> None:
    site = _harvest(lasting).site
    before = [replace(one, site=site) for one in before]
    file = [replace(one, site=site) for one in file]
    with lasting.connect().execution_options(writes=True) as c:
        logbook.write(c, before)
        was = _standing(c)
        batch = logbook.open_batch(c, _batch(site))
        new = logbook.write(c, file, batch=batch)
        then = _standing(c)
        assert logbook.write(c, file) == 0
        assert _standing(c) == then
        assert len(then) == len(was) + new
        assert logbook.undo_batch(c, batch, who="") == new
        assert _standing(c) == was
        assert logbook.redo_batch(c, batch, who="") == new
        assert _standing(c) == then


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_entries.filter(bool))
def test_the_history_leads_back_to_what_was_first_said(
    lasting: Engine, steps: list[LogEntry]
) -> None:
    site = _harvest(lasting).site
    first, *others = [replace(one, site=site) for one in steps]
    with lasting.connect().execution_options(writes=True) as c:
        number = logbook.note(c, first)
        for other in others:
            logbook.correct(c, number, other, who="Ana")
        kept: Noted = logbook.one(c, number)
        told = kept.entry
        for change in reversed(logbook.history(c, number)):
            told = replace(told, **change.before)
    assert repr(told) == repr(first)
