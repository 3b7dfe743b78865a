"""Yield forecasts are kept as they were issued, on either database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import isnan, nan

import pytest
from sqlalchemy import Engine

from agro.records import YieldForecast
from agro.store import forecasts, writing

AT = datetime(2026, 7, 14, 6, tzinfo=UTC)
SITE, PLOT = "potager-des-ducs", "planche-1"
ONE = YieldForecast(
    site=SITE,
    plot=PLOT,
    crop="tomato",
    planted=date(2026, 5, 14),
    issued_at=AT,
    low=3.0,
    middle=5.5,
    high=9.0,
    area=48.0,
    start=date(2026, 7, 31),
    end=None,
    model="physics",
    factors=({"code": "heat", "effect": -0.03, "days": 2},),
    sources={"seasons": 0, "harvested_kg": None},
    variety="Marmande",
)


def test_a_forecast_comes_back_as_it_was(store: Engine) -> None:
    none = replace(ONE, crop="berries", low=nan, middle=nan, high=nan, start=None)
    with writing(store) as c:
        forecasts.write(c, [ONE, none, replace(ONE, variety="Saint-Pierre")])
    with store.connect() as c:
        found = forecasts.latest(c, SITE)
        assert forecasts.newest(c, SITE) == AT
        assert forecasts.newest(c, "domaine-de-la-cras") is None
    assert ONE in found
    assert len(found) == 3
    assert any(isnan(one.middle) and one.crop == "berries" for one in found)


def test_the_same_moment_again_replaces_and_a_later_one_is_beside_it(store: Engine) -> None:
    later = replace(ONE, issued_at=AT + timedelta(days=1), middle=5.0)
    with writing(store) as c:
        forecasts.write(c, [ONE])
        forecasts.write(c, [replace(ONE, middle=6.0), later])
    with store.connect() as c:
        assert [one.middle for one in forecasts.latest(c, SITE)] == [5.0]
        assert [one.middle for one in forecasts.latest(c, SITE, at=AT)] == [6.0]
        table = forecasts.history(c, SITE)
    assert table["middle"].tolist() == [6.0, 5.0]
    assert table["issued_at"].is_monotonic_increasing


def test_a_plot_that_is_not_there(store: Engine) -> None:
    with writing(store) as c, pytest.raises(ValueError, match="no plot 'x' on site"):
        forecasts.write(c, [replace(ONE, plot="x")])
