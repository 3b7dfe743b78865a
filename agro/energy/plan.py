"""A garden's movable power put into the surplus of the sun, against a fixed timer.

Water is the advice's: litres and minutes are taken over as they stand, and where the hours cannot
hold what a tap must give, all of that tap stays where the advice had it, and is told as such.
Where nothing is gained, the plan says why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.beds import beds
from agro.advice.moment import Moment
from agro.advice.order import BedOrder, bed_orders
from agro.energy.loads import DAY, FINE_SLOT, Fixed, Garden, Kind, Movable, Stretches, loads_of
from agro.energy.production import Production
from agro.energy.surplus import District, Surplus, district_of, surplus_by_hour
from agro.packs.machines import Machine
from agro.records import Advice, Site
from agro.store import decisions, farms
from agro.store.values import time_zone
from models.energy.payback import Assumptions
from models.energy.scheduling import (
    SLOT,
    Load,
    Plan,
    Shift,
    after,
    counted,
    open_slots,
    schedule,
    timer,
    within,
)

Array = NDArray[np.float64]
Reason = Literal["shifted", "no_loads", "no_sun", "order", "hours", "already"]

LEAST_SHIFT = 0.005  # kWh: below, nothing is said to have moved


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a kWh from the grid and of one given to it: assumptions. [EUR kWh⁻¹]"""

    bought: float = 0.2
    sold: float = 0.06


@dataclass(frozen=True, slots=True)
class Day:
    """A day's plan in the sun, the timer's, and what lies between them.

    Attributes
    ----------
    loads : What is planned; `left` are the names of those that their windows cannot hold.
    likely, low, high : Counted on the best estimate of the sun, and on the same runs with little
        and much sun (None without an interval).
    reason : Whether something was shifted, else why not.
    """

    loads: tuple[Load, ...]
    left: tuple[str, ...]
    plan: Plan
    timer: Plan
    likely: Shift
    low: Shift | None
    high: Shift | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A garden's day in the surplus of its district, as known at `at`.

    `kinds` says of each load what it is, `fixed` what an order or a tank holds in its place;
    `midnight` is that from which the minutes count.
    """

    district: District | None
    sun: Production
    day: Day
    kinds: Mapping[str, Kind]
    fixed: tuple[Fixed, ...]
    at: datetime
    midnight: datetime
    surplus: Surplus | None = None

    def time(self, minutes: float) -> datetime:
        """A minute after midnight by the garden's clock."""
        days, left = divmod(round(minutes), round(DAY))
        wall = self.midnight.replace(tzinfo=None) + timedelta(days=days, minutes=left)
        return wall.replace(tzinfo=self.midnight.tzinfo)


def plan_site(
    c: Connection,
    site: Site,
    at: datetime,
    *,
    machines: Sequence[Machine] = (),
    assumptions: Assumptions | None = None,
    prices: Prices | None = None,
) -> SitePlan | None:
    """The plan of a garden in its district's surplus; None without a district or a forecast."""
    district = district_of(c, site)
    if district is None:
        return None
    surplus = surplus_by_hour(c, district, at)
    sun = surplus.as_production()
    if sun is None:
        return None
    found = plan_on(
        c,
        site,
        at,
        sun,
        district=district,
        machines=machines,
        assumptions=assumptions,
        prices=prices,
    )
    return replace(found, surplus=surplus)


def plan_on(
    c: Connection,
    site: Site,
    at: datetime,
    sun: Production,
    *,
    district: District | None = None,
    machines: Sequence[Machine] = (),
    more: Sequence[Load] = (),
    legal: Stretches | None = None,
    assumptions: Assumptions | None = None,
    used: float = 0.0,
    prices: Prices | None = None,
) -> SitePlan:
    """The plan of a garden on any sun. `more` are loads that are given by hand, `legal` hours that
    hold beside the orders known [min after midnight], `used` what others draw [kW]."""
    zone = time_zone(c)
    today = at.astimezone(zone).date()
    here = garden(c, site, at, machines, assumptions or Assumptions())
    told = [
        one for one in _known(c, site.slug, at) if one.issued_at.astimezone(zone).date() == today
    ]
    found, fixed = loads_of(told, here)
    found += [Movable(one, "fan", one.windows) for one in more]
    if legal is not None:
        found = [_within(one, legal) for one in found]
    return SitePlan(
        district=district,
        sun=sun,
        day=plan_day(found, sun, used, prices, is_held=any(one.why == "order" for one in fixed)),
        kinds={one.load.name: one.kind for one in found},
        fixed=tuple(fixed),
        at=at,
        midnight=datetime.combine(today, time(), zone),
    )


