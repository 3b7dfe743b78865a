"""What a LoRaWAN frame counter tells: which frames were missed between two that were heard.

A device counts its uplinks from 0, from each of its joins on. Its network server passes the count
on, most of them with 32 bits, some with the 16 bits of the air.
"""

from collections.abc import Iterable
from typing import NamedTuple

Holes = tuple[tuple[int, int], ...]
"""Counters not heard, as (first, last)."""

RESTARTED = 1024  # a counter that falls to this or less began again at a join
_WORD = 1 << 16
_ROLLED = 2048  # frames around 65535 → 0 that are still taken for a roll-over
_FASTEST_HZ = 20  # no device sends more: the shortest frame is 46 ms on the air


class Frame(NamedTuple):
    """One frame: its counter, and when its network received it [epoch s]."""

    counter: int
    time: int


def missed(before: Frame, after: Frame) -> Holes:
    """The frames between two neighbours in time; none where the counter was merely set.

    A counter that falls is a roll-over near 65535, else a join: then the frames of the new
    session before this one are missed, if it is one of the first; what the old session sent
    after `before` nobody can know. More frames than a device can send in that time were never
    sent: the counter was set to another value.
    """
    step = after.counter - before.counter
    if step >= 0:
        holes: Holes = ((before.counter + 1, after.counter - 1),)
    elif _has_rolled(before.counter, after.counter):
        holes = ((before.counter + 1, _WORD - 1), (0, after.counter - 1))
    elif after.counter <= RESTARTED:
        holes = ((0, after.counter - 1),)
    else:
        return ()
    real = tuple((first, last) for first, last in holes if first <= last)
    possible = (max(after.time - before.time, 0) + 1) * _FASTEST_HZ
    return real if count(real) <= possible else ()


def _has_rolled(before: int, after: int) -> bool:
    return _WORD - _ROLLED <= before < _WORD and after + _WORD - before <= _ROLLED


def count(holes: Holes) -> int:
    """How many frames these are."""
    return sum(last - first + 1 for first, last in holes)


def contains(holes: Holes, counter: int) -> bool:
    """Whether this frame is one of them."""
    return any(first <= counter <= last for first, last in holes)


def without(holes: Holes, counter: int) -> Holes:
    """What is left of them once this frame was heard."""
    left: list[tuple[int, int]] = []
    for first, last in holes:
        if first <= counter <= last:
            left += [(first, counter - 1), (counter + 1, last)]
        else:
            left.append((first, last))
    return tuple(hole for hole in left if hole[0] <= hole[1])


def union(one: Iterable[tuple[int, int]], other: Iterable[tuple[int, int]]) -> Holes:
    """The frames of both, each once."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((*one, *other)):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)
