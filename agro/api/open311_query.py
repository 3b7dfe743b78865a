"""The question of `GET requests`: which reports, of which time, which page.

Unless told otherwise, the standard's: the last 90 days, 1 000 reports at most. `updated_after`,
`updated_before`, `page` and `page_size` are the usual extensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agro.store.reports import CLOSED, OPEN, OWN, Wanted

SPAN = timedelta(days=90)
MOST = 1_000  # reports of an answer
_MOST_NAMES = 200
_MOST_PAGES = 100_000
_YEARS = range(1970, 2200)  # with room for the span before and after
_TIMES = ("start_date", "end_date", "updated_after", "updated_before")


def kept(text: str) -> str:
    """The text without the one character that PostgreSQL keeps in no text."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which reports are wanted; `faults` are codes with what is wrong."""

    wanted: Wanted
    limit: int = MOST
    skip: int = 0
    faults: tuple[tuple[str, dict[str, str]], ...] = ()


@dataclass(slots=True)
class _Reader:
    """Reads the fields of a query; an empty one is as good as none."""

    query: Mapping[str, str]
    faults: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def names(self, name: str) -> tuple[str, ...]:
        """What commas divide."""
        parts = kept(self.query.get(name, "")).split(",")
        found = tuple(part.strip() for part in parts if part.strip())
        if len(found) > _MOST_NAMES:
            self.refuse("query_many", name, str(len(found)))
        return found

    def time(self, name: str) -> datetime | None:
        """An aware time; the + of a zone may have become a space on the way."""
        text = self.query.get(name, "").strip()
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            if at.tzinfo is not None and at.year in _YEARS:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.refuse("query_time", name, text)
        return None

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        text = self.query.get(name, "").strip()
        if not text:
            return default
        if text.isdecimal() and len(text) < 8 and 1 <= int(text) <= most:
            return int(text)
        self.faults.append(("query_count", {"name": name, "value": text[:40], "most": str(most)}))
        return default

    def refuse(self, code: str, name: str, value: str) -> None:
        self.faults.append((code, {"name": name, "value": value[:80]}))


def read(query: Mapping[str, str], at: datetime) -> Asked:
    """Which of our reports a query asks for, as seen at a time."""
    reader = _Reader(query)
    names, size = reader.names("service_request_id"), reader.count("page_size", MOST, MOST)
    page = reader.count("page", 1, _MOST_PAGES)
    statuses, codes = reader.names("status"), reader.names("service_code")
    for status in statuses:
        if status not in (OPEN, CLOSED):
            reader.refuse("query_status", "status", status)
    start, end, after, before = (reader.time(name) for name in _TIMES)
    if names:  # overrides all other arguments
        return Asked(Wanted(sources=(OWN,), references=names), faults=tuple(reader.faults))
    if after is None and before is None:
        start, end = _span(start, end, at)
        if end - start > SPAN:
            reader.refuse("query_span", "end_date", f"{(end - start).days}")
    wanted = Wanted(
        sources=(OWN,),
        codes=codes,
        statuses=statuses,
        visible="all",
        start=start,
        end=end,
        updated_after=after,
        updated_before=before,
    )
    return Asked(wanted, size, (page - 1) * size, tuple(reader.faults))


def _span(start: datetime | None, end: datetime | None, at: datetime) -> tuple[datetime, datetime]:
    """The days of a question that names none or only one end of them."""
    if start is None:
        end = end or at + timedelta(seconds=1)
        return end - SPAN, end
    return start, end or start + SPAN
