"""No published total, and no difference of published totals, tells of one garden."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agro.publish.disclosure import is_safe, safe_parts

_GIVEN = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1e4), max_size=6)


@pytest.mark.parametrize(
    ("given_", "safe"),
    [
        ({}, False),
        ({"a": 10.0}, False),
        ({"a": 10.0, "b": 10.0}, False),
        ({"a": 10.0, "b": 10.0, "c": 10.0}, True),
        ({"a": 85.0, "b": 10.0, "c": 5.0}, True),
        ({"a": 85.1, "b": 9.9, "c": 5.0}, False),
        ({"a": 0.0, "b": 0.0, "c": 0.0}, True),
    ],
)
def test_three_contributors_and_none_above_85_percent(given_: dict[str, float], safe: bool) -> None:
    assert is_safe(given_) is safe


def test_what_a_subtraction_would_betray_is_withheld_too() -> None:
    """City less Dijon would be Talant's one garden."""
    parts = {
        "Dijon": {"a": 10.0, "b": 10.0, "c": 10.0},
        "Chenôve": {"d": 40.0, "e": 40.0, "f": 40.0},
        "Talant": {"g": 25.0},
    }
    assert safe_parts(parts) == (True, frozenset({"Chenôve"}))


def test_all_parts_are_shown_where_all_are_safe() -> None:
    parts = {name: {f"{name}{n}": 10.0 for n in range(3)} for name in "AB"}
    assert safe_parts(parts) == (True, frozenset("AB"))


@given(st.lists(st.floats(0, 1e4), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_whatever_is_shown_the_rest_is_safe_or_nothing(
    masses: list[float], places: list[int]
) -> None:
    parts: dict[str, dict[str, float]] = {}
    for number, (mass, place) in enumerate(zip(masses, places, strict=False)):
        parts.setdefault(f"commune {place}", {})[f"garden {number}"] = mass
    shows_whole, shown = safe_parts(parts)
    assert all(is_safe(parts[name]) for name in shown)
    hidden = dict(chain.from_iterable(v.items() for k, v in parts.items() if k not in shown))
    if shows_whole:
        assert is_safe(dict(chain.from_iterable(one.items() for one in parts.values())))
        assert not hidden or is_safe(hidden)
