"""The logbook as its page reads and writes it; what is written shows at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from agro import crop_plan
from agro.access import check, records
from agro.config import now
from agro.dashboard import data
from agro.dashboard.crops_data import told as planting_told
from agro.logbook import Choice, Preview, Stored, read, store
from agro.records import Batch, LogEntry, Noted, Planting, Revision
from agro.store import logbook, plantings
from agro.store.logbook import HarvestSum, Spoken
from agro.store.meter_notes import counted_by

Progress = Callable[[int, int], None]  # how far, of how much

_LIVE_S = 10
_RECENT_DAYS = 400
_RECENT = 300  # what the chips are sorted by


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries of a garden are looked for. `plot` None: of all, "": of the whole garden."""

    site: str
    types: tuple[str, ...] | None = None
    plot: str | None = None
    crop: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    struck: bool = False


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def recent(site: str) -> list[Noted]:
    """What was noted lately in a garden, newest first."""
    with data.engine().connect() as c:
        start = now() - timedelta(days=_RECENT_DAYS)
        return logbook.noted(c, site=site, start=start, limit=_RECENT)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def page(sought: Sought, limit: int, offset: int) -> tuple[list[Noted], int]:
    """A page of the entries that are looked for, newest first, and how many there are in all."""
    with data.engine().connect() as c:
        found = logbook.noted(c, **_asked(sought), limit=limit, offset=offset)
        return found, logbook.count(c, **_asked(sought))


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def every(sought: Sought) -> list[Noted]:
    """All entries that are looked for, newest first."""
    with data.engine().connect() as c:
        return logbook.noted(c, **_asked(sought))


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def counted(site: str) -> dict[int, str]:
    """Waterings of a garden that a meter or a valve counts instead: number → which of them."""
    start = now() - timedelta(days=_RECENT_DAYS)
    with data.engine().connect() as c:
        found = logbook.noted(c, site=site, types=["irrigation"], start=start)
    better = counted_by([one.entry for one in found])
    pairs = zip(found, better, strict=True)
    return {one.number: run.source for one, run in pairs if run is not None}


@dataclass(frozen=True, slots=True)
class Harvests:
    """What the harvests of a garden add up to; `first` is the time of its first ever."""

    sums: tuple[HarvestSum, ...]
    spoken: frozenset[Spoken]
    first: datetime | None


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def harvests(site: str, start: datetime | None, zone: str) -> Harvests:
    """The harvests of a garden that stand, since a time (None: all), by the weeks of a zone."""
    with data.engine().connect() as c:
        sums = logbook.harvest_sums(c, site, start)
        spoken = logbook.harvest_weeks(c, site, start, ZoneInfo(zone))
        return Harvests(tuple(sums), frozenset(spoken), logbook.first_harvest(c, site))


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def crops(site: str) -> list[str]:
    """The crops that are named in a garden's logbook."""
    with data.engine().connect() as c:
        return logbook.crops(c, site)


def one(number: int) -> Noted:
    """An entry as it is kept now.

    Raises
    ------
    ValueError  There is none of this number.
    Forbidden   It is of a garden that is not theirs to see.
    """
    with data.engine().connect() as c:
        found = logbook.one(c, number)
    check(data.actor(), "page.logbook", found.entry.site)
    return found


def history(number: int) -> list[Revision]:
    """Every change of an entry, oldest first."""
    with data.engine().connect() as c:
        return logbook.history(c, number)


def note(entries: Sequence[LogEntry], picture: bytes | None = None) -> list[int]:
    """Store entries, the picture with the first; returns their numbers."""
    sites = [entry.site for entry in entries]
    told: dict[str, object] = {"note": [entry.type for entry in entries]}
    with data.acting("logbook.write", sites, told) as c:
        told["numbers"] = numbers = [logbook.note(c, entry) for entry in entries]
        if picture is not None:
            logbook.add_photo(c, numbers[0], picture, "image/jpeg")
    forget()
    return numbers


def correct(number: int, entry: LogEntry, *, who: str, reason: str) -> bool:
    """Let an entry say something else; False when it says that already."""
    of = records.of_entries([number], entry.site)
    with data.acting("logbook.write", of, {"correct": number, "reason": reason}) as c:
        done = logbook.correct(c, number, entry, who=who, reason=reason)
    forget()
    return done


def plant(planting: Planting, *, who: str) -> datetime:
    """Keep a planting in the register; by the time that is returned it can be taken back.

    Raises
    ------
    BadInput  It cannot be.
    """
    at = now()
    with data.acting("planting.write", planting.site, {"plant": planting_told(planting)}) as c:
        crop_plan.add(c, planting, who=who, at=at)
    st.cache_data.clear()
    return at


def unplant(planting: Planting, at: datetime) -> None:
    """Take a planting back that was kept at this time and not changed since."""
    with data.acting("planting.write", planting.site, {"unplant": planting_told(planting)}) as c:
        plantings.take_back(c, planting, at=at)
    st.cache_data.clear()


def strike(numbers: Sequence[int], *, who: str, reason: str) -> None:
    """Take entries back."""
    told = {"strike": list(numbers), "reason": reason}
    with data.acting("logbook.write", records.of_entries(numbers), told) as c:
        for number in numbers:
            logbook.strike(c, number, who=who, reason=reason)
    forget()


def restore(number: int, *, who: str) -> None:
    """Let a struck entry stand again."""
    with data.acting("logbook.write", records.of_entries([number]), {"restore": number}) as c:
        logbook.restore(c, number, who=who)
    forget()


def photos(number: int) -> list[bytes]:
    """The pictures of an entry."""
    with data.engine().connect() as c:
        bodies = [logbook.photo(c, photo.number) for photo in logbook.photos(c, number)]
    return [body for body in bodies if body]


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def batches(site: str) -> list[Batch]:
    """The files that were imported into a garden's logbook, newest first."""
    with data.engine().connect() as c:
        return logbook.batches(c, site=site)


def undo(batch: int, *, who: str) -> int:
    """Take a whole import back; how many entries."""
    with data.acting("logbook.write", records.of_imports(batch), {"undo": batch}) as c:
        count = logbook.undo_batch(c, batch, who=who)
    forget()
    return count


def redo(batch: int, *, who: str) -> int:
    """Bring back an import that was taken back; how many entries."""
    with data.acting("logbook.write", records.of_imports(batch), {"redo": batch}) as c:
        count = logbook.redo_batch(c, batch, who=who)
    forget()
    return count


def preview(body: bytes, name: str, site: str, choice: Choice, told: Progress) -> Preview:
    """A file as it would be stored: see `agro.logbook.preview`."""
    with data.engine().connect() as c:
        return read(c, body, name, site, choice=choice, told=told)


def bring(found: Preview, *, who: str, told: Progress) -> Stored:
    """Store the good rows of a file as one import."""
    sites = [found.site, *(entry.site for _, entry in found.entries)]
    with data.acting("logbook.write", sites, {"import": found.file}) as c:
        done = store(c, found, who=who, told=told)
    forget()
    if done.made:
        data.plots.clear()
        data.place_names.clear()
    return done


def forget() -> None:
    """Let the next read see what was just written."""
    for kept in (recent, page, every, harvests, crops, counted, batches, data.log):
        kept.clear()
    data.forget_season()


def _asked(sought: Sought) -> dict[str, Any]:
    return {
        "site": sought.site,
        "types": sought.types,
        "plot": sought.plot,
        "crop": sought.crop,
        "start": sought.start,
        "end": sought.end,
        "struck": sought.struck,
    }
