"""An entry that is being written: what was tapped, what is still wrong with it, what it becomes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf, isnan, nan
from typing import Any

from agro.dashboard.logbook_choices import NEEDS_AMOUNT, WITH_CROP
from agro.records import LogEntry
from agro.units import mass_kg
from agro.words import Words

_HOURS = {"h": 1.0, "min": 1.0 / 60.0}
_FIGURE = re.compile(r"\d+([.,]\d*)?|[.,]\d+")
# More than this of a unit in one entry is a slip of the thumb.
_MOST = {"kg": 5_000.0, "g": 50_000.0, "L": 200_000.0, "mm": 200.0, "min": 1_440.0, "h": 200.0}


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody tapped; `amount` as it was typed."""

    site: str
    plot: str
    type: str
    time: datetime
    crop: str = ""
    amount: str = ""
    unit: str = ""
    method: str = ""
    who: str = ""
    variety: str = ""
    lot: str = ""
    notes: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def figure_of(text: str) -> float | None:
    """A figure with a comma or a point; NaN when nothing is typed, None when it is no figure."""
    typed = text.strip().replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if not typed:
        return nan
    return float(typed.replace(",", ".")) if _FIGURE.fullmatch(typed) else None


def fault(words: Words, draft: Draft, now: datetime) -> str:
    """What keeps this draft from being noted, in words; "" when nothing does."""
    amount = figure_of(draft.amount)
    if amount is None:
        return words.t("logbook.wrong_amount", text=draft.amount)
    if draft.time > now:
        return words.t("logbook.wrong_future")
    if isnan(amount) and draft.type in NEEDS_AMOUNT:
        return words.t(f"logbook.needs_{'hours' if draft.type == 'labour' else 'amount'}")
    if amount > _MOST.get(draft.unit, inf):
        return words.t("logbook.wrong_much", amount=amount, unit=unit_name(words, draft.unit))
    if draft.type == "observation" and isnan(amount) and not draft.notes.strip():
        return words.t("logbook.needs_note")
    if draft.type in {"harvest", "seeding", "transplanting"} and not draft.crop and amount != 0:
        return words.t("logbook.needs_crop")
    return ""


def entry_of(draft: Draft) -> LogEntry:
    """The entry of a draft without fault. Grams become kg, working time hours."""
    amount = figure_of(draft.amount)
    quantity, unit = (nan if amount is None else amount), draft.unit
    hours = nan
    if unit in _HOURS and draft.type in {"labour", "maintenance"}:
        hours, quantity, unit = quantity * _HOURS[unit], nan, ""
    told = not isnan(quantity)
    if not isnan(mass_kg(quantity, unit)):
        quantity, unit = mass_kg(quantity, unit), "kg"
    return LogEntry(
        site=draft.site,
        plot=draft.plot,
        type=draft.type,
        time=draft.time,
        quantity=quantity,
        unit=unit if told else "",
        crop=draft.crop if draft.type in WITH_CROP else "",
        variety=draft.variety.strip() if draft.type in WITH_CROP else "",
        notes=draft.notes.strip(),
        method=draft.method if told else "",
        who=draft.who.strip(),
        lot=draft.lot.strip(),
        hours=hours,
        details=dict(draft.details),
    )


def nothing(words: Words, site: str, plot: str, who: str, at: datetime) -> LogEntry:
    """The statement that nothing was harvested this week: a zero is said, not guessed."""
    note = words.t("logbook.nothing_note")
    return LogEntry(site, plot, "harvest", at, 0.0, "kg", notes=note, who=who)


def unit_name(words: Words, unit: str) -> str:
    """A unit as gardeners write it: `pièces`, `bottes`; kg and L are themselves."""
    key = f"logbook.unit_{unit}"
    return words.t(key) if words.knows(key) else unit
