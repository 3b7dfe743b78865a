"""`agro serve` and `agro demo` as real processes: up, killed, up again, stopped, none left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from agro.cli.processes import free_port, listens

pytestmark = pytest.mark.service
_WITHIN_S = 90.0


def wait_until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _WITHIN_S
    while not true():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.1)


class Installation:
    """A running `agro …` with all its children."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.port, self.mqtt_port = free_port(), free_port()
        kept = {name: v for name, v in os.environ.items() if not name.startswith("AGRO_")}
        self.environment = kept | {
            "AGRO_VAR": str(folder),
            "AGRO_PORT": str(self.port),
            "AGRO_MQTT_PORT": str(self.mqtt_port),
        }
        self.errors = (folder.parent / "stderr").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agro.cli", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.family: set[psutil.Process] = set()

    def address(self) -> str:
        """What it prints when it is up."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        self.errors.seek(0)
        assert line, self.errors.read()
        self.family = set(psutil.Process(self.process.pid).children(recursive=True))
        return line

    def child(self, word: str) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            if word in child.cmdline():
                self.family.add(child)
                return child
        return None

    def left(self) -> list[psutil.Process]:
        """Processes of this installation that still run."""
        return [
            process
            for process in self.family
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        ]

    def end(self) -> None:
        for process in self.left():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.kill()
        self.process.wait(10)
        self.errors.close()
        assert self.process.stdout is not None
        self.process.stdout.close()


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
    collector = serving.child("collect")
    assert collector is not None
    collector.kill()
    collector.wait(10)
    wait_until(lambda: serving.child("collect"), "the collector is there again")
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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a killed parent")
def test_children_end_when_their_parent_is_killed(serving: Installation) -> None:
    serving.address()
    assert len(serving.left()) == 5
    serving.process.kill()
    wait_until(lambda: not serving.left(), "the children are gone")


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
