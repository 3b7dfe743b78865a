"""Files into the logbook and out again: the real logs of two gardens, large files, round trips."""

import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from math import isnan, nan
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from agro.logbook import Choice, Preview, corrected, read, to_csv, to_xlsx
from agro.logbook import store as keep
from agro.records import LogEntry
from agro.store import farms, logbook, open_store, writing

SITE, PLOT = "potager-des-ducs", "planche-1"
PARIS = ZoneInfo("Europe/Paris")
POUND = 0.45359237  # kg
HEADER = "date,type,plot,crop,variety,quantity,unit,notes"


def _read(c: Connection, body: bytes, name: str = "log.csv", **chosen: object) -> Preview:
    return read(c, body, name, SITE, choice=Choice(**chosen))  # type: ignore[arg-type]


def _import(engine: Engine, body: bytes, **chosen: object) -> tuple[Preview, int | None]:
    with writing(engine) as c:
        found = _read(c, body, **chosen)
        return found, keep(c, found, who="Ana").batch


def _sums(c: Connection, type_: str) -> dict[str, float]:
    """What stands in the logbook, by unit."""
    sums: Counter[str] = Counter()
    for entry in logbook.entries(c, types=[type_]):
        sums[entry.unit] += 0.0 if isnan(entry.quantity) else entry.quantity
    return dict(sums)


def test_the_harvests_of_a_farm_add_up(store: Engine, data: Path) -> None:
    file = data / "logbook/dickinson_farm_harvests_2019_2020.csv"
    found, batch = _import(store, file.read_bytes(), type="harvest", plots="make")
    table = pd.read_csv(file)
    assert (found.rows, found.refused, len(found.entries)) == (len(table), 0, 2079)
    with store.connect() as c:
        sums = _sums(c, "harvest")
        hours = sum(entry.hours for entry in logbook.entries(c, types=["harvest"]))
        plots = {plot.slug: plot for plot in farms.plots(c, SITE)}
    expected = table.groupby("unit")["quantity"].sum()
    assert sums.pop("kg") == pytest.approx(expected.pop("POUND") * POUND, rel=1e-12)
    names = {"EACH": "piece"}
    assert sums == pytest.approx(
        {names.get(unit, unit.lower()): total for unit, total in expected.items()}
    )
    assert hours == pytest.approx(table["hours"].sum(), rel=1e-12)
    assert isnan(plots["alf-3"].area)
    assert plots["alf-3"].name == "ALF 3"
    with writing(store) as c:
        assert batch is not None
        assert logbook.undo_batch(c, batch, who="Ana") == 2079
        assert logbook.entries(c) == []


def test_the_harvests_of_a_garden_add_up(store: Engine, data: Path) -> None:
    file = data / "logbook/stpaul_garden_harvest_2020_2021.csv"
    found, _ = _import(store, file.read_bytes(), type="harvest")
    table = pd.read_csv(file)
    unitless = table["units"].isna()
    assert [one.row for one in found.problems] == [i + 2 for i in table.index[unitless]]
    assert {one.code for one in found.problems} == {"unit_missing"}
    grams = table.loc[~unitless, "weight"].sum()
    with store.connect() as c:
        assert _sums(c, "harvest") == {"kg": pytest.approx(grams / 1000.0, rel=1e-12)}
    told, _ = _import(store, file.read_bytes(), type="harvest", unit="g")
    assert told.refused == 0
    with store.connect() as c:
        assert _sums(c, "harvest")["kg"] == pytest.approx(table["weight"].sum() / 1000.0)


@pytest.mark.parametrize(
    ("name", "type_", "column", "unit", "factor", "refused"),
    [
        ("dickinson_farm_direct_seedings", "seeding", "row_ft", "m", 0.3048, 0),
        ("dickinson_farm_transplantings", "transplanting", "row_ft", "m", 0.3048, 0),
        ("dickinson_farm_tray_seedings", "seeding", "seeds", "seed", 1.0, 0),
        ("stpaul_garden_planting_2020_2021", "seeding", "number_seeds_planted", "seed", 1.0, 1),
    ],
)
def test_sowings_and_plantings_of_both_add_up(
    store: Engine,
    data: Path,
    name: str,
    type_: str,
    column: str,
    unit: str,
    factor: float,
    refused: int,
) -> None:
    file = data / f"logbook/{name}.csv"
    found, _ = _import(store, file.read_bytes(), type=type_, plots="make")
    table = pd.read_csv(file)
    assert (found.rows, found.refused) == (len(table), refused)
    with store.connect() as c:
        assert _sums(c, type_) == {unit: pytest.approx(table[column].sum() * factor, rel=1e-12)}
        hours = [entry.hours for entry in logbook.entries(c, types=[type_])]
    if "hours" in table:
        assert sum(hours) == pytest.approx(table["hours"].sum(), rel=1e-12)
    else:
        assert all(map(isnan, hours))


