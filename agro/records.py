"""The records that cross the house: what a farm is, what was decided, what the page shows.

Plain frozen dataclasses; keys are slugs (a plot is `(site, plot)`), so that a record reads the same
in a city pack, in the store and in an export. Missing numbers are NaN, never 0.
Times are aware UTC; a `day` is the site's local date.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import nan
from typing import Any, Literal

Decision = Literal["irrigate", "wait", "forbidden", "unknown"]


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


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of the logbook, in farmOS's types. `plot` empty = whole site.

    `type`: seeding, transplanting, irrigation, harvest, input, maintenance, observation, labour,
    delivery, compost. `source`: person, meter, valve, pack, simulated. `method`: weighed, counted,
    estimated, metered, timed. `lot` is the seed's of a sowing, the product's of an input and its
    own of a harvest. `hours` of work, `area` m² worked. `details` by type: of an input `kind`,
    `n_percent`, of labour `status`, `persons`.
    A quantity of 0 is a statement ("nothing harvested"), NaN says nothing.
    """

    site: str
    plot: str
    type: str
    time: datetime
    quantity: float = nan
    unit: str = ""
    crop: str = ""
    variety: str = ""
    notes: str = ""
    source: str = "person"
    method: str = ""
    who: str = ""
    lot: str = ""
    hours: float = nan
    area: float = nan
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry as it is kept: `number` names it, `struck_at` when somebody took it back."""

    number: int
    entry: LogEntry
    recorded_at: datetime
    batch: int | None = None
    struck_at: datetime | None = None
    revisions: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """A change of an entry. `action`: corrected, struck, restored; only changed fields are told."""

    number: int
    at: datetime
    who: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """A file that was imported: how many entries were new, how many rows were refused."""

    number: int
    site: str
    file: str
    sha256: str
    imported_at: datetime
    who: str
    new: int
    refused: int
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a harvest goes. `distance_km` one way; `intermediaries` between garden and eater.

    `channel`: market, restaurant, canteen, box, shop, wholesaler, donation, self, compost.
    """

    site: str
    slug: str
    name: str
    channel: str
    distance_km: float = nan
    intermediaries: float = nan
    vehicle: str = ""
    destination: str = ""


@dataclass(frozen=True, slots=True)
class LotUse:
    """What a delivery took of a harvest: the harvest's number in the logbook, kg.

    Of a harvest that was counted, `count` in its own unit, and no mass.
    """

    harvest: int
    mass_kg: float = nan
    count: float = nan


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery: its logbook entry, where it went and out of which harvests. `price` € in all.

    `outlet` is a slug, empty = none; the channel, distance and intermediaries are the outlet's as
    they were on the day. `trips` are round trips shared over the deliveries of the season.
    """

    entry: LogEntry
    channel: str
    outlet: str = ""
    distance_km: float = nan
    intermediaries: float = nan
    price: float = nan
    trips: float = nan
    vehicle: str = ""
    lots: tuple[LotUse, ...] = ()


@dataclass(frozen=True, slots=True)
class YieldForecast:
    """What a planting will give, as foreseen at `issued_at`: kg m⁻², 80 % between low and high.

    `start` and `end` of the harvest window; `model` speaks (physics, record, a learner's name);
    `factors` what moved it, as codes and numbers, the strongest first.
    """

    site: str
    plot: str
    crop: str
    planted: date
    issued_at: datetime
    low: float
    middle: float
    high: float
    area: float
    start: date | None
    end: date | None
    model: str
    factors: tuple[Mapping[str, Any], ...] = ()
    sources: Mapping[str, Any] = field(default_factory=dict)
    variety: str = ""


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day of the week ahead. Water amounts mm; `low` and `high` bound depletion (80 %)."""

    day: date
    et_mm: float
    rain_mm: float
    irrigation_mm: float
    depletion_mm: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do on one plot, as codes and numbers; `agro.words` makes the sentence.

    `reason` is the main code, `facts` the numbers its sentence needs, `cautions` codes of what
    lowers confidence. `data_age_h` is the age of the newest measurement used (NaN = none).
    """

    site: str
    plot: str
    issued_at: datetime
    decision: Decision
    when: datetime | None
    depth_mm: float
    litres: float
    minutes: float
    reason: str
    confidence: Literal["high", "medium", "low"]
    depletion_mm: float
    raw_mm: float
    taw_mm: float
    chance_of_stress: float
    data_age_h: float
    crop: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    sources: dict[str, Any] = field(default_factory=dict)
    plan: tuple[PlanDay, ...] = ()
