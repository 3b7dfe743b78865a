"""Stress that is meant: which crops, in which stage, how far."""

import numpy as np
import pytest

from models.irrigation import strategies
from models.water import soil, tables


def test_every_strategy_is_of_a_crop_of_the_table() -> None:
    assert {crop for crop, _ in strategies.STRATEGIES} <= set(tables.CROPS)
    assert {name for _, name in strategies.STRATEGIES} <= set(strategies.NAMES)
    for least in strategies.STRATEGIES.values():
        assert all(0.5 <= ks <= 1.0 for ks in least)
        assert min(least) < 1.0


def test_an_unknown_strategy_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'deficit' is not one of 'lettuce'; known: none"):
        strategies.strategy("lettuce", "deficit")
    with pytest.raises(ValueError, match="known: none, deficit"):
        strategies.strategy("mustard", "deficits")
    assert strategies.strategy("lettuce", "none") == strategies.NO_STRESS


def test_mustard_may_be_thirsty_when_it_ripens() -> None:
    crop = tables.crop("mustard")
    lengths = [[crop.length_ini, crop.length_dev, crop.length_mid, crop.length_late]]
    late = crop.season_length - crop.length_late
    days = np.array([[-1.0], [0.0], [late - 1], [late], [late + 90]])
    stages = [strategies.strategy("mustard", "deficit")]
    found = strategies.least_ks(days, stages, lengths)
    assert found[:, 0].tolist() == [1.0, 1.0, 1.0, 0.75, 0.75]


def test_allowed_depletion_is_where_the_stress_coefficient_is_the_least() -> None:
    allowed = strategies.allowed_depletion(60.0, 27.0, [1.0, 0.75, 0.6])
    np.testing.assert_allclose(soil.ks(allowed, taw=60.0, raw=27.0), [1.0, 0.75, 0.6])
    assert allowed[0] == 27.0
