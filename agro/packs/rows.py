"""The rows of a pack's files as strangers write them, checked one by one (pydantic)."""

from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.water import tables
from sensors import codecs


def _decimal(value: object) -> object:
    """A decimal comma is read as what it means in French."""
    return value.replace(",", ".") if isinstance(value, str) and value.count(",") == 1 else value


def _list(value: object) -> object:
    return (
        [part.strip() for part in value.split(";") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _crop(key: str) -> str:
    return tables.crop(key).key


def _texture(texture: str) -> str:
    return tables.soil(texture).texture


def _model(model: str) -> str:
    if model not in codecs.MODELS:
        raise ValueError(f"device model {model!r} is not supported; see `agro models`")
    return model


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"time zone {name!r} does not exist; write it as Europe/Paris")
    return name


Number = Annotated[float, BeforeValidator(_decimal), Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(gt=0, le=1)]
WaterContent = Annotated[Number, Field(gt=0, lt=1)]
Latitude = Annotated[Number, Field(ge=-90, le=90)]
Longitude = Annotated[Number, Field(ge=-180, le=180)]
Elevation = Annotated[Number, Field(ge=-500, le=9000)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Name = Annotated[str, Field(min_length=1)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Twelve = Annotated[tuple[Number, ...], Field(min_length=12, max_length=12)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)


class CityRow(_Row):
    """`city.toml`."""

    slug: Slug
    name: Name
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")]
    timezone: Annotated[str, AfterValidator(_zone)]
    language: Annotated[str, Field(pattern="^[a-z]{2}$")]
    latitude: Latitude
    longitude: Longitude
    elevation: Elevation


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
    water_source: Literal["mains", "groundwater", "surface", "rainwater", ""] = ""
    position_note: str = ""


class SoilRow(_Row):
    """`soils.csv`."""

    site: Slug
    slug: Slug
    texture: Annotated[str, AfterValidator(_texture)]
    field_capacity: WaterContent
    wilting_point: WaterContent
    rew: Positive
    tew: Positive
    source: Name

    @model_validator(mode="after")
    def _holds_water(self) -> Self:
        if self.wilting_point >= self.field_capacity:
            raise ValueError(
                f"wilting_point {self.wilting_point:g} must be below field_capacity "
                f"{self.field_capacity:g} m³ m⁻³"
            )
        if self.rew > self.tew:
            raise ValueError(f"rew {self.rew:g} must not exceed tew {self.tew:g} mm")
        return self


class IrrigationRow(_Row):
    """`irrigation.csv`."""

    site: Slug
    slug: Slug
    method: Literal["drip", "sprinkler", "hose", "can", "none"]
    flow: Annotated[Number, Field(ge=0)]
    efficiency: Share
    wetted_fraction: Share
    minimum_dose: Annotated[Number, Field(ge=0)]
    start: Clock
    end: Clock

    @model_validator(mode="after")
    def _flows(self) -> Self:
        if self.method != "none" and self.flow == 0:
            raise ValueError(f"flow must be above 0 L min⁻¹ for method {self.method!r}")
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
    covered: bool = False
    depth: Positive | None = None


class PlantingRow(_Row):
    """`plantings.csv`."""

    site: Slug
    plot: Slug
    crop: Annotated[str, AfterValidator(_crop)]
    variety: str = ""
    planted: date
    removed: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.removed is not None and self.removed <= self.planted:
            raise ValueError(f"removed {self.removed} must be after planted {self.planted}")
        return self


class DeviceRow(_Row):
    """`devices.csv`; `depths` in cm, top first, separated by semicolons."""

    device: Name
    eui: Annotated[str, Field(pattern="^([0-9A-Fa-f]{16})?$")] = ""
    model: Annotated[str, AfterValidator(_model)]
    site: Slug
    plot: Annotated[str, Field(pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$")] = ""
    name: Name
    depths: Annotated[
        tuple[Annotated[Number, Field(ge=0, le=1000)], ...], BeforeValidator(_list)
    ] = ()


class TrialRow(_Row):
    """`trials.csv`; `treatments` separated by semicolons."""

    site: Slug
    slug: Slug
    name: Name
    design: Name
    plot: Slug
    treatments: Annotated[tuple[str, ...], BeforeValidator(_list), Field(min_length=2)]
    blocks: Annotated[int, Field(ge=1)]


class NormalsRow(_Row):
    """`normals.toml`: twelve values each, January first."""

    station: Name
    source: Name
    tmean: Twelve
    tmin: Twelve
    tmax: Twelve
    rain: Twelve
    rain_days: Twelve
    rh_mean: Twelve
    wind_2m: Twelve
    solar_radiation: Twelve
