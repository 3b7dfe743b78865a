"""The season's logbook: what was written, what was mended since, and where the harvest went."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from agro.demo import notes, past, sales
from agro.demo.farm import Farm
from agro.demo.notes import SOURCE
from agro.demo.picking import entry, picks
from agro.demo.taps import Tap
from agro.demo.world import Season, World
from agro.records import LogEntry, Noted
from agro.store import logbook, schema

_SLIP_EVERY, _SLIP_AT = 29, 7  # of the harvests: a comma was forgotten
_NOTED_AFTER_S = 2 * 3600
_REASONS = {
    "fr": ("Virgule oubliée", "Noté deux fois"),
    "en": ("Decimal point forgotten", "Noted twice"),
}


def write(c: Connection, world: World, season: Season, taps: list[Tap], until: datetime) -> None:
    """Write the season's logbook and that of three seasons before; again changes nothing."""
    farm = world.farm
    start = datetime.fromtimestamp(world.start, farm.zone).date()
    today = until.astimezone(farm.zone).date()
    gone = past.past_plantings(farm, today.year)
    past.plant(c, farm, gone, until)
    taken = picks(world, season, until)
    who = [notes.person(farm, one.planting.site, one.day) for one in taken]
    harvests = [entry(farm, one, who=by, source=SOURCE) for one, by in zip(taken, who, strict=True)]
    work = notes.work(farm, start, today)
    written = [
        *notes.sowings(farm, list(farm.plantings), until),
        *notes.waterings(farm, season, taps),
        *notes.inputs(farm, today),
        *work,
        *notes.nothing(farm, taken, start, today),
        *past.notes(farm, gone, until, world.seed),
    ]
    logbook.write(c, [*written, *_as_first_said(harvests), *_doubled(work)])
    own = (schema.log.c.source == SOURCE) & (schema.log.c.type != "delivery")
    at = schema.log.c.time + _NOTED_AFTER_S
    c.execute(update(schema.log).where(own).values(recorded_at=at))
    _mend(c, farm, harvests, work)
    sales.sell(c, farm, _kept(c, harvests))


def _slipped(harvests: Sequence[LogEntry]) -> list[LogEntry]:
    """Those in which a comma was forgotten, as they should be."""
    return [one for one in harvests[_SLIP_AT::_SLIP_EVERY] if one.unit == "kg"]


def _as_first_said(harvests: Sequence[LogEntry]) -> list[LogEntry]:
    wrong = set(map(id, _slipped(harvests)))
    return [
        replace(one, quantity=one.quantity * 10.0) if id(one) in wrong else one for one in harvests
    ]


def _doubled(work: Sequence[LogEntry]) -> list[LogEntry]:
    """The first hours of work, noted by somebody else, too."""
    hours = [one for one in work if one.type == "labour"][:1]
    return [replace(one, time=one.time + timedelta(minutes=20)) for one in hours]


def _mend(
    c: Connection, farm: Farm, harvests: Sequence[LogEntry], work: Sequence[LogEntry]
) -> None:
    slip, twice = _REASONS[farm.tongue]
    right = _slipped(harvests)
    for noted, one in zip(_kept(c, right), right, strict=True):
        if noted.struck_at is None:
            at = one.time + timedelta(hours=10)
            logbook.correct(c, noted.number, one, who=one.who, reason=slip, at=at)
    for noted in _kept(c, _doubled(work)):
        at = noted.entry.time + timedelta(days=1)
        logbook.strike(c, noted.number, who=noted.entry.who, reason=twice, at=at)


def _kept(c: Connection, entries: Sequence[LogEntry]) -> list[Noted]:
    """These entries as they are kept, in their order."""
    types = {one.type for one in entries}
    kept = {_key(one.entry): one for one in logbook.noted(c, types=types, struck=True)}
    return [kept[_key(one)] for one in entries]


def _key(one: LogEntry) -> tuple[str, str, str, datetime, str]:
    return one.site, one.plot, one.type, one.time, one.crop + one.variety
