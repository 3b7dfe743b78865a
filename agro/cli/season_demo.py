"""The demo's store: filled once with its season, and taken up again where it was left."""

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agro.cli.city import load_city
from agro.cli.output import store, tell
from agro.errors import AgroError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agro.config import Settings

_MARKER = "demo.json"
_MORNINGS = 10  # days of advice behind the present one, for the page that looks back


@dataclass(frozen=True, slots=True)
class DemoSeason:
    """The season of a store, and the simulated time at which it is taken up."""

    days: int
    seed: int
    resumes_at: datetime
    set_clock: str = ""

    @property
    def clock(self) -> str:
        """`AGRO_CLOCK` for this season: as it is set, else running from now on."""
        return self.set_clock or f"{self.resumes_at:%Y-%m-%dT%H:%M:%SZ}@{time.time():.0f}"


@dataclass(frozen=True, slots=True)
class _Marker:
    """What was filled into which database, so that it is not filled over by another season."""

    database: str
    days: int
    seed: int
    filled: bool
    clock: str = ""


def prepare(settings: "Settings", days: int | None, seed: int | None) -> DemoSeason:
    """Load the city and fill the store with a season, unless it is there already.

    Raises
    ------
    AgroError  The store holds other readings.
    """
    from agro.demo import DAYS, SEASON_END, SEED

    load_city(settings)
    with store(settings.database) as engine:
        marker, newest = _read_marker(settings), _newest(engine)
        if newest is not None:
            _must_be_ours(settings, marker, days, seed)
        if newest is None or marker is None:
            marker = _Marker(settings.database, days or DAYS, SEED if seed is None else seed, False)
        if not marker.filled:
            _write_marker(settings, marker)
            _fill(engine, marker)
        resumes_at = max(SEASON_END, newest or SEASON_END)
        season = DemoSeason(marker.days, marker.seed, resumes_at, settings.clock)
        behind = 0 if marker.filled else min(_MORNINGS, marker.days - 1)
        _write_marker(settings, replace(marker, filled=True, clock=season.clock))
        _advise(engine, season, behind)
    return season


def on_demo_clock(settings: "Settings") -> "Settings":
    """These settings; over a demo's store with the demo's clock, unless one is set.

    Else a question from another terminal would come months after the season's end.
    """
    marker = None if settings.clock else _read_marker(settings)
    if marker is None or not marker.clock:
        return settings
    os.environ["AGRO_CLOCK"] = marker.clock
    return settings.model_copy(update={"clock": marker.clock})


def _newest(engine: "Engine") -> datetime | None:
    from agro.store import readings

    with engine.connect() as c:
        times = readings.latest(c)["time"]
    newest: datetime | None = None if times.empty else times.max().to_pydatetime()
    return newest


def _must_be_ours(
    settings: "Settings", marker: _Marker | None, days: int | None, seed: int | None
) -> None:
    if marker is None:
        raise AgroError(
            "the store holds readings that are not a demo's; "
            "set AGRO_VAR (or AGRO_DATABASE_URL) to another place for the demo"
        )
    if days not in (None, marker.days) or seed not in (None, marker.seed):
        raise AgroError(
            f"the store holds the demo of {marker.days} days with seed {marker.seed}; give these, "
            f"or set AGRO_VAR to another place than {settings.var}"
        )


def _fill(engine: "Engine", marker: _Marker) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from agro.demo import fill

    console = Console(stderr=True)
    if not console.is_terminal:
        tell(f"filling the store with {marker.days} simulated days")
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} d"))
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("simulated season", total=marker.days)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        fill(engine, days=marker.days, seed=marker.seed, progress=progress)


def _advise(engine: "Engine", season: DemoSeason, behind: int) -> None:
    """The advice of the morning at which the season is taken up, after `behind` earlier ones."""
    from agro.schedule import advise_all

    before = os.environ.get("AGRO_CLOCK")
    os.environ["AGRO_CLOCK"] = season.clock
    try:
        for days in range(behind, -1, -1):
            advise_all(engine, season.resumes_at - timedelta(days=days))
    finally:
        del os.environ["AGRO_CLOCK"]
        if before is not None:
            os.environ["AGRO_CLOCK"] = before


def _read_marker(settings: "Settings") -> _Marker | None:
    try:
        read = json.loads((settings.var / _MARKER).read_text(encoding="utf-8"))
        marker = _Marker(**read)
    except (OSError, ValueError, TypeError):
        return None
    return marker if marker.database == settings.database else None


def _write_marker(settings: "Settings", marker: _Marker) -> None:
    settings.var.mkdir(parents=True, exist_ok=True)
    (settings.var / _MARKER).write_text(json.dumps(asdict(marker)), encoding="utf-8")
