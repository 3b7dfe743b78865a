"""Splits, scores, intervals and saving: honest by construction."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from models.learning import intervals, saving, scores, splits


@given(first=st.integers(0, 400), length=st.integers(2, 4000))
def test_folds_follow_each_other_to_the_end(first: int, length: int) -> None:
    found = splits.folds(first, first + length)
    assert found[0].start > first
    assert found[-1].stop == first + length
    assert all(a.stop == b.start for a, b in pairwise(found))


@given(length=st.integers(90, 2000), more=st.integers(1, 2000))
def test_more_data_moves_no_refit(length: int, more: int) -> None:
    short, long = splits.folds(0, length), splits.folds(0, length + more)
    assert short[:-1] == long[: len(short) - 1]
    assert short[-1].start == long[len(short) - 1].start


def test_eight_years_are_refitted_at_about_twenty_days() -> None:
    assert 8 <= len(splits.folds(0, 8 * 365)) <= 24


def test_the_warm_up_is_a_third_and_at_most_a_year() -> None:
    assert splits.warm_up(10, 40) == 20
    assert splits.warm_up(10, 3000) == 375


def test_scores_look_at_what_is_known() -> None:
    error = np.array([3.0, np.nan, -4.0])
    assert scores.rmse(error) == pytest.approx(np.sqrt(12.5))
    assert np.isnan(scores.rmse(np.array([np.nan])))
    assert scores.skill(error / 2.0, error) == pytest.approx(0.75)
    low, high = np.array([0.0, 0.0, np.nan]), np.array([1.0, 1.0, 1.0])
    assert scores.coverage(np.array([0.5, 2.0, 0.5]), low, high) == 0.5


def test_intervals_hold_their_share_and_grow_with_what_tells_of_size() -> None:
    generator = np.random.default_rng(1)
    size = generator.uniform(0.2, 3.0, 4000)
    error = generator.normal(size=4000) * size
    signs = np.column_stack([np.full(4000, 0.05), size])
    found = intervals.fit(error[:2000], signs[:2000], np.ones(2000), independent=2000.0)
    width = found.size(signs[2000:])
    held = scores.coverage(error[2000:], found.low * width, found.high * width)
    assert held == pytest.approx(0.8, abs=0.03)
    small = size[2000:] < 1.0
    inside = (error[2000:] > found.low * width) & (error[2000:] < found.high * width)
    assert inside[small].mean() == pytest.approx(0.8, abs=0.06)


def test_few_independent_errors_make_wide_intervals() -> None:
    generator = np.random.default_rng(2)
    error, signs = generator.normal(size=200), np.ones((200, 1))
    few = intervals.fit(error, signs, np.ones(200), independent=6.0)
    many = intervals.fit(error, signs, np.ones(200), independent=200.0)
    assert few.low < many.low < many.high < few.high


def test_misses_widen_and_hits_narrow_each_series_by_itself() -> None:
    factor = np.ones(3)
    for _ in range(50):
        factor = intervals.widened(factor, np.array([1.0, 0.0, np.nan]), 500)
    assert factor[0] > factor[2] > factor[1]
    assert intervals.widened(factor, np.full(3, np.nan), 500) is factor


def test_widths_that_adapt_hold_their_share_when_the_world_changes() -> None:
    generator = np.random.default_rng(3)
    factor, held = np.ones(1), []
    for day in range(1500):
        error = generator.normal() * (1.0 if day < 500 else 3.0)
        missed = np.array([float(abs(error) > 1.2816 * factor[0])])
        held.append(1.0 - missed[0])
        factor = intervals.widened(factor, missed, day)
    assert np.mean(held[500:]) == pytest.approx(0.8, abs=0.03)


def card() -> saving.Card:
    return saving.Card(
        "water", "chosen", "ab", "2026-01-01", "2026-07-01", 9, {"chosen": 0.5}, saving.versions()
    )


def test_a_model_comes_back_with_its_card() -> None:
    model = Ridge().fit(np.eye(3), [1.0, 2.0, 3.0])
    found, told = saving.unpacked(saving.packed(model, card()), trusted=[])
    assert told == card()
    np.testing.assert_array_equal(found.predict(np.eye(3)), model.predict(np.eye(3)))


def test_a_type_nobody_trusts_is_not_loaded() -> None:
    body = saving.packed(splits.Fold(1, 2), card())
    with pytest.raises(ValueError, match=r"models\.learning\.splits\.Fold, which is not trusted"):
        saving.unpacked(body, trusted=[])


def test_the_hash_knows_every_value_and_shape() -> None:
    one = saving.data_hash([np.arange(4.0)])
    assert one == saving.data_hash([np.arange(4.0)])
    assert one != saving.data_hash([np.arange(4.0).reshape(2, 2)])
    assert one != saving.data_hash([np.array([0.0, 1.0, 2.0, 3.1])])
