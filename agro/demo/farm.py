"""The farms of the store as the simulation needs them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from agro.errors import StoreError
from agro.records import City, Device, IrrigationSystem, Normals, Planting, Plot, Site, Soil
from agro.store import farms
from sensors.simulated.climate import Climate

_WRITTEN = ("fr", "en")  # what the demo's growers write their notes in


@dataclass(frozen=True, slots=True)
class Farm:
    """Every site of the city; plots, and for each plot its soil and irrigation, in one order."""

    city: City
    normals: Normals
    sites: tuple[Site, ...]
    plots: tuple[Plot, ...]
    soils: tuple[Soil, ...]
    systems: tuple[IrrigationSystem, ...]
    plantings: tuple[Planting, ...]
    devices: tuple[Device, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the farms' days begin."""
        return ZoneInfo(self.city.timezone)

    @property
    def gardens(self) -> tuple[Site, ...]:
        """The sites on which something can grow."""
        planted = {plot.site for plot in self.plots}
        return tuple(site for site in self.sites if site.slug in planted)

    @property
    def tongue(self) -> str:
        """The language of the growers' notes: the city's where they are written in it."""
        return self.city.language if self.city.language in _WRITTEN else _WRITTEN[-1]

    def climate(self) -> Climate:
        """The city's climate."""
        n, city = self.normals, self.city
        return Climate(
            latitude=city.latitude,
            longitude=city.longitude,
            elevation=city.elevation,
            tmin=n.tmin,
            tmax=n.tmax,
            rain=n.rain,
            rain_days=n.rain_days,
            rh_mean=n.rh_mean,
            wind_2m=n.wind_2m,
            solar_radiation=n.solar_radiation,
        )

    def index(self, site: str, plot: str) -> int | None:
        """Place of a plot in `plots`."""
        keys = [(p.site, p.slug) for p in self.plots]
        return keys.index((site, plot)) if (site, plot) in keys else None


def read_farm(c: Connection) -> Farm:
    """What the store knows of the farms.

    Raises
    ------
    StoreError  No city pack is loaded.
    """
    city, normals = farms.city(c), farms.normals(c)
    if city is None or normals is None:
        raise StoreError("the store has no city: load a city pack before simulating its season")
    plots = farms.plots(c)
    soils = {(soil.site, soil.slug): soil for soil in farms.soils(c)}
    systems = {(system.site, system.slug): system for system in farms.irrigation_systems(c)}
    return Farm(
        city=city,
        normals=normals,
        sites=tuple(farms.sites(c)),
        plots=tuple(plots),
        soils=tuple(soils[plot.site, plot.soil] for plot in plots),
        systems=tuple(systems[plot.site, plot.irrigation] for plot in plots),
        plantings=tuple(farms.plantings(c)),
        devices=tuple(farms.devices(c)),
    )