def _within(one: Movable, legal: Stretches) -> Movable:
    if one.kind == "fan":
        return one
    return replace(one, load=replace(one.load, windows=within(one.load.windows, legal)))


def _known(c: Connection, site: str, at: datetime) -> list[Advice]:
    """The newest advice of each plot that had been issued."""
    newest = decisions.latest(c, site)
    if all(one.issued_at <= at for one in newest):
        return newest
    end = at + timedelta(seconds=1)
    own = (decisions.history(c, site, one.plot, 1, end=end) for one in newest)
    return [advice for found in own for advice in found]


def garden(
    c: Connection, site: Site, at: datetime, machines: Sequence[Machine], assumptions: Assumptions
) -> Garden:
    """What a garden's loads are made of, with the orders in force."""
    zone = time_zone(c)
    moment = Moment(at, zone)
    known = beds(c, site, moment)
    orders: list[BedOrder | None] = bed_orders(c, site.slug, known, moment)
    return Garden(
        plots={one.plot.slug: one.plot for one in known},
        systems={one.slug: one for one in farms.irrigation_systems(c, site.slug)},
        tanks={one.slug: one for one in farms.tanks(c, site.slug)},
        machines=[one for one in machines if one.site == site.slug],
        orders={bed.plot.slug: order for bed, order in zip(known, orders, strict=True)},
        assumptions=assumptions,
        at=at,
        zone=zone,
    )


def plan_day(
    asked: Sequence[Movable],
    made: Production,
    used: float = 0.0,
    prices: Prices | None = None,
    *,
    is_held: bool = False,
) -> Day:
    """Plan on the best estimate of the sun, less the power that others use of it.

    `used` : What others draw of it at the same time [kW]. `is_held` : Whether an order forbids
    something that is not asked any more.
    """
    price, loads = prices or Prices(), [one.load for one in asked]
    slot = FINE_SLOT if any(isfinite(load.longest_run) for load in loads) else SLOT
    surplus = by_slot(made.middle - used, slot)
    fitting = _fitting(loads, surplus, slot)
    plan = schedule(fitting, surplus, slot)
    if plan is None:  # the search ran out of time without any plan
        fitting, plan = [], timer([], surplus, slot)
    left = tuple(load.name for load in loads if load not in fitting)
    fixed = timer(fitting, surplus, slot)
    likely = counted(plan, fixed, bought=price.bought, sold=price.sold)
    return Day(
        loads=tuple(fitting),
        left=left,
        plan=plan,
        timer=fixed,
        likely=likely,
        low=_on(made.low - used, fitting, plan, fixed, price, slot),
        high=_on(made.high - used, fitting, plan, fixed, price, slot),
        reason=_reason(likely, plan, asked, surplus, slot, is_held=is_held),
    )


def _reason(
    likely: Shift,
    plan: Plan,
    asked: Sequence[Movable],
    surplus: Array,
    slot: float,
    *,
    is_held: bool,
) -> Reason:
    """Why something was shifted or nothing was."""
    if likely.shifted >= LEAST_SHIFT:
        return "shifted"
    if not asked:
        return "order" if is_held else "no_loads"
    sunny = np.nan_to_num(surplus, nan=0.0) > 0.0
    if not sunny.any():
        return "no_sun"
    if plan.sun >= LEAST_SHIFT:
        return "already"

    def shines(windows: Stretches, load: Load) -> bool:
        free = Load(load.name, load.power, load.minutes, windows)
        return bool((open_slots(free, len(sunny), slot) & sunny).any())

    if any(
        shines(one.unordered, one.load) and not shines(one.load.windows, one.load) for one in asked
    ):
        return "order"
    return "hours"


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


def clock(minutes: float, midnight: datetime) -> str:
    """A minute after midnight as local time: 2026-07-20T14:30."""
    day, at = divmod(round(minutes), round(DAY))
    return f"{midnight + timedelta(days=day):%Y-%m-%d}T{at // 60:02d}:{at % 60:02d}"
