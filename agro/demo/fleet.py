"""The stations of the register, simulated, and what goes wrong with some of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from agro.demo.farm import Farm
from agro.demo.world import Season, World
from agro.records import Device
from sensors.simulated.encoders import ENCODERS
from sensors.simulated.faults import Fault, Kind
from sensors.simulated.stations import WEATHER_MODELS, Place, Station

DAY = 86400.0
SOIL_INTERVAL, WEATHER_INTERVAL = 3600, 1800  # s
_GAUGE = "decentlab/dl-tbrg"
_DEFAULT_DEPTHS = (20.0,)


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault of the demo: it begins `days_before` the season's end and lasts `days` (inf = on).

    `gauge` says whether it befalls the n-th rain gauge or the n-th soil probe; `size` m³ m⁻³.
    """

    kind: Kind
    n: int
    days_before: float
    days: float = float("inf")
    size: float = 0.0
    gauge: bool = False


FAULTS = (
    Planned("stuck", 1, 16.0),
    Planned("dead_battery", 3, 6.0),
    Planned("gap", 0, 9.5, 1.5),
    Planned("noise", 4, 30.0, size=0.02),
    Planned("offset", 5, 40.0, size=0.05),
    Planned("clogged_gauge", 0, 60.0, gauge=True),
)
"""What goes wrong in the demo's season; a city with fewer stations has fewer faults."""


def faulty_devices(devices: Sequence[Device]) -> dict[str, Planned]:
    """The device that each fault befalls."""
    gauges = [d.device for d in devices if d.model == _GAUGE]
    probes = [d.device for d in devices if d.model in ENCODERS and d.model not in WEATHER_MODELS]
    chosen = ((gauges if plan.gauge else probes, plan) for plan in FAULTS)
    return {names[plan.n]: plan for names, plan in chosen if plan.n < len(names)}


def make_stations(world: World, season: Season) -> list[tuple[Station, Place]]:
    """Every registered device that can be simulated, where it stands, with its faults."""
    faults = faulty_devices(world.farm.devices)
    return [
        _station(world, season, device, faults.get(device.device))
        for device in world.farm.devices
        if device.model in ENCODERS
    ]


def _station(
    world: World, season: Season, device: Device, plan: Planned | None
) -> tuple[Station, Place]:
    plot = place_of(world.farm, device)
    station = Station(
        device=device.device,
        eui=device.eui,
        model=device.model,
        network=_network(device),
        interval=WEATHER_INTERVAL if device.model in WEATHER_MODELS else SOIL_INTERVAL,
        since=float(world.start),
        depths=device.depths or _DEFAULT_DEPTHS,
    )
    place = world.place(device.site, season.moisture, season.times, plot)
    if plan is not None:
        station = replace(station, faults=(_fault(plan, station, place, season.times[-1]),))
    return station, place


def place_of(farm: Farm, device: Device) -> int | None:
    """The plot that a device stands on; one that serves a whole site stands on its first."""
    if device.plot:
        return farm.index(device.site, device.plot)
    return next((i for i, plot in enumerate(farm.plots) if plot.site == device.site), None)


def _network(device: Device) -> str:
    """Milesight probes and some others are heard through ChirpStack, the rest by TTN."""
    other = device.model.startswith("milesight/") or crc32(device.device.encode()) % 4 == 0
    return "chirpstack" if other and device.eui else "the_things_stack"


def _fault(plan: Planned, station: Station, place: Place, end: float) -> Fault:
    start = end - plan.days_before * DAY
    size = plan.size
    if plan.kind == "stuck":
        size = round(float(place.moisture(station.depths[0], np.array([start]))[0]), 4)
    return Fault(plan.kind, start, start + plan.days * DAY, size)
