"""The rows of a pack's files as strangers write them, checked one by one."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agro.packs.cells import (
    Clock,
    Day,
    Days,
    Depths,
    DeviceName,
    Elevation,
    Eui,
    Latitude,
    Longitude,
    Name,
    NotNegative,
    Number,
    Percent,
    Positive,
    Share,
    Slug,
    Timezone,
    WaterContent,
    known_to,
    listed,
    shaped,
)
from models.irrigation import strategies
from models.water import pedotransfer, tables
from sensors import codecs

NEEDS_DEPTH = {"soil_moisture", "soil_water_potential", "soil_moisture_frequency"}
Language = Annotated[str, shaped("[a-z]{2}", "must be a language's two letters, as in fr")]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)


class CityRow(_Row):
    """`city.toml`; where `feeds` or `frameworks` name some, the others do not exist there.

    `languages` are those that the pages offer; where none is named, all that there are.
    """

    slug: Slug
    name: Name
    country: Annotated[str, shaped("[A-Z]{2}", "must be a country's two letters, as in FR")]
    timezone: Timezone
    language: Language
    languages: tuple[Language, ...] = ()
    latitude: Latitude
    longitude: Longitude
    elevation: Elevation
    climate_station: Name
    feeds: tuple[
        Literal["atmo", "explore", "gtfs-rt", "hubeau", "meteo-france", "open-meteo", "vigieau"],
        ...,
    ] = ()
    frameworks: tuple[Literal["EGalim", "IFT", "MUFPP", "SDG", "TAPE"], ...] = ()


class CommuneRow(_Row):
    """`communes.csv`."""

    code: Name
    name: Name
    population: Annotated[int, Field(ge=0)]
    area_km2: Positive
    latitude: Latitude
    longitude: Longitude


class SiteRow(_Row):
    """`sites.csv`."""

    slug: Slug
    name: Name
    kind: Literal["market_garden", "field_station", "community_garden", "control_post"]
    commune: Name
    latitude: Latitude
    longitude: Longitude
    elevation: Elevation
    water_source: Literal["", "mains", "groundwater", "surface", "rainwater"] = ""
    position_note: str = ""


class SoilRow(_Row):
    """`soils.csv`; where sand and clay are given, what is empty follows from them."""

    site: Slug
    slug: Slug
    texture: Annotated[
        str,
        known_to(lambda t: tables.soil(t).texture, tables.SOILS, "is not a texture of Table 19"),
    ]
    field_capacity: WaterContent
    wilting_point: WaterContent
    rew: Positive
    tew: Positive
    source: Name
    sand: Percent | None = None
    clay: Percent | None = None
    organic_matter: Percent | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_texture(cls, given: dict[str, Any]) -> dict[str, Any]:
        shares = [
            str(given[name]).replace(",", ".")
            for name in ("sand", "clay", "organic_matter")
            if name in given
        ]
        if "sand" not in given or "clay" not in given:
            return given
        try:
            made = pedotransfer.soil_of_texture(*map(float, shares))
        except ValueError:  # told by the columns themselves, or below
            return given
        numbers = ("field_capacity", "wilting_point", "rew", "tew")
        told = {name: f"{getattr(made, name):.4g}" for name in numbers}
        return {"texture": made.texture, "source": made.source, **told, **given}

    @model_validator(mode="after")
    def _is_a_texture(self) -> Self:
        both = (self.sand or 0.0) + (self.clay or 0.0)
        if both > 100.0:
            raise ValueError(f"sand and clay must be at most 100 % together, not {both:g} %")
        return self

    @model_validator(mode="after")
    def _holds_water(self) -> Self:
        if self.wilting_point >= self.field_capacity:
            raise ValueError(
                f"wilting_point {self.wilting_point:g} must be below "
                f"field_capacity {self.field_capacity:g} m³ m⁻³"
            )
        if self.rew > self.tew:
            raise ValueError(f"rew {self.rew:g} must not exceed tew {self.tew:g} mm")
        return self


class IrrigationRow(_Row):
    """`irrigation.csv`."""

    site: Slug
    slug: Slug
    method: Literal["drip", "sprinkler", "hose", "can", "none"]
    flow: NotNegative
    efficiency: Share
    wetted_fraction: Share
    minimum_dose: NotNegative
    start: Clock
    end: Clock
    tap: Slug | Literal[""] = ""
    tank: Slug | Literal[""] = ""
    soak_minutes: NotNegative | None = None

    @model_validator(mode="after")
    def _flows(self) -> Self:
        if self.method != "none" and self.flow == 0:
            raise ValueError(f"flow 0 must be above 0 L min⁻¹ for method {self.method!r}")
        return self


class TankRow(_Row):
    """`tanks.csv`: what systems of a site draw from together."""

    site: Slug
    slug: Slug
    capacity: Positive
    roof_area: NotNegative = 0.0
    level: NotNegative | None = None
    level_on: Day | None = None

    @model_validator(mode="after")
    def _is_read(self) -> Self:
        if (self.level is None) != (self.level_on is None):
            raise ValueError("level and level_on belong together; give both or neither")
        if self.level is not None and self.level > self.capacity:
            raise ValueError(f"level {self.level:g} must not exceed capacity {self.capacity:g} L")
        return self


class PlotRow(_Row):
    """`plots.csv`."""

    site: Slug
    slug: Slug
    name: Name
    kind: Literal["bed", "greenhouse", "pots", "field"]
    area: Positive
    soil: Slug
    irrigation: Slug
    latitude: Latitude
    longitude: Longitude
    covered: bool | None = None
    depth: Positive | None = None
    slope: Annotated[NotNegative, Field(le=100)] | None = None
    mulch: Literal["", "organic", "plastic"] = ""
    mulch_cover: Share | None = None
    et0_share: Annotated[Positive, Field(le=2)] | None = None
    soil_salinity: Annotated[NotNegative, Field(le=60)] | None = None
    water_table: Positive | None = None
    canopy_cover: Share | None = None

    @model_validator(mode="after")
    def _bounds_roots(self) -> Self:
        if self.kind == "pots" and self.depth is None:
            raise ValueError("depth is empty; pots limit roots, so give their depth in m")
        return self

    @model_validator(mode="after")
    def _names_its_mulch(self) -> Self:
        if self.mulch_cover is not None and not self.mulch:
            raise ValueError("mulch is empty beside mulch_cover; write organic or plastic")
        return self


class PlantingRow(_Row):
    """`plantings.csv`."""

    site: Slug
    plot: Slug
    crop: Annotated[
        str, known_to(lambda c: tables.crop(c).key, tables.CROPS, "is not a crop of our table")
    ]
    variety: str = ""
    planted: Day
    removed: Day | None = None
    risk: Literal["prudent", "balanced", "saving"] = "balanced"
    strategy: Literal["none", "deficit"] = "none"
    cuts: Days = ()

    @model_validator(mode="after")
    def _has_its_strategy(self) -> Self:
        strategies.strategy(self.crop, self.strategy)
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.removed is not None and self.removed <= self.planted:
            raise ValueError(f"removed {self.removed} must be after planted {self.planted}")
        for before, cut in pairwise((self.planted, *self.cuts)):
            if cut <= before:
                raise ValueError(f"cuts {cut} must be after {before}; write them in order")
        if self.removed is not None and self.cuts and self.cuts[-1] > self.removed:
            raise ValueError(f"cuts {self.cuts[-1]} must not be after removed {self.removed}")
        return self


class DeviceRow(_Row):
    """`devices.csv`; `depths` in cm, top first, divided by semicolons."""

    device: DeviceName
    eui: Eui = ""
    model: Annotated[
        str, known_to(lambda m: codecs.MODELS[m].key, codecs.MODELS, "is not a model we can read")
    ]
    site: Slug
    plot: Slug = ""
    name: Name
    depths: Depths = ()

    @model_validator(mode="after")
    def _knows_its_depths(self) -> Self:
        model = codecs.MODELS[self.model]
        if not self.depths and not model.depths and NEEDS_DEPTH & set(model.quantities):
            raise ValueError(f"depths is empty; {self.model} stands in soil: give its depth in cm")
        if any(low >= high for low, high in zip(self.depths, self.depths[1:], strict=False)):
            raise ValueError("depths must go down, top first, as in 5;15;25")
        if model.depths and len(self.depths) > len(model.depths):
            told = f"depths has {len(self.depths)} values"
            raise ValueError(f"{told}; {self.model} has {len(model.depths)} levels")
        return self


class TrialRow(_Row):
    """`trials.csv`; `treatments` divided by semicolons."""

    site: Slug
    slug: Slug
    name: Name
    design: Literal[
        "crd",
        "rcbd",
        "latin-square",
        "split-plot",
        "split-split-plot",
        "strip-plot",
        "factorial",
        "alpha-lattice",
        "augmented",
        "row-column",
        "multi-environment",
        "repeated",
    ]
    plot: Slug
    treatments: Annotated[tuple[str, ...], BeforeValidator(listed), Field(min_length=2)]
    blocks: Annotated[int, Field(ge=1)]


class BookRow(_Row):
    """`trials/<slug>.csv`: one plot of a trial's field book."""

    plot: Name
    row: Annotated[int, Field(ge=1)]
    column: Annotated[int, Field(ge=1)]
    block: Annotated[int, Field(ge=1)]
    treatment: Name


