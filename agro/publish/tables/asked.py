"""What of a table is asked for, and the parts in which it is read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from agro.publish.place import Register

Span = tuple[date, date]
"""The first and the last day of which there is something."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: local days in [start, end), of one garden; empty: not narrowed."""

    start: date | None = None
    end: date | None = None
    site: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str], here: Register) -> "Asked":
        """What the parameters `from`, `to` (the day after the last) and `site` ask for.

        Raises
        ------
        ValueError  One of them cannot be read, or there is no such garden.
        """
        site = parameters.get("site", "")
        if site and site not in here.sites:
            known = ", ".join(one.slug for one in here.gardens)
            raise ValueError(f"site={site[:60]!r} is unknown; write one of {known}")
        return cls(_day(parameters, "from"), _day(parameters, "to"), site)

    def within(self, span: Span) -> Span | None:
        """The first and last day of a span that are asked for; None where none is."""
        first = max(span[0], self.start or span[0])
        last = min(span[1], self.end - timedelta(days=1) if self.end else span[1])
        return (first, last) if first <= last else None


def _day(parameters: Mapping[str, str], name: str) -> date | None:
    text = parameters.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name}={text[:20]!r} is no day; write it as 2026-07-03") from error


@dataclass(frozen=True, slots=True)
class Part:
    """What is read at once: a garden's days in [start, end)."""

    site: str
    start: date
    end: date

    def times(self, here: Register) -> tuple[datetime, datetime]:
        """When it begins and ends."""
        return here.day(self.start)[0], here.day(self.end)[0]


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is read: from when to when it tells something, its parts, and their rows."""

    span: Callable[[Connection, Register], Span | None]
    parts: Callable[[Register, Asked, Span], Iterable[Part]]
    rows: Callable[[Connection, Register, Part], Iterator[Row]]


def by_site_and_year(here: Register, asked: Asked, span: Span) -> Iterator[Part]:
    """A garden's year at a time: what a program holds of a table, however long it is."""
    found = asked.within(span)
    if found is None:
        return
    first, last = found
    for site in here.gardens:
        if asked.site in ("", site.slug):
            for year in range(first.year, last.year + 1):
                start = max(first, date(year, 1, 1))
                end = min(last + timedelta(days=1), date(year + 1, 1, 1))
                yield Part(site.slug, start, end)
