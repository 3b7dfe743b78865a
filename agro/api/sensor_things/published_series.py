"""What we measured: datastreams and observations, as they are read and told.

An observation has no number of its own in the store; its id is made of its datastream's number and
its second, `datastream · 2³³ + time`, which every JSON number can hold for a million datastreams
until the year 2242. It belongs to the place where its device stood at that time.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Double,
    FromClause,
    Integer,
    case,
    cast,
    func,
    null,
    or_,
    select,
)
from sqlalchemy import Text as SqlText

from agro.api.sensor_things import times
from agro.api.sensor_things.fields import NO_TEXT, any_number, any_text, kind_of
from agro.api.sensor_things.places import place_of
from agro.api.sensor_things.quantity_table import QUANTITY_TABLE, UCUM
from agro.api.sensor_things.sources import Row
from agro.api.sensor_things.sql import Dialect
from agro.api.sensor_things.values import Flexible, Instant, Interval, Value
from agro.store.schema import asset, datastream, deployment, observation, thing
from sensors.quality import FAIL, GOOD, MISSING, NOT_EVALUATED, SUSPECT
from sensors.quantities import QUANTITIES, Quantity

SECONDS = 2**33
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
DEVICE = func.coalesce(func.nullif(thing.c.name, ""), thing.c.device)
_FLAGS = {
    GOOD: "good",
    NOT_EVALUATED: "not evaluated",
    SUSPECT: "suspect",
    FAIL: "fail",
    MISSING: "missing",
}


STREAMS = (
    select(
        datastream.c.id.label("id"),
        datastream.c.thing_id.label("thing_id"),
        datastream.c.quantity.label("quantity"),
        case((datastream.c.depth_cm >= 0, datastream.c.depth_cm)).label("depth_cm"),
        datastream.c.latest_time.label("last"),
        select(func.min(observation.c.time))
        .where(observation.c.datastream_id == datastream.c.id)
        .correlate(datastream)
        .scalar_subquery()
        .label("first"),
        QUANTITY_TABLE.c.id.label("observed_property_id"),
        QUANTITY_TABLE.c.unit.label("unit"),
        QUANTITY_TABLE.c.ucum.label("ucum"),
        QUANTITY_TABLE.c.kind.label("kind"),
        case(
            (
                datastream.c.depth_cm >= 0,
                QUANTITY_TABLE.c.name
                + " at "
                + cast(cast(datastream.c.depth_cm, Integer), SqlText)
                + " cm · "
                + DEVICE,
            ),
            else_=QUANTITY_TABLE.c.name + " · " + DEVICE,
        ).label("name"),
        (QUANTITY_TABLE.c.description + " · " + DEVICE).label("description"),
    )
    .join_from(datastream, thing, thing.c.id == datastream.c.thing_id)
    .join(QUANTITY_TABLE, QUANTITY_TABLE.c.quantity == datastream.c.quantity)
    .subquery("datastream_")
)
STREAM_PROPERTIES = {
    "quantity": any_text("quantity"),
    "depth_cm": any_number("depth_cm"),
    "aggregation": any_text("kind"),
}


def _unit(of: Quantity) -> dict[str, Any]:
    return {"name": of.unit, "symbol": of.unit, "definition": UCUM + of.ucum}


def told_stream(row: Row) -> dict[str, Any]:
    """The properties of a datastream."""
    of = QUANTITIES[row["quantity"]]
    told: dict[str, Any] = {"quantity": of.name, "aggregation": of.kind}
    if row["depth_cm"] is not None:
        told["depth_cm"] = row["depth_cm"]
    span = None
    if row["first"] is not None and row["last"] is not None:
        span = times.interval(row["first"] * 1000, row["last"] * 1000)
    return {
        "name": row["name"],
        "description": row["description"],
        "unitOfMeasurement": _unit(of),
        "observationType": MEASUREMENT,
        "phenomenonTime": span,
        "resultTime": span,
        "properties": told,
    }


def span(alias: FromClause, _d: Dialect) -> Value:
    """From the first observation to the last."""
    return Interval(Instant(alias.c.first, 1), Instant(alias.c["last"], 1))


def unit_definition(alias: FromClause, _d: Dialect) -> Value:
    """The unit by its UCUM code."""
    own = UCUM + alias.c.ucum
    return Flexible(cast(null(), Double), own, NO_TEXT, kind_of(own, "string"))


_now_at = (
    select(place_of(asset.c.thing_id, thing.c.plot_id, thing.c.site_id))
    .join_from(datastream, thing, thing.c.id == datastream.c.thing_id)
    .outerjoin(asset, asset.c.thing_id == thing.c.id)
    .where(datastream.c.id == observation.c.datastream_id)
    .correlate(observation)
    .scalar_subquery()
)
_then_at = (
    select(place_of(asset.c.thing_id, deployment.c.plot_id, deployment.c.site_id))
    .join_from(datastream, deployment, deployment.c.thing_id == datastream.c.thing_id)
    .outerjoin(asset, asset.c.thing_id == datastream.c.thing_id)
    .where(
        datastream.c.id == observation.c.datastream_id,
        deployment.c.since <= observation.c.time,
        or_(deployment.c.until.is_(None), deployment.c.until > observation.c.time),
    )
    .limit(1)
    .correlate(observation)
    .scalar_subquery()
)
OBSERVATIONS = (
    select(
        (cast(observation.c.datastream_id, BigInteger) * SECONDS + observation.c.time).label("id"),
        observation.c.datastream_id,
        observation.c.time,
        observation.c.value,
        observation.c.flag,
        observation.c.uncalibrated,
        func.coalesce(_then_at, _now_at).label("place_id"),
    )
    .select_from(observation)
    .subquery("observation_")
)


def told_observation(row: Row) -> dict[str, Any]:
    """The properties of an observation."""
    time = times.seconds(row["time"])
    told = {
        "phenomenonTime": time,
        "result": row["value"],
        "resultTime": time,
        "resultQuality": {"scheme": "QARTOD", "flag": row["flag"], "name": _FLAGS[row["flag"]]},
    }
    if row["uncalibrated"] is not None:
        told["parameters"] = {"uncalibrated": row["uncalibrated"]}
    return told
