"""The word for a signal follows the limits of the spreading factors."""

from itertools import pairwise
from math import nan

import pytest

from sensors.signal import SNR_LIMITS, grade


@pytest.mark.parametrize(
    ("rssi", "snr", "told"),
    [
        (-80.0, 8.0, "good"),
        (-97.0, nan, "good"),
        (-110.0, 5.0, "fair"),
        (-118.0, 2.0, "weak"),
        (-90.0, -16.0, "weak"),
        (nan, -9.0, "fair"),
        (nan, nan, "unknown"),
    ],
)
def test_the_worse_of_the_two_is_told(rssi: float, snr: float, told: str) -> None:
    assert grade(rssi, snr) == told


def test_each_step_of_the_spreading_factor_wins_two_and_a_half_decibels() -> None:
    limits = [SNR_LIMITS[factor] for factor in sorted(SNR_LIMITS)]
    assert {slower - quicker for quicker, slower in pairwise(limits)} == {-2.5}
