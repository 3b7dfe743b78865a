"""A running `agro serve` or `agro demo` with all its children, to be watched and broken."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from agro.cli.processes import free_port

_WITHIN_S = 90.0


def wait_until(true: Callable[[], object], what: str) -> None:
    """Wait until something holds, but not for ever."""
    deadline = time.monotonic() + _WITHIN_S
    while not true():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.1)


class Installation:
    """A running `agro …` with all its children."""

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        self.port, self.mqtt_port = free_port(), free_port()
        kept = {name: v for name, v in os.environ.items() if not name.startswith("AGRO_")}
        self.environment = kept | {
            "AGRO_VAR": str(folder),
            "AGRO_PORT": str(self.port),
            "AGRO_MQTT_PORT": str(self.mqtt_port),
            **settings,
        }
        self.errors = (folder.parent / "stderr").open("a+")  # its children append
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

    def told(self) -> list[str]:
        """What it said on standard error until now."""
        self.errors.flush()
        return Path(self.errors.name).read_text().splitlines()

    def child(self, word: str) -> psutil.Process | None:
        """The child with this word in its command, once it is there."""
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
