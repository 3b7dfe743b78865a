"""A city's advice: block by block, in several processes, on a Dask scheduler; the same rows."""

from pathlib import Path

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from agro.advice import advise
from agro.cli import app
from agro.records import Advice
from agro.scale.morning import advise_city, blocks
from agro.scale.pool import pool
from agro.store import farms, open_store, readahead
from tests.agro.advice.cities import fill
from tests.agro.advice.conftest import NOW
from tests.agro.scale.conftest import dask_processes


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("city") / "city.sqlite"
    found = f"sqlite:///{file.as_posix()}"
    fill(found, gardens=6, beds=3, every_station=3)
    return found


def rows(advices: list[Advice]) -> list[str]:
    """Every field, NaN and all."""
    return [repr(one) for one in advices]


@pytest.fixture(scope="module")
def alone(url: str) -> list[str]:
    """The advice of each garden, asked by itself."""
    engine = open_store(url)
    with engine.connect() as c:
        found = [one for site in farms.sites(c) for one in advise(c, site=site.slug, at=NOW)]
    engine.dispose()
    return rows(found)


def test_reading_ahead_changes_nothing(
    url: str, alone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_store(url)
    with engine.connect() as c:
        assert rows(advise(c, at=NOW)) == alone
        hold_back(monkeypatch)
        assert rows(advise(c, at=NOW)) == alone
    engine.dispose()
    assert len(alone) == 18
    assert any("decision='irrigate'" in one for one in alone)
    assert any("decision='wait'" in one for one in alone)


def hold_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every reader read only what it is asked for."""

    def nothing(c: Connection) -> None:
        return None

    for module in ("deployments", "readings", "rollups", "weather"):
        monkeypatch.setattr(f"agro.store.{module}.ahead_of", nothing, raising=False)
    monkeypatch.setattr(readahead, "ahead_of", nothing)


@pytest.mark.parametrize("workers", [0, 2])
def test_processes_change_nothing(url: str, alone: list[str], workers: int) -> None:
    heard: list[int] = []
    gardens = [f"garden-{number:04d}" for number in range(6)]
    with pool(workers=workers) as run:
        found = advise_city(gardens, NOW, database=url, run=run, workers=workers, told=heard.append)
    assert rows(found) == alone
    assert heard[-1] == 18


def test_a_scheduler_changes_nothing(
    url: str, alone: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_DATABASE_URL", url)  # the workers' own way to the store
    gardens = [f"garden-{number:04d}" for number in range(6)]
    with dask_processes(tmp_path, 2) as dask, pool(dask.url) as run:
        assert rows(advise_city(gardens, NOW, database="", run=run)) == alone


@pytest.mark.parametrize(("gardens", "workers"), [(0, 1), (1, 4), (7, 2), (1000, 2)])
def test_blocks_hold_each_garden_once_in_order(gardens: int, workers: int) -> None:
    names = [str(number) for number in range(gardens)]
    cut = blocks(names, workers)
    assert [name for _, block in cut for name in block] == names
    assert all(0 < len(block) <= 50 for _, block in cut)


def test_the_command_gives_the_same_with_workers(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    asked = ["advise", "--site", "garden-0002", "--at", f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "--json"]
    here = CliRunner().invoke(app, asked)
    there = CliRunner().invoke(app, [*asked, "--workers", "1"])
    assert (here.exit_code, there.exit_code) == (0, 0)
    assert there.stdout == here.stdout
    assert here.stdout.count('"plot"') == 3