def test_the_date_of_a_transplanting_is_not_its_sowing(store: Engine, data: Path) -> None:
    file = data / "logbook/dickinson_farm_transplantings.csv"
    with store.connect() as c:
        found = _read(c, file.read_bytes(), type="transplanting", plots="make")
    days = pd.Series([entry.time.date().isoformat() for _, entry in found.entries])
    assert days.tolist() == pd.read_csv(file)["transplant_date"].tolist()


BAD = ("2026-07-01,harvest,planche-1,tomato,,-1,kg,", "2206-01-01,harvest,planche-1,,,1,kg,")


def _large(good: int, bad: int) -> bytes:
    """A file with bad rows spread over it."""
    lines, every = [HEADER], (good + bad) // bad
    for number in range(good + bad):
        if number % every == every - 1 and number // every < bad:
            lines.append(BAD[number % 2])
        else:
            day = f"20{10 + number % 15}-0{1 + number % 9}-1{number % 10}"
            lines.append(f"{day},harvest,planche-1,kale,,{number / 1000},kg,row {number}")
    return "\n".join(lines).encode()


def test_a_large_file_keeps_its_good_rows_and_is_undone_whole(store: Engine) -> None:
    body = _large(good=9_900, bad=100)
    seen: list[tuple[int, int]] = []
    started = time.monotonic()
    with writing(store) as c:
        found = read(c, body, "log.csv", SITE, told=lambda *so_far: seen.append(so_far))
        kept = keep(c, found, told=lambda *so_far: seen.append(so_far))
    assert time.monotonic() - started < 120.0  # a guard against what grows as a square
    assert (found.rows, found.refused, kept.new, kept.known) == (10_000, 100, 9_900, 0)
    assert len(seen) > 10
    assert all(done <= total for done, total in seen)
    with writing(store) as c:
        assert logbook.count(c) == 9_900
        assert kept.batch is not None
        assert logbook.undo_batch(c, kept.batch, who="Ana") == 9_900
        assert logbook.count(c) == 0
        assert logbook.redo_batch(c, kept.batch, who="Ana") == 9_900


def test_a_file_imported_again_brings_nothing_and_leaves_no_import(store: Engine) -> None:
    body = f"{HEADER}\n2026-07-01,harvest,planche-1,kale,,1,kg,\n".encode()
    body += b"2026-07-01,harvest,planche-1,kale,,1,kg,\n"  # weighed twice, said twice
    _, first = _import(store, body)
    _, again = _import(store, body)
    assert again is None
    with store.connect() as c:
        assert [one.number for one in logbook.batches(c)] == [first]
        assert logbook.batches(c)[0].who == "Ana"
        assert logbook.count(c) == 2


def test_made_beds_change_nobody_else_s_water(store: Engine) -> None:
    from agro.advice.city import city_at
    from agro.advice.morning import advise_site

    at = datetime(2026, 7, 20, 5, tzinfo=UTC)
    watering = LogEntry(SITE, "", "irrigation", datetime(2026, 7, 19, 5, tzinfo=UTC), 200.0, "L")

    def advices() -> list[str]:
        with store.connect() as c, city_at(c, at) as city:
            assert city is not None
            (site,) = [one for one in city.wanted if one.slug == SITE]
            return [repr(one) for one in advise_site(city, site) if one.plot != "ghana-2"]

    with writing(store) as c:
        logbook.write(c, [watering])
    before = advices()
    _import(store, b"date,plot,crop\n2026-07-01,GHANA-2,kale\n", type="harvest", plots="make")
    assert advices() == before


def _floats(most: float) -> st.SearchStrategy[float]:
    """Numbers of as many figures as a workbook keeps."""
    return st.floats(0, most).map(lambda value: float(f"{value:.15g}"))


