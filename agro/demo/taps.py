"""A water meter and a valve of the demo: what they say of the waterings of their beds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil, isnan, nan
from zlib import crc32

from sqlalchemy import Connection

from agro.demo.farm import Farm
from agro.demo.world import Season, Watering
from agro.records import Device
from agro.store import calibrations, farms
from agro.store.calibrations import Calibration
from sensors.simulated import networks
from sensors.simulated.water import elt_2_pulses, pm_io_5_valve

METER, VALVE = "elsys/elt-2", "tinovi/pm-io-5-sm"
METER_INTERVAL, VALVE_INTERVAL = 1800, 3600  # s
_COUNTED_BEFORE = 41_270  # L, when the season begins
_CARRIED = ("can", "none")
_NAMES = {
    "fr": {METER: "Compteur d’eau", VALVE: "Vanne"},
    "en": {METER: "Water meter", VALVE: "Valve"},
}
_WRAP: dict[str, Callable[[networks.Transmission], tuple[str, bytes]]] = {
    METER: networks.the_things_stack,
    VALVE: networks.chirpstack,
}


@dataclass(frozen=True, slots=True)
class Flow:
    """Water that a tap gave: from when to when (epoch s), litres in all."""

    start: float
    end: float
    litres: float

    def given(self, at: float) -> float:
        """How much of it had run. [L]"""
        share = (at - self.start) / (self.end - self.start)
        return self.litres * min(max(share, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Tap:
    """A meter or a valve on a plot, and every watering that it saw."""

    device: Device
    plot: int
    interval: int
    flows: tuple[Flow, ...]

    def messages(self, start: float, end: float) -> list[tuple[float, str, bytes]]:
        """Time (epoch s), topic and body of what it sends in [start, end)."""
        return [(at, *self._message(at)) for at in self._due(start, end)]

    def with_flow(self, flow: Flow) -> "Tap":
        """The same tap after one more watering."""
        return replace(self, flows=(*self.flows, flow))

    def _due(self, start: float, end: float) -> list[float]:
        """By the clock; a valve also when it opens and shuts."""
        phase = crc32(self.device.device.encode()) % self.interval
        first, last = (ceil((time - phase) / self.interval) for time in (start, end))
        due = {float(n * self.interval + phase) for n in range(first, last)}
        if self.device.model == VALVE:
            moved = (time for flow in self.flows for time in (flow.start, flow.end))
            due |= {time for time in moved if start <= time < end}
        return sorted(due)

    def _message(self, at: float) -> tuple[str, bytes]:
        if self.device.model == METER:
            total = _COUNTED_BEFORE + sum(flow.given(at) for flow in self.flows)
            port, payload = elt_2_pulses(int(total))
        else:
            is_open = any(flow.start <= at < flow.end for flow in self.flows)
            port, payload = pm_io_5_valve(is_open=is_open)
        sent = networks.Transmission(
            device=self.device.device,
            eui=self.device.eui,
            time=datetime.fromtimestamp(at, UTC),
            port=port,
            payload=payload,
            counter=0,
            rssi=-88,
            snr=7.5,
        )
        return _WRAP[self.device.model](sent)


def install(c: Connection, farm: Farm, since: datetime) -> None:
    """Put a meter and a valve on beds of the first garden that has some with a tap.

    The meter's pulses are litres from `since` on. What stands there already is left as it is.
    """
    known = {device.device for device in farm.devices}
    for device in _devices(farm):
        if device.device in known:
            continue
        farms.save_device(c, device)
        if device.model == METER:
            told = "one pulse a litre, as its plate says"
            line = (0.0, 1.0)
            one = Calibration(device.device, "water_volume", nan, since, None, "linear", line, told)
            calibrations.save(c, one)


def _devices(farm: Farm) -> list[Device]:
    fed = [n for n in range(len(farm.plots)) if _is_fed(farm, n)]
    if len(fed) < 2:
        return []
    first = fed[0]
    here = [n for n in fed[1:] if farm.plots[n].site == farm.plots[first].site]
    other = [n for n in here if farm.plots[n].irrigation != farm.plots[first].irrigation]
    placed = [(METER, first), *((VALVE, n) for n in (other or here)[:1])]
    return [_device(farm, model, n) for model, n in placed]


def _is_fed(farm: Farm, plot: int) -> bool:
    system = farm.systems[plot]
    return system.method not in _CARRIED and system.flow > 0.0


def _device(farm: Farm, model: str, plot: int) -> Device:
    place = farm.plots[plot]
    name = f"{place.site}-{place.slug}-{model.partition('/')[2]}"
    eui = f"02A81758{crc32(name.encode()):08X}"
    called = _NAMES[farm.tongue][model]
    return Device(name, eui, model, place.site, place.slug, f"{called} {place.name}")


def taps(farm: Farm, season: Season) -> list[Tap]:
    """The meters and valves of the register, each with the season's waterings of its bed."""
    found = []
    for device in farm.devices:
        plot = farm.index(device.site, device.plot)
        if device.model not in _WRAP or plot is None:
            continue
        flows = tuple(_flow(farm, one) for one in season.waterings if one.plot == plot)
        interval = METER_INTERVAL if device.model == METER else VALVE_INTERVAL
        found.append(Tap(device, plot, interval, flows))
    return found


def _flow(farm: Farm, one: Watering) -> Flow:
    return flow(farm, one.plot, float(one.time), litres(farm, one))


def litres(farm: Farm, one: Watering) -> float:
    """What a watering took from the tap: what reached the soil, and what was lost. [L]"""
    return float(
        round(one.depth_mm * farm.plots[one.plot].area / farm.systems[one.plot].efficiency)
    )


def flow(farm: Farm, plot: int, start: float, amount: float) -> Flow:
    """So many litres from a time on, at the flow of the plot's system."""
    return Flow(start, start + max(round(amount / farm.systems[plot].flow * 60.0), 60), amount)


def plots_of(taps_: Sequence[Tap], model: str) -> set[int]:
    """The plots that have such a device."""
    return {tap.plot for tap in taps_ if tap.device.model == model}


def credited(farm: Farm, tap: Tap, *, start: float, amount: float) -> Tap:
    """The tap after a watering that somebody noted; one without an amount is none."""
    if isnan(amount) or amount <= 0.0:
        return tap
    return tap.with_flow(flow(farm, tap.plot, start, amount))
