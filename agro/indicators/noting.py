"""Which records of a farm book the logbook can hold, and the entries that say the same.

The logbook holds what happened on a day on a site. A total of a whole period is no event of a day,
and stays a statement of its period; so does what an entry cannot say in full.
"""

from datetime import datetime, time, tzinfo
from math import isnan
from typing import Any

from agro.indicators import book
from agro.records import LogEntry
from agro.store.deliveries import CHANNELS, LOSS

BOOK = "import"
"""The source of entries that a farm book brought."""
UNKNOWN = "unknown"
"""What a farm book does not say, where the logbook would say it of itself."""
EVENTS = ("training", "school", "workshop")
_NOON = time(12)


def entry_of(record: book.Record, zone: tzinfo) -> LogEntry | None:
    """The entry that says what a record says, at noon of its day; None where none can."""
    if record.day is None or not record.site:
        return None
    said = _said(record)
    if said is None:
        return None
    known = {name: v for name, v in said.pop("details", {}).items() if v not in ("", None)}
    details = {name: v for name, v in known.items() if v == v}
    at = datetime.combine(record.day, _NOON, zone)
    return LogEntry(record.site, record.plot, time=at, source=BOOK, details=details, **said)


def _said(record: book.Record) -> dict[str, Any] | None:
    match record:
        case book.Harvest():
            grade = "" if record.grade == "food" else record.grade
            return _mass("harvest", record.mass, record.crop, grade=grade) | {
                "method": record.method
            }
        case book.Loss():
            return _mass("delivery", record.mass, channel=LOSS) if record.fate == LOSS else None
        case book.Irrigation():
            return _watering(record)
        case book.Input():
            return _mass("input", record.mass, kind=record.kind, n_percent=record.n_percent)
        case book.Treatment():
            return _treatment(record)
        case _:
            return _people(record)


def _people(record: book.Record) -> dict[str, Any] | None:
    match record:
        case book.Labour():
            details: dict[str, Any] = {
                "status": record.status,
                "sex": record.sex,
                "person": record.person,
            }
            details |= {"persons": record.persons}
            known = not isnan(record.hours)
            return {"type": "labour", "hours": record.hours, "details": details} if known else None
        case book.Event():
            details = {"kind": record.kind, "participants": record.participants}
            told = {"type": "observation", "hours": record.hours, "details": details}
            return told if record.kind in EVENTS else None
        case book.Compost():
            return _mass("compost", record.biowaste, compost_kg=record.compost)
        case book.Delivery():
            return _delivery(record)
        case _:
            return None


def _mass(type_: str, mass: float, crop: str = "", **details: Any) -> dict[str, Any]:
    return {"type": type_, "quantity": mass, "unit": "kg", "crop": crop, "details": details}


def _watering(record: book.Irrigation) -> dict[str, Any] | None:
    if isnan(record.volume):
        return None
    said = {"type": "irrigation", "quantity": record.volume, "unit": "m3"}
    return said | {"method": record.method, "details": {"water": record.water or UNKNOWN}}


def _treatment(record: book.Treatment) -> dict[str, Any] | None:
    segment = "none" if record.none else record.segment
    if not segment or isnan(record.treated_percent):
        return None
    details: dict[str, Any] = {"segment": segment, "dose": record.dose}
    details |= {"reference_dose": record.reference_dose, "synthetic": record.synthetic}
    return {"type": "input", "details": details | {"treated_percent": record.treated_percent}}


def _delivery(record: book.Delivery) -> dict[str, Any] | None:
    if isnan(record.mass) or record.channel not in CHANNELS or record.channel == LOSS:
        return None
    return _mass(
        "delivery",
        record.mass,
        record.crop,
        channel=record.channel,
        intermediaries=record.intermediaries,
        price=record.value,
        distance_km=record.km,
        local=UNKNOWN if record.local is None else record.local,
        vehicle=record.vehicle,
        trips=record.trips,
    )
