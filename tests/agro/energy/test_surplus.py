"""A district's surplus: what is measured, forecast, as usual; nothing after the moment counts."""

from datetime import UTC, datetime, timedelta
from math import nan

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection, Engine

from agro.energy.plan import plan_site
from agro.energy.surplus import Surplus, districts, surplus_by_hour
from agro.packs.machines import read_machines
from agro.store import farms, readings, rollups, weather, writing
from agro.store.city import registering
from agro.store.city.assets import Asset
from agro.store.readings import Row

SITE, STATION = "potager-des-ducs", "potager-des-ducs-site-dl-atm41"
PLANT, HOUSE, FAR = "urn:pv", "urn:house", "urn:far"
AT = datetime(2026, 7, 20, 9, 20, tzinfo=UTC)  # a Monday


def _equipped(c: Connection) -> None:
    told = [
        Asset(
            PLANT, "pv_plant", "Quartier", "21231", 47.3195, 5.004, details={"peak_power": 100.0}
        ),
        Asset(HOUSE, "building", "", "21231", 47.32, 5.01),
        Asset(FAR, "building", "", "21231", 47.40, 5.20),
    ]
    assert registering.save(c, told).new == 3


def _forecast(c: Connection, issued: datetime, radiation: float) -> None:
    days = [issued.date() + timedelta(days=n) for n in range(3)]
    fixed = {"tmin": 14.0, "tmax": 28.0, "wind_2m": 2.0, "solar_radiation": radiation}
    weather.write_forecast(c, SITE, "test", issued, pd.DataFrame({"day": days, **fixed}))


def _hours(c: Connection, device: str, quantity: str, start: datetime, values: list[float]) -> None:
    rows = [
        Row(device, quantity, nan, int(start.timestamp()) + 3600 * n + 60, value, 1)
        for n, value in enumerate(values)
    ]
    readings.write(c, rows, written_at=start)
    rollups.rebuild(c)


def _at(store: Engine, at: datetime = AT) -> Surplus:
    with store.connect() as c:
        (one,) = districts(c)
        return surplus_by_hour(c, one, at)


def _filled(c: Connection) -> None:
    """A month of forecasts and of a station's sun, a building's week, a plant's morning."""
    _equipped(c)
    rng = np.random.default_rng(1)
    first = AT.replace(hour=0, minute=0) - timedelta(days=30)
    bright = np.clip(np.sin((np.arange(24) - 4.0) / 15.0 * np.pi), 0.0, None)
    for day in range(31):
        _forecast(c, first + timedelta(days=day, hours=3), 22.0 + 2.0 * rng.normal())
    sun = np.concatenate([bright * (650.0 + 100.0 * rng.normal()) for _ in range(31)])
    _hours(c, STATION, "solar_radiation", first, sun[: 30 * 24 + 9].tolist())
    _hours(c, HOUSE, "power", AT.replace(hour=0) - timedelta(days=7), [30.0] * (7 * 24 + 9))
    _hours(c, PLANT, "power", AT.replace(hour=0, minute=0), [0.0] * 5 + [5.0, 12.0, 20.0, 31.0])


def test_without_anything_nothing_is_known(store: Engine) -> None:
    with writing(store) as c:
        assert districts(c) == []
        assert plan_site(c, next(iter(farms.sites(c))), AT) is None
        _equipped(c)
    found = _at(store)
    assert np.isnan(found.produced).all()
    assert set(found.produced_from) == {"unknown"}
    assert found.as_production() is None


def test_each_hour_says_where_it_comes_from(store: Engine) -> None:
    with writing(store) as c:
        _filled(c)
    found = _at(store)
    (own,) = [found.district]
    assert (own.users, own.peak_power) == ((HOUSE,), 100.0)  # the far building is not of it
    assert found.produced_from[:11] == ("forecast",) * 2 + ("measured",) * 9
    assert set(found.produced_from[11:24]) <= {"nowcast", "forecast"}
    assert found.produced[10] == found.produced_low[10] == 31.0
    assert (found.users_heard, found.pairs) == (1, "station")
    assert found.errors == 30
    noon = 13
    assert found.produced_low[noon] < found.produced[noon] < found.produced_high[noon]
    assert found.used_from[5] == "measured"
    assert found.used_from[noon] == "usual"
    assert found.middle == pytest.approx(found.produced - found.used)
    assert found.now(AT)[1] == pytest.approx(30.0)


def test_too_little_history_gives_no_interval(store: Engine) -> None:
    with writing(store) as c:
        _equipped(c)
        _forecast(c, AT - timedelta(hours=5), 22.0)
    found = _at(store)
    assert found.produced.max() > 20.0
    assert np.isnan(found.produced_low).all()
    assert (found.errors, found.pairs) == (0, "")
    assert found.as_production() is not None


def test_nothing_after_the_moment_counts(store: Engine) -> None:
    with writing(store) as c:
        _filled(c)
    before = _at(store)
    with writing(store) as c:
        _forecast(c, AT + timedelta(minutes=1), 3.0)
        later = AT.replace(minute=0)
        _hours(c, STATION, "solar_radiation", later, [1.0] * 20)
        _hours(c, PLANT, "power", later, [99.0] * 20)
        _hours(c, HOUSE, "power", later, [500.0] * 20)
    again = _at(store)
    for name in ("produced", "produced_low", "produced_high", "used"):
        assert getattr(again, name) == pytest.approx(getattr(before, name), nan_ok=True)
    assert (again.produced_from, again.used_from) == (before.produced_from, before.used_from)


def test_a_garden_beside_the_plant_has_a_plan(store: Engine) -> None:
    with writing(store) as c:
        _filled(c)
        (near,) = [one for one in farms.sites(c) if one.slug == SITE]
        found = plan_site(c, near, AT, machines=read_machines("dijon"))
    assert found is not None
    assert found.district is not None
    assert found.kinds == {"ventilateur-serre": "fan"}
    assert all(found.time(one.start) >= AT for one in found.day.plan.runs)
    assert found.day.plan.energy == pytest.approx(0.37 * 3.0)
    assert found.day.plan.grid <= found.day.timer.grid
