"""Writing: what was tapped becomes an entry of the logbook, once however often it is sent.

A phone without network sends later, so a note carries a name of its own and says how long ago it
was tapped; its clock is never believed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import inf, isnan, nan

from sqlalchemy import Connection, Engine

from agro.access import Actor, acting, check
from agro.pocket.asked import is_note_id
from agro.records import LogEntry, Noted, Plot
from agro.store import farms, logbook
from agro.store.logbook import NOTE_ID
from agro.words import Words

WRITE = "logbook.write"
UNITS = {"irrigation": ("min", "L"), "harvest": ("kg",), "observation": ("",)}
"""What may be noted here, and in which units."""

_METHODS = {"min": "timed", "L": "estimated", "kg": "weighed"}
# More than this of a unit in one entry is a slip of the thumb.
_MOST = {"min": 1_440.0, "L": 200_000.0, "kg": 5_000.0}
_LONGEST_NOTE, _LONGEST_CROP = 1_000, 80  # characters
# A phone that was away for longer sends nothing that anybody remembers.
_LONGEST_AGO = timedelta(days=60)
# Within so long a note that comes again is known, and may be taken back.
_KNOWN_FOR = timedelta(days=90)
_FIGURE = re.compile(r"\d+([.,]\d*)?|[.,]\d+")


class RefusedError(Exception):
    """A note that cannot be kept, and why, as a sentence."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A form as it was sent; `done` is the one-tap button's `plot:amount:unit:name`."""

    plot: str
    type: str
    amount: str
    unit: str
    crop: str
    notes: str
    note_id: str
    ago: timedelta
    mark: str

    @classmethod
    def of(cls, form: Mapping[str, str], plot: str) -> "Tapped":
        """Read a form; `plot` is the address's, else the button's."""
        told = dict(form)
        if done := told.get("done"):
            place, amount, unit, *_ = [*done.split(":", 3), "", ""]
            told |= {"plot": place, "type": "irrigation", "amount": amount, "unit": unit}
        return cls(
            plot=plot or told.get("plot", ""),
            type=told.get("type", ""),
            amount=told.get("amount", "").strip(),
            unit=told.get("unit", ""),
            crop=_clean(told.get("crop", ""))[:_LONGEST_CROP],
            notes=_clean(told.get("notes", ""))[:_LONGEST_NOTE],
            note_id=told.get("id", ""),
            ago=_ago(told.get("ago", "")),
            mark=told.get("by", ""),
        )


def _clean(text: str) -> str:
    """A text without what PostgreSQL keeps in none, and without spaces around."""
    return text.replace("\x00", "").strip()


def _ago(text: str) -> timedelta:
    """How long ago it was tapped; now where it is not told, or cannot be."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return timedelta(0)
    return min(timedelta(seconds=int(text)), _LONGEST_AGO)


def note(
    engine: Engine, actor: Actor, site: str, tapped: Tapped, *, words: Words, now: datetime
) -> Noted:
    """Keep what was tapped on a bed of a site; sent again, it is the entry that it was.

    Raises
    ------
    Forbidden     They may not note there.
    RefusedError  It says nothing that can be noted, its bed is not there, or it was tapped by
        somebody else who has signed out since.
    """
    check(actor, WRITE, site)
    if tapped.mark and tapped.mark != mark_of(actor):
        raise RefusedError(words.t("pocket.somebody_else"))
    since = now - _KNOWN_FOR
    with engine.connect() as c:
        before = logbook.marked(c, site, tapped.note_id, since=since)
        entry = _entry(words, _plot(c, words, site, tapped.plot), tapped, actor, now)
    if before is not None:
        return before
    what = {"note": tapped.type, "plot": tapped.plot, NOTE_ID: tapped.note_id}
    with acting(engine, actor, WRITE, entry.site, what) as c:
        logbook.hold(c, site)
        before = logbook.marked(c, site, tapped.note_id, since=since)
        return before or logbook.one(c, logbook.note(c, entry))


def undo(engine: Engine, actor: Actor, site: str, note_id: str, *, now: datetime) -> Noted | None:
    """Take a note back that was made here; None: it is not known. Twice is as good as once.

    Raises
    ------
    Forbidden  They may not write in the garden of that note.
    """
    check(actor, WRITE, site)
    with engine.connect() as c:
        found = known(c, site, note_id, now=now)
    if found is None or found.struck_at is not None:
        return found
    what = {"strike": found.number, NOTE_ID: note_id}
    with acting(engine, actor, WRITE, found.entry.site, what) as c:
        logbook.strike(c, found.number, who=signed(actor), reason="undone_at_once")
        return logbook.one(c, found.number)


def known(c: Connection, site: str, note_id: str, *, now: datetime) -> Noted | None:
    """The entry of a note that was made in a garden, also when it is struck."""
    if not is_note_id(note_id):
        return None
    return logbook.marked(c, site, note_id, since=now - _KNOWN_FOR)


def signed(actor: Actor) -> str:
    """By which name an entry is somebody's."""
    return actor.name or actor.email


def mark_of(actor: Actor) -> str:
    """By what a page remembers for whom it was drawn; empty where nobody has an account."""
    return sha256(actor.email.encode()).hexdigest()[:12] if actor.email else ""


def _plot(c: Connection, words: Words, site: str, slug: str) -> Plot:
    for plot in farms.plots(c, site):
        if plot.slug == slug:
            return plot
    raise RefusedError(words.t("logbook.place_gone"))


def _entry(words: Words, plot: Plot, tapped: Tapped, actor: Actor, now: datetime) -> LogEntry:
    if not is_note_id(tapped.note_id) or tapped.type not in UNITS:
        raise RefusedError(words.t("pocket.broken"))
    quantity = _quantity(words, tapped)
    unit = tapped.unit if not isnan(quantity) else ""
    return LogEntry(
        site=plot.site,
        plot=plot.slug,
        type=tapped.type,
        time=(now - tapped.ago).replace(microsecond=0),
        quantity=quantity,
        unit=unit,
        crop=tapped.crop if tapped.type == "harvest" else "",
        notes=tapped.notes,
        method=_METHODS.get(unit, ""),
        who=signed(actor),
        details={NOTE_ID: tapped.note_id},
    )


def _quantity(words: Words, tapped: Tapped) -> float:
    """The amount of a note; NaN where an observation has none."""
    if tapped.type == "observation":
        if not tapped.notes:
            raise RefusedError(words.t("logbook.needs_note"))
        return nan
    if not tapped.amount:
        raise RefusedError(words.t("logbook.needs_amount"))
    if not _FIGURE.fullmatch(tapped.amount) or tapped.unit not in UNITS[tapped.type]:
        raise RefusedError(words.t("logbook.wrong_amount", text=tapped.amount[:40]))
    quantity = float(tapped.amount.replace(",", "."))
    if quantity > _MOST.get(tapped.unit, inf):
        told = words.t("logbook.wrong_much", amount=quantity, unit=tapped.unit)
        raise RefusedError(told)
    if tapped.type == "harvest" and not tapped.crop and quantity:
        raise RefusedError(words.t("logbook.needs_crop"))
    return quantity
