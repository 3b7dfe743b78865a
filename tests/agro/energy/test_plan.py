"""Movable power in the sun: within its hours and orders, as much as was advised, all accounted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agro.advice.order import BedOrder
from agro.energy.loads import DAY, Fixed, Garden, Movable, loads_of, pump_power, stretches
from agro.energy.plan import Day, by_slot, clock, plan_day
from agro.energy.production import Production
from agro.packs.machines import Machine
from agro.records import Advice, IrrigationSystem, Plot, Tank
from agro.store.orders import DroughtOrder
from models.energy.payback import Assumptions
from models.energy.scheduling import Load

SITE, ZONE = "garden", ZoneInfo("Europe/Paris")
AT = datetime(2026, 7, 20, 3, tzinfo=UTC)  # 5 o'clock by the garden's clock
EVERY_HOUR = frozenset(range(168))
SUN = np.tile(np.clip(5.0 * np.sin((np.arange(24) - 6.0) / 14.0 * np.pi), 0.0, None), 2)
SYSTEMS = {
    "drip": IrrigationSystem(SITE, "drip", "drip", 20.0, 0.9, 0.4, 3.0, "20:00", "22:30"),
    "rain": IrrigationSystem(SITE, "rain", "sprinkler", 30.0, 0.75, 1.0, 5.0, "05:00", "08:00"),
    "cask": IrrigationSystem(
        SITE, "cask", "drip", 10.0, 0.9, 0.4, 3.0, "20:00", "22:00", tank="cask"
    ),
    "can": IrrigationSystem(SITE, "can", "can", 8.0, 0.9, 0.4, 3.0, "20:00", "22:00"),
}
PUMP = Machine(
    SITE, "pump", "Pump", "pump", 0.55, "00:00", "23:59", "22:00", tank="cask", flow=30.0
)
FAN = Machine(SITE, "fan", "Fan", "fan", 0.4, "09:00", "19:00", "09:00", minutes=120.0)


def _sun(power: np.ndarray = SUN) -> Production:
    start = int(datetime(2026, 7, 20, tzinfo=ZONE).timestamp())
    times = start + np.arange(48, dtype=np.int64) * 3600
    return Production(times, power * 0.5, power, power * 1.5, "test", AT, 30)


def _advice(plot: str, minutes: float = 60.0, depletion: float = 10.0) -> Advice:
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
        depletion_mm=depletion,
        raw_mm=18.0,
        taw_mm=40.0,
        chance_of_stress=0.5,
        data_age_h=1.0,
    )


def _order(hours: frozenset[int], kind: str = "windows") -> BedOrder:
    order = DroughtOrder("AEP", "z", "Zone", "alerte", None, None, "", "", ())
    found = BedOrder("order", "windows", hours, 0.0, "AEP", AT, False, "vigieau", "live", order)
    return replace(found, kind=kind)  # type: ignore[arg-type]


def _garden(
    orders: Mapping[str, BedOrder | None] | None = None,
    *,
    machines: tuple[Machine, ...] = (),
    capacity: float = 6000.0,
    at: datetime = AT,
) -> Garden:
    plots = {name: Plot(SITE, name, name, "bed", 20.0, "", name, 47.3, 5.0) for name in SYSTEMS}
    tanks = {"cask": Tank(SITE, "cask", capacity)}
    return Garden(plots, SYSTEMS, tanks, machines, orders or {}, Assumptions(), at, ZONE)


def _plan(advices: list[Advice], here: Garden, sun: np.ndarray = SUN) -> tuple[Day, list[Fixed]]:
    found, fixed = loads_of(advices, here)
    held = any(one.why == "order" for one in fixed)
    return plan_day(found, _sun(sun), is_held=held), fixed


def test_a_drip_line_runs_by_day_while_the_bed_can_wait() -> None:
    (one,), _ = loads_of([_advice("drip")], _garden())
    assert one.load.power == pytest.approx(pump_power(20.0, Assumptions()))
    assert one.load.windows == ((360.0, 1350.0),)
    day, _ = _plan([_advice("drip")], _garden())
    (run,) = day.plan.runs
    assert 600.0 <= run.start < run.end <= 960.0
    assert run.end - run.start == pytest.approx(60.0)
    assert (day.reason, day.plan.grid) == ("shifted", 0.0)
    assert day.timer.sun == pytest.approx(0.0, abs=1e-9)
    assert day.likely.shifted == pytest.approx(day.plan.energy)
    assert day.low is not None


def test_a_bed_in_need_is_never_watered_later_than_its_own_hours() -> None:
    morning = replace(SYSTEMS["drip"], start="06:00", end="08:00")
    here = replace(_garden(), systems={**SYSTEMS, "drip": morning})
    (one,), _ = loads_of([_advice("drip", depletion=20.0)], here)
    assert one.load.windows == ((360.0, 480.0),)
    (one,), _ = loads_of([_advice("drip", depletion=10.0)], here)
    assert one.load.windows == ((360.0, 1320.0),)


def test_sprinklers_keep_their_hours_and_cans_need_no_pump() -> None:
    (one,), _ = loads_of([_advice("rain"), _advice("can")], _garden())
    assert (one.load.name, one.load.windows) == ("rain", ((300.0, 480.0),))
    day, _ = _plan([_advice("rain")], _garden(), np.where(np.arange(48) % 24 < 9, 0.0, SUN))
    assert (day.reason, day.likely.shifted) == ("hours", 0.0)
    day, _ = _plan([], _garden())
    assert (day.reason, day.plan.energy) == ("no_loads", 0.0)
    day, _ = _plan([_advice("drip")], _garden(), np.full(48, -3.0))
    assert (day.reason, day.plan.sun) == ("no_sun", 0.0)


def test_a_tank_parts_pumping_from_watering() -> None:
    here = _garden(machines=(PUMP,))
    (one,), _ = loads_of([_advice("cask")], here)
    assert (one.kind, one.load.name, one.load.minutes) == ("pump", "pump", 1200.0 / 30.0)
    day, _ = _plan([_advice("cask")], here)
    assert day.likely.shifted == pytest.approx(0.55 * 40.0 / 60.0)
    found, fixed = loads_of([_advice("cask")], _garden(machines=(PUMP,), capacity=1000.0))
    assert (found, fixed) == ([], [Fixed("pump", "tank_too_small")])


def test_an_order_shuts_its_hours_and_says_so() -> None:
    night = frozenset(day * 24 + hour for day in range(7) for hour in (*range(8), *range(20, 24)))
    here = _garden({"drip": _order(night), "cask": _order(night)}, machines=(PUMP,))
    day, fixed = _plan([_advice("drip"), _advice("cask")], here, np.where(SUN > 2.0, SUN, 0.0))
    assert (day.reason, fixed) == ("order", [])
    assert all(run.start >= 1200.0 or run.end <= 480.0 for run in day.plan.runs)
    for kind, why in (("forbidden", "order"), ("unknown", "order_unread")):
        held = _garden({"drip": _order(EVERY_HOUR, kind)})
        assert loads_of([_advice("drip")], held) == ([], [Fixed("drip", why)])  # type: ignore[arg-type]
    assert _plan([_advice("drip")], _garden({"drip": _order(EVERY_HOUR, "forbidden")}))[
        0
    ].reason == ("order")


_WEEKS = st.frozensets(st.integers(0, 167), min_size=40)


@settings(max_examples=8, deadline=None)
@given(hours=_WEEKS, later=st.integers(0, 18), minutes=st.sampled_from([20.0, 45.0, 100.0]))
def test_no_window_is_ever_left_and_every_kwh_is_accounted(
    hours: frozenset[int], later: int, minutes: float
) -> None:
    """Nothing in a forbidden hour, before now, or of another length; energy is sun and grid."""
    at = AT + timedelta(hours=later)
    orders = dict.fromkeys(("drip", "rain", "cask"), _order(hours))
    here = _garden(orders, machines=(PUMP, FAN), at=at)
    advices = [_advice(name, minutes) for name in ("drip", "rain", "cask")]
    found, _ = loads_of(advices, here)
    day = plan_day(found, _sun())
    asked = {one.load.name: one for one in found}
    begun = here.now
    for run in day.plan.runs:
        assert run.start >= begun
        if asked[run.load].kind != "fan":
            for quarter in np.arange(run.start, run.end, 1.0):
                whole = int(quarter // 60)
                assert (whole // 24) * 24 + whole % 24 in {h % 168 for h in hours}  # Monday first
    ran = dict.fromkeys(asked, 0.0)
    for run in day.plan.runs:
        ran[run.load] += run.end - run.start
    for load in day.loads:
        assert ran[load.name] == pytest.approx(load.minutes)
    assert {*day.left, *(load.name for load in day.loads)} == set(asked)
    for plan in (day.plan, day.timer):
        assert plan.energy == pytest.approx(plan.sun + plan.grid)
        assert 0.0 <= plan.grid <= plan.energy + 1e-9
    assert day.plan.energy == pytest.approx(day.timer.energy)
    assert day.likely.shifted == pytest.approx(day.plan.sun - day.timer.sun)
    sun = np.maximum(by_slot(SUN, 15.0), 0.0).sum() / 4.0
    assert day.plan.sun <= sun + 1e-9


def test_a_tap_that_is_too_full_is_left_whole() -> None:
    short = ((360.0, 480.0),)
    full = [Load(name, 1.0, 90.0, short, tap="tap") for name in ("a", "b")]
    fan = Load("fan", 0.5, 60.0, ((480.0, 1080.0),))
    day = plan_day([Movable(one, "fan", one.windows) for one in [*full, fan]], _sun())
    assert day.left == ("a", "b")
    assert {run.load for run in day.plan.runs} == {"fan"}


def test_hours_of_an_order_become_stretches() -> None:
    grid = np.ones((3, 24), dtype=bool)
    grid[0, 8:20] = False
    assert stretches(grid) == ((0.0, 480.0), (1200.0, 2 * DAY))
    assert stretches(np.zeros((1, 24), dtype=bool)) == ()
    assert clock(1500.0, datetime(2026, 7, 20, tzinfo=ZONE)) == "2026-07-21T01:00"
