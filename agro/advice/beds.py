"""What is known of each plot of a site: its soil, its irrigation, and what grows there now."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import inf, isfinite, nan
from typing import Any

from sqlalchemy import Connection

from agro.advice.moment import Moment, window_minutes
from agro.records import Device, IrrigationSystem, Planting, Plot, Site, Soil
from agro.store import farms
from models.water import tables
from models.water.parameters import ET0_SHARE_GLASSHOUSE, MULCHES

MOISTURE = "soil_moisture"
GREENHOUSE = "greenhouse"  # a kind of plot
DEEPEST_DOSE = 40.0  # mm: more in one go runs past the roots of a garden bed
_A_YEAR = 365  # days


@dataclass(frozen=True, slots=True)
class Bed:
    """A plot with everything it is joined to; None where nothing is known or nothing grows."""

    site: Site
    plot: Plot
    soil: Soil | None
    system: IrrigationSystem | None
    planting: Planting | None
    devices: tuple[Device, ...]

    @property
    def has_soil(self) -> bool:
        """Whether its soil is described."""
        return self.soil is not None and self.soil.field_capacity > self.soil.wilting_point

    @property
    def efficiency(self) -> float:
        """Share of the water that reaches the root zone; 1 where none is stated. [-]"""
        stated = self.system.efficiency if self.system else 1.0
        return stated if 0.0 < stated <= 1.0 else 1.0

    @property
    def flow(self) -> float:
        """Litres per minute; NaN where water is carried. [L min⁻¹]"""
        if self.system is None or self.system.method == "can":
            return nan
        return self.system.flow if self.system.flow > 0.0 else nan

    @property
    def minimum_dose(self) -> float:
        """[mm]"""
        stated = self.system.minimum_dose if self.system else 0.0
        return stated if isfinite(stated) and stated > 0.0 else 0.0

    @property
    def greatest_dose(self) -> float:
        """What one watering brings at most: its hours' flow, and what a soil takes in. [mm]"""
        if self.system is None or not self.flow > 0.0:
            return DEEPEST_DOSE
        litres = self.flow * window_minutes(self.system.start, self.system.end)
        return min(litres * self.efficiency / self.plot.area, DEEPEST_DOSE)

    @property
    def root_limit(self) -> float:
        """How deep roots reach at most: the container or soil, and what watering is for. [m]

        Watered beds are scheduled for the smaller root depth of the table, as its footnote says.
        """
        depth = self.plot.depth if self.plot.depth > 0.0 else inf
        if self.planting is None or not self.can_water:
            return depth
        return min(depth, tables.crop(self.planting.crop).root_depth_irrigated)

    def started(self, today: date) -> date:
        """When the crop's season started: its planting, for a perennial its last spring."""
        if self.planting is None:
            return today
        start = tables.crop(self.planting.crop).season_start
        planted = self.planting.planted
        if not start or (today - planted).days < _A_YEAR:
            return planted
        spring = date(today.year, 1, 1) + timedelta(days=start - 1)
        return spring if spring <= today else spring.replace(year=today.year - 1)

    @property
    def et0_share(self) -> float:
        """Share of the ET₀ outside: stated, else measured under glass, else all of it. [-]"""
        if self.plot.et0_share > 0.0:
            return self.plot.et0_share
        under_glass = self.plot.kind == GREENHOUSE and self.plot.covered
        return ET0_SHARE_GLASSHOUSE if under_glass else 1.0

    def cuts(self, today: date) -> tuple[float, ...]:
        """The cuts until today, which a forage grew again from: days since it started.

        A cut that is still to come is a plan: it counts from its day on.
        """
        known = self.planting.cuts if self.planting else ()
        started = self.started(today)
        return tuple(float((cut - started).days) for cut in known if started < cut <= today)

    def place(self, today: date) -> dict[str, Any]:
        """What the place adds to the crop and the soil, by the names of the balance's `Bed`."""
        crop = tables.crop(self.planting.crop) if self.planting else None
        added: dict[str, Any] = {
            "covered": self.plot.covered,
            "root_limit": self.root_limit,
            "et0_share": self.et0_share,
            "water_table": self.plot.water_table,
            "canopy_cover": self.plot.canopy_cover,
            "cuts": self.cuts(today),
        }
        if self.plot.mulch:
            held = MULCHES[self.plot.mulch]
            cover = self.plot.mulch_cover
            added |= {"mulch_cover": cover if isfinite(cover) else 1.0, **asdict(held)}
        if crop is not None and isfinite(crop.salt_threshold):  # of others no figure is published
            added["soil_salinity"] = self.plot.soil_salinity
        return added

    @property
    def can_water(self) -> bool:
        """Whether there is anything to water with."""
        return self.system is not None and self.system.method != "none"


def beds(c: Connection, site: Site, moment: Moment) -> list[Bed]:
    """The plots of a site as they stand at the moment, in the city's order."""
    today = moment.today
    soils = {soil.slug: soil for soil in farms.soils(c, site.slug)}
    systems = {system.slug: system for system in farms.irrigation_systems(c, site.slug)}
    devices = farms.devices(c, site.slug, at=moment.at)
    growing = {
        planting.plot: planting
        for planting in farms.plantings(c, site.slug)  # the youngest of a plot comes last
        if planting.planted <= today and (planting.removed is None or planting.removed > today)
    }
    return [
        Bed(
            site=site,
            plot=plot,
            soil=soils.get(plot.soil),
            system=systems.get(plot.irrigation),
            planting=growing.get(plot.slug),
            devices=tuple(device for device in devices if device.plot == plot.slug),
        )
        for plot in farms.plots(c, site.slug)
    ]
