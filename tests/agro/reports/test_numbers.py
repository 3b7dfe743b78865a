"""Figures of a report: decimals that align, axes with round ticks."""

from itertools import pairwise
from math import floor, inf, log10, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agro.reports.numbers import (
    chance,
    column,
    degrees,
    error_decimals,
    fixed,
    own_decimals,
    scale,
)
from agro.words import say

_FRENCH, _ENGLISH = say("fr"), say("en")
_VALUES = st.lists(st.floats(-1e8, 1e8, allow_nan=False), min_size=1, max_size=8)


def test_a_number_keeps_its_zeros_and_the_language_s_signs() -> None:
    assert fixed(_FRENCH, -1234.5, 2).replace("\u202f", " ") == "−1 234,50"
    assert fixed(_ENGLISH, -1234.5, 2) == "−1,234.50"
    assert fixed(_ENGLISH, -0.001, 2) == "0.00"
    assert fixed(_ENGLISH, nan, 2) == fixed(_ENGLISH, inf, 2) == "–"
    assert fixed(_ENGLISH, 2.5e12, 0) == "2.5E12"


@given(_VALUES)
def test_figures_of_a_column_have_as_many_decimals(values: list[float]) -> None:
    written = column(_ENGLISH, values)
    plain = [one for one in written if "E" not in one]
    assert len({len(one.partition(".")[2]) for one in plain}) <= 1
    assert all(len(one) < 30 for one in written)


def test_a_mean_has_the_decimals_of_its_error() -> None:
    assert error_decimals([7.79, 8.1]) == 1
    assert error_decimals([0.0823]) == 3
    assert error_decimals([172.0]) == 0
    assert error_decimals([nan, 0.0]) == 2


def test_degrees_of_freedom_are_whole_where_all_are() -> None:
    assert degrees(_ENGLISH, [10.0, 45.000001]) == ["10", "45"]
    assert degrees(_ENGLISH, [8.87, 45.0]) == ["8.87", "45.00"]


def test_a_small_probability_is_told_as_such() -> None:
    assert chance(_FRENCH, 0.02731) == "0,0273"
    assert chance(_FRENCH, 0.00003) == "<\u00a00,0001"
    assert chance(_FRENCH, nan) == "–"


def test_data_are_printed_with_the_decimals_they_came_with() -> None:
    assert own_decimals([4.1172, 5.0, nan]) == 4
    assert own_decimals([80.0, 97.0]) == 0
    assert own_decimals([1 / 3]) == 6


@given(_VALUES)
def test_an_axis_holds_its_values_and_a_few_round_ticks(values: list[float]) -> None:
    axis = scale(_ENGLISH, values)
    low, high = float(str(axis["low"])), float(str(axis["high"]))
    assert low < high
    assert low <= min(values) <= max(values) <= high
    ticks = [float(tick["at"]) for tick in axis["ticks"]]  # type: ignore[attr-defined]
    assert 1 <= len(ticks) <= 7
    assert all(low <= tick <= high for tick in ticks)
    for one, other in pairwise(ticks):
        step = (other - one) / 10.0 ** floor(log10(other - one) + 1e-6)
        assert min(abs(step - round_one) for round_one in (1.0, 2.0, 2.5, 5.0)) < 1e-3


def test_an_axis_of_nothing_is_an_axis() -> None:
    assert scale(_ENGLISH, [nan])["low"] == pytest.approx(-0.04)
