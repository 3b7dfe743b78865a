"""The union of the sites is the recomputation from the records, whatever the book says."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agro.indicators.book import RECORDS, Book, Source
from agro.indicators.catalogue import Indicator, whole
from agro.indicators.figures import part_of
from agro.indicators.parts import Part, Sums, union
from agro.indicators.scope import Scope, pieces, within
from tests.agro.indicators.books import COMMUNES, random_book

_UNITED = [
    one
    for one in whole().indicators
    if one.rule not in ("distribution", "site_only") and one.how == "computed"
]
# It counts plots, and two halves are one plot more.
_COUNTS_PLOTS = {"DATA_COVERAGE_HARVEST"}
_MANY = settings(max_examples=60, deadline=None)


def _same(found: Part, again: Part, one: Indicator) -> None:
    assert found.told == again.told, one.id
    close = pytest.approx(again.value, rel=1e-9, abs=1e-9, nan_ok=True)
    assert found.value == close, one.id


def test_most_of_the_catalogue_is_held_to_it() -> None:
    assert len(_UNITED) == 51


@given(seed=st.integers(0, 2**32 - 1))
@_MANY
def test_the_union_of_sites_is_the_recomputation(seed: int) -> None:
    book = random_book(seed)
    city = within(book, Scope())
    parts = pieces(city).values()
    for one in _UNITED:
        united, again = union(part_of(one, piece) for piece in parts), part_of(one, city)
        _same(united, again, one)
        if one.id == "DONATED_KG":  # whether sums agree is asked of each place anew
            continue
        assert united.coverage == pytest.approx(again.coverage, rel=1e-9, nan_ok=True), one.id


@given(seed=st.integers(0, 2**32 - 1))
@_MANY
def test_the_union_of_communes_is_that_of_their_sites(seed: int) -> None:
    book = random_book(seed)
    gardens = [piece for site, piece in pieces(book).items() if site]
    for one in _UNITED:
        if one.id.startswith("FOOD_COVERAGE"):  # what people need is each territory's own
            continue
        communes = [within(book, Scope("commune", code)) for code in COMMUNES]
        united = union(part_of(one, piece) for piece in communes)
        _same(united, union(part_of(one, piece) for piece in gardens), one)


@given(seed=st.integers(0, 2**32 - 1))
@_MANY
def test_a_plot_in_two_halves_changes_nothing(seed: int) -> None:
    book = random_book(seed)
    halved = within(_halved(book, "p1"), Scope())
    for one in _UNITED:
        if one.id not in _COUNTS_PLOTS:
            _same(part_of(one, halved), part_of(one, within(book, Scope())), one)


def test_form_versions_are_never_united() -> None:
    surveys = [Sums(numerator=650.0, denominator=10.0, version=v) for v in ("2019", "2023")]
    with pytest.raises(ValueError, match="never united"):
        union(surveys)


_HALVED = {
    "plots": ("area", "cultivated"),
    "cycles": ("area",),
    "harvests": ("mass",),
    "irrigations": ("volume",),
    "inputs": ("mass",),
}


def _halved(book: Book, plot: str) -> Book:
    """The same book with a plot as two: amounts halved, treatments and samples on both."""
    changed: dict[str, Any] = {}
    for name in RECORDS:
        rows = []
        for one in getattr(book, name):
            if one.plot != plot:
                rows.append(one)
                continue
            half = {field: getattr(one, field) / 2.0 for field in _HALVED.get(name, ())}
            for part in ("a", "b"):
                source = Source(one.source.kind, one.source.key + part, one.source.row)
                rows.append(replace(one, plot=plot + part, source=source, **half))
        changed[name] = tuple(rows)
    return replace(book, **changed)
