"""Today's advised waterings put into the surplus of the sun, against a fixed timer.

Water is the advice's: litres and minutes are taken over as they stand, and where the
system's hours and the legal ones cannot hold what a tap must give, all of that tap stays where the
advice had it, and is told as such.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import NDArray

from agro.energy.production import Production
from agro.records import Advice, IrrigationSystem, Plot
from models.energy.payback import WEIGHT, Assumptions
from models.energy.scheduling import (
    SLOT,
    Load,
    Plan,
    Shift,
    after,
    counted,
    schedule,
    timer,
    within,
)

Array = NDArray[np.float64]

DAY = 24 * 60.0  # min
ALL_DAY = ((0.0, 2 * DAY),)
FINE_SLOT = 5.0  # min, where the soil takes short runs only


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a kWh from the grid and of one given to it: assumptions. [EUR kWh⁻¹]"""

    bought: float = 0.2
    sold: float = 0.06


@dataclass(frozen=True, slots=True)
class Day:
    """A day's plan in the sun, the timer's, and what lies between them.

    `loads` are what is planned; `left` the names of those that their windows cannot hold. `likely`
    is counted on the best estimate of the sun, `low` and `high` on the same runs with little and
    much sun (None without an interval).
    """

    loads: tuple[Load, ...]
    left: tuple[str, ...]
    plan: Plan
    timer: Plan
    likely: Shift
    low: Shift | None
    high: Shift | None


def pump_power(flow: float, assumptions: Assumptions) -> float:
    """What a pump draws for a flow [L min⁻¹] at the assumed head and efficiency. [kW]"""
    lifted = flow / 60_000.0 * WEIGHT * assumptions.head.value / 1000.0
    return lifted / assumptions.pump_efficiency.value


def loads_of(
    advices: Sequence[Advice],
    plots: Mapping[str, Plot],
    systems: Mapping[str, IrrigationSystem],
    assumptions: Assumptions,
    *,
    at: datetime,
    zone: tzinfo,
    legal: Sequence[tuple[float, float]] = ALL_DAY,
) -> list[Load]:
    """The waterings that are advised, as loads; water that is carried needs no pump.

    Nothing is put before `at`; `legal` are the stretches that drought orders leave open, in
    minutes after midnight.
    """
    found = []
    for advice in advices:
        plot = plots.get(advice.plot)
        system = systems.get(plot.irrigation) if plot else None
        if advice.decision != "irrigate" or system is None or not advice.minutes > 0.0:
            continue
        if system.flow > 0.0:
            found.append(
                _load(advice, system, assumptions, _windows(system, at.astimezone(zone), legal))
            )
    return found


def plan_day(
    loads: Sequence[Load], made: Production, used: float = 0.0, prices: Prices | None = None
) -> Day:
    """Plan on the best estimate of the sun, less the power that others use of it.

    `used` : What the district draws of the plant at the same time. [kW]
    """
    price = prices or Prices()
    slot = FINE_SLOT if any(isfinite(load.longest_run) for load in loads) else SLOT
    surplus = by_slot(made.middle - used, slot)
    fitting = _fitting(loads, surplus, slot)
    plan = schedule(fitting, surplus, slot)
    if plan is None:  # the search ran out of time without any plan
        fitting, plan = [], timer([], surplus, slot)
    left = tuple(load.name for load in loads if load not in fitting)
    fixed = timer(fitting, surplus, slot)
    return Day(
        loads=tuple(fitting),
        left=left,
        plan=plan,
        timer=fixed,
        likely=counted(plan, fixed, bought=price.bought, sold=price.sold),
        low=_on(made.low - used, fitting, plan, fixed, price, slot),
        high=_on(made.high - used, fitting, plan, fixed, price, slot),
    )


def _fitting(loads: Sequence[Load], surplus: Array, slot: float) -> list[Load]:
    """The loads of taps that hold all of theirs: what is left as advised needs its tap alone."""
    taps: dict[str, list[Load]] = {}
    for number, load in enumerate(loads):
        taps.setdefault(load.tap or f" {number}", []).append(load)
    none = np.zeros_like(surplus)
    full = [tap for tap, same in taps.items() if schedule(same, none, slot) is None]
    return [load for tap, same in taps.items() if tap not in full for load in same]


def by_slot(hourly: Array, slot: float) -> Array:
    """Hours as slots, each with the power of its hour. [kW]"""
    return np.repeat(hourly, round(60.0 / slot))


def _on(
    hourly: Array, loads: list[Load], plan: Plan, fixed: Plan, price: Prices, slot: float
) -> Shift | None:
    """The same runs with another sun; None where that sun is not known."""
    if np.isnan(hourly).any():
        return None
    sun = by_slot(hourly, slot)
    both = (after(one, loads, sun, slot) for one in (plan, fixed))
    return counted(*both, bought=price.bought, sold=price.sold)


def _load(
    advice: Advice,
    system: IrrigationSystem,
    assumptions: Assumptions,
    windows: tuple[tuple[float, float], ...],
) -> Load:
    """A watering as a load; where the soil must soak, its runs are as long as the advice's."""
    cycles = float(advice.facts.get("cycles", 1.0))
    soak = float(advice.facts.get("soak_minutes", nan))
    return Load(
        name=advice.plot,
        power=pump_power(system.flow, assumptions),
        minutes=advice.minutes,
        windows=windows,
        tap=system.tap,
        longest_run=max(advice.minutes / cycles, FINE_SLOT) if cycles > 1.0 else inf,
        soak=soak if isfinite(soak) else 0.0,
        timer=_minutes(system.start),
    )


def _windows(
    system: IrrigationSystem, local: datetime, legal: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """The system's hours from now on, on this day and in the night after, that are legal."""
    now = local.hour * 60.0 + local.minute
    opens, closes = _minutes(system.start), _minutes(system.end)
    closes = closes if closes > opens else closes + DAY
    own = within([(opens, closes)], [(now, 2 * DAY)])
    return within(own, legal)


def _minutes(clock: str) -> float:
    told = time.fromisoformat(clock) if clock else time()
    return told.hour * 60.0 + told.minute


def clock(minutes: float, midnight: datetime) -> str:
    """A minute after midnight as local time: 2026-07-20T14:30."""
    day, at = divmod(round(minutes), round(DAY))
    return f"{midnight + timedelta(days=day):%Y-%m-%d}T{at // 60:02d}:{at % 60:02d}"
