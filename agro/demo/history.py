"""A whole season enters the store by the same way as live messages do."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from operator import itemgetter

from sqlalchemy import Connection, Engine

from agro.demo import outlook, reports, season_log, taps
from agro.demo.farm import Farm, read_farm
from agro.demo.fleet import make_stations
from agro.demo.taps import Tap
from agro.demo.world import Season, World, live_through, make_world
from agro.forecast import forecast_all
from agro.store import meters, weather, writing
from agro.store.assessment import assess_all
from agro.store.ingest import Message, ingest
from sensors.simulated.stations import Place, Station

DAYS = 141  # from 1 March
SEED = 1
SEASON_END = datetime(2026, 7, 20, 4, 30, tzinfo=UTC)  # half past six on a summer morning in France
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # from which on the meter's pulses are litres
_CHUNK = timedelta(days=6)
_HOUR = timedelta(hours=1)

Progress = Callable[[int, int], None]


def season_clock(started: datetime) -> str:
    """`AGRO_CLOCK` for a demo whose season ends when it starts: at `started` (real time)."""
    return f"{SEASON_END:%Y-%m-%dT%H:%M:%SZ}@{started.timestamp():.0f}"


def simulate(farm: Farm, *, days: int, seed: int, until: datetime) -> tuple[World, Season]:
    """The true season of `days` days up to `until`, the same for the same arguments.

    Raises
    ------
    ValueError  `days` is not at least 1.
    """
    world = world_of(farm, days=days, seed=seed, until=until)
    return world, live_through(world)


def world_of(farm: Farm, *, days: int, seed: int, until: datetime) -> World:
    """What is decided of the season before anybody waters: its weather, soils and crops.

    Raises
    ------
    ValueError  `days` is not at least 1.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1: {days}")
    start = until.astimezone(UTC).date() - timedelta(days=days)
    since = until - datetime.combine(start, time(), UTC)
    return make_world(farm, start=start, hours=since // _HOUR, seed=seed)


def fill(
    engine: Engine,
    *,
    days: int = DAYS,
    seed: int = SEED,
    until: datetime = SEASON_END,
    progress: Progress | None = None,
) -> None:
    """Fill the store with `days` days of simulated season that end at `until`.

    The city pack is already in the store. The flags are those of the whole season, the yields are
    foreseen as of its last weeks and its end. Filling again changes nothing.

    Parameters
    ----------
    progress : Called with (days done, days in all).

    Raises
    ------
    StoreError  No city pack is loaded.
    ValueError  `days` is not at least 1.
    """
    with writing(engine) as c:
        taps.install(c, read_farm(c), FIRST_DAY)
        farm = read_farm(c)
    world, season = simulate(farm, days=days, seed=seed, until=until)
    start = datetime.fromtimestamp(world.start, UTC)
    metered = taps.taps(farm, season)
    with writing(engine) as c:
        season_log.write(c, world, season, metered, until)
        write_forecasts(c, world, start, until)
        reports.write(c, farm, until, seed)
    stations = make_stations(world, season)
    for begin, end in pairwise(_cuts(start, until)):
        with writing(engine) as c:
            ingest(c, _messages(stations, metered, begin, end), written_at=end)
        if progress is not None:
            progress(min((end - start).days, days), days)
    meters.keep_up(engine, until)
    assess_all(engine)
    forecast_all(engine, until)


def _cuts(start: datetime, until: datetime) -> list[datetime]:
    """Where the transactions end: at midnights, so that no day is summed up twice."""
    return [start + n * _CHUNK for n in range(ceil((until - start) / _CHUNK))] + [until]


def _messages(
    stations: list[tuple[Station, Place]], metered: list[Tap], begin: datetime, end: datetime
) -> list[Message]:
    """What all stations send in [begin, end), in the order of its arrival."""
    first, last = begin.timestamp(), end.timestamp()
    sent = [
        message
        for station, place in stations
        for message in station.messages(place, station.due(first, last))
    ]
    sent += [message for tap in metered for message in tap.messages(first, last)]
    sent.sort(key=itemgetter(0))
    return [Message(topic, body, datetime.fromtimestamp(at, UTC)) for at, topic, body in sent]


def write_forecasts(c: Connection, world: World, start: datetime, end: datetime) -> None:
    """Store each site's forecasts issued in [start, end]."""
    for number, (site, sky) in enumerate(world.skies.items()):
        truth = outlook.daily_truth(world.farm, sky)
        for at in outlook.issue_times(start, end):
            day = at.astimezone(world.farm.zone).date()
            if day not in truth.index:  # a demo left running longer than its weather is decided
                continue
            frame = outlook.issue(truth, day, seed=world.seed + number)
            weather.write_forecast(c, site, outlook.SOURCE, at, frame)
