"""Frost and heat as members foresee them, by the crop's stage."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.harvest.hazards import frost, frost_threshold, heat
from models.harvest.phenology import phenology
from models.harvest.temperatures import Temperatures, foreseen

_TOMATO = phenology("tomato")


def _week(tmin: float, tmax: float = 20.0, members: int = 10) -> Temperatures:
    return Temperatures(np.full((7, members), tmin), np.full((7, members), tmax))


def test_frost_is_told_with_its_chance_and_day() -> None:
    week = _week(5.0)
    week.tmin[2, :4] = -0.5
    week.tmin[3, :2] = -1.5
    found = frost(_TOMATO, "ini", week)
    assert found is not None
    assert (found.chance, found.day, found.day_chance) == (0.4, 2, 0.4)
    assert found.kills == 0.2
    assert found.threshold == 0.0


def test_a_mild_week_has_no_frost_and_no_heat() -> None:
    assert frost(_TOMATO, "mid", _week(8.0)) is None
    assert heat(_TOMATO, _week(8.0, 27.0)) is None


def test_heat_is_told() -> None:
    found = heat(_TOMATO, _week(18.0, 35.0))
    assert found is not None
    assert (found.chance, found.threshold, found.extreme) == (1.0, 32.0, 35.0)


def test_flowers_and_curds_are_hurt_sooner_than_leaves() -> None:
    broccoli = phenology("broccoli")
    assert frost_threshold(broccoli, "dev") == -4.0
    assert frost_threshold(broccoli, "mid") == -2.0
    assert frost(broccoli, "dev", _week(-3.0)) is None
    assert frost(broccoli, "mid", _week(-3.0)) is not None


def test_one_member_in_twenty_is_not_told() -> None:
    week = _week(5.0, members=20)
    week.tmin[0, 0] = -3.0
    assert frost(_TOMATO, "ini", week) is None


def test_a_crop_without_a_threshold_is_not_judged() -> None:
    assert frost(phenology("mint"), "ini", _week(-10.0)) is None
    assert heat(replace(_TOMATO, heat=nan), _week(20.0, 45.0)) is None


def test_a_missing_night_is_neither_frost_nor_none() -> None:
    week = _week(-2.0)
    week.tmin[1:] = np.nan
    found = frost(_TOMATO, "ini", week)
    assert found is not None
    assert found.day == 0
    assert found.extreme == -2.0


@given(st.floats(-8.0, 12.0), st.floats(0.0, 6.0), st.sampled_from(["ini", "dev", "mid", "late"]))
def test_colder_is_never_safer(tmin: float, colder: float, stage: str) -> None:
    def chance(level: float) -> float:
        week = foreseen(np.full(7, level), np.full(7, level + 10.0), seed=1)
        found = frost(_TOMATO, stage, week)
        return found.chance if found else 0.0

    assert chance(tmin - colder) >= chance(tmin)


@pytest.mark.parametrize("key", ["tomato", "potato", "winter_wheat", "cabbage"])
def test_a_hard_frost_hurts_before_it_kills(key: str) -> None:
    found = frost(phenology(key), "mid", _week(-30.0))
    assert found is not None
    assert found.kills == found.chance == 1.0
