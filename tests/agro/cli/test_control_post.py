"""`agro city …` at the command line."""

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agro.city.receiving import receive
from agro.config import now
from agro.store import open_store, writing
from tests.agro.cli.conftest import Agro

RING = [[5.0, 47.28], [5.1, 47.28], [5.1, 47.38], [5.0, 47.38], [5.0, 47.28]]


def _tell(tmp_path: Path, at: datetime, *entities: dict[str, Any]) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'var' / 'agro.sqlite'}")
    with writing(engine) as c:
        receive(c, json.dumps(entities).encode(), at)
    engine.dispose()


def _parking(free: int, at: datetime) -> dict[str, Any]:
    told = {"value": free, "observedAt": at.isoformat()}
    own = {"id": "urn:p", "type": "OffStreetParking", "availableSpotNumber": told}
    place = {"type": "Point", "coordinates": [5.005, 47.2927]}
    return own | {"location": place, "totalSpotNumber": 100, "name": "Gare"}


def test_outlines_come_in_and_equipment_follows(dijon: Agro, tmp_path: Path) -> None:
    _tell(tmp_path, now(), _parking(31, now()))
    feature = {
        "properties": {"code": "21231"},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }
    file = tmp_path / "communes.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, 3]}))
    done = dijon("city", "boundaries", file, "--json")
    assert done.code == 2  # one feature is none; the other is kept
    assert done.json == {
        "communes": 1,
        "of": 23,
        "moved_assets": 1,
        "problems": ["communes.geojson, feature 2: is no feature with properties; export it again"],
    }
    assert done.lines == done.json["problems"]
    (found,) = dijon("city", "assets", "--json").json
    assert found["commune"] == "21231"


@pytest.mark.parametrize("content", [None, "", "{}", '{"features": []}'])
def test_a_bad_file_is_told(dijon: Agro, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "x.json"
    if content is not None:
        file.write_text(content)
    done = dijon("city", "boundaries", file)
    assert done.code == 2
    assert "x.json" in done.lines[-1]


def test_equipment_is_listed_with_its_values(dijon: Agro, tmp_path: Path) -> None:
    at = now().replace(microsecond=0)
    _tell(tmp_path, at, _parking(31, at))
    (found,) = dijon("city", "assets", "--json").json
    assert (found["device"], found["kind"], found["mode"], found["source"]) == (
        "urn:p",
        "parking",
        "live",
        "ngsi-ld",
    )
    (value,) = found["values"]
    assert (value["quantity"], value["value"], value["unit"]) == ("free_spaces", 31.0, "1")
    assert value["time"].endswith("Z")
    assert dijon("city", "assets", "--kind", "building", "--json").json == []
    assert "Gare" in dijon("city", "assets").out
    for option, wrong in (("--kind", "car"), ("--commune", "75056")):
        done = dijon("city", "assets", option, wrong)
        assert (done.code, done.lines[0].split(":")[0]) == (2, option)


def test_entities_of_a_file_are_kept_as_such(dijon: Agro, tmp_path: Path) -> None:
    at = now().replace(microsecond=0)
    undated = {"id": "urn:q", "type": "OffStreetParking", "availableSpotNumber": 3}
    file = tmp_path / "parking.json"
    file.write_text(json.dumps([_parking(31, at), undated, {"id": "urn:d", "type": "Dog"}]))
    done = dijon("city", "import", file, "--json")
    assert done.code == 2
    assert done.json == {"entities": 3, "new": 2, "rows": 1, "problems": 2}
    assert [line.split(";")[0] for line in done.lines] == [
        "parking.json, urn:q, availableSpotNumber: 3 no_time",
        "parking.json, urn:d, type: 'Dog' unknown_entity_type",
    ]
    found = {one["device"]: one for one in dijon("city", "assets", "--json").json}
    assert (found["urn:p"]["mode"], found["urn:p"]["source"]) == ("file", "file")
    file.write_text("{")
    assert dijon("city", "import", file).code == 2
    assert dijon("city", "import", tmp_path / "none.json").code == 2


def test_communes_are_told_now_and_then(dijon: Agro, tmp_path: Path) -> None:
    at = now().replace(microsecond=0) - timedelta(minutes=5)
    _tell(tmp_path, at, _parking(31, at))
    found = {one["code"]: one for one in dijon("city", "communes", "--json").json}
    assert len(found) == 23
    assert found["21166"]["figures"]["free_spaces"]["value"] == 31.0
    assert found["21231"]["sites"] == 4
    before = dijon("city", "communes", "--at", "2026-01-01T00:00Z", "--json").json
    assert all(one["figures"] == {} for one in before)
    assert "free_spaces" in dijon("city", "communes").out
    assert dijon("city", "communes", "--at", "noon").code == 2


class _Broker(BaseHTTPRequestHandler):
    """A context broker that has the subscription once it was posted."""

    asked: ClassVar[list[tuple[str, str, dict[str, Any]]]] = []
    refuses: ClassVar[bool] = False

    def _answer(self) -> None:
        length = int(self.headers["Content-Length"])
        told = json.loads(self.rfile.read(length))
        known = any(method == "POST" for method, _, _ in self.asked)
        self.asked.append((self.command, self.path, told))
        done = 409 if known and self.command == "POST" else 201
        self.send_response(400 if self.refuses else done)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_PATCH = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def broker() -> Iterator[str]:
    """The address of a context broker."""
    _Broker.asked.clear()
    _Broker.refuses = False
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Broker)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_a_broker_is_subscribed_to(
    dijon: Agro, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = "https://farms.example/ngsi-ld/v1/notify"
    assert dijon("city", "subscribe", ours).code == 1  # nothing is set
    monkeypatch.setenv("AGRO_NGSI_LD_URL", broker)
    monkeypatch.setenv("AGRO_NGSI_LD_SECRET", "s3cret")
    assert dijon("city", "subscribe", ours).out == "subscribed\n"
    assert dijon("city", "subscribe", ours).out == "the subscription is up to date\n"
    (method, path, told), _, (changed, where, _) = _Broker.asked
    assert (method, path) == ("POST", "/ngsi-ld/v1/subscriptions")
    endpoint = told["notification"]["endpoint"]
    assert (endpoint["uri"], told["type"]) == (ours, "Subscription")
    assert endpoint["receiverInfo"] == [{"key": "Authorization", "value": "Bearer s3cret"}]
    assert (changed, where) == ("PATCH", f"{path}/{told['id']}")
    _Broker.refuses = True
    done = dijon("city", "subscribe", ours)
    assert (done.code, "HTTP 400" in done.lines[0]) == (1, True)
    assert dijon("city", "subscribe", "nowhere").code == 1


def test_a_missing_store_is_made_first(agro: Agro, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "var", ignore_errors=True)
    assert agro("city", "assets", "--json").json == []
