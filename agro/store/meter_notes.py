"""Who tells of a watering when several do: the meter, then the valve, then the person.

A person's note of a plot within the hours of a run there, or up to an hour beside them, is of the
same water, as are a valve's minutes while the meter of that plot counted. Both stay in the
logbook; the balance takes the one that was measured best. A note of one bed is not that of a
meter of the whole site: see `agro.advice.watering`, which takes its litres from the site's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agro.records import LogEntry

BESIDE = timedelta(hours=1)  # people note when they have closed the tap, or before they open it
_RANK = {"meter": 2, "valve": 1}


def run_of(entry: LogEntry) -> tuple[datetime, datetime]:
    """From when to when the water of a machine's entry ran; of a person's, its time twice."""
    end = entry.details.get("end")
    if entry.source not in _RANK or not isinstance(end, str):
        return entry.time, entry.time
    return entry.time, max(datetime.fromisoformat(end), entry.time)


def counted_by(entries: Sequence[LogEntry]) -> list[LogEntry | None]:
    """For each entry the one that counts its water instead; None where it counts itself.

    Of entries that are no watering, None.
    """
    runs: dict[tuple[str, str], list[LogEntry]] = {}
    for entry in entries:
        if entry.source in _RANK and entry.type == "irrigation":
            runs.setdefault((entry.site, entry.plot), []).append(entry)
    return [
        next((run for run in runs.get((entry.site, entry.plot), ()) if _counts(run, entry)), None)
        if entry.type == "irrigation"
        else None
        for entry in entries
    ]


def _counts(run: LogEntry, entry: LogEntry) -> bool:
    """Whether the water of an entry is that of a run which was measured better."""
    if _RANK[run.source] <= _RANK.get(entry.source, 0):
        return False
    return is_within(run, entry)


def is_within(run: LogEntry, entry: LogEntry) -> bool:
    """Whether an entry is of the hours of a run: a person's up to an hour beside them."""
    start, end = run_of(run)
    first, last = run_of(entry)
    beside = timedelta() if entry.source in _RANK else BESIDE
    return first <= end + beside and last >= start - beside
