"""Does anything still come in: the processes' signs of life, the readings, the advice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from agro.checks.record import Check, fail, good, named, span, warn
from agro.store import health, heartbeat

LATE_PROCESS = timedelta(minutes=5)  # a collector beats every few seconds
LATE_PROCESSES = {"backfill": timedelta(minutes=15), "feeds": timedelta(minutes=15)}
LATE_READING = timedelta(hours=6)
LATE_ADVICE = timedelta(hours=24)  # advice is for today; yesterday's is no advice
LONG_QUEUE = 5_000  # messages; half of what a collector holds before the broker has to wait

_START = "start agro serve or agro collect"


def examine_flow(c: Connection, at: datetime) -> list[Check]:
    """Processes, readings and advice."""
    return [*examine_work(c, at), *_readings(c, at)]


def examine_work(c: Connection, at: datetime) -> list[Check]:
    """What this installation itself must do, whatever the devices do: processes and advice."""
    return [*_processes(heartbeat.read(c), at), _advice(c, at)]


_Beats = Mapping[str, tuple[datetime, dict[str, Any]]]


def _processes(beats: _Beats, at: datetime) -> list[Check]:
    collectors = {name: beat for name, beat in beats.items() if name.startswith("collector")}
    # A backup is no process: `agro.checks.keeping` looks at it.
    others = {name: beat for name, beat in beats.items() if name not in {*collectors, "backup"}}
    # One collector that works is enough: a stopped second one is no fault.
    enough = any(_works(beat, at) for beat in collectors.values())
    found = [_collector(name, beat, at, enough) for name, beat in sorted(collectors.items())]
    if not found:
        found = [warn("process collector", "none has run yet", _START)]
    return found + [_process(name, beat, at) for name, beat in sorted(others.items())]


def _works(beat: tuple[datetime, dict[str, Any]], at: datetime) -> bool:
    beaten, facts = beat
    limit = LATE_PROCESS if "running" in facts else LATE_ADVICE
    running, connected = facts.get("running", True), facts.get("connected", True)
    return bool(running and connected) and at - beaten <= limit


def _collector(
    name: str, beat: tuple[datetime, dict[str, Any]], at: datetime, enough: bool
) -> Check:
    beaten, facts = beat
    age, check = span(at - beaten), f"process {name}"
    if _works(beat, at):
        waiting = int(facts.get("waiting", 0))
        if waiting > LONG_QUEUE:
            to_do = "start a second collector with AGRO_MQTT_SHARE, or look at the database's load"
            return warn(check, f"{waiting} messages wait in its queue", to_do)
        return good(check, f"{age} old, {waiting} messages wait")
    found, to_do = f"last sign of life {age} ago", f"look at its log; {_START}"
    if facts.get("running") is False:
        if enough:
            return good(check, f"stopped {age} ago; another one collects")
        found, to_do = f"stopped {age} ago", _START
    elif facts.get("connected") is False and at - beaten <= LATE_PROCESS:
        found = f"not connected to {facts.get('broker', 'the broker')}"
        to_do = "see the broker's line"
    return warn(check, found, to_do) if enough else fail(check, found, to_do)


def _process(name: str, beat: tuple[datetime, dict[str, Any]], at: datetime) -> Check:
    """One that beats for each piece of work, or every few minutes."""
    beaten, facts = beat
    check, age = f"process {name}", at - beaten
    # What a feed failed at has its own line: the last good answer stays.
    if name != "feeds" and (failed := facts.get("failed")):
        to_do = "its log names the reason; the last good advice stays, with its age"
        return warn(check, f"no advice for {named([str(site) for site in failed])}", to_do)
    if trouble := facts.get("trouble"):
        return warn(check, named([str(one) for one in trouble]), "what it fetches waits until then")
    if age <= LATE_PROCESSES.get(name, LATE_ADVICE):
        return good(check, f"{span(age)} old")
    told = f"last sign of life {span(age)} ago"
    # Advice is what the installation is for; of the others it can do without for a while.
    judged = fail if name == "advice" else warn
    return judged(check, told, "look at its log; start agro serve")


def _readings(c: Connection, at: datetime) -> list[Check]:
    newest: dict[str, datetime | None] = {}
    for one in health.heard(c):
        known = newest.get(one.site)
        newest[one.site] = max(filter(None, (known, one.seen)), default=None)
    heard = {site: seen for site, seen in newest.items() if seen is not None}
    if not heard:
        return [warn("readings", "none yet", "connect a device, and see the collector's line")]
    ages = {site: at - seen for site, seen in sorted(heard.items())}
    late = {site: age for site, age in ages.items() if age > LATE_READING}
    found = [good("readings", f"{span(min(ages.values()))} old, of {len(ages)} gardens")]
    if len(late) == len(ages):
        told = f"{span(min(ages.values()))} old in every garden, more than {span(LATE_READING)}"
        found = [fail("readings", told, "see the collector's and the broker's lines")]
    else:
        to_do = "look at its gateway and its devices on the stations page"
        found += [warn(f"readings {site}", f"{span(age)} old", to_do) for site, age in late.items()]
    silent = sorted(site for site, seen in newest.items() if seen is None)
    if silent:
        to_do = "switch its devices on, or take them out of the register"
        found.append(warn("gardens never heard", named(silent), to_do))
    return found


def _advice(c: Connection, at: datetime) -> Check:
    issued = max((one.issued_at for one in health.decided(c)), default=None)
    if issued is None:
        return warn("advice", "none yet", "start agro serve")
    age = at - issued
    if age <= LATE_ADVICE:
        return good("advice", f"{span(age)} old")
    told = f"{span(age)} old, more than {span(LATE_ADVICE)}"
    return fail("advice", told, "see the process advice; start agro serve")
