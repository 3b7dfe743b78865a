"""A row of a file to an entry, or what of it cannot be used."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isnan, nan
from typing import Any, TypeVar

from agro import units
from agro.logbook.columns import TYPES, Columns
from agro.logbook.dates import Dates
from agro.logbook.names import crop_named, crop_near, spelled, type_named
from agro.logbook.numbers import number_and_unit
from agro.logbook.rows import BadRow, Choice, Refused
from agro.records import LogEntry
from agro.store.logbook import WRITTEN

LONGEST = 10_000  # characters of a cell
_METHODS = ("weighed", "counted", "estimated", "metered", "timed")
_SOURCES = ("person", "meter", "valve", "pack", "simulated")
# What an amount of a type may measure; of the others anything.
_GOODS = (units.MASS, units.COUNT, units.VOLUME)
_MEASURES = {
    "irrigation": (units.DEPTH, units.VOLUME, units.TIME),
    "harvest": _GOODS,
    "delivery": _GOODS,
}
_SAMPLES = {"irrigation": "mm, L, m3, min", "harvest": "kg, g, L", "delivery": "kg, g, L"}
_DELIVERY_TEXTS = ("channel", "outlet", "vehicle")
_DELIVERY_NUMBERS = ("distance_km", "intermediaries", "price", "trips")
_ESCAPED = re.compile(r"'+[=+\-@]")
_Read = TypeVar("_Read")


@dataclass
class Reader:
    """Reads the rows of one file of one site; `made` and `seen` tell what it took for what.

    `plots`: plain names to slugs; with `choice.plots` "make" a new plot is added to them.
    """

    site: str
    columns: Columns
    choice: Choice
    dates: Dates
    plots: dict[str, str]
    comma: bool
    made: dict[str, str] = field(default_factory=dict)
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def entry(self, row: int, cells: Mapping[str, str]) -> LogEntry | list[BadRow]:
        """One entry, or what of its cells cannot be used."""
        told: list[BadRow] = []

        def read(of: Callable[..., _Read], *given: Any) -> _Read | None:
            try:
                return of(*given)
            except Refused as refused:
                told.append(refused.of_row(row))
                return None

        texts = {name: cells[header].strip() for name, header in self.columns.of.items()}
        for name, text in texts.items():
            read(_bounded, name, text)
        type_ = read(self._type, texts.get("type", ""))
        time = read(self.dates.read, texts["date"])
        plot = read(self._plot, texts.get("plot", ""))
        amount = read(self._amount, texts, type_ or "")
        hours = read(self._in, "hours", texts, "h")
        area = read(self._in, "area", texts, "m2")
        kind = {
            name: read(_one_of, name, texts.get(name, ""), known)
            for name, known in (("method", _METHODS), ("source", _SOURCES))
        }
        details = read(self._details, texts, type_ or "")
        if told or time is None or amount is None:
            return told
        quantity, unit, written = amount
        if type_ == "labour" and unit == "h" and hours != hours:
            hours = quantity
        return LogEntry(
            site=self.site,
            plot=plot or "",
            type=type_ or "",
            time=time,
            quantity=quantity,
            unit=unit,
            crop=self._crop(texts.get("crop", "")),
            method=kind["method"] or "",
            source=kind["source"] or "person",
            hours=nan if hours is None else hours,
            area=nan if area is None else area,
            details={**({WRITTEN: written} if written else {}), **(details or {})},
            **{name: _text(texts, name) for name in ("variety", "notes", "who", "lot")},
        )

    def _type(self, text: str) -> str:
        found = type_named(text) if text else self.choice.type
        if not found:
            raise Refused("type", text, "type_unknown", known=TYPES)
        return found

    def _plot(self, text: str) -> str:
        name = spelled(text)
        if not name or name in self.plots:
            return self.plots.get(name, "")
        if self.choice.plots == "need":
            known = sorted(set(self.plots.values()))
            raise Refused("plot", text, "plot_unknown", site=self.site, known=known)
        self.plots[name] = name
        self.made[name] = text
        return name

    def _crop(self, text: str) -> str:
        if not text:
            return ""
        found = crop_named(text)
        if found is None:
            self.seen["crop_unknown", text] += 1
            return text
        if found != text:
            self.seen["crop_named", f"{text} → {found}"] += 1
        return found

    def _amount(self, texts: Mapping[str, str], type_: str) -> tuple[float, str, str]:
        """The quantity in the base unit, that unit, and what was written where it differs."""
        text = texts.get("quantity", "")
        quantity, behind = number_and_unit(text, "quantity", comma=self.comma)
        stated = texts.get("unit", "")
        unit = stated or behind or self.columns.units.get("quantity", "") or self.choice.unit
        if stated and behind and units.unit_of(stated) != units.unit_of(behind):
            raise Refused("unit", stated, "units_differ", other=behind)
        if not unit:
            if not isnan(quantity):
                raise Refused("unit", "", "unit_missing")
            return nan, "", ""
        found = units.unit_of(unit)
        if found is None or found.dimension not in _MEASURES.get(type_, (found.dimension,)):
            raise self._wrong_unit(unit, type_, known=found is not None)
        if type_ == "irrigation" and found.dimension == units.TIME:
            return quantity, found.symbol, ""  # the flow of the plot makes water of it
        base, symbol = units.in_base(quantity, unit)
        same = base == quantity or isnan(quantity) or type_ == "irrigation"
        written = "" if same else f"{quantity:.15g} {found.symbol}"
        return base, symbol, written

    def _wrong_unit(self, unit: str, type_: str, *, known: bool) -> Refused:
        if type_ == "irrigation":
            return Refused("unit", unit, "unit_no_water", units=_SAMPLES[type_])
        if known:
            return Refused("unit", unit, "unit_wrong", type=type_, units=_SAMPLES[type_])
        return Refused("unit", unit, "unit_unknown", near=units.near(unit))

    def _in(self, name: str, texts: Mapping[str, str], base: str) -> float:
        """A number in hours or m², from whichever unit its cell or its header says."""
        text = texts.get(name, "")
        number, behind = number_and_unit(text, name, comma=self.comma)
        unit = behind or self.columns.units.get(name, "") or base
        value, symbol = units.in_base(number, unit)
        if symbol != base:
            raise Refused(name, text, "unit_wrong", type=name, units=base)
        return value

    def _details(self, texts: Mapping[str, str], type_: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if texts.get("details"):
            found |= _document(texts["details"])
        if type_ == "delivery":
            found |= {name: texts[name] for name in _DELIVERY_TEXTS if texts.get(name)}
            for name in _DELIVERY_NUMBERS:
                text = texts.get(name, "")
                number, _ = number_and_unit(text, name, comma=self.comma)
                found |= {} if isnan(number) else {name: number}
        return found


def unknown_crops(seen: Counter[tuple[str, str]]) -> list[tuple[str, int, tuple[str, ...]]]:
    """The crops kept as they are written: name, rows, and the nearest of the table."""
    return [
        (name, n, crop_near(name)) for (code, name), n in seen.items() if code == "crop_unknown"
    ]


def _text(texts: Mapping[str, str], name: str) -> str:
    """A cell of words; the sign that keeps a spreadsheet from computing it is no part of it."""
    text = texts.get(name, "")
    return text[1:] if _ESCAPED.match(text) else text


def _bounded(name: str, text: str) -> None:
    if len(text) > LONGEST:
        raise Refused(name, f"{text[:20]}…", "too_long", most=LONGEST)


def _one_of(name: str, text: str, known: tuple[str, ...]) -> str:
    if text and text.casefold() not in known:
        raise Refused(name, text, "not_one_of", known=known)
    return text.casefold()


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refused("details", text, "not_json") from error
    if not isinstance(found, dict):
        raise Refused("details", text, "not_json")
    return found
