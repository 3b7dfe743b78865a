"""Notifications over HTTP: from who knows the secret, several at once, across a killed server."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import uvicorn
from sqlalchemy import Connection, Engine, Table, func, select, text
from starlette.applications import Starlette

from agro.config import Settings
from agro.server.notifications import LARGEST, PATH, notification_routes
from agro.server.source import Source
from agro.store import problems, rollups, schema, writing
from agro.store.city import assets
from sensors.simulated import city
from tests.conftest import free_port

SECRET = "known to the broker alone"  # noqa: S105
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def _parking(number: int, free: int, at: datetime = NOW) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:OffStreetParking:town:{number}",
        "type": "OffStreetParking",
        "availableSpotNumber": {"value": free, "observedAt": at.isoformat()},
        "address": {"addressLocality": "Dijon"},
    }


def _body(*entities: dict[str, Any]) -> bytes:
    return json.dumps({"type": "Notification", "data": entities}).encode()


@contextmanager
def _serving(source: Source, secret: str = SECRET) -> Iterator[httpx.Client]:
    """A client, that knows the secret, of a running server with this route alone."""
    port = free_port()
    told = Settings(ngsi_ld_secret=secret)  # type: ignore[arg-type]
    app = Starlette(routes=notification_routes(source, told))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        headers = {"Authorization": f"Bearer {secret or 'guessed'}"}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=60, headers=headers
        ) as found:
            yield found
    finally:
        server.should_exit = True
        thread.join(20)
        source.close()


@pytest.fixture
def client(store_url: str) -> Iterator[httpx.Client]:
    """A client of the route, over a store of either database."""
    with _serving(Source(store_url)) as found:
        yield found


def _observations(store: Engine) -> int:
    with store.connect() as c:
        return c.scalar(select(func.count()).select_from(schema.observation)) or 0


def test_a_notification_is_stored_before_it_is_answered(
    client: httpx.Client, store: Engine
) -> None:
    for _ in range(2):
        answer = client.post(PATH, content=_body(_parking(1, 31), _parking(2, 5)))
        assert answer.status_code == 200
        assert answer.json() == {"entities": 2, "rows": 2, "problems": 0}
        assert _observations(store) == 2


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer wrong", f"Basic {SECRET}", SECRET, "Bearer é"]
)
def test_who_does_not_know_the_secret_is_refused_unread(
    client: httpx.Client, store: Engine, shown: str
) -> None:
    told = {"Authorization": shown.encode()}
    answer = client.post(PATH, content=_body(_parking(1, 31)), headers=told)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert _observations(store) == 0


def test_without_a_secret_nobody_may_notify(sqlite_url: str) -> None:
    with _serving(Source(sqlite_url), secret="") as client:
        answer = client.post(PATH, content=b"[]")
    assert answer.status_code == 403
    assert "AGRO_NGSI_LD_SECRET" in answer.text


def test_garbage_is_kept_and_not_asked_for_again(client: httpx.Client, store: Engine) -> None:
    for body in (b"", b"\xff\xfe", b"{", b'{"data": 7}'):
        assert client.post(PATH, content=body).json()["problems"] == 1
    with store.connect() as c:
        assert len(problems.recent(c)) == 4
    assert client.post(PATH, content=_body(_parking(1, 31))).json()["rows"] == 1


def test_what_is_too_large_or_packed_is_refused(client: httpx.Client, store: Engine) -> None:
    assert client.post(PATH, content=b" " * (LARGEST + 1)).status_code == 413
    packed = gzip.compress(_body(_parking(1, 31)))
    answer = client.post(PATH, content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert client.get(PATH).status_code == 405
    assert _observations(store) == 0


def test_several_at_once_are_all_stored_once(client: httpx.Client, store: Engine) -> None:
    """New equipment in all of them, and the same values in several."""
    told = [
        _body(*(_parking(n, hour, NOW - timedelta(hours=hour)) for n in range(12)))
        for hour in range(4)
    ]

    def post(body: bytes) -> int:
        return client.post(PATH, content=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(post, told * 3)) == {200}
    assert _observations(store) == 48
    with store.connect() as c:
        assert len(assets.assets(c)) == 12
        assert problems.recent(c).empty
    _assert_rolled_up(store)


def _assert_rolled_up(store: Engine) -> None:
    """The rollups are those that the observations make."""
    tables = (schema.rollup_hour, schema.rollup_day)
    with writing(store) as c:
        before = [_sums(c, table) for table in tables]
        rollups.rebuild(c)
        after = [_sums(c, table) for table in tables]
    assert before[0]
    for was, now in zip(before, after, strict=True):
        assert was.keys() == now.keys()
        for bucket, told in was.items():
            assert told == pytest.approx(now[bucket], rel=1e-12)


def _sums(c: Connection, table: Table) -> dict[tuple[int, int], tuple[float, ...]]:
    return {(row[0], row[1]): tuple(row[2:]) for row in c.execute(select(table))}


def test_a_store_without_a_city_is_told_to_try_again(sqlite_url: str) -> None:
    with _serving(Source(sqlite_url)) as client:
        answer = client.post(PATH, content=_body(_parking(1, 31)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_a_database_that_is_away_is_waited_for(store: Engine, store_url: str) -> None:
    if store.dialect.name != "postgresql":
        pytest.skip("a file is not away")
    missing = store_url.rpartition("/")[0] + "/nowhere"
    with _serving(Source(missing)) as client:
        assert client.post(PATH, content=_body(_parking(1, 31))).status_code == 503


class _Installation:
    """`agro serve` as a process of its own."""

    def __init__(self, url: str, var: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        environment = os.environ | {
            "AGRO_DATABASE_URL": url,
            "AGRO_VAR": str(var),
            "AGRO_PORT": str(self.port),
            "AGRO_BROKER_URL": f"mqtt://127.0.0.1:{free_port()}",
            "AGRO_NGSI_LD_SECRET": SECRET,
            "AGRO_CITY": "dijon",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agro.cli", "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def web(self) -> psutil.Process | None:
        """The process that answers HTTP."""
        for one in psutil.Process(self.process.pid).children():
            if "web" in one.cmdline():
                return one
        return None

    def post(self, body: bytes, seconds: float = 120.0) -> dict[str, Any]:
        """As a broker does: again until it is taken."""
        until = time.monotonic() + seconds
        while True:
            assert self.process.poll() is None, "the installation ended"
            assert time.monotonic() < until, "waited in vain"
            try:
                answer = httpx.post(
                    f"{self.address}{PATH}",
                    content=body,
                    headers={"Authorization": f"Bearer {SECRET}"},
                    timeout=30,
                )
            except httpx.HTTPError:
                time.sleep(0.2)
                continue
            if answer.status_code == 200:
                return dict(answer.json())
            assert answer.status_code == 503
            time.sleep(0.2)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0


@pytest.fixture
def installation(store_url: str, tmp_path: Path) -> Iterator[_Installation]:
    """A running installation on a store of either database."""
    started = _Installation(store_url, tmp_path / "var")
    yield started
    started.stop()


@pytest.mark.service
def test_a_server_killed_between_loses_and_doubles_nothing(
    installation: _Installation, store: Engine
) -> None:
    """Twelve notifications of a control post, two at a time; the server is killed twice within."""
    towns = [city.Town("21231", "Dijon", 159941, 47.32, 5.04, 41.7)]
    stocks = [city.Stock("lighting_cabinet", 30, 80.0), city.Stock("parking", 5, 300.0)]
    post = city.make("town", towns, stocks, seed=3)
    moments = [
        city.Moment(at.timestamp(), at.hour, at.weekday(), 15.0, 0.0, 2.0, -20.0, at.hour)
        for at in (NOW - timedelta(hours=n) for n in range(12))
    ]
    told = [
        body
        for now in moments
        for body in city.notifications(
            city.reported(post, now), datetime.fromtimestamp(now.time, UTC)
        )
    ]
    installation.post(told[0])

    killed: list[int] = []

    def kill() -> None:
        web = installation.web()
        if web is not None:
            web.kill()
            killed.append(web.pid)

    killers = [threading.Timer(after, kill) for after in (0.05, 2.0)]
    for one in killers:
        one.start()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(installation.post, told))
    for one in killers:
        one.join()
    assert killed
    assert {one["entities"] for one in answers} == {35}
    assert {one["problems"] for one in answers} == {0}
    installation.post(told[0])
    assert _observations(store) == 12 * (30 * 3 + 5)
    _assert_rolled_up(store)
    with store.connect() as c:
        assert len(assets.assets(c)) == 35
        assert c.scalar(text("SELECT count(*) FROM problem")) == 0
