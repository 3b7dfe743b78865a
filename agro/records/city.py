"""What a city pack says: the city, its farms and what stands in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import nan


@dataclass(frozen=True, slots=True)
class City:
    """A city that runs this software: one city pack.

    `feeds` are the outside sources that exist for it, `frameworks` those its indicators answer to.
    """

    slug: str
    name: str
    country: str
    timezone: str
    language: str
    latitude: float
    longitude: float
    elevation: float
    feeds: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()

    def has_feed(self, name: str) -> bool:
        """Whether an outside source exists here; a pack that names none says nothing of it."""
        return not self.feeds or name in self.feeds


@dataclass(frozen=True, slots=True)
class Commune:
    """A municipality of the city; `code` is the national one (INSEE in France)."""

    code: str
    name: str
    population: int
    area_km2: float
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Site:
    """A farm or garden. `kind`: market_garden, field_station, community_garden, control_post."""

    slug: str
    name: str
    kind: str
    commune: str
    latitude: float
    longitude: float
    elevation: float
    water_source: str = ""
    position_note: str = ""


@dataclass(frozen=True, slots=True)
class Soil:
    """A soil of one site. Water contents m³ m⁻³; `rew`, `tew` mm (FAO-56 Table 19)."""

    site: str
    slug: str
    texture: str
    field_capacity: float
    wilting_point: float
    rew: float
    tew: float
    source: str


@dataclass(frozen=True, slots=True)
class IrrigationSystem:
    """How water reaches a plot.

    `flow` is litres per minute delivered to the plot when the system runs; `efficiency` the share
    that reaches the root zone; `minimum_dose` mm below which it is not worth starting; `start` and
    `end` the preferred local hours ("05:30"). `method`: drip, sprinkler, hose, can, none.
    Systems that name the same `tap` run one at a time; `tank` is the slug of the tank they empty.
    `soak_minutes` is the pause between two runs on heavy soil, NaN = as the soil asks.
    """

    site: str
    slug: str
    method: str
    flow: float
    efficiency: float
    wetted_fraction: float
    minimum_dose: float
    start: str
    end: str
    tap: str = ""
    tank: str = ""
    soak_minutes: float = nan


@dataclass(frozen=True, slots=True)
class Tank:
    """A tank that systems of a site draw from. `capacity` L; `roof_area` m² whose rain fills it.

    `level` L was read on the day `level_on`; NaN and None: full when the season began.
    """

    site: str
    slug: str
    capacity: float
    roof_area: float = 0.0
    level: float = nan
    level_on: date | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A bed, greenhouse bed, row of pots or field. `area` m²; `depth` m limits roots in containers.

    `covered` plots (greenhouse) get no rain. `kind`: bed, greenhouse, pots, field. `slope` %.

    `mulch` is organic, plastic or empty, `mulch_cover` the share of the soil below it; `et0_share`
    of the ET₀ outside, NaN = as its kind; `soil_salinity` EC_e dS m⁻¹; `water_table` m below the
    surface; `canopy_cover` the share of the ground that trees and wide rows shade.
    """

    site: str
    slug: str
    name: str
    kind: str
    area: float
    soil: str
    irrigation: str
    latitude: float
    longitude: float
    covered: bool = False
    depth: float = nan
    slope: float = nan
    mulch: str = ""
    mulch_cover: float = nan
    et0_share: float = nan
    soil_salinity: float = nan
    water_table: float = nan
    canopy_cover: float = nan


@dataclass(frozen=True, slots=True)
class Planting:
    """A crop on a plot from `planted` until `removed`. `crop` is a key of models.water.tables.

    The farmer's choices: `risk`, how much chance of thirst is accepted (prudent, balanced,
    saving), and `strategy`, whether some is meant (none, deficit). `cuts` are the days on which a
    forage, lawn or herb is cut, in order. `area` m² where it is not the whole plot, `plants` how
    many, `lot` of the seed. `source`: pack, or person, which no pack overwrites.
    """

    site: str
    plot: str
    crop: str
    variety: str
    planted: date
    removed: date | None = None
    risk: str = "balanced"
    strategy: str = "none"
    cuts: tuple[date, ...] = ()
    area: float = nan
    plants: float = nan
    lot: str = ""
    source: str = "pack"


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device: a *thing* of OGC SensorThings.

    `device` is the id its network uses; `model` a key of sensors.codecs.MODELS; `depths` cm, top
    first, one per level (empty for stations); `plot` is empty when it serves the whole site.
    """

    device: str
    eui: str
    model: str
    site: str
    plot: str
    name: str
    depths: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A field trial announced by a city pack: its plots and treatments are in the field book."""

    site: str
    slug: str
    name: str
    design: str
    plot: str
    treatments: tuple[str, ...]
    blocks: int


@dataclass(frozen=True, slots=True)
class BookPlot:
    """A plot of the field book that comes with a city pack; `plot` is what stands on its label."""

    plot: str
    row: int
    column: int
    block: int
    treatment: str


@dataclass(frozen=True, slots=True)
class Normals:
    """Monthly climate normals, January first: 12 values each. °C, mm, %, m s⁻¹, MJ m⁻² d⁻¹."""

    station: str
    source: str
    tmean: tuple[float, ...]
    tmin: tuple[float, ...]
    tmax: tuple[float, ...]
    rain: tuple[float, ...]
    rain_days: tuple[float, ...]
    rh_mean: tuple[float, ...]
    wind_2m: tuple[float, ...]
    solar_radiation: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReportService:
    """A kind of report that citizens make: a service of Open311.

    `contact` of who reports is none, asked or needed. `visible`: all, or city: only the city's own
    role reads what was said, and where. Other systems' names for it hold one of the `keywords`.
    """

    code: str
    group: str
    name_fr: str
    name_en: str
    description_fr: str = ""
    description_en: str = ""
    contact: str = "asked"
    visible: str = "all"
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CityPack:
    """A whole city as read from its folder of plain files; `books` by the slug of their trial."""

    city: City
    communes: tuple[Commune, ...]
    sites: tuple[Site, ...]
    soils: tuple[Soil, ...]
    irrigation_systems: tuple[IrrigationSystem, ...]
    plots: tuple[Plot, ...]
    plantings: tuple[Planting, ...]
    devices: tuple[Device, ...]
    trials: tuple[Trial, ...]
    normals: Normals
    tanks: tuple[Tank, ...] = ()
    report_services: tuple[ReportService, ...] = ()
    books: Mapping[str, tuple[BookPlot, ...]] = field(default_factory=dict)
