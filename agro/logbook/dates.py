"""Dates as people and spreadsheets write them."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from agro.logbook.rows import Refused

NOON = time(12)  # of a day of which no hour is told
EARLIEST = 1990
_SERIAL = re.compile(r"\d{5}([.,]\d+)?")
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's day 0; it has no clock
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d\d?)[/.](\d\d?)")
_YEAR_LAST = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4})(?:[ T](\d\d?)[:hH](\d\d)(?::\d\d)?)?")
_TWO_DIGITS = re.compile(r"\d\d?[-/.]\d\d?[-/.]\d\d")
_CLOCK = re.compile(r"[T :]")


def is_day_first(texts: Iterable[str]) -> bool:
    """Whether dates like 03/04/2026 start with the day; where nothing tells, they do."""
    day = month = 0
    for text in texts:
        found = _YEAR_LAST.match(text.strip())
        if found:
            day += int(found[1]) > 12 >= int(found[2])
            month += int(found[2]) > 12 >= int(found[1])
    return day >= month


@dataclass
class Dates:
    """Reads the dates of one file; `seen` counts what was taken for what."""

    zone: tzinfo
    today: date
    day_first: bool = True
    seen: Counter[str] = field(default_factory=Counter)

    def read(self, text: str) -> datetime:
        """The time of a cell, aware UTC; a day stands for its noon by the city's clock.

        Raises
        ------
        Refused  It is no date, or the date of no work that was done.
        """
        found = self._clock_time(text.strip())
        if found is None:
            code = "date_two_digits" if _TWO_DIGITS.fullmatch(text.strip()) else "date_unknown"
            raise Refused("date", text, code)
        if found.year < EARLIEST:
            raise Refused("date", text, "date_too_early", earliest=str(EARLIEST))
        aware = (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)
        if aware.astimezone(self.zone).date() > self.today:
            raise Refused("date", text, "date_in_future", today=self.today.isoformat())
        return aware

    def _clock_time(self, text: str) -> datetime | None:
        if _SERIAL.fullmatch(text):
            self.seen["date_serial"] += 1
            days = timedelta(days=float(text.replace(",", ".")))
            found = _SERIAL_ZERO + timedelta(seconds=round(days.total_seconds()))
            return found if found.time() != time() else datetime.combine(found.date(), NOON)
        last = _YEAR_LAST.fullmatch(text)
        if last:
            return self._year_last(last)
        compact = _COMPACT.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
        if compact:
            text = f"{compact[1]}-{int(compact[2]):02}-{int(compact[3]):02}"
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return None
        return found if _CLOCK.search(text) else datetime.combine(found.date(), NOON)

    def _year_last(self, found: re.Match[str]) -> datetime | None:
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if first <= 12 and second <= 12 and first != second:
            self.seen["date_day_first" if self.day_first else "date_month_first"] += 1
        day, month = (first, second) if self.day_first else (second, first)
        clock = time(int(found[4]), int(found[5])) if found[4] and int(found[4]) < 24 else NOON
        try:
            return datetime.combine(date(year, month, day), clock)
        except ValueError:
            return None
