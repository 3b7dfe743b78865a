"""What a water meter or a valve told, as runs: from when to when water ran, and how much.

A gap of more than a quarter of an hour ends a run, and so does midday, when hardly anybody
waters: a leak is an entry for each day, and what came later never changes an earlier day's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from math import nan

from agro.store.buckets import LONGEST_DAY

GAP_S = 900  # a longer pause ends a run
DAY_S = 86_400
LONGEST_SILENCE_S = 31 * DAY_S  # what a counter rose by in a longer one was no watering
LONGEST_OPEN_S = (
    12 * 3600
)  # a valve of which nothing more is heard was open for no one knows how long
_NOTHING = 1e-6  # L, below which a counter has not risen
_DIGITS = 3

Shown = Sequence[tuple[int, float]]
"""Readings in order: time (epoch s) and value."""


@dataclass(frozen=True, slots=True)
class Run:
    """Water that ran from `start` to `end` (epoch s).

    `amount` is litres of a meter, minutes of a valve; NaN = not known.
    """

    start: int
    end: int
    amount: float


def metered(shown: Shown, zone: tzinfo) -> list[Run]:
    """The runs that a counter of litres tells.

    Between two readings nobody knows when it ran: the run is told from the reading before on.
    After a silence of more than a day it is told of the last day of it. A counter that fell began
    again and tells nothing of the time between.
    """
    flows = []
    for (before, first), (time, last) in pairwise(shown):
        rise = last - first
        if rise > _NOTHING and time - before <= LONGEST_SILENCE_S:
            silent = time - before > LONGEST_DAY
            flows.append(Run(time - DAY_S if silent else before, time, rise))
    return _joined(flows, zone)


def timed(shown: Shown, at: int, zone: tzinfo) -> list[Run]:
    """The runs of a valve that told when it was open (1) and when not (0).

    It stays as it said until it says something else, the newest state until `at` (epoch s). One
    that has opened by a clock ahead of ours runs, too.
    """
    flows = []
    ends = [time for time, _ in shown[1:]] + [max(at, time + 1) for time, _ in shown[-1:]]
    for (time, is_open), following in zip(shown, ends, strict=True):
        if not is_open:
            continue
        known = following - time <= LONGEST_OPEN_S
        end = min(following, time + LONGEST_OPEN_S)
        flows.append(Run(time, end, (end - time) / 60.0 if known else nan))
    return _joined(flows, zone)


def _joined(flows: Iterable[Run], zone: tzinfo) -> list[Run]:
    """Flows in order, those that belong together made one."""
    runs: list[Run] = []
    for flow in flows:
        last = runs[-1] if runs else None
        if last and flow.start - last.end <= GAP_S and flow.start < _next_noon(last.start, zone):
            runs[-1] = Run(last.start, max(last.end, flow.end), last.amount + flow.amount)
        else:
            runs.append(flow)
    return [Run(run.start, run.end, round(run.amount, _DIGITS)) for run in runs]


def noon(time: int, zone: tzinfo) -> int:
    """The last local midday at or before a time. [epoch s]"""
    local = datetime.fromtimestamp(time, zone)
    midday = local.replace(hour=12, minute=0, second=0, microsecond=0)
    return int((midday if midday <= local else midday - timedelta(days=1)).timestamp())


def _next_noon(time: int, zone: tzinfo) -> int:
    midday = datetime.fromtimestamp(noon(time, zone), zone)
    return int((midday + timedelta(days=1)).timestamp())
