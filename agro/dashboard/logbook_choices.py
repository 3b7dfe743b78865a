"""What the quick entry offers first: types, beds, crops, units, and yesterday's entries."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agro.records import LogEntry, Noted, Planting, Plot
from agro.store.logbook import NOTE_ID

TYPES = (
    *("harvest", "irrigation", "seeding", "transplanting", "input"),
    *("maintenance", "observation", "labour", "compost"),
)
# The units that are asked for, the usual one first. A count is kept as a count.
UNITS = {
    "harvest": ("kg", "g", "piece", "bunch", "head"),
    "irrigation": ("L", "mm", "min"),
    "seeding": ("g", "seed"),
    "transplanting": ("plant",),
    "input": ("kg", "g", "L"),
    "maintenance": ("min", "h"),
    "observation": ("piece", "kg", "mm"),
    "labour": ("h", "min"),
    "compost": ("kg", "L"),
}
METHODS = {
    "harvest": ("weighed", "counted", "estimated"),
    "irrigation": ("estimated", "timed"),
    "seeding": ("weighed", "counted", "estimated"),
    "transplanting": ("counted", "estimated"),
    "input": ("weighed", "estimated"),
    "labour": ("timed", "estimated"),
    "compost": ("weighed", "estimated"),
}
_COUNTS = {"piece", "bunch", "head", "seed", "plant"}
WITH_CROP = frozenset({"harvest", "seeding", "transplanting", "observation", "maintenance"})
NEEDS_AMOUNT = frozenset({"harvest", "irrigation", "input", "labour", "compost"})
MOST_PLOTS, MOST_CROPS = 6, 6
_NOON = time(12)


def usual_method(type_: str, unit: str) -> str:
    """How an amount in this unit is mostly known: a count is counted, minutes are timed."""
    offered = METHODS.get(type_, ())
    if unit in _COUNTS and "counted" in offered:
        return "counted"
    if unit in {"min", "h"} and "timed" in offered:
        return "timed"
    return offered[0] if offered else ""


def plots_first(plots: Sequence[Plot], recent: Iterable[Noted]) -> list[str]:
    """The plots of a garden, those noted last first."""
    used = dict.fromkeys(noted.entry.plot for noted in recent)
    known = [plot.slug for plot in plots]
    return [slug for slug in used if slug in known] + [s for s in known if s not in used]


def growing(plantings: Iterable[Planting], plot: str, day: date) -> list[str]:
    """The crops that stand on a plot that day ("": anywhere in the garden), newest first."""
    standing = [
        one
        for one in plantings
        if plot in {"", one.plot}
        and one.planted <= day
        and (one.removed is None or one.removed >= day)
    ]
    standing.sort(key=lambda one: one.planted, reverse=True)
    return list(dict.fromkeys(one.crop for one in standing))


def crops_first(
    plantings: Sequence[Planting], recent: Sequence[Noted], plot: str, day: date
) -> list[str]:
    """Crops for a plot: what grows there, the last noted first, then the garden's others."""
    noted = [one.entry for one in recent if one.entry.crop]
    there = dict.fromkeys(entry.crop for entry in noted if entry.plot == plot)
    stands = growing(plantings, plot, day)
    first = [crop for crop in there if crop in stands] + stands
    others = [entry.crop for entry in noted] + growing(plantings, "", day)
    return list(dict.fromkeys([*first, *there, *others]))[:MOST_CROPS]


def names_first(recent: Iterable[Noted]) -> list[str]:
    """Who notes here, the last first."""
    return list(dict.fromkeys(one.entry.who for one in recent if one.entry.who))


def moment(when: str, day: date | None, now: datetime, zone: ZoneInfo) -> datetime:
    """The time of an entry: now, or noon of another day, whose hour nobody told."""
    today = now.astimezone(zone).date()
    told = {"yesterday": today - timedelta(days=1), "date": day or today}.get(when, today)
    if told == today:
        return now
    return datetime.combine(told, _NOON, zone).astimezone(now.tzinfo)


def yesterdays(recent: Iterable[Noted], plot: str, now: datetime, zone: ZoneInfo) -> list[LogEntry]:
    """What people noted on a plot the day before and not yet today, oldest first."""
    today = now.astimezone(zone).date()
    by_day: dict[date, list[LogEntry]] = {}
    for one in recent:
        if one.entry.plot == plot and one.entry.source == "person" and one.struck_at is None:
            by_day.setdefault(one.entry.time.astimezone(zone).date(), []).append(one.entry)
    done = {_what(entry) for entry in by_day.get(today, [])}
    before = by_day.get(today - timedelta(days=1), [])
    left = [entry for entry in before if _what(entry) not in done]
    return sorted(left, key=lambda entry: entry.time)


def said_again(before: Sequence[LogEntry], now: datetime, who: str) -> list[LogEntry]:
    """Entries of the day before, said again now, a second apart: two equal ones stay two."""
    return [
        replace(
            entry,
            time=now - timedelta(seconds=back),
            who=who or entry.who,
            lot="",
            details=_details(entry),
        )
        for back, entry in zip(range(len(before) - 1, -1, -1), before, strict=True)
    ]


def _what(entry: LogEntry) -> tuple[str, ...]:
    amount = (str(entry.quantity), entry.unit, str(entry.hours))
    return (entry.type, entry.crop, entry.variety, *amount, str(sorted(_details(entry).items())))


def _details(entry: LogEntry) -> dict[str, Any]:
    """The details of an entry without the name it was sent under, which is its own."""
    return {name: said for name, said in entry.details.items() if name != NOTE_ID}
