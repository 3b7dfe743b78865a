"""What is pushed by HTTP: stored before it is answered, and tried again while it cannot be."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import Engine, func, select, text
from starlette.applications import Starlette

from agro.server import pushes
from agro.server.source import Source
from agro.store import readings, schema
from sensors.envelopes import LARGEST
from tests.servers import answering

KEY = "34271334ED1FADA6D8B988B14267E55D"
PAGE = "/weatherstation/updateweatherstation.php"
POSTS = Path(__file__).parents[3] / "../shared/data/sensors/ecowitt_posts.json"


@contextmanager
def _serving(source: Source, **limits: float) -> Iterator[httpx.Client]:
    """A client of a running server that has these routes alone."""
    routes = pushes.routes(source, **limits)
    with closing(source), answering(Starlette(routes=routes)) as client:
        yield client


@pytest.fixture
def client(store_url: str) -> Iterator[httpx.Client]:
    """A client of the routes, over a store of either database."""
    with _serving(Source(store_url)) as found:
        yield found


def _form(**more: str) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(minutes=1)
    return {"PASSKEY": KEY, "dateutc": f"{at:%Y-%m-%d %H:%M:%S}", "tempf": "68.0"} | more


def _post(client: httpx.Client, form: dict[str, str]) -> int:
    return client.post("/data/report/", data=form).status_code


def _latest(store: Engine) -> dict[tuple[str, str], float]:
    with store.connect() as c:
        rows = readings.latest(c)
    return {
        (str(device), str(quantity)): float(value)
        for device, quantity, value in zip(
            rows["device"], rows["quantity"], rows["value"], strict=True
        )
    }


def _problems(store: Engine) -> list[Any]:
    with store.connect() as c:
        return list(c.execute(select(schema.problem)))


def test_a_gateway_s_post_is_stored_before_it_is_answered(
    client: httpx.Client, store: Engine, register: Callable[..., Any]
) -> None:
    register(KEY, model="", depths=())
    register(f"{KEY}-soil2", model="", depths=(20.0,))
    form = _form(humidity="54", soilmoisture1="31", soilmoisture2="27")
    assert _post(client, form) == 200
    assert _latest(store) == {
        (KEY, "air_temperature"): 20.0,
        (KEY, "relative_humidity"): 54.0,
        (KEY, "soil_moisture"): 0.31,  # the first probe is the gateway's until it is registered
        (f"{KEY}-soil2", "soil_moisture"): 0.27,
    }
    assert _problems(store) == []
    assert _post(client, form) == 200  # the gateway did not hear the first answer
    with store.connect() as c:
        assert c.scalar(select(func.count()).select_from(schema.observation)) == 4


def test_wunderground_s_password_is_never_stored(
    client: httpx.Client, store: Engine, register: Callable[..., Any]
) -> None:
    query = {"ID": "IDIJON12", "PASSWORD": "s3cret", "dateutc": "now", "tempf": "68"}
    answer = client.get(PAGE, params=query)
    assert (answer.status_code, answer.text) == (200, "success\n")
    kept = repr(_problems(store))
    assert "IDIJON12" in kept
    assert "s3cret" not in kept
    with store.connect() as c:
        for row in c.execute(select(schema.quarantine)):
            assert b"s3cret" not in row.body
    register("IDIJON12", model="", depths=())
    assert client.get(PAGE, params=query).status_code == 200
    assert _latest(store) == {("IDIJON12", "air_temperature"): 20.0}


def test_a_network_server_may_push(
    client: httpx.Client, store: Engine, register: Callable[..., Any]
) -> None:
    register("probe", model="milesight/em500-smtc", eui="A84041FFFF24A438", depths=(20.0,))
    at = int((time.time() - 60) * 1000)
    body = {
        "cmd": "rx",
        "EUI": "A84041FFFF24A438",
        "ts": at,
        "fcnt": 1,
        "port": 85,
        "data": "01755C03673401046865057FF000",
    }
    assert client.post("/push/uplink", content=json.dumps(body)).status_code == 200
    assert _latest(store)["probe", "soil_moisture"] == 0.505


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"tempf=68", b"PASSKEY=x&dateutc=noon&tempf=1", b"a=1&" * 500]
)
def test_what_cannot_be_read_is_a_problem_and_is_not_asked_for_again(
    client: httpx.Client, store: Engine, body: bytes
) -> None:
    assert client.post("/data/report/", content=body).status_code == 200
    assert len(_problems(store)) == 1


def test_too_large_and_compressed_bodies_are_refused_unread(
    client: httpx.Client, store: Engine
) -> None:
    assert client.post("/data/report/", content=b"a" * (LARGEST + 1)).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(LARGEST // 1024 + 1):
            yield b"a" * 1024

    assert client.post("/data/report/", content=endless()).status_code == 413
    packed = gzip.compress(urlencode(_form()).encode())
    answer = client.post("/data/report/", content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert _problems(store) == []


def test_other_methods_are_refused(client: httpx.Client) -> None:
    assert client.get("/data/report/").status_code == 405
    assert client.post(PAGE).status_code == 405


def test_without_a_database_the_gateway_tries_again(tmp_path: Path) -> None:
    away = Source("postgresql://nobody@127.0.0.1:1/none")
    with _serving(away) as client:
        answer = client.post("/data/report/", data=_form())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_a_failing_write_is_503_and_leaves_nothing(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(sqlite_url)
    with source.connect():
        pass
    with source.write() as c:
        c.execute(text("DROP TABLE problem"))
    with _serving(source) as client:
        assert _post(client, _form(PASSKEY="")) == 503


def test_a_write_does_not_stop_the_server(sqlite_url: str) -> None:
    """While one request waits for the database's lock, another is answered."""
    source = Source(sqlite_url)
    with source.connect():
        pass
    answers: list[int] = []
    with _serving(source) as client:
        with source.write() as c:
            c.execute(text("SELECT 1"))
            waiting = threading.Thread(target=lambda: answers.append(_post(client, _form())))
            waiting.start()
            time.sleep(0.2)
            assert client.get("/data/report/").status_code == 405
            assert answers == []
        waiting.join(10)
    assert answers == [200]