CLIMATE: dict[str, tuple[float, float]] = {
    "tmean": (-60.0, 50.0),
    "tmin": (-60.0, 50.0),
    "tmax": (-60.0, 50.0),
    "rain": (0.0, 2000.0),
    "rain_days": (0.0, 31.0),
    "rh_mean": (0.0, 100.0),
    "wind_2m": (0.0, 20.0),
    "solar_radiation": (0.0, 45.0),
}
"""What the climate is told in, and the range of a monthly normal in our units."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class NormalsRow(_Row):
    """`normals.csv`: one quantity, twelve months, where it comes from."""

    quantity: Literal[
        "tmean", "tmin", "tmax", "rain", "rain_days", "rh_mean", "wind_2m", "solar_radiation"
    ]
    jan: Number
    feb: Number
    mar: Number
    apr: Number
    may: Number
    jun: Number
    jul: Number
    aug: Number
    sep: Number
    oct: Number
    nov: Number
    dec: Number
    source: Name

    @property
    def months(self) -> tuple[float, ...]:
        """The twelve values, January first."""
        return tuple(getattr(self, month) for month in MONTHS)

    @model_validator(mode="after")
    def _in_our_unit(self) -> Self:
        low, high = CLIMATE[self.quantity]
        for month, value in zip(MONTHS, self.months, strict=True):
            if not low <= value <= high:
                told = f"{month} {value:g} is outside {low:g} to {high:g} for {self.quantity}"
                raise ValueError(f"{told}; look at its unit in the README")
        return self
