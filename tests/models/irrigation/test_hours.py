"""Preferred hours within the legal ones."""

import numpy as np
import pytest

from models.irrigation.hours import DAY, legal_windows

ANY = np.ones((2, 24), dtype=bool)


def mask(*hours: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return np.isin(np.arange(24), hours)[None].repeat(2, axis=0)


@pytest.mark.parametrize(
    ("preferred", "allowed", "expected"),
    [
        pytest.param((330, 480), ANY, (330, 480), id="any hour is legal"),
        pytest.param((1260, DAY + 360), ANY, (1260, DAY + 360), id="past midnight"),
        pytest.param((330, 480), mask(*range(8), *range(20, 24)), (330, 480), id="all of it"),
        pytest.param((330, 600), mask(*range(8)), (330, 480), id="until the hour it ends"),
        pytest.param(
            (1080, DAY + 360), mask(*range(5), 20, 21, 22, 23), (1200, DAY + 300), id="by night"
        ),
        pytest.param((540, 660), mask(20, 21, 22), (1200, 1380), id="the law is no preference"),
    ],
)
def test_a_day_has_its_longest_legal_stretch(
    preferred: tuple[float, float],
    allowed: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    expected: tuple[float, float],
) -> None:
    opens, closes = legal_windows([preferred[0]], [preferred[1]], allowed)
    assert (opens[0, 0], closes[0, 0]) == expected


def test_a_day_without_a_legal_hour_is_closed() -> None:
    opens, closes = legal_windows([330.0, 1200.0], [480.0, 1300.0], np.zeros((3, 24), dtype=bool))
    assert opens.shape == (3, 2)
    assert np.isnan(opens).all()
    assert np.isnan(closes).all()
