"""Skill and intervals over years."""

import numpy as np
import pytest

from models.learning import by_year, scores


def years(n: int, places: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors of places that share most of their year's, with codes of place and year."""
    generator = np.random.default_rng(seed)
    year = np.repeat(np.arange(n), places)
    group = np.tile(np.arange(places), n)
    return generator.normal(size=n)[year] + 0.3 * generator.normal(size=n * places), group, year


def test_rows_of_a_year_do_not_make_skill_surer() -> None:
    reference, _, year = years(12, 10, 1)
    other, _, _ = years(12, 10, 2)
    error = 0.7 * reference + 0.4 * other
    found = by_year.skill(error, reference, year)
    assert found.low < found.value < found.high
    repeated = by_year.skill(np.tile(error, 5), np.tile(reference, 5), np.tile(year, 5))
    assert repeated.value == pytest.approx(found.value)
    assert repeated.low == pytest.approx(found.low)


def test_intervals_of_skill_hold_nought_as_often_as_they_say() -> None:
    held = []
    for seed in range(400):
        reference, _, year = years(19, 5, 2 * seed)
        error, _, _ = years(19, 5, 2 * seed + 1)
        found = by_year.skill(error, reference, year)
        held.append(found.low <= 0.0 <= found.high)
    assert np.mean(held) == pytest.approx(0.8, abs=0.06)


def test_two_years_have_no_interval() -> None:
    error, group, year = years(2, 4, 1)
    assert np.isnan(by_year.skill(error, 2.0 * error, year).low)
    assert by_year.band(error, group, year, groups=4) is None


def test_a_band_holds_a_new_year_s_errors_as_often_as_it_says() -> None:
    held = []
    for seed in range(200):
        error, group, year = years(20, 8, seed)
        seen = year < 19
        found = by_year.band(error[seen], group[seen], year[seen], groups=8)
        assert found is not None
        scale = found.scale[group[~seen]]
        held.append(scores.coverage(error[~seen], found.low * scale, found.high * scale))
    assert np.mean(held) == pytest.approx(0.8, abs=0.05)


def test_places_that_vary_more_get_wider_bands() -> None:
    error, group, year = years(20, 4, 3)
    error = np.where(group == 2, 5.0 * error, error)
    found = by_year.band(error, group, year, groups=5)
    assert found is not None
    assert found.scale[2] > 2.0 * found.scale[0]
    assert found.scale[4] == pytest.approx(np.sqrt(np.mean(error**2)))
