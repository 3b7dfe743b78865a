"""Between records of a Book and what the store keeps of them: JSON in which missing is null."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from datetime import date
from math import isnan, nan
from typing import Any

from agro.indicators import book
from agro.indicators.book import Record, References, Source, Stated
from agro.store.indicators import Statement

KINDS: dict[str, type[Record]] = {
    "sites": book.Site,
    "roofs": book.Roof,
    "surfaces": book.Surface,
    "plots": book.Plot,
    "cycles": book.Cycle,
    "harvests": book.Harvest,
    "losses": book.Loss,
    "irrigations": book.Irrigation,
    "inputs": book.Input,
    "treatments": book.Treatment,
    "labour": book.Labour,
    "events": book.Event,
    "deliveries": book.Delivery,
    "composts": book.Compost,
    "purchases": book.Purchases,
    "wastes": book.CanteenWaste,
    "samples": book.SoilSample,
    "nights": book.Night,
    "entered": book.Entered,
    "residents": book.Residents,
    "rain": book.Rain,
    "demands": book.Demand,
}
"""The registers that statements are of; surveys have a table of their own."""
_PLACE = ("source", "site", "plot", "day")
_NUMBERS = ("prices", "n_content", "n_fixation", "vehicles", "populations", "params")


def content_of(record: Record) -> dict[str, Any]:
    """What a record says beside where and when, as JSON holds it."""
    names = [one.name for one in fields(record) if one.name not in _PLACE]
    return {name: _plain(getattr(record, name)) for name in names}


def statement_of(record: Record, register: str, *, start: date, end: date, file: str) -> Statement:
    """A record as a statement of this period; its plot is a slug."""
    line = f", line {record.source.row}" if record.source.row else ""
    return Statement(
        register=register,
        content=content_of(record),
        start=start,
        end=end,
        day=record.day,
        site=record.site,
        plot=record.plot,
        source=f"{file}{line}: {record.source.key}",
    )


def record_of(said: Statement, number: int, **more: Any) -> Any:
    """The record of a statement, whose source is its number; `more` is said instead."""
    kind = KINDS[said.register]
    plot = f"{said.site}/{said.plot}" if said.plot else ""
    source = Source(kind.__name__.lower(), f"record {number}", number)
    told: dict[str, Any] = {"source": source, "site": said.site, "plot": plot, "day": said.day}
    for one in fields(kind):
        if one.name not in _PLACE:
            missing = nan if one.default is MISSING and one.default_factory is MISSING else None
            told[one.name] = _read(one.type, said.content.get(one.name, missing))
    return kind(**(told | more))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if isnan(value) else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _read(kind: Any, value: Any) -> Any:
    if kind is float:
        return nan if value is None else float(value)
    if kind == date | None:
        return date.fromisoformat(value) if value else None
    if isinstance(value, Mapping):
        return {key: _read(float, item) for key, item in value.items()}
    return ("" if value is None else value) if kind is str else value


def told_of(read: book.Book) -> dict[str, Any]:
    """What a book says beside its records, as JSON holds it."""
    return {
        "references": _plain(asdict(read.references)),
        "stated": _plain(asdict(read.stated)),
        "said": sorted(read.said),
        "sites": sorted(one.site for one in read.sites),
    }


def references_of(told: Mapping[str, Any]) -> References:
    """The references of a book that was kept."""
    said = told.get("references", {})
    numbers: dict[str, Any] = {name: dict(said.get(name) or {}) for name in _NUMBERS}
    return References(**numbers, farmland_ha=_read(float, said.get("farmland_ha")))


def stated_of(told: Mapping[str, Any]) -> Stated:
    """The stated coverage of a book that was kept."""
    said = told.get("stated", {})
    return Stated(_read(float, said.get("active")), _read(float, said.get("with_harvest")))
