"""A running installation with accounts: who may sign in, its gardens, its trials, its commands."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import Engine

from agro.access.secrets import hash_secret
from agro.demo import SEASON_END, fill, season_clock
from agro.packs import read_pack
from agro.records import Advice, LogEntry, Noted
from agro.schedule import advise_all
from agro.store import decisions, farms, logbook, open_store, trials, writing
from agro.store.access import users
from agro.store.access.users import User
from agro.store.trials import PlannedTrial, Trait
from agro.trials.planning import draw
from models.trials.layout import Request
from tests.browser.test_season import _publish
from tests.installation import Installation

PASSWORD = "une longue phrase du jardin"  # noqa: S105 - of the accounts of this test
BEDS = {"phone": "carre-1", "laptop": "carre-2"}  # of the farmer's story: one for each screen
GARDEN, FIELD = "ramifications-fontaine-d-ouche", "domaine-de-la-cras"
FARMER = User("amina@jardin.example", "Amina", frozenset({"farmer"}), SEASON_END)
RESEARCHER = User("louis@essais.example", "Louis", frozenset({"researcher"}), SEASON_END)
OFFICIAL = User("paule@ville.example", "Paule", frozenset({"official"}), SEASON_END)
OPERATOR = User("omar@ville.example", "Omar", frozenset({"operator"}), SEASON_END)
_OWN = {FARMER.email: {GARDEN}, RESEARCHER.email: {FIELD}}
PICKED = LogEntry(  # what the official's figure leads to
    GARDEN,
    "carre-1",
    "harvest",
    SEASON_END - timedelta(hours=14),
    *(7.3, "kg", "tomato"),
    who=FARMER.name,
)
TRAIT = Trait("rendement", "Rendement", "t/ha", 0.0, 10.0)
LEVELS, BLOCKS = ("sol nu", "paille"), 3
_DAYS = 2
T = TypeVar("T")
_STOP_S = 40.0


@dataclass(frozen=True)
class House:
    """A running `agro serve`, and its store."""

    running: Installation
    address: str
    engine: Engine

    def agro(self, *words: str) -> Any:
        """What a command answers in JSON."""
        command = [sys.executable, "-m", "agro.cli", *words, "--json"]
        told = subprocess.run(
            command, env=self.running.environment, check=True, capture_output=True, timeout=120
        )
        return json.loads(told.stdout)

    def thirsty(self, bed: str) -> Advice:
        """The advice of one of the farmer's beds, once it asks for water."""

        def asks() -> Advice | None:
            with self.engine.connect() as c:
                found = next(one for one in decisions.latest(c, GARDEN) if one.plot == bed)
            return found if found.decision == "irrigate" else None

        return until(asks, within_s=60.0)

    def picked(self) -> int:
        """The number of the entry that the official's figure leads to."""
        found = [one.number for one in self.noted(PICKED.plot) if one.entry.time == PICKED.time]
        return found[0]

    def noted(self, bed: str) -> list[Noted]:
        """What a person noted of a bed of the farmer's, also what was struck."""
        with self.engine.connect() as c:
            found = logbook.noted(c, site=GARDEN, plot=bed, struck=True)
        return [one for one in found if one.entry.who == FARMER.name]

    def radio(self, device: str, millimetres: float) -> None:
        """What a device that nobody registered sends to the broker."""
        at = (SEASON_END + timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
        told = {"time": at, "readings": {"rain": millimetres}}
        broker = f"mqtt://127.0.0.1:{self.running.mqtt_port}"
        _publish(broker, [(f"agro/{GARDEN}/{device}", json.dumps(told))])

    def report(self, description: str) -> str:
        """A citizen's report by HTTP, as any program may send one; its number."""
        said = {"service_code": "tree", "lat": "47.3141", "long": "5.0290"}
        sent = said | {"description": description}
        answer = httpx.post(f"{self.address}/open311/v2/requests.json", data=sent, timeout=60)
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["service_request_id"])

    def told_of(self, reference: str) -> dict[str, Any]:
        """A report as any program reads it."""
        answer = httpx.get(f"{self.address}/open311/v2/requests/{reference}.json", timeout=60)
        return dict(answer.raise_for_status().json()[0])


def trial_of(name: str) -> PlannedTrial:
    """A trial of the researcher's field: two covers in three blocks, drawn."""
    asked = PlannedTrial(FIELD, name, f"Paillage, {name}", "rcbd", "moutarde", traits=(TRAIT,))
    return draw(asked, Request("rcbd", LEVELS, blocks=BLOCKS, seed=11))


def grown(plot: int, level: str) -> float:
    """What a plot of it gives, and what looks like chance. [t/ha]"""
    return round(2.0 + 0.8 * (level == "paille") + (plot * 37 % 11 - 5) / 50, 2)


def _fill(engine: Engine, names: tuple[str, ...]) -> None:
    """Dijon's gardens after some days of July, four accounts, and trials that wait for figures."""
    hashed = hash_secret(PASSWORD)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        for name in names:
            trials.save(c, trial_of(name))
        for one in (FARMER, RESEARCHER, OFFICIAL, OPERATOR):
            own = frozenset(_OWN.get(one.email, set()))
            users.save(c, replace(one, sites=own, password_hash=hashed))
        logbook.note(c, PICKED)
    fill(engine, days=_DAYS)
    advise_all(engine, SEASON_END)


@contextmanager
def people_house(url: str, folder: Path, trial_names: tuple[str, ...]) -> Iterator[House]:
    """`agro serve` with its broker over this database, until it is stopped as by an operator."""
    engine = open_store(url)
    _fill(engine, trial_names)
    (folder / "var").mkdir()
    running = Installation(
        folder / "var",
        *("serve", "--with-broker"),
        AGRO_DATABASE_URL=url,
        AGRO_CLOCK=season_clock(datetime.now(UTC)),
    )
    try:
        yield House(running, running.address(), engine)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(_STOP_S) == 0
        assert running.left() == []
    finally:
        running.end()
        engine.dispose()


def until(found: Callable[[], T | None], *, within_s: float) -> T:
    """Wait until there is something, but not for ever."""
    deadline = time.monotonic() + within_s
    while not (what := found()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)
    return what
