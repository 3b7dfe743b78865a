"""A store that was measured and written to, and a client of the SensorThings API over it."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, insert, select
from starlette.applications import Starlette

from agro.access.key_ring import KeyRing
from agro.api.sensor_things import sensor_things_routes
from agro.records import Device
from agro.server.source import Source
from agro.store import farms, readings, schema, writing
from tests.servers import answering

KEY = "the operator's"
START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Api:
    """The API as a client sees it; `key` empty: a reader."""

    http: httpx.Client
    key: str = KEY

    def call(self, method: str, path: str, body: Any = None, **query: object) -> httpx.Response:
        """One request below /api/v1.1; `filter="…"` is `$filter=…`."""
        options = {f"${name}": str(value) for name, value in query.items()}
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        url = path if path.startswith("http") else f"/api/v1.1/{path}"
        return self.http.request(method, url, json=body, params=options or None, headers=headers)

    def get(self, path: str, **query: object) -> Any:
        """The JSON of what can be read."""
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, status: int = 400, **query: object) -> str:
        """What is told of what cannot be read."""
        answer = self.call("GET", path, **query)
        assert answer.status_code == status, answer.text
        told = answer.json()
        assert (told["code"], told["type"]) == (status, "error")
        return str(told["message"])

    def ids(self, path: str, **query: object) -> list[int]:
        """The ids of a set, all its pages."""
        found: list[int] = []
        page = self.get(path, **query)
        while True:
            found += [one["@iot.id"] for one in page["value"]]
            if "@iot.nextLink" not in page:
                return found
            page = self.get(page["@iot.nextLink"])

    def create(self, path: str, body: Any) -> int:
        """The id of a new entity."""
        answer = self.call("POST", path, body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == answer.json()["@iot.selfLink"]
        return int(answer.json()["@iot.id"])


@contextmanager
def serving(url: str, key: str = KEY) -> Iterator[Api]:
    """A running server that has these routes alone."""
    source = Source(url)
    routes = sensor_things_routes(source, KeyRing(source, key))
    with closing(source), answering(Starlette(routes=routes)) as found:
        yield Api(found, key)


@pytest.fixture
def api(store_url: str) -> Iterator[Api]:
    """The operator's client over a store of either database."""
    with serving(store_url) as found:
        yield found


def measure(engine: Engine, device: str = "probe-1", hours: int = 48) -> int:
    """A probe on a plot with two depths and so many hours measured; its datastream's number."""
    with writing(engine) as c:
        plot = farms.plots(c)[0]
        farms.save_device(
            c, Device(device, "", "dragino/lse01", plot.site, plot.slug, device, (20.0, 40.0))
        )
        readings.write(
            c,
            [
                readings.Row(device, "soil_moisture", depth, START + hour * HOUR, value, flag)
                for depth in (20.0, 40.0)
                for hour in range(hours)
                for value, flag in [(0.2 + hour / 1000, 1 if hour % 5 else 3)]
            ],
        )
        stream, thing = schema.datastream.c, schema.thing.c
        query = select(stream.id).join_from(schema.datastream, schema.thing)
        found = c.scalar(query.where(thing.device == device, stream.depth_cm == 20.0))
    assert found is not None
    return int(found)


@pytest.fixture
def measured(store: Engine) -> int:
    """The number of a datastream with two days of hours."""
    return measure(store)


@pytest.fixture
def asset(store: Engine) -> Callable[..., int]:
    """Makes a device the city's own equipment, standing where it is said to."""

    def make(device: str, latitude: float, longitude: float) -> int:
        with writing(store) as c:
            thing = schema.thing.c
            id_ = c.scalar(select(thing.id).where(thing.device == device))
            row = {"thing_id": id_, "kind": "parking", "commune": "21231", "mode": "simulated"}
            place = {"latitude": latitude, "longitude": longitude, "source": "test"}
            c.execute(insert(schema.asset).values(**row, **place, licence="LO 2.0"))
        assert id_ is not None
        return int(id_)

    return make


SENSOR = {"name": "S", "description": "a sensor", "encodingType": "text/plain", "metadata": "m"}
PROPERTY = {"name": "P", "description": "a property", "definition": "http://example.org/p"}
PLACE = {
    "name": "L",
    "description": "a place",
    "encodingType": "application/geo+json",
    "location": {"type": "Point", "coordinates": [5.0, 47.0]},
}
UNIT = {"name": "degree", "symbol": "°C", "definition": "http://example.org/degree"}


