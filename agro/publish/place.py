"""The register as everything published needs it: read once for one answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from sqlalchemy import Connection

from agro.config import clock_is_simulated
from agro.records import City, Commune, Device, IrrigationSystem, Planting, Plot, Site, Soil
from agro.store import farms
from agro.store.values import time_zone
from sensors.codecs import MODELS

CONTROL_POST = "control_post"
"""The kind of the site on which the city's own equipment stands; it is no garden."""


@dataclass(frozen=True)
class Register:
    """The city and what stands in it at a time.

    `mode` says how measurements come: `live`, or `simulated` on the clock of a demo.
    """

    city: City
    zone: tzinfo
    at: datetime
    communes: Mapping[str, Commune]
    sites: Mapping[str, Site]
    plots: Mapping[tuple[str, str], Plot]
    soils: Mapping[tuple[str, str], Soil]
    systems: Mapping[tuple[str, str], IrrigationSystem]
    plantings: Mapping[tuple[str, str], list[Planting]]
    devices: Mapping[str, Device]
    of_plot: Mapping[tuple[str, str], list[str]] = field(default_factory=dict)
    mode: str = "live"

    @property
    def today(self) -> date:
        """The local date."""
        return self.at.astimezone(self.zone).date()

    @property
    def gardens(self) -> list[Site]:
        """The sites on which something can grow."""
        return [site for site in self.sites.values() if site.kind != CONTROL_POST]

    def position(self, device: Device) -> tuple[float, float]:
        """Where a device stands: at its plot, or somewhere on its site. [°]"""
        place = self.plots.get((device.site, device.plot)) or self.sites[device.site]
        return place.latitude, place.longitude

    def day(self, day: date) -> tuple[datetime, datetime]:
        """When a local day begins and ends."""
        start = datetime.combine(day, time(), self.zone)
        return start, datetime.combine(day + timedelta(days=1), time(), self.zone)

    def growing(self, site: str, plot: str) -> list[Planting]:
        """What grows on a plot today, the newest first."""
        today = self.today
        standing = [
            one
            for one in self.plantings.get((site, plot), ())
            if one.planted <= today and (one.removed is None or today < one.removed)
        ]
        return sorted(standing, key=lambda one: one.planted, reverse=True)


def register(c: Connection, at: datetime) -> Register | None:
    """The register as it stands; None before a city is loaded."""
    city = farms.city(c)
    if city is None:
        return None
    plantings: dict[tuple[str, str], list[Planting]] = {}
    for planting in farms.plantings(c):
        plantings.setdefault((planting.site, planting.plot), []).append(planting)
    devices = {one.device: one for one in farms.devices(c)}
    of_plot: dict[tuple[str, str], list[str]] = {}
    for device in devices.values():
        if device.plot:
            of_plot.setdefault((device.site, device.plot), []).append(device.device)
    return Register(
        city=city,
        zone=time_zone(c),
        at=at,
        communes={one.code: one for one in farms.communes(c)},
        sites={one.slug: one for one in farms.sites(c)},
        plots={(one.site, one.slug): one for one in farms.plots(c)},
        soils={(one.site, one.slug): one for one in farms.soils(c)},
        systems={(one.site, one.slug): one for one in farms.irrigation_systems(c)},
        plantings=plantings,
        devices=devices,
        of_plot=of_plot,
        mode="simulated" if clock_is_simulated() else "live",
    )


def measures(device: Device) -> frozenset[str]:
    """The quantities that a device's model can measure; empty where the model is unknown."""
    model = MODELS.get(device.model)
    return frozenset(model.quantities) if model is not None else frozenset()
