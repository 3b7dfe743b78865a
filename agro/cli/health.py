"""What `agro doctor` looks at: settings, database, broker, processes, ages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from agro.cli.processes import listens
from agro.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.config import Settings

LATE_PROCESS = timedelta(minutes=5)
LATE_READING = timedelta(hours=6)
LATE_ADVICE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and how it was found."""

    check: str
    ok: bool
    found: str


def examine(settings: "Settings") -> list[Check]:
    """Everything, in the order in which a fault explains the next."""
    return [
        _clock(settings),
        _var(settings),
        *_database(settings),
        _broker(settings),
        _web(settings),
    ]


def _clock(settings: "Settings") -> Check:
    from agro.config import now

    told = f"{now():%Y-%m-%dT%H:%M:%SZ}"
    return Check("clock", True, f"{told}, simulated" if settings.clock else told)


def _var(settings: "Settings") -> Check:
    import os

    folder = settings.var
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    ok = os.access(folder, os.W_OK)
    return Check("folder", ok, f"{settings.var}" if ok else f"{settings.var} cannot be written to")


def _database(settings: "Settings") -> list[Check]:
    from agro.cli.output import store

    try:
        with store(settings.database) as engine, engine.connect() as c:
            shown = engine.url.render_as_string(hide_password=True)
            return [Check("database", True, shown), *_records(c)]
    except StoreError as error:
        return [Check("database", False, str(error))]


def _records(c: "Connection") -> list[Check]:
    from agro.config import now
    from agro.store import decisions, farms, heartbeat, problems, readings

    at = now()
    city = farms.city(c)
    if city is None:
        return [Check("city", False, "no city is loaded; run agro serve once")]
    checks = [Check("city", True, f"{city.name}, {len(farms.plots(c))} plots")]
    frame = readings.latest(c)
    newest = None if frame.empty else frame["time"].max().to_pydatetime()
    checks.append(_age("readings", at, newest, LATE_READING, "none yet; connect a device"))
    issued = max((advice.issued_at for advice in decisions.latest(c)), default=None)
    checks.append(_age("advice", at, issued, LATE_ADVICE, "none yet; run agro serve"))
    for name, (beaten, facts) in sorted(heartbeat.read(c).items()):
        checks.append(_process(f"process {name}", at, beaten, facts))
    counts = problems.counts(c)
    told = ", ".join(f"{reason} {count}" for reason, count in counts.items())
    return [*checks, Check("problems", True, told or "none")]


def _age(check: str, at: Any, seen: Any, limit: timedelta, none: str) -> Check:
    if seen is None:
        return Check(check, False, none)
    age = at - seen
    told = f"{_span(age)} old"
    return Check(check, age <= limit, told if age <= limit else f"{told}, more than {_span(limit)}")


def _process(name: str, at: Any, beaten: Any, facts: dict[str, Any]) -> Check:
    age = at - beaten
    if facts.get("running") is False:
        return Check(name, False, f"stopped {_span(age)} ago; start agro serve or agro collect")
    if facts.get("connected") is False:
        return Check(name, False, f"not connected to {facts.get('broker', 'the broker')}")
    # The scheduler beats once for each advice, the collector every few seconds.
    limit = LATE_PROCESS if "running" in facts else LATE_ADVICE
    return _age(name, at, beaten, limit, "")


def _span(age: timedelta) -> str:
    minutes = age / timedelta(minutes=1)
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 72 * 60 else f"{age.days} d"


def _broker(settings: "Settings") -> Check:
    from sensors.mqtt import read_broker_url

    try:
        broker = read_broker_url(settings.broker)
    except ValueError as error:
        return Check("broker", False, str(error))
    if listens(broker.port, broker.host):
        return Check("broker", True, str(broker))
    return Check(
        "broker", False, f"{broker} does not answer; start it, or agro serve --with-broker"
    )


def _web(settings: "Settings") -> Check:
    up = listens(settings.port)
    address = f"http://127.0.0.1:{settings.port}"
    return Check("dashboard", True, address if up else f"{address} is not running")
