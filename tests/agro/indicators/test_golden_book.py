"""The shared scenario: every value to its printed places, and the four traps of averaging."""

from math import isnan
from pathlib import Path
from typing import Any

import pytest
import yaml

from agro.indicators.book import Book
from agro.indicators.catalogue import catalogue
from agro.indicators.figures import computed
from agro.indicators.reading import read_book
from agro.indicators.scope import Scope

_FOLDER = Path(__file__).parents[3] / "../shared/data/indicators"
_BOOK, _VALUES = _FOLDER / "golden_book.yaml", _FOLDER / "catalogue.yaml"
pytestmark = pytest.mark.skipif(not _BOOK.is_file(), reason="the shared scenario is not here")


def _golden() -> list[Any]:
    if not _VALUES.is_file():
        return []
    listed = yaml.safe_load(_VALUES.read_text(encoding="utf-8"))["indicators"]
    return [
        pytest.param(
            one["id"], g["scope"], g["value"], g.get("places", 4), id=f"{one['id']}-{g['scope']}"
        )
        for one in listed
        for g in one.get("golden", ())
    ]


@pytest.fixture(scope="module")
def book() -> Book:
    read = read_book(_BOOK, catalogue().by_id)
    assert read.faults == ()
    return read.book


def _scope(name: str) -> Scope:
    if name == "city":
        return Scope()
    return Scope("site" if len(name) == 1 else "plot", name)


def _value(book: Book, name: str, scope: str) -> float:
    found = computed(book, _scope(scope), catalogue())
    return next(one.value for one in found if one.indicator.id == name)


@pytest.mark.parametrize(("name", "scope", "value", "places"), _golden())
def test_values(book: Book, name: str, scope: str, value: float, places: int) -> None:
    assert round(_value(book, name, scope), places) == pytest.approx(value, abs=10**-9)


def test_there_are_as_many_values_as_the_scenario_prints() -> None:
    assert len(_golden()) == 82


@pytest.mark.parametrize(
    ("name", "places", "wrong", "over"),
    [
        ("PROD_YIELD", 4, 2.275, ("A", "B")),
        ("WATER_L_PER_KG", 2, 63.94, ("A", "B")),
        ("IFT_HORS_BIOCONTROLE", 4, 0.2625, ("A1", "A2", "B1", "B2")),
        ("DIV_SHANNON", 3, 1.129, ("A", "B")),
    ],
)
def test_the_mean_of_the_parts_is_the_trap(
    book: Book, name: str, places: int, wrong: float, over: tuple[str, ...]
) -> None:
    values = [_value(book, name, scope) for scope in over]
    parts = [0.0 if isnan(value) else value for value in values]  # untreated, though not stated
    assert round(sum(parts) / len(parts), places) == wrong
    assert round(_value(book, name, "city"), places) != wrong
