"""The world that clients wrote: its entities and how they are read from their tables."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import FromClause, Table

from agro.api.sensor_things import times
from agro.api.sensor_things.entities import TYPES
from agro.api.sensor_things.sources import Field, Join, Row, Source, World
from agro.api.sensor_things.sql import Dialect
from agro.api.sensor_things.values import (
    Flexible,
    Geometry,
    Instant,
    Interval,
    Text,
    Value,
)
from agro.store import schema

IDS = range(1_000_000_000, 2_147_483_648)
"""Of all kinds but observations; what we measure has smaller ones."""
OBSERVATION_IDS = range(1, 2**33)

TABLES: Mapping[str, Table] = {
    "Thing": schema.sta_thing,
    "Location": schema.sta_location,
    "HistoricalLocation": schema.sta_historical_location,
    "Datastream": schema.sta_datastream,
    "Sensor": schema.sta_sensor,
    "ObservedProperty": schema.sta_observed_property,
    "Observation": schema.sta_observation,
    "FeatureOfInterest": schema.sta_feature,
}

COLUMNS: Mapping[str, str] = {
    "encodingType": "encoding_type",
    "observationType": "observation_type",
    "unitOfMeasurement": "unit",
    "observedArea": "observed_area",
    "resultQuality": "result_quality",
}
"""Properties whose column has another name."""

INTERVALS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("Datastream", "phenomenonTime"): ("phenomenon_start", "phenomenon_end"),
    ("Datastream", "resultTime"): ("result_start", "result_end"),
    ("Observation", "phenomenonTime"): ("phenomenon_start", "phenomenon_end"),
    ("Observation", "validTime"): ("valid_start", "valid_end"),
}

INSTANTS: Mapping[tuple[str, str], str] = {
    ("HistoricalLocation", "time"): "time",
    ("Observation", "resultTime"): "result_time",
}


def column(name: str) -> str:
    """The column of a property."""
    return COLUMNS.get(name, name)


def _text(name: str) -> Field:
    return lambda alias, _d: Text(alias.c[column(name)])


def _json(name: str) -> Field:
    def make(alias: FromClause, d: Dialect) -> Value:
        found = alias.c[column(name)]
        return Flexible(
            d.json_number(found, ()),
            d.json_root(found),
            d.json_truth(found, ()),
            d.json_kind(found, ()),
        )

    return make


def _result(alias: FromClause, d: Dialect) -> Value:
    result = alias.c.result
    return Flexible(
        alias.c.result_number,
        alias.c.result_text,
        d.json_truth(result, ()),
        d.json_kind(result, ()),
    )


def _interval(kind: str, name: str) -> Field:
    start, end = INTERVALS[kind, name]
    return lambda alias, _d: Interval(Instant(alias.c[start]), Instant(alias.c[end]))


def _instant(kind: str, name: str) -> Field:
    return lambda alias, _d: Instant(alias.c[INSTANTS[kind, name]])


def _field(kind: str, name: str, holds: str) -> Field:
    if (kind, name) in INTERVALS:
        return _interval(kind, name)
    if (kind, name) in INSTANTS:
        return _instant(kind, name)
    if holds == "geometry":
        return _geometry(kind, name)
    if holds == "result":
        return _result
    return _text(name) if holds == "text" else _json(name)


def _geometry(kind: str, name: str) -> Field:
    def make(alias: FromClause, d: Dialect) -> Value:
        keys = (d.json_root(alias.c[column(name)]),)
        return Geometry(_AREAS if name == "observedArea" else CREATED[kind], alias.c.id, keys)

    return make


def _render(kind: str, row: Row) -> dict[str, Any]:
    """The properties as the client wrote them."""
    found: dict[str, Any] = {}
    for name in TYPES[kind].properties:
        if (kind, name) in INTERVALS:
            start, end = INTERVALS[kind, name]
            value = times.interval(row[start], row[end])
        elif (kind, name) in INSTANTS:
            value = times.instant(row[INSTANTS[kind, name]])
        else:
            value = row[column(name)]
        if value is not None or name in _ALWAYS:
            found[name] = value
    return found


_ALWAYS = {"result", "resultTime", "phenomenonTime", "properties"}
"""Told also when there is none of it."""


def _source(kind: str, joins: Mapping[str, Join], geometry: str | None = None) -> Source:
    of = TYPES[kind]
    return Source(
        type=of,
        table=TABLES[kind],
        fields={name: _field(kind, name, holds) for name, holds in of.properties.items()},
        joins=joins,
        render=lambda row: _render(kind, row),
        ids=OBSERVATION_IDS if kind == "Observation" else IDS,
        columns={name: column(name) for name in of.properties},
        geometry=None if geometry is None else lambda alias: (alias.c[geometry],),
    )


_WHERE = schema.sta_thing_location
_WAS = schema.sta_historical_place

CREATED: World = {
    one.type.name: one
    for one in (
        _source(
            "Thing",
            {
                "Locations": Join("id", "id", _WHERE, "thing_id", "location_id"),
                "HistoricalLocations": Join("id", "thing_id"),
                "Datastreams": Join("id", "thing_id"),
            },
        ),
        _source(
            "Location",
            {
                "Things": Join("id", "id", _WHERE, "location_id", "thing_id"),
                "HistoricalLocations": Join(
                    "id", "id", _WAS, "location_id", "historical_location_id"
                ),
            },
            "location",
        ),
        _source(
            "HistoricalLocation",
            {
                "Thing": Join("thing_id", "id"),
                "Locations": Join("id", "id", _WAS, "historical_location_id", "location_id"),
            },
        ),
        _source(
            "Datastream",
            {
                "Thing": Join("thing_id", "id"),
                "Sensor": Join("sensor_id", "id"),
                "ObservedProperty": Join("observed_property_id", "id"),
                "Observations": Join("id", "datastream_id"),
            },
        ),
        _source("Sensor", {"Datastreams": Join("id", "sensor_id")}),
        _source("ObservedProperty", {"Datastreams": Join("id", "observed_property_id")}),
        _source(
            "Observation",
            {
                "Datastream": Join("datastream_id", "id"),
                "FeatureOfInterest": Join("feature_id", "id"),
            },
        ),
        _source("FeatureOfInterest", {"Observations": Join("id", "feature_id")}, "feature"),
    )
}

# A datastream's own geometry is its observed area.
_AREAS = _source("Datastream", CREATED["Datastream"].joins, "observed_area")