def stream(name: str = "D", **more: Any) -> dict[str, Any]:
    """The body of a datastream with its sensor and property in line."""
    body = {
        "name": name,
        "description": f"datastream {name}",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": UNIT,
        "Sensor": SENSOR,
        "ObservedProperty": PROPERTY,
    }
    return body | more


def thing(name: str = "T", **more: Any) -> dict[str, Any]:
    """The body of a thing that stands somewhere."""
    return {"name": name, "description": f"thing {name}", "Locations": [PLACE]} | more


RELATIONS: dict[str, tuple[str, ...]] = {
    "Things": ("Datastreams", "Locations", "HistoricalLocations"),
    "Locations": ("Things", "HistoricalLocations"),
    "HistoricalLocations": ("Thing", "Locations"),
    "Datastreams": ("Thing", "Sensor", "ObservedProperty", "Observations"),
    "Sensors": ("Datastreams",),
    "ObservedProperties": ("Datastreams",),
    "Observations": ("Datastream", "FeatureOfInterest"),
    "FeaturesOfInterest": ("Observations",),
}
"""Where each set leads to (OGC 18-088, 8.2)."""

PROPERTIES: dict[str, tuple[str, ...]] = {
    "Things": ("name", "description"),
    "Locations": ("name", "description", "encodingType", "location"),
    "HistoricalLocations": ("time",),
    "Datastreams": ("name", "description", "unitOfMeasurement", "observationType"),
    "Sensors": ("name", "description", "encodingType", "metadata"),
    "ObservedProperties": ("name", "definition", "description"),
    "Observations": ("phenomenonTime", "result", "resultTime"),
    "FeaturesOfInterest": ("name", "description", "encodingType", "feature"),
}
"""What each entity must tell (OGC 18-088, 8.2)."""

_SETS = {"ObservedProperty": "ObservedProperties", "FeatureOfInterest": "FeaturesOfInterest"}


def set_of(relation: str) -> str:
    """The set of what a relation leads to: `Thing` and `Things` are of `Things`."""
    return relation if relation in RELATIONS else _SETS.get(relation, f"{relation}s")


def two_things(api: Api) -> None:
    """Two things that change places; four datastreams of three observations, 1 to 12.

    The fourth datastream measures what the first does; the days are 1 to 12 March 2015.
    """
    first = api.create("Things", _moving(1, [_series(1, "Light"), _series(2, "Warmth")]))
    one = api.get(f"Things({first})", expand="Datastreams/ObservedProperty,Locations")
    shared = {"@iot.id": one["Datastreams"][0]["ObservedProperty"]["@iot.id"]}
    fourth = _series(4, "Light") | {"ObservedProperty": shared}
    second = api.create("Things", _moving(2, [_series(3, "Second light"), fourth]))
    two = api.get(f"Things({second})", expand="Datastreams,Locations")
    for thing_, other in ((first, two), (second, one)):
        there = {"Locations": [{"@iot.id": other["Locations"][0]["@iot.id"]}]}
        assert api.call("PATCH", f"Things({thing_})", there).status_code == 200
    streams = [series["@iot.id"] for found in (one, two) for series in found["Datastreams"]]
    for number in range(1, 13):
        at = f"Datastreams({streams[(number - 1) // 3]})/Observations"
        day = f"2015-03-{number:02d}T00:00:00"
        times = {"phenomenonTime": f"{day}Z", "resultTime": f"{day}.500Z"}
        api.create(at, times | {"result": number})


def _moving(number: int, series: list[Any]) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [-117.05 + 17 * (number - 1), 51.05]}
    named = {"name": f"location {number}", "description": f"location {number}"}
    found = {"name": f"thing {number}", "description": f"thing {number}"}
    properties = {"reference": f"number {number}"}
    where = [PLACE | named | {"location": place}]
    return found | {"properties": properties, "Locations": where, "Datastreams": series}


def _series(number: int, measures: str) -> dict[str, Any]:
    what = {"name": measures, "description": f"property {number}"}
    named = {"name": f"sensor {number}", "description": f"sensor {number}"}
    return stream(f"datastream {number}", Sensor=SENSOR | named, ObservedProperty=PROPERTY | what)
