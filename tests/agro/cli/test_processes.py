"""`agro serve` and `agro demo` as real processes: up, killed, up again, stopped, none left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy import Engine, func, select

from agro.cli.broker import is_mosquitto
from agro.cli.processes import listens
from agro.records import Device
from agro.store import farms, open_store, schema, writing
from tests.installation import Installation, wait_until

pytestmark = pytest.mark.service
_LAUNCHED = {
    "collector": "collect",
    "scheduler": "scheduler",
    "backfill": "backfiller",
    "web": "web",
    "broker": "-c",  # Mosquitto's configuration
}
_RESTLESS = """
import os, sys
from agro.cli.processes import Child, Supervisor
children = [Child("hub", (sys.executable, "-c", "raise SystemExit(3)"))]
Supervisor(children, dict(os.environ)).run(lambda: print("up", flush=True))
"""


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "var", "serve", "--with-broker")
    try:
        yield installation
    finally:
        installation.end()


def test_serve_keeps_its_children_and_leaves_none(serving: Installation) -> None:
    address = serving.address()
    assert address == f"http://127.0.0.1:{serving.port}"
    assert httpx.get(f"{address}/healthz", timeout=10).status_code == 200
    assert listens(serving.mqtt_port)
    assert len(psutil.Process(serving.process.pid).children()) == 5
    another = subprocess.run(
        [sys.executable, "-m", "agro.cli", "serve", "--with-broker"],
        env=serving.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (another.returncode, another.stdout) == (1, "")
    assert another.stderr.splitlines() == [
        f"port {serving.port} is in use; set AGRO_PORT to another",
        f"port {serving.mqtt_port} is in use; set AGRO_MQTT_PORT to another",
    ]
    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(30) == 0
    assert serving.left() == []
    assert not listens(serving.port)
    assert not listens(serving.mqtt_port)


@pytest.mark.skipif(not is_mosquitto(), reason="mosquitto is not installed: nothing keeps messages")
def test_whichever_child_is_killed_it_comes_back_and_nothing_is_lost(
    tmp_path: Path,
    lse01: Callable[..., tuple[str, bytes]],
    publish: Callable[..., None],
) -> None:
    installation = Installation(tmp_path / "var", "serve", "--with-broker", AGRO_LOG="json")
    try:
        address = installation.address()
        engine = _with_probe(tmp_path / "var" / "agro.sqlite")
        broker = f"mqtt://127.0.0.1:{installation.mqtt_port}"
        first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
        for number, (name, word) in enumerate(_LAUNCHED.items()):
            publish(broker, [lse01("probe", first + timedelta(minutes=10 * number))])
            wait_until(lambda number=number: _stored(engine) > number, "the message is stored")
            _kill(installation, name, word)
        wait_until(lambda: listens(installation.mqtt_port), "the broker listens")
        publish(broker, [lse01("probe", first + timedelta(hours=2))])
        wait_until(lambda: _stored(engine) > len(_LAUNCHED), "the last message is stored")
        assert _stored(engine) == len(_LAUNCHED) + 1
        wait_until(lambda: _is_well(address), "all is well")
        engine.dispose()
        installation.process.send_signal(signal.SIGTERM)
        assert installation.process.wait(30) == 0
        assert installation.left() == []
        _told_of_each(installation.told())
    finally:
        installation.end()


def _with_probe(file: Path) -> Engine:
    """The installation's store, with a device that will speak."""
    engine = open_store(f"sqlite:///{file}")
    with writing(engine) as c:
        site = farms.sites(c)[0].slug
        farms.save_device(c, Device("probe", "", "dragino/lse01", site, "", "", (20.0,)))
    return engine


def _stored(engine: Engine) -> int:
    seen, stream = schema.observation, schema.datastream
    query = (
        select(func.count())
        .join_from(seen, stream, stream.c.id == seen.c.datastream_id)
        .where(stream.c.quantity == "soil_moisture")
    )
    with engine.connect() as c:
        return c.scalar(query) or 0


def _kill(installation: Installation, name: str, word: str) -> None:
    child = installation.child(word)
    assert child is not None, name
    child.kill()
    child.wait(10)
    wait_until(lambda: installation.child(word), f"the {name} is there again")


def _is_well(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def _told_of_each(lines: list[str]) -> None:
    """Every line of every process is one JSON object, and each death is one of them."""
    told = [json.loads(line) for line in lines]
    assert all({"time", "level", "logger", "process", "message"} <= one.keys() for one in told)
    assert not [one for one in told if one["level"] == "critical"]
    messages = [one["message"] for one in told if one["process"] == "serve"]
    for name in _LAUNCHED:
        assert f"the {name} ended (killed by SIGKILL); it starts again in 1 s" in messages
    assert messages[-1] == "stopped"


def test_a_child_that_keeps_dying_is_started_ever_later() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _RESTLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        time.sleep(4.0)  # the first pause is 1 s, the second 2 s
        process.terminate()
        asked = time.monotonic()
        _, told = process.communicate(timeout=10)
        assert time.monotonic() - asked < 2.0
    finally:
        process.kill()
    assert process.returncode == 0
    pauses = [f"the hub ended (exit code 3); it starts again in {s} s" for s in (1, 2, 4)]
    assert told.splitlines() in (pauses[:2], pauses)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a killed parent")
def test_children_end_when_their_parent_is_killed(serving: Installation) -> None:
    serving.address()
    assert len(serving.left()) == 5
    serving.process.kill()
    wait_until(lambda: not serving.left(), "the children are gone")


def test_a_child_that_cannot_start_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    """A database that cannot be opened ends the installation before it prints an address."""
    environment = os.environ | {
        "AGRO_VAR": str(tmp_path / "var"),
        "AGRO_PORT": "0",
        "AGRO_DATABASE_URL": "sqlite:////proc/nowhere/agro.sqlite",
    }
    done = subprocess.run(
        [sys.executable, "-m", "agro.cli", "serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot open the database sqlite:////proc/nowhere/agro.sqlite" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_fills_its_store_once_and_keeps_to_itself(agro: Any, tmp_path: Path) -> None:
    filled = agro("demo", "--days", "3", "--no-serve")
    assert (filled.code, filled.out) == (0, "")
    assert filled.lines == ["filling the store with 3 simulated days"]
    again = agro("demo", "--no-serve")
    assert (again.code, again.lines) == (0, [])
    other = agro("demo", "--days", "9", "--no-serve")
    assert (other.code, len(other.lines)) == (1, 1)
    assert other.lines[0].startswith("the store holds the demo of 3 days")
    assert {one["issued_at"][:13] for one in agro("advise", "--json").json} == {"2026-07-20T04"}
    (tmp_path / "var" / "demo.json").unlink()
    stranger = agro("demo", "--no-serve")
    assert stranger.code == 1
    assert "are not a demo's" in stranger.lines[0]
