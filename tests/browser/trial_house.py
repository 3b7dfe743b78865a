"""A running installation of the test's own: its address, its commands."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.browser.house import wait_until_up
from tests.conftest import free_port


@dataclass(frozen=True)
class House:
    """A running installation."""

    address: str
    environment: dict[str, str]

    def agro(self, *words: str) -> Any:
        """What a command answers in JSON."""
        command = [sys.executable, "-m", "agro.cli", *words, "--json"]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True)
        return json.loads(done.stdout)


@contextmanager
def serving(folder: Path, at: datetime) -> Iterator[House]:
    """`agro serve` over Dijon's gardens on SQLite, nothing planned yet."""
    port, var = free_port(), folder / "var"
    environment = os.environ | {
        "AGRO_VAR": str(var),
        "AGRO_DATABASE_URL": f"sqlite:///{(var / 'agro.sqlite').as_posix()}",
        "AGRO_PORT": str(port),
        "AGRO_MQTT_PORT": str(free_port()),
        "AGRO_CLOCK": f"{at:%Y-%m-%dT%H:%M:%SZ}@{time.time():.0f}",
    }
    serve = [sys.executable, "-m", "agro.cli", "serve", "--with-broker"]
    process = subprocess.Popen(serve, env=environment, start_new_session=True)
    try:
        wait_until_up(f"http://127.0.0.1:{port}", process)
        yield House(f"http://127.0.0.1:{port}", environment)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
