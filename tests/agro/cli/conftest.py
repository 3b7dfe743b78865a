"""Commands run in this process, on a store with Dijon's city pack."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agro.cli import run_command


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code, its answer, and the lines beside it."""

    code: int
    out: str
    lines: list[str]

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Agro = Callable[..., Done]


@pytest.fixture
def agro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Agro:
    """Runs a command: `agro("et0", file, "--json")`, with its store under `tmp_path`."""
    monkeypatch.setenv("AGRO_VAR", str(tmp_path / "var"))
    for name in ("AGRO_DATABASE_URL", "AGRO_BROKER_URL", "AGRO_PORT", "AGRO_MQTT_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AGRO_CLOCK", "")  # a command may set it for its own process
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Done:
        capsys.readouterr()
        code = run_command([str(word) for word in words])
        told = capsys.readouterr()
        return Done(code, told.out, told.err.splitlines())

    return run


@pytest.fixture
def dijon(agro: Agro, sqlite_template: Path, tmp_path: Path) -> Agro:
    """As `agro`, with Dijon's city pack in the store."""
    (tmp_path / "var").mkdir()
    shutil.copy(sqlite_template, tmp_path / "var" / "agro.sqlite")
    return agro
