"""The fields of an Open311 answer, JSON or XML: text, time, point, link; what is none is told."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from math import isfinite, nan
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # only the types: defusedxml reads

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sensors.errors import FeedError
from sensors.feeds.weather_table import Fault

LONGEST = 4_000  # characters of a text, as the standard has it
_SHOWN = 80
_FIRST_YEAR = 1990
# What neither XML nor a database holds: control signs, halves of a pair, the two that are none.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WRAPPERS = ("service_requests", "requests", "services", "service", "request")


@dataclass(frozen=True, slots=True)
class Record:
    """One element of an answer; what is wrong in it is added to `faults`."""

    row: int
    told: Mapping[str, Any]
    zone: tzinfo
    faults: list[Fault]

    def refuse(self, name: str, value: str, reason: str, remedy: str) -> None:
        """Tell of a field that cannot be used."""
        self.faults.append(Fault(self.row, name, value[:_SHOWN], reason, remedy))

    def text(self, name: str) -> str:
        """Text without what no text has; a number as it is written; empty where it is missing."""
        value = self.told.get(name)
        if value is None or isinstance(value, bool | list | dict):
            return ""
        return plain(str(value))[:LONGEST]

    def link(self, name: str) -> str:
        """An address of the web; anything else is none."""
        text = self.text(name)
        if not text or is_link(text):
            return text
        self.refuse(name, text, "is no address of the web", "it is left out")
        return ""

    def time(self, name: str) -> datetime | None:
        """An aware time; one without a zone is of the place's clock."""
        text = self.text(name)
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
            at = (at.replace(tzinfo=self.zone) if at.tzinfo is None else at).astimezone(UTC)
        except (ValueError, OverflowError):
            self.refuse(name, text, "is no time as 2026-07-20T05:00:00Z", "it is left out")
            return None
        if at.year < _FIRST_YEAR:
            self.refuse(name, text, f"is before {_FIRST_YEAR}", "it is left out")
            return None
        return at

    def point(self) -> tuple[float, float]:
        """Latitude and longitude; both missing where they are no point of the earth, or 0, 0."""
        latitude, longitude = self._number("lat", 90.0), self._number("long", 180.0)
        if latitude != latitude or longitude != longitude:
            return nan, nan
        if latitude == 0.0 and longitude == 0.0:
            self.refuse("lat", "0, 0", "stands where nobody knew the place", "it is left out")
            return nan, nan
        return latitude, longitude

    def _number(self, name: str, most: float) -> float:
        text = self.text(name)
        if not text:
            return nan
        try:
            value = float(text)
        except ValueError:
            value = nan
        if isfinite(value) and abs(value) <= most:
            return value
        self.refuse(name, text, f"is no number of −{most:g} to {most:g}°", "it is left out")
        return nan


@dataclass(slots=True)
class Records:
    """The elements of an answer, and what was wrong in them."""

    each: list[Record] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def plain(text: str) -> str:
    """Text without control signs; lines stay."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_link(text: str) -> bool:
    """Whether a text is the address of something on the web, short and without spaces."""
    return re.fullmatch(r"https?://[^\s\"'<>\\]{1,2000}", text) is not None


def records_of(feed: str, body: bytes, zone: tzinfo, element: str) -> Records:
    """The elements of an answer, whichever its form.

    Raises
    ------
    FeedError  `unreadable`: it is neither JSON nor XML of such a list.
    """
    is_xml = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    listed = _of_xml(feed, body, element) if is_xml else _of_json(feed, body)
    records = Records()
    for row, told in enumerate(listed, start=1):
        if isinstance(told, dict):
            records.each.append(Record(row, told, zone, records.faults))
        else:
            fault = Fault(row, "", str(told)[:_SHOWN], "is no report", "it is left out")
            records.faults.append(fault)
    return records


def _of_json(feed: str, body: bytes) -> list[Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unreadable(feed, f"is neither JSON nor XML ({error})") from error
    while isinstance(document, dict) and (name := _wrapper(document)):
        document = document[name]
    if not isinstance(document, list):
        raise _unreadable(feed, "is no list")
    return document


def _wrapper(document: Mapping[str, Any]) -> str:
    """What some servers put around the list, after the XML."""
    found = (name for name in _WRAPPERS if isinstance(document.get(name), list | dict))
    return next(found, "")


def _of_xml(feed: str, body: bytes, element: str) -> list[Any]:
    try:
        root: Element = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _unreadable(feed, f"is no XML that can be read ({error})") from error
    if _name(root) not in {f"{element}s", f"service_{element}s", "errors", element}:
        raise _unreadable(feed, f"begins with {_name(root)!r} and is no list of {element}s")
    wanted = "error" if _name(root) == "errors" else element
    each = [root] if _name(root) == element else [one for one in root if _name(one) == wanted]
    return [{_name(part): part.text for part in one} for one in each]


def _name(element: Element) -> str:
    """Its name without a namespace."""
    return str(element.tag).rpartition("}")[2]


def _unreadable(feed: str, why: str) -> FeedError:
    return FeedError(feed, "answer", f"unreadable: {why}")
