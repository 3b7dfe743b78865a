"""The Book of records: everything indicators are computed from, whoever wrote it down.

A book is read from a file (`reading`) or gathered from the store (`gathering`). Missing is NaN,
None or an absent record, never 0; a record of 0 is a statement. Masses kg, areas m², water m³,
money EUR, distances km, depths cm. Every record names its `site` ("" = of the whole city), its
`plot` ("" = of the whole site) and the `source` it came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from math import nan
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record stands: its kind, its key (path in a file, number in the logbook), its row."""

    kind: str
    key: str
    row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record says of itself; `day` None = of the whole period."""

    source: Source
    site: str = ""
    plot: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Record):
    """A farm or garden. `kind` as its author writes it; `open_` to residents, None = not said."""

    commune: str
    kind: str = ""
    area: float = nan
    open_: bool | None = None
    latitude: float = nan
    longitude: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Roof(Record):
    """A roof whose rain can be kept; `coefficient` of runoff."""

    area: float
    coefficient: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface(Record):
    """A surface of a site's inventory; `coefficient` of the local plan, NaN = the usual one."""

    kind: str
    area: float
    coefficient: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot(Record):
    """A plot; `cultivated` is under food crops in the period. `certification` "" = not said."""

    area: float = nan
    cultivated: float = nan
    certification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle(Record):
    """A crop on a plot; without dates it is there all the period. `varieties` how many, NaN = 1."""

    crop: str
    area: float
    varieties: float = nan
    variety: str = ""
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest(Record):
    """A harvest; 0 kg says that there was none, NaN that it was counted and not weighed.

    `grade`: food, feed, waste.
    """

    mass: float
    crop: str = ""
    grade: str = "food"
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss(Record):
    """What was lost after the harvest. `fate`: compost, feed, landfill; donation is no loss."""

    mass: float
    fate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Irrigation(Record):
    """Water given. `water`: mains, groundwater, surface, rain, reuse, "" = not said."""

    volume: float
    water: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Record):
    """Something brought onto a plot; `n_percent` of its mass is nitrogen. NaN = not known."""

    kind: str
    mass: float
    n_percent: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Record):
    """A treatment of a plot; segment "" with no product is the statement that there was none.

    Segments of the ministry: S1 seeds, S2 biocontrol, S3 herbicides, S4 insecticides, S5
    fungicides, S6 others. `synthetic` None = not said. `none`: nothing was treated.
    """

    segment: str = ""
    dose: float = nan
    reference_dose: float = nan
    treated_percent: float = 100.0
    synthetic: bool | None = None
    none: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Labour(Record):
    """Hours of work. `status`: employee, insertion, apprentice, farmer, volunteer.

    `person` is a token, `persons` a head count; neither is a name.
    """

    status: str
    hours: float
    sex: str = ""
    person: str = ""
    persons: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Record):
    """A training, school visit or workshop. `hours` of one participant."""

    kind: str
    participants: float = nan
    hours: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Record):
    """Where a harvest went. `km` one way; `trips` round trips; `local` None = not known."""

    mass: float
    channel: str
    intermediaries: float = nan
    value: float = nan
    km: float = nan
    local: bool | None = None
    vehicle: str = ""
    trips: float = nan
    crop: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compost(Record):
    """Biowaste brought to a heap and compost taken from it."""

    biowaste: float = nan
    compost: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchases(Record):
    """A canteen's purchases by value, EUR without VAT; `year_share` of the year they cover.

    The parts do not overlap: a purchase is in the first that it belongs to.
    """

    total: float
    organic: float = nan
    quality_sign: float = 0.0
    other_egalim: float = nan
    externalities: float = 0.0
    meat_fish: float = nan
    meat_fish_egalim: float = nan
    year_share: float = nan


