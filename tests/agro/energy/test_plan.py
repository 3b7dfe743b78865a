"""Advised waterings in the sun: production from the stored forecast, the system's hours kept."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from agro.energy.plan import loads_of, plan_day, pump_power
from agro.energy.production import Production, production_ahead
from agro.records import Advice, IrrigationSystem
from agro.store import farms, weather, writing
from models.energy.payback import Assumptions
from models.energy.pv import Plant
from models.energy.scheduling import Load

SITE, ZONE = "potager-des-ducs", ZoneInfo("Europe/Paris")
PLANT = Plant(47.3, 5.0, 10.0, 250.0)
TODAY = date(2026, 7, 20)
AT = datetime(2026, 7, 20, 4, tzinfo=UTC)


def _frame(first: date, radiation: list[float]) -> pd.DataFrame:
    days = [first + timedelta(days=n) for n in range(len(radiation))]
    fixed = {"tmin": 14.0, "tmax": 28.0, "wind_2m": 2.0}
    return pd.DataFrame({"day": days, "solar_radiation": radiation, **fixed})


def _forecast(store: Engine, issued: datetime, radiation: list[float]) -> None:
    with writing(store) as c:
        weather.write_forecast(c, SITE, "open_meteo", issued, _frame(issued.date(), radiation))


def _made(store: Engine, at: datetime = AT) -> Production | None:
    with store.connect() as c:
        return production_ahead(c, SITE, PLANT, at, first=TODAY)


def test_a_forecast_alone_has_no_interval(store: Engine) -> None:
    assert _made(store) is None
    _forecast(store, AT, [24.0, 12.0])
    made = _made(store)
    assert made is not None
    assert made.middle[:24].sum() > 1.5 * made.middle[24:].sum()
    assert np.isnan(made.low).all()
    assert made.errors == 0


def test_past_errors_make_the_interval_and_later_days_change_nothing(store: Engine) -> None:
    for back in range(40, 0, -1):
        issued = AT - timedelta(days=back)
        _forecast(store, issued, [18.0, 18.0])
        measured = _frame(issued.date(), [18.0 + (back % 5 - 2) * 2.0])
        with writing(store) as c:
            weather.write_days(c, SITE, "station", measured)
    _forecast(store, AT, [20.0, 20.0])
    made = _made(store)
    assert made is not None
    sunny = made.middle > 0.5
    assert (made.low[sunny] < made.middle[sunny]).all()
    assert (made.middle[sunny] < made.high[sunny]).all()
    with writing(store) as c:
        weather.write_days(c, SITE, "station", _frame(TODAY, [1.0, 1.0]))
    _forecast(store, AT + timedelta(hours=6), [2.0, 2.0])
    again = _made(store)
    assert again is not None
    assert again.low == pytest.approx(made.low)
    assert again.high == pytest.approx(made.high)


def _advice(plot: str, minutes: float) -> Advice:
    return Advice(
        site=SITE,
        plot=plot,
        issued_at=AT,
        decision="irrigate",
        when=AT,
        depth_mm=5.0,
        litres=minutes * 20.0,
        minutes=minutes,
        reason="depletion_above_raw",
        confidence="high",
        depletion_mm=20.0,
        raw_mm=18.0,
        taw_mm=40.0,
        chance_of_stress=0.5,
        data_age_h=1.0,
    )


def test_waterings_move_within_the_hours_of_their_system(store: Engine) -> None:
    _forecast(store, AT, [24.0, 24.0])
    made = _made(store)
    assert made is not None
    with store.connect() as c:
        plot = farms.plots(c, SITE)[0]
    system = IrrigationSystem(
        SITE, plot.irrigation, "drip", 20.0, 0.9, 0.4, 3.0, "06:00", "11:00", tap="tap"
    )
    loads = loads_of(
        [_advice(plot.slug, 60.0)],
        {plot.slug: plot},
        {system.slug: system},
        Assumptions(),
        at=AT,
        zone=ZONE,
    )
    assert loads[0].power == pytest.approx(pump_power(20.0, Assumptions()))
    day = plan_day(loads, made, used=2.0)
    assert sum(run.end - run.start for run in day.plan.runs) == pytest.approx(60.0)
    assert all(run.start >= 360.0 and run.end <= 660.0 for run in day.plan.runs)
    assert day.plan.grid < day.timer.grid
    assert day.likely.shifted == pytest.approx(day.timer.grid - day.plan.grid)
    assert day.low is None


def test_what_does_not_fit_is_left_as_advised(store: Engine) -> None:
    _forecast(store, AT, [24.0, 24.0])
    made = _made(store)
    assert made is not None
    with store.connect() as c:
        plot = farms.plots(c, SITE)[0]
    system = IrrigationSystem(SITE, plot.irrigation, "drip", 20.0, 0.9, 0.4, 3.0, "06:00", "07:00")
    loads = loads_of(
        [_advice(plot.slug, 90.0)],
        {plot.slug: plot},
        {system.slug: system},
        Assumptions(),
        at=AT,
        zone=ZONE,
    )
    day = plan_day(loads, made)
    assert (day.left, day.plan.runs) == ((plot.slug,), ())


def test_a_tap_that_is_too_full_is_left_whole(store: Engine) -> None:
    _forecast(store, AT, [24.0, 24.0])
    made = _made(store)
    assert made is not None
    short = ((360.0, 480.0),)
    full = [Load(name, 1.0, 90.0, short, tap="tap") for name in ("a", "b")]
    day = plan_day([*full, Load("fan", 0.5, 60.0, ((480.0, 1080.0),))], made)
    assert day.left == ("a", "b")
    assert {run.load for run in day.plan.runs} == {"fan"}


def test_nothing_is_put_into_the_past(store: Engine) -> None:
    with store.connect() as c:
        plot = farms.plots(c, SITE)[0]
    system = IrrigationSystem(SITE, plot.irrigation, "drip", 20.0, 0.9, 0.4, 3.0, "06:00", "11:00")
    loads = loads_of(
        [_advice(plot.slug, 60.0)],
        {plot.slug: plot},
        {system.slug: system},
        Assumptions(),
        at=AT + timedelta(hours=3),
        zone=ZONE,
    )
    assert loads[0].windows == ((540.0, 660.0),)
