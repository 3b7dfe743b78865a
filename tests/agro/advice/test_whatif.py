"""Every dose tonight, on a real store: what water does, and what the advice says of the same."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from agro.advice.whatif import DOSES, NIGHTS, WhatIf, what_if
from tests.agro.advice.conftest import NOW, Garden, Retold

SITE = "potager-des-ducs"
AT = datetime(2026, 7, 20, 5, tzinfo=UTC)


def asked(store: Engine, plot: str) -> WhatIf:
    with store.connect() as c:
        found = what_if(c, SITE, plot, AT)
    assert found is not None
    return found


@pytest.mark.parametrize("plot", ["planche-1", "serre-1", "pots-menthe"])
def test_more_water_never_leaves_a_bed_drier(store: Engine, plot: str) -> None:
    found = asked(store, plot)
    evenings = NIGHTS + 1
    assert found.days == tuple(date(2026, 7, 20) + timedelta(days=n) for n in range(evenings))
    assert found.median.shape == found.chance.shape == (evenings, len(DOSES))
    for level in (found.low, found.median, found.high):
        assert (np.diff(level, axis=1) <= 1e-9).all()
        assert (level >= 0.0).all()
        assert (level <= found.taw[:, None] + 1e-9).all()
    assert (found.low <= found.median).all()
    assert (found.median <= found.high).all()
    assert (np.diff(found.chance, axis=1) <= 1e-9).all()
    assert (np.diff(found.ever) <= 1e-9).all()
    assert (found.ever >= found.chance[1:].max(axis=0) - 1e-9).all()


def test_a_dose_reaches_the_roots_tonight_and_no_more_than_fits(store: Engine) -> None:
    found = asked(store, "planche-1")
    tonight = found.median[0]
    assert tonight[0] == pytest.approx(found.room)
    expected = np.maximum(found.room - DOSES, 0.0)
    np.testing.assert_allclose(tonight, expected, atol=1.0)  # the median of clipped members


def test_the_tap_runs_for_area_efficiency_and_flow(store: Engine) -> None:
    """48 m² by drip at 12 L/min, of which nine tenths reach the roots."""
    found = asked(store, "planche-1")
    assert found.litres[10] == pytest.approx(10.0 * 48.0 / 0.9)
    assert found.minutes[10] == pytest.approx(10.0 * 48.0 / 0.9 / 12.0)
    assert np.isnan(found.cans).all()
    assert (found.litres[0], found.minutes[0]) == (0.0, 0.0)


def test_what_is_carried_is_counted_in_cans(measured: Garden) -> None:
    measured.keep()
    with measured.engine.connect() as c:
        found = what_if(c, "garden", "pots", NOW)
    assert found is not None
    assert found.litres[10] == pytest.approx(10.0 * 2.0 / 0.8)
    assert found.cans[10] == 3.0  # 25 L
    assert np.isnan(found.minutes).all()


def test_without_watering_the_week_is_the_plans(measured: Garden) -> None:
    """A bed that waits: the plan's evenings until it waters again, and the same state now."""
    measured.moisture(now=0.25)
    advice = measured.ask("squash")
    with measured.engine.connect() as c:
        found = what_if(c, "garden", "squash", NOW)
    assert found is not None
    assert found.depletion == pytest.approx(advice.depletion_mm, abs=0.01)
    assert found.raw[0] == pytest.approx(advice.raw_mm, abs=0.01)
    dry = [n for n, day in enumerate(advice.plan) if day.irrigation_mm > 0.0]
    until = min(dry, default=len(advice.plan))
    assert until >= 2
    for n in range(until):
        told = advice.plan[n]
        assert found.median[n, 0] == pytest.approx(told.depletion_mm, abs=0.01)
        assert found.low[n, 0] == pytest.approx(told.low, abs=0.01)
        assert found.high[n, 0] == pytest.approx(told.high, abs=0.01)


def test_thirst_that_is_meant_is_no_risk(measured: Garden, retold: Retold) -> None:
    """A pea that ripens may fall to a K_s of 0.75: FAO-56, eq. 84, solved for the depletion."""
    pea = {"crop": "pea", "planted": measured.at.date() - timedelta(days=80)}
    found = {}
    for strategy in ("none", "deficit"):
        retold(plantings={"squash": {**pea, "strategy": strategy}})
        with measured.engine.connect() as c:
            found[strategy] = what_if(c, "garden", "squash", NOW)
    plain, meant = found["none"], found["deficit"]
    assert plain is not None
    assert meant is not None
    np.testing.assert_array_equal(plain.allowed, plain.raw)
    assert not plain.is_meant
    assert meant.is_meant
    np.testing.assert_allclose(meant.allowed, meant.raw + 0.25 * (meant.taw - meant.raw))
    np.testing.assert_array_equal(plain.median, meant.median)  # the water is the same
    assert (meant.ever <= plain.ever).all()
    assert (meant.ever < plain.ever - 0.2).any()  # some dose lasts the week only so
    # As the plan has it: what the advice allows today.
    advice = measured.ask("squash")
    assert meant.allowed[0] == pytest.approx(advice.facts["allowed_mm"], abs=0.1)


def test_it_is_a_function_of_the_records(store: Engine) -> None:
    first, again = asked(store, "planche-1"), asked(store, "planche-1")
    np.testing.assert_array_equal(first.median, again.median)


def test_nothing_to_try_where_nothing_grows_or_is_known(store: Engine, measured: Garden) -> None:
    with store.connect() as c:
        assert what_if(c, SITE, "nowhere", AT) is None
        assert what_if(c, "nowhere", "planche-1", AT) is None
    with measured.engine.connect() as c:
        assert what_if(c, "garden", "bare", NOW) is None
