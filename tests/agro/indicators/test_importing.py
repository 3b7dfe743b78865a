"""A farm book in the store gives the figures of its file; what is damaged costs only itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from agro.indicators.book import RECORDS, Book
from agro.indicators.catalogue import whole
from agro.indicators.figures import Figure, computed
from agro.indicators.gathering import gather
from agro.indicators.importing import Imported, import_book, undo_import
from agro.indicators.reading import Read, read_book
from agro.indicators.scope import METROPOLE, Scope, scope_of
from agro.packs import read_pack
from agro.store import farms, logbook, open_store, schema, writing
from tests.agro.indicators.books import random_book

_GOLDEN = Path(__file__).parents[3] / "../shared/data/indicators/golden_book.yaml"
_SMALL = Path(__file__).parent / "small_book.yaml"
_AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
_SOME = settings(max_examples=8, deadline=None)
_needs_golden = pytest.mark.skipif(not _GOLDEN.is_file(), reason="the shared scenario is not here")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A store with a city and no garden in it, which nothing is committed to."""
    engine = _bare(f"sqlite:///{(tmp_path_factory.mktemp('bare') / 'bare.sqlite').as_posix()}")
    yield engine
    engine.dispose()


def _bare(url: str) -> Engine:
    engine = open_store(url)
    nothing: dict[str, Any] = dict.fromkeys(
        (
            "sites",
            "soils",
            "irrigation_systems",
            "plots",
            "plantings",
            "devices",
            "trials",
            "tanks",
        ),
        (),
    )
    with writing(engine) as c:
        farms.save_pack(c, replace(read_pack("dijon"), **nothing, books={}))
    return engine


@contextmanager
def _forgotten(engine: Engine) -> Iterator[Connection]:
    """A transaction of which nothing stays."""
    with engine.connect() as c:
        yield c
        c.rollback()


def _import(c: Connection, read: Read, file: Path = _SMALL) -> Imported:
    return import_book(c, read, file, who="Ana", at=_AT)


def _figures(book: Book, scope: Scope) -> list[Figure]:
    return computed(book, scope, whole())


def _assert_same(of_file: Book, of_store: Book, scopes: dict[str, str]) -> None:
    """All figures of these scopes, file → store, tell the same, but for where they stand."""
    for name, kept in scopes.items():
        pairs = zip(
            _figures(of_file, scope_of(name)), _figures(of_store, scope_of(kept)), strict=True
        )
        for one, other in pairs:
            what = f"{one.indicator.id} of {name}"
            assert (one.status, one.target is None) == (other.status, other.target is None), what
            for number in ("value", "numerator", "denominator", "coverage"):
                close = pytest.approx(getattr(one, number), rel=1e-9, abs=1e-9, nan_ok=True)
                assert getattr(other, number) == close, f"{number} of {what}"
            assert other.shares == pytest.approx(dict(one.shares)), what
            spread = [(o.version, o.n) for o in one.spread]
            assert [(o.version, o.n) for o in other.spread] == spread, what
            assert bool(one.sources) == bool(other.sources), what


def _scopes(book: Book, seed: int = 0) -> dict[str, str]:
    """The city, and a site and a plot of it."""
    site = book.sites[seed % len(book.sites)].site
    plot = book.plots[seed % len(book.plots)]
    same = {name: name for name in ("city", f"site:{site}")}
    return same | {f"plot:{plot.plot}": f"plot:{plot.site}/{plot.plot}"}


def _dated(book: Book, seed: int) -> Book:
    """The book with days for some records of each register that has them."""
    by = Random(seed)
    found: dict[str, Any] = {}
    for name in ("losses", "irrigations", "inputs", "treatments", "labour", "events", "composts"):
        rows = getattr(book, name)
        days = (by.choice((None, date(2026, by.randint(1, 12), 9))) for _ in rows)
        found[name] = tuple(replace(o, day=day) for o, day in zip(rows, days, strict=True))
    gone = (replace(o, day=by.choice((None, date(2026, 6, 2)))) for o in book.deliveries)
    people = book.references.populations
    whole_city = {**people, METROPOLE: sum(people.values())}
    references = replace(book.references, populations=whole_city)
    return replace(book, **found, deliveries=tuple(gone), references=references)


@_SOME
@given(seed=st.integers(0, 10**6))
def test_any_book_gives_the_same_figures_from_the_store_as_from_its_file(
    bare: Engine, seed: int
) -> None:
    book = _dated(random_book(seed), seed)
    with _forgotten(bare) as c:
        found = _import(c, Read(book, (), ()))
        assert found.faults == []
        assert found.new.total() == sum(len(getattr(book, name)) for name in RECORDS) + (
            len(book.rain) * (len(book.sites) - 1)
        )
        kept = gather(c, book.start, book.end)
        assert not _import(c, Read(book, (), ())).new.total()
    communes = {f"commune:{one.commune}" for one in book.sites[:1]}
    _assert_same(book, kept, _scopes(book, seed) | {name: name for name in communes})