@pytest.mark.skipif(not POSTS.is_file(), reason="no recorded data beside the project")
def test_recorded_posts(client: httpx.Client, store: Engine, register: Callable[..., Any]) -> None:
    posts = json.loads(POSTS.read_text(encoding="utf-8"))
    for key in {form["PASSKEY"] for form in posts.values()}:
        register(key, model="", depths=())
    assert [_post(client, form) for form in posts.values()] == [200] * 4
    latest = _latest(store)
    assert latest[KEY, "solar_radiation"] == 205.52
    assert latest["345544D8EAF42E1B8824A86D8250D5A3", "leaf_wetness"] == 14.0
    assert _problems(store) == []


def test_each_unregistered_probe_of_a_gateway_waits_to_be_accepted(
    client: httpx.Client, store: Engine, register: Callable[..., Any]
) -> None:
    register(KEY, model="", depths=())
    assert _post(client, _form(soilmoisture2="27", soilmoisture3="8", leafwetness_ch1="14")) == 200
    with store.connect() as c:
        waiting = set(c.scalars(select(schema.quarantine.c.device)))
    assert waiting == {f"{KEY}-soil2", f"{KEY}-soil3"}
    assert {problem.reason for problem in _problems(store)} == {"unknown_device"}
    assert _latest(store)[KEY, "leaf_wetness"] == 14.0


def _wait_for_room_in_the_hour() -> None:
    """A message without a time of its own counts for the hour of its arrival."""
    while time.time() % 3600 > 3570:
        time.sleep(1)


def test_what_a_device_pushes_too_often_is_counted_and_told_to_wait(
    store_url: str, store: Engine, register: Callable[..., Any]
) -> None:
    register(KEY, model="", depths=())
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    forms = [_form(dateutc=f"{hour + timedelta(minutes=n):%Y-%m-%d %H:%M:%S}") for n in range(8)]
    with _serving(Source(store_url), rate=5 / 60) as client:
        answers = [client.post("/data/report/", data=form) for form in forms]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
        other = _form(PASSKEY="A" * 32)
        assert _post(client, other) == 200  # nobody else waits for it
        assert _post(client, _form(dateutc=f"{hour - timedelta(hours=1):%Y-%m-%d %H:%M:%S}")) == 200
    with store.connect() as c:
        assert c.scalar(select(func.count()).select_from(schema.observation)) == 6
    (told,) = (row for row in _problems(store) if row.reason == "too_many_messages")
    assert (told.device, told.count) == (KEY, 3)
    assert (told.field, told.value) == ("hour", f"{hour:%Y-%m-%dT%H}Z")
    assert told.source == f"ecowitt/{KEY}"


def test_the_unreadable_is_limited_by_its_address(store_url: str, store: Engine) -> None:
    _wait_for_room_in_the_hour()
    with _serving(Source(store_url), rate=2 / 60) as client:
        codes = [client.post("/push/uplink", content=b"noise %d" % n).status_code for n in range(5)]
    assert codes == [200, 200, 429, 429, 429]
    found = {row.reason: row.count for row in _problems(store) if row.reason != "bad_json"}
    assert found == {"too_many_messages": 3}


def test_a_database_that_is_away_costs_nobody_his_hour(sqlite_url: str) -> None:
    """What is sent again until it is stored was one message."""
    _wait_for_room_in_the_hour()
    source = Source(sqlite_url)
    with _serving(source, rate=1 / 60) as client:
        in_its_place = Path(sqlite_url.removeprefix("sqlite:///"))
        in_its_place.mkdir()
        assert [_post(client, _form(PASSKEY="")) for _ in range(3)] == [503] * 3
        in_its_place.rmdir()
        assert [_post(client, _form(PASSKEY="")) for _ in range(2)] == [200, 429]
