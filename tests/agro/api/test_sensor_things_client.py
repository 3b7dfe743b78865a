"""The API as an outside program sees it: Fraunhofer's `frost-sta-client` against our server."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import frost_sta_client as fsc
import httpx
import pytest
from frost_sta_client.model.ext.data_array_document import DataArrayDocument
from frost_sta_client.model.ext.data_array_value import DataArrayValue
from frost_sta_client.model.ext.unitofmeasurement import UnitOfMeasurement
from geojson import Point
from requests.exceptions import HTTPError

from agro.store import open_store
from tests.agro.api.conftest import measure
from tests.conftest import _load_dijon

_KEY = "s3cret"
_START_S = 60.0

pytestmark = [
    pytest.mark.service,
    # The client calls a name that the library below it has deprecated.
    pytest.mark.filterwarnings("ignore:furl.pathstr is deprecated:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fsc.SensorThingsService]:
    """A client of a running server, over a store with a probe."""
    folder: Path = tmp_path_factory.mktemp("served")
    url = f"sqlite:///{(folder / 'agro.sqlite').as_posix()}"
    _load_dijon(url)
    engine = open_store(url)
    measure(engine)
    engine.dispose()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    environment = os.environ | {
        "AGRO_DATABASE_URL": url,
        "AGRO_VAR": str(folder),
        "AGRO_API_KEY": _KEY,
    }
    program = f"from agro.server import serve; serve({port})"
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz")
        handler = fsc.AuthHandler("operator", _KEY)
        yield fsc.SensorThingsService(f"http://127.0.0.1:{port}/api/v1.1", handler)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _wait(address: str) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not start")


def _datastream(name: str) -> fsc.Datastream:
    return fsc.Datastream(
        name=name,
        description="made by a client",
        observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        unit_of_measurement=UnitOfMeasurement("degree Celsius", "°C", "ucum:Cel"),
        sensor=fsc.Sensor(
            name="thermometer",
            description="a thermometer",
            encoding_type="application/pdf",
            metadata="http://example.org/manual.pdf",
        ),
        observed_property=fsc.ObservedProperty(
            name="temperature", definition="http://example.org/t", description="of the air"
        ),
    )


def test_a_probe_of_the_city_is_read(service: fsc.SensorThingsService) -> None:
    things = service.things().query().filter("name eq 'probe-1'").list()
    (probe,) = list(things)
    assert probe.properties["model"] == "dragino/lse01"
    (first, second) = list(probe.get_datastreams().query().orderby("id", "asc").list())
    assert (first.name, second.name) == (
        "soil moisture at 20 cm · probe-1",
        "soil moisture at 40 cm · probe-1",
    )
    assert first.unit_of_measurement.symbol == "m³ m⁻³"
    observations = first.get_observations().query().top(10).list()
    results = [one.result for one in observations]  # follows the pages
    assert results == pytest.approx([0.2 + hour / 1000 for hour in range(48)])


def test_a_client_creates_reads_changes_and_deletes(service: fsc.SensorThingsService) -> None:
    place = fsc.Location(
        name="square",
        description="a square",
        location=Point((5.04, 47.32)),
        encoding_type="application/vnd.geo+json",
    )
    thing = fsc.Thing(
        name="weather mast",
        description="on the square",
        properties={"height": 10},
        locations=[place],
        datastreams=[_datastream("temperature of the air")],
    )
    service.create(thing)
    found = service.things().find(thing.id)
    assert (found.name, found.properties) == ("weather mast", {"height": 10})
    (stream,) = list(found.get_datastreams().query().list())
    for hour in range(5):
        service.create(
            fsc.Observation(
                phenomenon_time=f"2026-06-01T{hour:02d}:00:00Z",
                result=20.5 + hour,
                datastream=stream,
            )
        )
    query = service.observations().query()
    warm = (
        query.filter(f"Datastream/id eq {stream.id} and result gt 22")
        .orderby("result", "asc")
        .list()
    )
    assert [one.result for one in warm] == [22.5, 23.5, 24.5]
    newest = (
        service.datastreams()
        .query()
        .filter("Thing/properties/height eq 10")
        .expand("Observations($top=1;$orderby=phenomenonTime desc),Thing")
        .list()
    )
    (expanded,) = list(newest)
    assert expanded.thing.name == "weather mast"
    newest_first = [one.result for one in expanded.observations]  # follows the pages
    assert newest_first == [24.5, 23.5, 22.5, 21.5, 20.5]

    found.description = "moved"
    service.update(found)
    assert service.things().find(thing.id).description == "moved"
    service.patch(found, [{"op": "replace", "path": "/properties/height", "value": 12}])
    assert service.things().find(thing.id).properties == {"height": 12}
    stream.name = "renamed"
    service.update(stream)
    assert service.datastreams().find(stream.id).name == "renamed"

    service.delete(thing)
    with pytest.raises(HTTPError, match="404"):
        service.things().find(thing.id)
    assert list(service.observations().query().filter(f"Datastream/id eq {stream.id}").list()) == []


def test_many_observations_are_created_at_once(service: fsc.SensorThingsService) -> None:
    place = fsc.Location(
        name="roof",
        description="a roof",
        location=Point((5.0, 47.3)),
        encoding_type="application/geo+json",
    )
    thing = fsc.Thing(
        name="roof mast", description="on a roof", locations=[place], datastreams=[_datastream("t")]
    )
    service.create(thing)
    (stream,) = list(thing.get_datastreams().query().list())
    rows = DataArrayValue()
    rows.datastream = stream
    rows.components = {
        DataArrayValue.Property.PHENOMENON_TIME,
        DataArrayValue.Property.RESULT,
    }
    for hour in range(24):
        rows.add_observation(
            fsc.Observation(phenomenon_time=f"2026-06-01T{hour:02d}:00:00Z", result=hour)
        )
    document = DataArrayDocument()
    document.add_data_array_value(rows)
    made = service.observations().create(document)
    assert len(made) == 24
    everything = stream.get_observations().query().top(7).list()
    assert [one.result for one in everything] == list(range(24))


def test_a_client_without_the_key_reads_only(service: fsc.SensorThingsService) -> None:
    reader = fsc.SensorThingsService(str(service.url))
    assert list(reader.things().query().top(1).list())
    with pytest.raises(HTTPError, match="401"):
        reader.create(fsc.Thing(name="x", description="y"))
