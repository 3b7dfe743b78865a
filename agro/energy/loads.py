"""What of a garden's power can be moved: waterings, pumps that fill tanks, fans of greenhouses.

How much must run is the advice's and stays so. When it may run is cut three times: by the hours of
the system or machine, by what the bed bears, and by the drought order in force.

A drip line wets little of the soil's surface, so it may also run by day: earlier than its own hours
always, later the same day only where the roots still have what they take without stress. A tank
parts pumping from watering: where a pump fills it, the pump is moved and the beds are watered when
the advice says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo
from math import inf, isfinite, nan
from typing import Literal

from agro.advice.order import BedOrder, Hours
from agro.packs.machines import Machine
from agro.records import Advice, IrrigationSystem, Plot, Tank
from models.energy.payback import WEIGHT, Assumptions
from models.energy.scheduling import Load, within

Stretches = tuple[tuple[float, float], ...]
Kind = Literal["watering", "pump", "fan"]
Why = Literal["order", "order_unread", "tank_too_small"]

DAY = 24 * 60.0  # min
ALL_DAY: Stretches = ((0.0, 2 * DAY),)
FINE_SLOT = 5.0  # min, where the soil takes short runs only
DRIP_DAY = (6 * 60.0, 22 * 60.0)
"""A drip line may run by day: it wets neither leaves nor much of the surface. [min]"""


@dataclass(frozen=True, slots=True)
class Movable:
    """A load with what it is, and the hours it would have without an order. [min]"""

    load: Load
    kind: Kind
    unordered: Stretches


@dataclass(frozen=True, slots=True)
class Fixed:
    """What stays as advised, and why nothing of it may be planned."""

    name: str
    why: Why


@dataclass(frozen=True, slots=True)
class Garden:
    """What a garden's loads are made of, as known at `at`; `orders` by plot."""

    plots: Mapping[str, Plot]
    systems: Mapping[str, IrrigationSystem]
    tanks: Mapping[str, Tank]
    machines: Sequence[Machine]
    orders: Mapping[str, BedOrder | None]
    assumptions: Assumptions
    at: datetime
    zone: tzinfo

    @property
    def now(self) -> float:
        """Minutes after midnight."""
        local = self.at.astimezone(self.zone)
        return local.hour * 60.0 + local.minute + local.second / 60.0

    def system(self, plot: str) -> IrrigationSystem | None:
        """What waters a plot."""
        own = self.plots.get(plot)
        return self.systems.get(own.irrigation) if own else None

    def pump(self, tank: str) -> Machine | None:
        """What fills a tank."""
        pumps = (one for one in self.machines if one.kind == "pump")
        return next((one for one in pumps if tank and one.tank == tank), None)


def pump_power(flow: float, assumptions: Assumptions) -> float:
    """What a pump draws for a flow [L min⁻¹] at the assumed head and efficiency. [kW]"""
    lifted = flow / 60_000.0 * WEIGHT * assumptions.head.value / 1000.0
    return lifted / assumptions.pump_efficiency.value


def loads_of(advices: Sequence[Advice], here: Garden) -> tuple[list[Movable], list[Fixed]]:
    """What can be moved of a garden's day, and what an order or a tank holds in its place.

    Water that is carried needs no pump.
    """
    found, fixed = list[Movable](), list[Fixed]()
    wanted = [one for one in advices if one.decision == "irrigate" and one.minutes > 0.0]
    for advice in wanted:
        system = here.system(advice.plot)
        if system is None or not system.flow > 0.0 or system.method == "can":
            continue
        if here.pump(system.tank) is None:
            _put(_watering(advice, system, here), here.orders.get(advice.plot), found, fixed, here)
    for one in here.machines:
        if one.kind == "fan":
            load = Load(one.slug, one.power, one.minutes, _own(one, here), timer=minutes(one.timer))
            found.append(Movable(load, "fan", load.windows))
        else:
            _fill(one, wanted, here, found, fixed)
    return found, fixed


