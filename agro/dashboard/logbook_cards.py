"""Entries of the logbook in words and as HTML, every value escaped."""

from html import escape
from math import isnan
from typing import Any

from agro.dashboard import data
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_about import detail_name, detail_said
from agro.dashboard.logbook_draft import unit_name
from agro.records import LogEntry, Noted, Revision
from agro.words import Words

MACHINES = frozenset({"meter", "valve"})
_FIELDS = (
    *("type", "time", "plot", "crop", "variety", "quantity", "unit", "method"),
    *("hours", "area", "lot", "who", "notes", "source", "details"),
)


def amount(words: Words, entry: LogEntry) -> str:
    """`2,4 kg`, `3 bottes`, `1 h 30`; a harvest of nothing is said, nothing told is empty."""
    told = []
    if entry.quantity == 0 and entry.type == "harvest":
        told.append(words.t("logbook.nothing"))
    elif not isnan(entry.quantity):
        figure = words.number(entry.quantity, 0 if entry.quantity >= 100 else 2)
        told.append(f"{figure}\u00a0{unit_name(words, entry.unit)}".strip())
    if not isnan(entry.hours):
        told.append(words.duration(entry.hours * 60))
    persons = entry.details.get("persons")
    if entry.type == "labour" and isinstance(persons, int | float):
        told.append(words.t("logbook.persons", n=persons))
    return ", ".join(told)


def what(words: Words, entry: LogEntry) -> str:
    """`Récolte · Tomate (Marmande)`, `Apport · Compost`, `Travail · Bénévole`."""
    kind = words.code("log", entry.type)
    named = crop_name(words, entry.crop) if entry.crop else ""
    crop = f"{named} ({entry.variety})" if named and entry.variety else named
    return " · ".join(
        part[:1].upper() + part[1:] for part in (kind, _sort(words, entry), crop) if part
    )


def _sort(words: Words, entry: LogEntry) -> str:
    """Which product was brought, or as what somebody worked."""
    name = {"input": "kind", "labour": "status"}.get(entry.type, "")
    said = entry.details.get(name)
    return detail_said(words, name, said) if said else ""


def place(words: Words, entry: LogEntry) -> str:
    """The plot's name, or the whole garden."""
    if not entry.plot:
        return words.t("logbook.whole_garden")
    return data.place_names().get((entry.site, entry.plot), entry.plot)


def sentence(words: Words, entry: LogEntry) -> str:
    """An entry on one line: `Récolte · Tomate, 2,4 kg, Planche 1`."""
    parts = (what(words, entry), amount(words, entry), place(words, entry))
    return ", ".join(part for part in parts if part)


def row(frame: Frame, noted: Noted, counted_by: str = "") -> str:
    """An entry of the list as HTML; struck ones are struck through.

    `counted_by`: the machine whose figure counts instead, meter or valve.
    """
    words, entry = frame.words, noted.entry
    marks = []
    if entry.source in MACHINES or entry.source == "simulated":
        marks.append(words.code("source", entry.source))
    if counted_by:
        marks.append(words.t(f"logbook.counted_{counted_by}"))
    if noted.struck_at is not None:
        marks.append(words.t("logbook.struck"))
    elif noted.revisions:
        marks.append(words.t("logbook.corrected"))
    badges = "".join(f'<span class="mark">{escape(mark)}</span>' for mark in marks)
    told = " · ".join(
        part for part in (when(words, entry), place(words, entry), entry.who, entry.notes) if part
    )
    css = "entry struck" if noted.struck_at is not None else "entry"
    return (
        f'<article class="{css}"><p class="what"><span>{escape(what(words, entry))}</span>'
        f"<b>{escape(amount(words, entry))}</b></p>"
        f'<p class="told">{escape(told)} {badges}</p></article>'
    )


def entry_line(heading: str, told: str, *, struck: bool = False) -> str:
    """A heading over what is told of it, as HTML, in the manner of an entry."""
    css = "entry struck" if struck else "entry"
    return (
        f'<article class="{css}"><p class="what"><span>{escape(heading)}</span></p>'
        f'<p class="told">{escape(told)}</p></article>'
    )


def when(words: Words, entry: LogEntry) -> str:
    """Day and hour of an entry, with its year when that is another than now's last."""
    local = words.local(entry.time)
    if (local.hour, local.minute) in {(12, 0), (0, 0)}:  # a day, whose hour nobody told
        return words.short_day(local.date())
    return words.stamp(entry.time)


def changes(words: Words, site: str, revision: Revision) -> str:
    """A change of an entry as HTML: who, when, why, and each field before → after."""
    head = ", ".join(
        part
        for part in (
            words.t(f"logbook.was_{revision.action}"),
            words.stamp(revision.at),
            revision.who or words.t("logbook.somebody"),
        )
        if part
    )
    lines = "".join(
        f"<li>{escape(words.t(f'logbook.field_{name}'))}{escape(words.t('logbook.colon'))} "
        f"<del>{escape(_said(words, site, name, revision.before.get(name)))}</del> → "
        f"<ins>{escape(_said(words, site, name, revision.after[name]))}</ins></li>"
        for name in _FIELDS
        if name in revision.after
    )
    reason = reason_of(words, revision.reason)
    why = f'<p class="told">{escape(words.t("logbook.why", reason=reason))}</p>' if reason else ""
    return f'<li><p>{escape(head)}</p><ul class="fields">{lines}</ul>{why}</li>'


def reason_of(words: Words, reason: str) -> str:
    """A reason in words: codes of the program are said, people's words stay theirs."""
    key = f"logbook.reason_{reason}"
    return words.t(key) if words.knows(key) else reason


def _said(words: Words, site: str, name: str, value: Any) -> str:
    """A field's value as people read it; nothing told is a dash."""
    if value is None or value == "" or value != value or value == {}:
        return "–"
    if name == "time":
        return words.stamp(value)
    if name == "plot":
        return data.place_names().get((site, str(value)), str(value))
    if name == "crop":
        return crop_name(words, str(value))
    if name == "type":
        return words.code("log", str(value))
    if name == "unit":
        return unit_name(words, str(value))
    if name == "method":
        return words.code("logbook", f"method_{value}")
    if name == "details":
        told = (
            f"{detail_name(words, one)} {detail_said(words, one, v)}" for one, v in value.items()
        )
        return ", ".join(told)
    if isinstance(value, float | int):
        return words.number(value, 3)
    return str(value)
