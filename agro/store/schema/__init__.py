"""The tables, identical on SQLite and PostgreSQL.

Times are integer epoch seconds, UTC. Names follow OGC SensorThings (thing, datastream,
observation) and farmOS (log).
"""

from agro.store.schema.base import metadata
from agro.store.schema.decisions import advice, heartbeat
from agro.store.schema.farm import (
    city,
    commune,
    crop,
    irrigation_system,
    planting,
    plot,
    site,
    soil,
    tank,
    trial,
)
from agro.store.schema.season import log
from agro.store.schema.streams import (
    archived_month,
    calibration,
    datastream,
    deployment,
    frame_counter,
    frame_gap,
    observation,
    problem,
    quarantine,
    rollup_day,
    rollup_hour,
    thawed_month,
    thing,
)
from agro.store.schema.weather import (
    WEATHER,
    feed,
    feed_answer,
    forecast,
    forecast_detail,
    weather_day,
    weather_hour,
)

__all__ = [
    "WEATHER",
    "advice",
    "archived_month",
    "calibration",
    "city",
    "commune",
    "crop",
    "datastream",
    "deployment",
    "feed",
    "feed_answer",
    "forecast",
    "forecast_detail",
    "frame_counter",
    "frame_gap",
    "heartbeat",
    "irrigation_system",
    "log",
    "metadata",
    "observation",
    "planting",
    "plot",
    "problem",
    "quarantine",
    "rollup_day",
    "rollup_hour",
    "site",
    "soil",
    "tank",
    "thawed_month",
    "thing",
    "trial",
    "weather_day",
    "weather_hour",
]