def _fill(
    pump: Machine,
    wanted: Sequence[Advice],
    here: Garden,
    found: list[Movable],
    fixed: list[Fixed],
) -> None:
    """A pump gives its tank back what the advised waterings take from it."""
    drawn = [one for one in wanted if _tank(one.plot, here) == pump.tank]
    litres = sum(one.litres for one in drawn)
    if not litres > 0.0:
        return
    tank = here.tanks.get(pump.tank)
    if tank is None or litres > tank.capacity:
        fixed.append(Fixed(pump.slug, "tank_too_small"))
        return
    windows = _own(pump, here)
    timer = minutes(pump.timer)
    one = Load(pump.slug, pump.power, litres / pump.flow, windows, pump.slug, timer=timer)
    for order in [here.orders.get(advice.plot) for advice in drawn]:
        if why := _held(order):
            fixed.append(Fixed(pump.slug, why))
            return
        windows = within(windows, legal(order, here))
    found.append(Movable(replace(one, windows=windows), "pump", one.windows))


def _tank(plot: str, here: Garden) -> str:
    system = here.system(plot)
    return system.tank if system else ""


def _put(
    load: Load, order: BedOrder | None, found: list[Movable], fixed: list[Fixed], here: Garden
) -> None:
    """A load within its order, or among what stays."""
    if why := _held(order):
        fixed.append(Fixed(load.name, why))
    else:
        windows = within(load.windows, legal(order, here))
        found.append(Movable(replace(load, windows=windows), "watering", load.windows))


def _held(order: BedOrder | None) -> Why | None:
    """What is forbidden, or cannot be read, is not planned: neither is a permission."""
    kinds: dict[str, Why] = {"forbidden": "order", "unknown": "order_unread"}
    return kinds.get(order.kind) if order else None


def legal(order: BedOrder | None, here: Garden) -> Stretches:
    """The stretches of today and tomorrow that an order leaves open. [min after midnight]"""
    hours = order.allowed(here.at.astimezone(here.zone).date()) if order else None
    return ALL_DAY if hours is None else stretches(hours)


def stretches(hours: Hours) -> Stretches:
    """The open hours of the first two days as stretches. (days, 24) [min after midnight]"""
    open_ = [*hours[0].tolist(), *hours[min(1, len(hours) - 1)].tolist(), False]
    found, since = list[tuple[float, float]](), None
    for hour, is_open in enumerate(open_):
        if is_open and since is None:
            since = hour
        if not is_open and since is not None:
            found.append((since * 60.0, hour * 60.0))
            since = None
    return tuple(found)


def _watering(advice: Advice, system: IrrigationSystem, here: Garden) -> Load:
    """A watering as a load; where the soil must soak, its runs are as long as the advice's."""
    cycles = float(advice.facts.get("cycles", 1.0))
    soak = float(advice.facts.get("soak_minutes", nan))
    return Load(
        name=advice.plot,
        power=pump_power(system.flow, here.assumptions),
        minutes=advice.minutes,
        windows=_bearable(advice, system, here),
        tap=system.tap,
        longest_run=max(advice.minutes / cycles, FINE_SLOT) if cycles > 1.0 else inf,
        soak=soak if isfinite(soak) else 0.0,
        timer=minutes(system.start),
    )


def _bearable(advice: Advice, system: IrrigationSystem, here: Garden) -> Stretches:
    """The system's hours from now on; of a drip line those of the day that the bed bears."""
    opens, closes = minutes(system.start), minutes(system.end)
    own = (opens, closes if closes > opens else closes + DAY)
    wide = own
    if system.method == "drip":
        can_wait = advice.depletion_mm < advice.raw_mm
        wide = (min(DRIP_DAY[0], own[0]), max(DRIP_DAY[1], own[1]) if can_wait else own[1])
    return within([wide], [(here.now, 2 * DAY)])


def _own(one: Machine, here: Garden) -> Stretches:
    """A machine's hours from now on, today."""
    opens, closes = minutes(one.start), minutes(one.end)
    last = closes if closes > opens else closes + DAY
    return within([(opens, last)], [(here.now, 2 * DAY)])


def minutes(clock: str) -> float:
    """Minutes after midnight of a clock's time; "" is midnight."""
    told = time.fromisoformat(clock) if clock else time()
    return told.hour * 60.0 + told.minute
