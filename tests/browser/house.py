"""The real server over a few days of the demo, for the tests that open its pages.

`AGRO_SCREENS_ADDRESS=URL` looks at a server that already runs.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine

from agro.advice import advise
from agro.city.receiving import receive
from agro.demo import SEASON_END, fill, season_clock
from agro.demo.control_post import open_room
from agro.packs import read_pack
from agro.schedule import advise_all
from agro.store import decisions, farms, open_store, trials, writing
from agro.store.trials import PlannedTrial, Trait
from agro.trials.planning import draw
from models.trials.layout import Request
from tests.conftest import free_port

TRIAL = PlannedTrial(
    *("potager-des-ducs", "paillage", "Paillage des tomates", "rcbd", "planche-5"),
    latitude=47.31417,
    longitude=5.0291,
    plot_width=1.2,
    plot_length=2.0,
    traits=(Trait("rendement", "Rendement", "t/ha", 0.0, 150.0),),
)
PATHS = {
    "today": "/",
    "bed": "/bed",
    "stations": "/stations",
    "alerts": "/alerts",
    "control_post": "/control_post",
    "reports": "/reports",
    "indicators": "/indicators",
    "logbook": "/logbook",
    "chain": "/chain",
    "crops": "/crops",
    "harvest": "/harvest",
    "trials": "/trials",
    "trial": "/trials",
}
_DAYS = 12
_START_S = 120.0


@dataclass(frozen=True)
class House:
    """A running server; `database` and `clock` are empty where it is somebody else's."""

    address: str
    database: str = ""
    clock: str = ""


@pytest.fixture(scope="module")
def address(house: House) -> str:
    """Where the real server answers."""
    return house.address


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The real server over a few days of the demo."""
    given = os.environ.get("AGRO_SCREENS_ADDRESS")
    if given:
        yield House(given)
        return
    url = f"sqlite:///{tmp_path_factory.mktemp('var')}/agro.sqlite"
    _fill(url)
    clock = season_clock(datetime.now(UTC))
    with served(url, clock) as address:
        yield House(address, url, clock)


def _fill(url: str) -> None:
    """A few days of the demo, its morning's advice and yields, and one garden's mornings before."""
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        levels = ("témoin", "paille", "BRF", "carton", "tontes", "géotextile")
        trials.save(c, draw(TRIAL, Request("rcbd", levels, blocks=4, seed=7, border=True)))
    fill(engine, days=_DAYS)
    _tell_equipment(engine)
    site = read_pack("dijon").sites[0].slug
    for days in range(_DAYS - 3, 0, -1):
        with writing(engine) as c:
            decisions.write(c, advise(c, site=site, at=SEASON_END - timedelta(days=days)))
    advise_all(engine, SEASON_END)
    engine.dispose()


def _tell_equipment(engine: Engine) -> None:
    """The last hours of the city's control post."""
    with engine.connect() as c:
        room = open_room(c, "dijon", days=_DAYS, until=SEASON_END)
    for hours in (2, 1, 0):
        at = SEASON_END - timedelta(hours=hours)
        for body in room.bodies(at):
            with writing(engine) as c:
                receive(c, body, at)


@contextmanager
def served(url: str, clock: str) -> Iterator[str]:
    """Where the real server answers over a database, at a simulated time (`AGRO_CLOCK`)."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = os.environ | {"AGRO_DATABASE_URL": url, "AGRO_CLOCK": clock}
    serve = ["-c", f"from agro.server import serve; serve({port})"]
    process = subprocess.Popen([sys.executable, *serve], env=environment)
    try:
        wait_until_up(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def wait_until_up(
    address: str, process: subprocess.Popen[bytes], *, within_s: float = _START_S
) -> None:
    """Wait until a server that was started answers."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(f"{address}/healthz", timeout=10)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not start")
