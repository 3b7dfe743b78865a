"""How the records are kept: the tables' revision, size and room, backup, archive, clocks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import disk_usage

from sqlalchemy import Connection

from agro.checks.record import Check, amount, fail, good, megabytes, named, span, warn
from agro.config import settings
from agro.store import farms, health, heartbeat
from agro.store.archive import presence
from agro.store.archive.guard import folder
from agro.store.archive.months import limit

_LITTLE, _NONE_LEFT = 2_000_000_000, 200_000_000  # bytes of free disk
_SKEW, _REFUSED_SKEW = timedelta(seconds=30), timedelta(minutes=10)
_AHEAD = timedelta(minutes=2)
OLD_BACKUP = timedelta(days=7)
_TO_ARCHIVE = timedelta(days=1)


def examine_keeping(c: Connection, at: datetime) -> list[Check]:
    """The database and what it was filled with."""
    found = [_database(c), *_disk(c), _backup(c, at), _clocks(c, at)]
    city = farms.city(c)
    if city is None:
        return [*found, fail("city", "no city is loaded", "run agro serve once")]
    return [*found, good("city", f"{city.name}, {len(farms.plots(c))} plots"), *_archive(c, at)]


def _database(c: Connection) -> Check:
    shown = c.engine.url.render_as_string(hide_password=True)
    told = f"{shown}, revision {health.revision(c)}, {megabytes(health.size(c))}"
    return good("database", told)


def _disk(c: Connection) -> list[Check]:
    """Free room beside an embedded database; a server's disk is seen from its own machine only."""
    if c.dialect.name != "sqlite" or not c.engine.url.database:
        return []
    file = Path(c.engine.url.database)
    if not file.parent.is_dir():
        return []
    free = disk_usage(file.parent).free
    told = f"{megabytes(free)} free"
    to_do = "make room, or archive old months with agro archive"
    if free < _NONE_LEFT:
        return [fail("disk", told, to_do)]
    # A copy of itself must find room: a backup, and a VACUUM.
    if free < max(_LITTLE, health.size(c)):
        return [warn("disk", told, to_do)]
    return [good("disk", told)]


def _clocks(c: Connection, at: datetime) -> Check:
    """Times that disagree: the database server's clock, and processes that beat in the future."""
    theirs = health.clock(c)
    skew = abs(theirs - datetime.now(UTC)) if theirs else timedelta()
    ahead = sorted(name for name, (time, _) in heartbeat.read(c).items() if time - at > _AHEAD)
    to_do = "keep the clocks by NTP on every machine"
    if skew > _REFUSED_SKEW:
        return fail("clocks", f"the database's clock is {span(skew)} from ours", to_do)
    if skew > _SKEW:
        told = f"the database's clock is {skew.total_seconds():.0f} s from ours"
        return warn("clocks", told, to_do)
    if ahead:
        return warn("clocks", f"{', '.join(ahead)} beat in the future", to_do)
    return good("clocks", "they agree")


def _backup(c: Connection, at: datetime) -> Check:
    """The last `agro backup`; it matters once there is more to lose than a week."""
    taken, facts = heartbeat.read(c).get("backup", (None, {}))
    told = "none yet"
    if taken is not None:
        size = f"{megabytes(int(facts.get('bytes', 0)))} with {facts.get('rows', 0)} rows"
        told = f"{span(at - taken)} old, {size}"
        if at - taken <= OLD_BACKUP:
            return good("backup", told)
    if not health.reaches_back(c, at - OLD_BACKUP):
        return good("backup", f"{told}; nothing here is older than {span(OLD_BACKUP)}")
    return warn("backup", told, "run agro backup FILE, and let a timer do so every night")


def _archive(c: Connection, at: datetime) -> Iterator[Check]:
    found, gone = health.archive(c), presence.absent(c)
    if gone:
        told = f"{named(gone)}: archived, and not whole under {folder()}"
        if not folder().is_dir():
            told = f"the folder {folder()} is missing, and {amount(len(gone), 'month')} lie there"
        to_do = "set AGRO_VAR to where it is, or mount it; else agro restore brings a backup back"
        yield fail("archive", told, to_do)
    elif found.months and found.at is not None:
        told = f"{amount(found.months, 'month')} until {found.newest}, {megabytes(found.bytes)}"
        yield good("archive", f"{told}, the last moved {span(at - found.at)} ago")
    keep = settings().keep_months
    # The scheduler looks every few hours: a month that has just ended is not late.
    late = presence.overdue(c, limit(at - _TO_ARCHIVE, keep)) if keep else []
    if late:
        told = f"{named(late)}: beyond AGRO_KEEP_MONTHS={keep} and still in the database"
        to_do = "start agro serve, whose scheduler archives, or run agro archive; its log says why"
        yield warn("months to archive", told, to_do)