@_needs_golden
def test_the_shared_scenario_is_the_same_on_either_database(database_url: str) -> None:
    engine = _bare(database_url)
    read = read_book(_GOLDEN, whole().by_id)
    with writing(engine) as c:
        first = _import(c, read, _GOLDEN)
        again = _import(c, read, _GOLDEN)
        kept = gather(c, read.book.start, read.book.end)
    assert first.made_sites == ["A", "B"]
    assert first.made_plots == ["A1", "A2", "B1", "B2"]
    assert (again.book, again.new.total()) == (None, 0)
    assert again.known.total() == first.new.total()
    _assert_same(read.book, kept, _scopes(read.book))
    engine.dispose()


@_needs_golden
def test_beside_other_gardens_the_book_alone_can_be_asked_for(store: Engine) -> None:
    read = read_book(_GOLDEN, whole().by_id)
    with writing(store) as c:
        number = _import(c, read, _GOLDEN).book
        all_of_it = gather(c, read.book.start, read.book.end)
        alone = gather(c, read.book.start, read.book.end, sites=("A", "B"), book=number)
    _assert_same(read.book, alone, _scopes(read.book))
    assert {one.site for one in all_of_it.sites} > {"A", "B", "potager-des-ducs"}


def test_what_happened_on_a_day_stands_in_the_logbook_and_is_undone_with_its_book(
    bare: Engine,
) -> None:
    read = Read(_dated(random_book(7), 7), (), ())
    dated = sum(one.day is not None for one in read.book.harvests)
    with _forgotten(bare) as c:
        found = _import(c, read)
        assert dated
        assert logbook.count(c, types=("harvest",)) == dated
        assert found.book is not None
        gone = undo_import(c, found.book, who="Ben", at=_AT)
        assert gone == found.new.total()
        assert undo_import(c, found.book, who="Ben", at=_AT) == 0
        empty = gather(c, read.book.start, read.book.end)
        assert not any(getattr(empty, name) for name in RECORDS if name not in ("sites", "plots"))
        kept = c.scalar(select(func.count()).select_from(schema.indicator_record))
        assert kept, "what is taken back is kept"
        again = _import(c, read)
        assert again.new.total() == found.new.total()
        back = gather(c, read.book.start, read.book.end)
    _assert_same(read.book, back, _scopes(read.book))


def test_a_garden_that_is_kept_in_another_commune_is_refused_and_the_others_stay(
    bare: Engine,
) -> None:
    book = random_book(3)
    first = replace(book, sites=tuple(replace(s, commune="21231") for s in book.sites))
    moved = replace(first.sites[0], commune="21515")
    second = replace(first, sites=(moved, *first.sites[1:]))
    with _forgotten(bare) as c:
        _import(c, Read(first, (), ()))
        found = _import(c, Read(second, (), ()))
    assert len(found.faults) == 1
    assert "'21515' is not that of the garden that is kept, '21231'" in found.faults[0]
    assert not found.new.total()


@_SOME
@given(seed=st.integers(0, 10**6))
def test_a_damaged_book_keeps_all_that_can_be_read(
    bare: Engine, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    by = Random(seed)
    content = yaml.safe_load(_SMALL.read_text(encoding="utf-8"))
    for _ in range(by.randint(1, 4)):
        _damage(content, by)
    file = tmp_path_factory.mktemp("damaged") / "book.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    read = read_book(file, whole().by_id)
    with _forgotten(bare) as c:
        found = _import(c, read, file)
        kept = gather(c, read.book.start, read.book.end)
    assert len(found.faults) >= len(read.faults)
    for name in ("harvests", "purchases", "surveys", "samples", "surfaces", "sites", "plots"):
        assert len(getattr(kept, name)) == len(getattr(read.book, name)), name


_BAD = ("x", -1, None, [1], {"a": 1}, "2025-13-45", True, 10**400)


def _damage(content: dict[str, Any], by: Random) -> None:
    """One random cell of a random section becomes nonsense; the period stays."""
    sections = [name for name in content if name != "period"]
    node: Any = content
    while keys := sections if node is content else _keys(node):
        key = by.choice(keys)
        if not isinstance(node[key], (list, dict)) or by.random() < 0.15:
            node[key] = by.choice(_BAD)
            return
        node = node[key]


def _keys(node: Any) -> list[Any]:
    return list(range(len(node))) if isinstance(node, list) else list(node)
