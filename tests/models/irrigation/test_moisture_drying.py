"""What a kept model says a bed loses beside the physics: monotone, and of the past alone."""

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.irrigation import moisture_drying as drying
from models.irrigation import moisture_model, moisture_skill
from models.irrigation.moisture_features import Series
from models.irrigation.moisture_scores import judge, water_ahead
from models.irrigation.moisture_series import Probe, panel

Array = NDArray[np.float64]
DAYS = 300
HORIZONS = (1, 3, 7)


def thirsty(extra: float) -> list[Series]:
    """A probe in a soil that loses the same each day, and in summer `extra` times more."""
    generator = np.random.default_rng(3)
    day_of_year = np.arange(DAYS) + 30.0
    rain = np.where(generator.random(DAYS) < 0.15, generator.gamma(1.5, 9.0, DAYS), 0.0)
    content, found = 0.25, []
    for day in range(DAYS):
        summer = max(np.sin((day_of_year[day] - 100.0) / 200.0 * np.pi), 0.0)
        lost = 0.006 * (1.0 + extra * summer)
        content = min(max(content + rain[day] / 250.0 - lost, 0.1), 0.32)
        found.append(content + float(generator.normal(0.0, 0.001)))
    return panel([Probe("here", 20.0, np.array(found))], {"here": {"rain": rain}}, day_of_year)


@cache
def taught(extra: float = 1.0) -> tuple[list[Series], moisture_model.Correction]:
    series = thirsty(extra)
    rolled = moisture_skill.roll(series, rain_known=True)
    return series, moisture_model.fit(series, rolled)


def course(series: Series, until: int) -> drying.Course:
    last = slice(until - drying.BEFORE, until)
    return drying.Course(
        **{one.name: getattr(series, one.name)[last] for one in fields(drying.Course)}
    )


@pytest.mark.parametrize("until", [60, 150, 230, 299])
def test_the_extra_grows_as_the_soil_dries_and_never_falls(until: int) -> None:
    series, model = taught()
    found = drying.curve(model, 0, course(series[0], until), HORIZONS)
    assert (np.diff(found.content) < 0.0).all()
    assert (np.diff(found.extra, axis=1) >= -1e-12).all()
    assert np.abs(found.extra).max() > 1e-4


@given(content=st.floats(0.0, 0.5), drier=st.floats(0.0, 0.3))
def test_a_drier_probe_never_makes_it_less(content: float, drier: float) -> None:
    series, model = taught()
    found = drying.curve(model, 0, course(series[0], 200), HORIZONS)
    assert (found.at(content - drier) >= found.at(content) - 1e-12).all()


def test_only_how_wet_the_weeks_ended_counts_of_their_level() -> None:
    """Weeks that were drier throughout are read off the same curve."""
    series, model = taught()
    one = course(series[0], 200)
    drier = replace(one, water_content=one.water_content - 0.03)
    found, again = (drying.curve(model, 0, each, HORIZONS) for each in (one, drier))
    np.testing.assert_allclose(found.extra, again.extra, atol=1e-9)


def test_after_the_last_horizon_that_is_believed_there_is_nothing() -> None:
    series, model = taught()
    found = drying.curve(model, 0, course(series[0], 200), (1, 3))
    assert found.extra[0].any()
    assert (found.extra[1] == found.extra[2]).all()
    assert not found.extra[3:].any()


def test_a_probe_feels_its_rises() -> None:
    _, model = taught()
    content = np.array([0.2, 0.19, 0.24, 0.23, np.nan, 0.26])
    felt = drying.felt(model.parameters[0], content) * np.exp(model.parameters[0][0])
    assert felt == pytest.approx([0.0, 0.0, 0.05, 0.0, 0.0, 0.0])


def test_dry_days_are_judged_by_themselves() -> None:
    series = thirsty(1.0)
    rolled = moisture_skill.roll(series, rain_known=True)
    (every,), _ = judge(series, rolled)
    (dry,), overall = judge(series, rolled, dry=True)
    assert [one.n for one in overall] == [one.n for one in dry]
    for whole, part in zip(every, dry, strict=True):
        assert 0 < part.n < whole.n
    assert dry[0].rmse["persistence"] < every[0].rmse["persistence"]  # no rain, no great change
    ahead = water_ahead(series[0], 3)
    assert ahead[5] == pytest.approx(series[0].rain[6:9].sum())
    assert np.isnan(ahead[-3:]).all()