def test_what_was_noted_in_grams_is_the_same_in_a_file(store: Engine) -> None:
    noted = LogEntry(SITE, PLOT, "harvest", datetime(2026, 7, 1, 10, tzinfo=UTC), 250.0, "g")
    with writing(store) as c:
        logbook.note(c, noted)
        body = to_csv(logbook.noted(c), PARIS).encode()
        assert keep(c, _read(c, body)).new == 0
        (_, entry) = _read(c, body.replace(b",250.0,", b",300,")).entries[0]
        number = logbook.note(c, entry)
        logbook.correct(c, number, replace(entry, quantity=0.4), who="Ana")
        assert logbook.one(c, number).entry.details == {}


_words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12).map(
    str.strip
)
_entries = st.lists(
    st.builds(
        LogEntry,
        site=st.just(SITE),
        plot=st.sampled_from(["", PLOT]),
        type=st.sampled_from(["observation", "maintenance", "input", "harvest"]),
        # Before the year in which the pack's tomatoes were planted: none is harvested too early.
        time=st.datetimes(datetime(1991, 1, 1), datetime(2025, 12, 31)).map(  # noqa: DTZ001
            lambda at: at.replace(tzinfo=UTC, microsecond=0, fold=0)
        ),
        quantity=_floats(1e8),
        unit=st.sampled_from(["kg", "bunch"]),
        crop=st.sampled_from(["", "tomato", "OKRA"]),
        variety=_words,
        notes=_words,
        method=st.sampled_from(["", "weighed"]),
        who=_words,
        lot=_words,
        hours=st.one_of(st.just(nan), _floats(24)),
        area=st.one_of(st.just(nan), _floats(1e4)),
        details=st.dictionaries(st.sampled_from(["kind", "persons"]), st.integers(0, 9)),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def lasting(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One store for many examples, each rolled back."""
    file = tmp_path_factory.mktemp("files") / "agro.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    engine = open_store(f"sqlite:///{file.as_posix()}")
    yield engine
    engine.dispose()


_SETTINGS = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_SETTINGS
@given(entries=_entries)
def test_what_is_exported_is_read_as_it_was(lasting: Engine, entries: list[LogEntry]) -> None:
    with lasting.connect().execution_options(writes=True) as c:
        logbook.write(c, entries)
        kept = logbook.noted(c)
        said = sorted(repr(one.entry) for one in kept)
        for body, name in (
            (to_csv(kept, PARIS).encode(), "a.csv"),
            (to_xlsx(kept, PARIS), "a.xlsx"),
        ):
            found = _read(c, body, name)
            assert found.problems == ()
            assert sorted(repr(entry) for _, entry in found.entries) == said
            assert keep(c, found).new == 0


@_SETTINGS
@given(entries=_entries, quantity=st.floats(0, 1e6))
def test_a_correction_changes_what_it_names_and_nothing_else(
    lasting: Engine, entries: list[LogEntry], quantity: float
) -> None:
    entry = replace(entries[0], type="harvest", crop="OKRA")
    with lasting.connect() as c:
        assert repr(corrected(c, entry, {})) == repr(entry)
        found = corrected(c, entry, {"quantity": repr(quantity), "unit": "kg"})
        assert repr(found) == repr(replace(entry, quantity=quantity, unit="kg"))
        problems = corrected(c, entry, {"quantity": "-1", "date": "2206-01-01"})
        assert isinstance(problems, list)
        assert [one.code for one in problems] == ["date_in_future", "negative"]


def test_a_workbook_s_cells_are_dates_numbers_and_words() -> None:
    summer = LogEntry(SITE, "", "harvest", datetime(2026, 7, 1, 10, tzinfo=UTC), 2.5, "kg")
    twice = replace(summer, time=datetime(2025, 10, 26, 1, 30, tzinfo=UTC), notes="=1+1")
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx([summer, twice], PARIS)))
    rows = list(book.active.iter_rows())
    titles = [cell.value for cell in rows[0]]
    assert titles[:10] == [*HEADER.split(","), "hours (h)", "area (m²)"]
    first, second = (dict(zip(titles, row, strict=True)) for row in rows[1:])
    assert first["date"].value == datetime(2026, 7, 1, 12)  # noqa: DTZ001 - as the clock showed
    assert (first["quantity"].value, first["quantity"].data_type) == (2.5, "n")
    assert second["date"].value == "2025-10-26T02:30:00+01:00"  # after the clock went back
    assert (second["notes"].value, second["notes"].data_type) == ("'=1+1", "s")