@dataclass(frozen=True, slots=True, kw_only=True)
class CanteenWaste(Record):
    """Food wasted in canteens, and the meals it was weighed on."""

    mass: float
    meals: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilSample(Record):
    """A soil sample; `scores` are TAPE's ten criteria, each 1 to 5. `stones` by volume, 0 to 1."""

    carbon: float = nan
    bulk_density: float = nan
    depth: float = nan
    stones: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night(Record):
    """The lowest temperature of a night on the site and at the urban reference. [°C]"""

    tmin: float
    reference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(Record):
    """A survey of a site: form, version, and answers by element and index; None = blank."""

    form: str
    version: str
    answers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(Record):
    """An indicator that was brought from outside: its value, or what it divides."""

    indicator: str
    value: float = nan
    numerator: float = nan
    denominator: float = nan
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents(Record):
    """A cell of the population grid."""

    inhabitants: float
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rain(Record):
    """Rain of the period on a site ("" = everywhere); `known` is the share of its days. [mm]"""

    depth: float
    known: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand(Record):
    """Crop evapotranspiration and effective rain of the irrigation season. [mm]"""

    crop_et: float = nan
    effective_rain: float = nan


@dataclass(frozen=True, slots=True)
class References:
    """What is looked up and not recorded: prices, contents, factors; each as its author has it.

    `prices` EUR/kg by crop; `n_content` g/kg by crop; `n_fixation` kg/ha by crop; `vehicles` kg
    CO₂e per km; `populations` by commune code or "metropole"; `params` replace the catalogue's.
    """

    prices: Mapping[str, float] = field(default_factory=dict)
    n_content: Mapping[str, float] = field(default_factory=dict)
    n_fixation: Mapping[str, float] = field(default_factory=dict)
    vehicles: Mapping[str, float] = field(default_factory=dict)
    populations: Mapping[str, float] = field(default_factory=dict)
    params: Mapping[str, float] = field(default_factory=dict)
    farmland_ha: float = nan


@dataclass(frozen=True, slots=True)
class Stated:
    """What a book's author says of its coverage in plots, where the records cannot tell."""

    active: float = nan
    with_harvest: float = nan


@dataclass(frozen=True, slots=True)
class Book:
    """All records of a period, both its days included, or those of one scope.

    `population` and `farmland` are those of the scope: NaN for a site or plot.
    """

    start: date
    end: date
    sites: tuple[Site, ...] = ()
    roofs: tuple[Roof, ...] = ()
    surfaces: tuple[Surface, ...] = ()
    plots: tuple[Plot, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    harvests: tuple[Harvest, ...] = ()
    losses: tuple[Loss, ...] = ()
    irrigations: tuple[Irrigation, ...] = ()
    inputs: tuple[Input, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    labour: tuple[Labour, ...] = ()
    events: tuple[Event, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    composts: tuple[Compost, ...] = ()
    purchases: tuple[Purchases, ...] = ()
    wastes: tuple[CanteenWaste, ...] = ()
    samples: tuple[SoilSample, ...] = ()
    nights: tuple[Night, ...] = ()
    surveys: tuple[Survey, ...] = ()
    entered: tuple[Entered, ...] = ()
    residents: tuple[Residents, ...] = ()
    rain: tuple[Rain, ...] = ()
    demands: tuple[Demand, ...] = ()
    references: References = References()
    stated: Stated = Stated()
    said: frozenset[str] = frozenset()  # registers that were kept, also where they are empty
    population: float = nan
    farmland: float = nan

    @property
    def days(self) -> int:
        """Days of the period."""
        return (self.end - self.start).days + 1

    @property
    def kept(self) -> frozenset[str]:
        """The registers that were kept: those that are said to be, and those with records."""
        return self.said | {name for name in RECORDS if getattr(self, name)}

    def keeps(self, register: str) -> bool:
        """Whether a register was kept at all: one that was not says nothing, not 0."""
        return register in self.kept


RECORDS = tuple(f.name for f in fields(Book) if str(f.type).startswith("tuple["))
"""The names of the registers of a book."""


def during(book: Book, start: date, end: date) -> Book:
    """The book of a shorter period; records without a day stay, those of the last months do too.

    What is no event of the period (surveys, samples, plots) stays whatever its day.
    """
    kept: dict[str, Any] = {}
    for name in RECORDS:
        if name not in ("surveys", "samples", "plots", "sites"):
            rows = getattr(book, name)
            kept[name] = tuple(r for r in rows if r.day is None or start <= r.day <= end)
    kept["cycles"] = tuple(
        one
        for one in book.cycles
        if (one.start is None or one.start <= end) and (one.end is None or one.end >= start)
    )
    return replace(book, start=start, end=end, stated=Stated(), **kept)
