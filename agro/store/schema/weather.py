"""Weather of days and hours, forecasts, and the outside sources they came from."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from agro.store.schema.base import id_, metadata, owner, text

# Daily weather in FAO-56 names: °C, %, kPa, m s⁻¹, MJ m⁻² d⁻¹, h, mm.
WEATHER = (
    "tmin",
    "tmax",
    "tmean",
    "rh_min",
    "rh_max",
    "rh_mean",
    "vapour_pressure",
    "wind_2m",
    "solar_radiation",
    "sunshine",
    "rain",
    "et0",
)


def _weather_columns() -> list[Column[float]]:
    """One column for each quantity of daily weather; NULL is missing."""
    return [Column(name, Double) for name in WEATHER]


weather_day = Table(
    "weather_day",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    text("source"),
    *_weather_columns(),
)

forecast = Table(
    "forecast",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("issued_at", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    text("source"),
    *_weather_columns(),
    Column("rain_low", Double),
    Column("rain_high", Double),
    Column("rain_chance", Double),  # of any rain on the day, 0–1
    CheckConstraint("issued_at > 0", name="issued"),
)

# What a forecast tells of a day beside its sums, kept for some weeks.
forecast_detail = Table(
    "forecast_detail",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("issued_at", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    # Hours from the local midnight on: rain in hundredths of a millimetre, its chance in per cent.
    Column("rain_hours", JSON),
    Column("chance_hours", JSON),
    # For each member: rain of its hours, and the day's ET₀, in hundredths of a millimetre.
    Column("rain_members", JSON),
    Column("et0_members", JSON),
)

# Hours that an outside service measured, from which days are made once they are whole.
weather_hour = Table(
    "weather_hour",
    metadata,
    Column("site_id", ForeignKey("site.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("time", BigInteger, primary_key=True, autoincrement=False),  # the hour's start
    *_weather_columns(),
)

# Each outside source for each site: when it was asked and answered, and under what terms.
feed = Table(
    "feed",
    metadata,
    id_(),
    Column("source", Text, nullable=False),
    owner("site"),
    text("mode"),
    text("licence"),
    text("attribution"),
    text("link"),
    text("url"),
    text("etag"),
    text("last_modified"),
    Column("asked_at", BigInteger),
    Column("fetched_at", BigInteger),  # of the last good answer
    Column("observed_at", BigInteger),  # the newest time it tells of
    Column("failures", Integer, nullable=False, server_default="0"),  # since then
    Column("next_try", BigInteger),
    text("reason"),  # of the last failure
    UniqueConstraint("source", "site_id"),
)

# The newest answers as they came, to be read again.
feed_answer = Table(
    "feed_answer",
    metadata,
    id_(),
    owner("feed"),
    Column("fetched_at", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    UniqueConstraint("feed_id", "fetched_at"),
)
