"""The world that we measure: things, datastreams and observations of the store, read through.

Nothing is copied and nothing can be changed here. What a device is called is published; what a
person is called is not in these tables.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, func, or_, select

from agro.api.sensor_things import times
from agro.api.sensor_things.entities import TYPES
from agro.api.sensor_things.fields import any_number, any_text, constant, made_object, seconds, text
from agro.api.sensor_things.places import place_of, places
from agro.api.sensor_things.published_series import (
    DEVICE,
    MEASUREMENT,
    OBSERVATIONS,
    SECONDS,
    STREAM_PROPERTIES,
    STREAMS,
    span,
    told_observation,
    told_stream,
    unit_definition,
)
from agro.api.sensor_things.quantity_table import QUANTITY_TABLE, about, definition, title
from agro.api.sensor_things.sources import Field, Join, Row, Source, World
from agro.api.sensor_things.sql import Dialect, Sql
from agro.api.sensor_things.values import Geometry, Text, Value
from agro.publish.urn import farm, parcel
from agro.store.schema import asset, city, datastream, deployment, plot, site, thing
from sensors.quantities import QUANTITIES, Quantity

IDS = range(1, 1_000_000_000)
OBSERVATION_IDS = range(SECONDS, 2**63)
GEOJSON = "application/geo+json"


def _source(kind: str, table: FromClause, **facts: Any) -> Source:
    return Source(type=TYPES[kind], table=table, **{"ids": IDS, **facts})


# Things and their sensors: a device is both.

_model = func.coalesce(func.nullif(thing.c.model, ""), "unknown model")
_THINGS = (
    select(
        thing.c.id.label("id"),
        DEVICE.label("name"),
        (func.coalesce(asset.c.kind, _model) + " · " + site.c.name).label("description"),
        thing.c.device.label("device"),
        thing.c.model.label("model"),
        thing.c.depths.label("depths"),
        city.c.slug.label("city"),
        site.c.slug.label("site"),
        plot.c.slug.label("plot"),
        func.coalesce(asset.c.kind, "device").label("kind"),
        func.coalesce(asset.c.mode, "live").label("mode"),
        func.coalesce(asset.c.source, "").label("source"),
        func.coalesce(asset.c.licence, "").label("licence"),
        func.coalesce(asset.c.commune, "").label("commune"),
        place_of(asset.c.thing_id, thing.c.plot_id, thing.c.site_id).label("place_id"),
    )
    .join_from(thing, site, site.c.id == thing.c.site_id)
    .join(city, city.c.id == site.c.city_id)
    .outerjoin(plot, plot.c.id == thing.c.plot_id)
    .outerjoin(asset, asset.c.thing_id == thing.c.id)
    .subquery("thing_")
)
_THING_PROPERTIES = (
    "device",
    "model",
    "kind",
    "city",
    "site",
    "plot",
    "commune",
    "mode",
    "source",
    "licence",
)


def _thing(row: Row) -> dict[str, Any]:
    told = {name: row[name] for name in _THING_PROPERTIES if row[name]}
    if row["plot"]:
        told["parcel"] = parcel(row["city"], row["site"], row["plot"])
    return {"name": row["name"], "description": row["description"], "properties": told}


_SENSORS = (
    select(
        thing.c.id.label("id"),
        _model.label("name"),
        (_model + " · " + thing.c.device).label("description"),
        thing.c.model.label("model"),
        thing.c.device.label("device"),
        thing.c.depths.label("depths"),
    )
    .select_from(thing)
    .subquery("sensor_")
)


def _sensor(row: Row) -> dict[str, Any]:
    depths = ", ".join(f"{depth:g} cm" for depth in row["depths"] or ())
    return {
        "name": row["name"],
        "description": row["description"],
        "encodingType": "text/plain",
        "metadata": f"{row['name']}{f', at {depths}' if depths else ''}",
        "properties": {"device": row["device"], "model": row["model"]},
    }


# Places: as locations and as features of interest

_PLACES = places()
_PLACE_PROPERTIES = ("place", "kind", "city", "site", "plot", "commune")


def _point(latitude: float, longitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _place(row: Row, geometry: str) -> dict[str, Any]:
    told = {name: row[name] for name in _PLACE_PROPERTIES if row[name]}
    if row["place"] == "plot":
        told["urn"] = parcel(row["city"], row["site"], row["plot"])
    elif row["place"] == "site":
        told["urn"] = farm(row["city"], row["site"])
    return {
        "name": row["name"],
        "description": f"{row['kind'] or row['place']} · {row['site']}",
        "encodingType": GEOJSON,
        geometry: _point(row["latitude"], row["longitude"]),
        "properties": told,
    }


def _geometry(kind: str) -> Field:
    def make(alias: FromClause, _d: Dialect) -> Value:
        return Geometry(PUBLISHED[kind], alias.c.id, (alias.c.longitude, alias.c.latitude))

    return make


def _place_source(kind: str, geometry: str, joins: Mapping[str, Join]) -> Source:
    return _source(
        kind,
        _PLACES,
        fields={
            "name": text("name"),
            "description": _place_description,
            "encodingType": constant(GEOJSON),
            geometry: _geometry(kind),
            "properties": made_object(),
        },
        nested={"properties": {name: any_text(name) for name in _PLACE_PROPERTIES}},
        joins=joins,
        render=lambda row: _place(row, geometry),
        geometry=lambda alias: (alias.c.latitude, alias.c.longitude),
        geojson=_point,
    )


def _place_description(alias: FromClause, _d: Dialect) -> Value:
    what = func.coalesce(func.nullif(alias.c.kind, ""), alias.c.place)
    return Text(what + " · " + alias.c.site)


# Where things stood when

_STAYS = (
    select(
        deployment.c.id.label("id"),
        deployment.c.since.label("since"),
        deployment.c.until.label("until"),
        deployment.c.thing_id.label("thing_id"),
        place_of(asset.c.thing_id, deployment.c.plot_id, deployment.c.site_id).label("place_id"),
    )
    .select_from(deployment)
    .outerjoin(asset, asset.c.thing_id == deployment.c.thing_id)
    .subquery("stay")
)


def _at_place(alias: FromClause, place: Sql) -> Sql:
    """That an observation is of a series which ever stood at this place: an index finds those."""
    stays = _STAYS.alias()
    ever = select(stays.c.thing_id).where(stays.c.place_id == place)
    things = _THINGS.alias()
    still = select(things.c.id).where(things.c.place_id == place)
    series = select(datastream.c.id).where(
        or_(datastream.c.thing_id.in_(ever), datastream.c.thing_id.in_(still))
    )
    return alias.c.datastream_id.in_(series)


PUBLISHED: World = {
    one.type.name: one
    for one in (
        _source(
            "Thing",
            _THINGS,
            fields={
                "name": text("name"),
                "description": text("description"),
                "properties": made_object(),
            },
            nested={"properties": {name: any_text(name) for name in _THING_PROPERTIES}},
            joins={
                "Locations": Join("place_id", "id"),
                "HistoricalLocations": Join("id", "thing_id"),
                "Datastreams": Join("id", "thing_id"),
            },
            render=_thing,
        ),
        _place_source(
            "Location",
            "location",
            {
                "Things": Join("id", "place_id"),
                "HistoricalLocations": Join("id", "place_id"),
            },
        ),
        _source(
            "HistoricalLocation",
            _STAYS,
            fields={"time": seconds("since")},
            joins={"Thing": Join("thing_id", "id"), "Locations": Join("place_id", "id")},
            render=lambda row: {"time": times.seconds(row["since"])},
        ),
        _source(
            "Datastream",
            STREAMS,
            fields={
                "name": text("name"),
                "description": text("description"),
                "unitOfMeasurement": made_object(),
                "observationType": constant(MEASUREMENT),
                "phenomenonTime": span,
                "resultTime": span,
                "properties": made_object(),
            },
            nested={
                "properties": STREAM_PROPERTIES,
                "unitOfMeasurement": {
                    "name": any_text("unit"),
                    "symbol": any_text("unit"),
                    "definition": unit_definition,
                },
            },
            joins={
                "Thing": Join("thing_id", "id"),
                "Sensor": Join("thing_id", "id"),
                "ObservedProperty": Join("observed_property_id", "id"),
                "Observations": Join("id", "datastream_id"),
            },
            render=told_stream,
        ),
        _source(
            "Sensor",
            _SENSORS,
            fields={
                "name": text("name"),
                "description": text("description"),
                "encodingType": constant("text/plain"),
                "metadata": any_text("name"),
                "properties": made_object(),
            },
            nested={"properties": {"device": any_text("device"), "model": any_text("model")}},
            joins={"Datastreams": Join("id", "thing_id")},
            render=_sensor,
        ),
        _source(
            "ObservedProperty",
            select(QUANTITY_TABLE)
            .where(QUANTITY_TABLE.c.quantity.in_(select(datastream.c.quantity)))
            .subquery("observed_property_"),
            fields={
                "name": text("name"),
                "definition": text("definition"),
                "description": text("description"),
                "properties": made_object(),
            },
            nested={
                "properties": {
                    name: text(name) for name in ("quantity", "unit", "ucum", "cf", "kind")
                }
            },
            joins={"Datastreams": Join("id", "observed_property_id")},
            render=lambda row: _observed(QUANTITIES[row["quantity"]]),
        ),
        _source(
            "Observation",
            OBSERVATIONS,
            fields={
                "phenomenonTime": seconds("time"),
                "result": any_number("value"),
                "resultTime": seconds("time"),
                "resultQuality": made_object(),
                "parameters": made_object("uncalibrated"),
            },
            nested={
                "resultQuality": {"flag": any_number("flag")},
                "parameters": {"uncalibrated": any_number("uncalibrated")},
            },
            joins={
                "Datastream": Join("datastream_id", "id"),
                "FeatureOfInterest": Join("place_id", "id"),
            },
            render=told_observation,
            ids=OBSERVATION_IDS,
            order=("datastream_id", "time"),
            key=lambda id_: divmod(id_, SECONDS),
            costly=frozenset({"place_id"}),
        ),
        _place_source(
            "FeatureOfInterest",
            "feature",
            {"Observations": Join("id", "place_id", narrow=_at_place)},
        ),
    )
}


def _observed(of: Quantity) -> dict[str, Any]:
    return {
        "name": title(of),
        "definition": definition(of),
        "description": about(of),
        "properties": {"quantity": of.name, "unit": of.unit, "ucum": of.ucum, "kind": of.kind}
        | ({"cf": of.cf} if of.cf else {}),
    }
