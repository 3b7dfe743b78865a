"""Months of UTC, as the database partitions them: "2026-07"."""

from collections.abc import Iterator
from datetime import UTC, datetime


def month_of(time: int) -> str:
    """The month that holds `time` (epoch s)."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m")


def bounds(month: str) -> tuple[int, int]:
    """Start and end of a month. [epoch s]

    Raises
    ------
    ValueError  It is not written as 2026-07.
    """
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return int(start.timestamp()), int(end.timestamp())


def spanned(start: int, stop: int) -> Iterator[str]:
    """The months of the times in [start, stop), epoch s, in order."""
    while start < stop:
        month = month_of(start)
        yield month
        start = bounds(month)[1]


def before(month: str, count: int) -> str:
    """The month `count` months earlier."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 - count, 12)
    return f"{year:04d}-{number + 1:02d}"


def limit(at: datetime, keep: int) -> str:
    """The month before which nothing is kept in the database: this one and `keep` full ones are."""
    return before(month_of(int(at.timestamp())), keep)
