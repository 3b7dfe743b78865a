"""Records read ahead: a few statements for many gardens instead of a few for each bed.

While a connection reads ahead, the readers of this package that know of it answer from memory and
read a whole city, or the gardens of the block at hand, at once. What they answer is the same. What
is written meanwhile is not seen: one run stands on one moment.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
import pandas as pd
from sqlalchemy import Connection

_OPTION = "agro_read_ahead"


class _OfSite(Protocol):
    @property
    def site(self) -> str: ...


Record = TypeVar("Record", bound=_OfSite)
Value = TypeVar("Value")


@dataclass(slots=True)
class ReadAhead:
    """What was read: of the `city` until the end, of the `block` of gardens until the next one.

    Daily sums are read from `first` on, observations from `recent` on, both until `end`. Where one
    garden is wanted `alone`, what others have of their own is not read with it.
    """

    first: datetime
    recent: datetime
    end: datetime
    alone: bool = False
    sites: Sequence[str] = ()
    _city: dict[Hashable, Any] = field(default_factory=dict)
    _block: dict[Hashable, Any] = field(default_factory=dict)

    def turn_to(self, sites: Sequence[str]) -> None:
        """Forget the block before; the next is of these gardens."""
        self.sites = sites
        self._block.clear()

    def of_city(self, key: Hashable, read: Callable[[], Value]) -> Value:
        """What `read` gives, read once."""
        return _once(self._city, key, read)

    def of_block(self, key: Hashable, read: Callable[[], Value]) -> Value:
        """What `read` gives, read once for the block."""
        return _once(self._block, key, read)

    def holds_days(self, start: datetime, end: datetime) -> bool:
        """Whether the daily sums of [start, end) are among what is read."""
        return self.first <= start and end <= self.end

    def holds_recent(self, start: datetime, end: datetime) -> bool:
        """Whether the observations of [start, end) are among what is read."""
        return self.recent <= start and end <= self.end


def _once(kept: dict[Hashable, Any], key: Hashable, read: Callable[[], Value]) -> Value:
    if key not in kept:
        kept[key] = read()
    found: Value = kept[key]
    return found


@contextmanager
def reading_ahead(
    c: Connection, *, first: datetime, recent: datetime, end: datetime, alone: bool = False
) -> Iterator[ReadAhead]:
    """Let this connection's readers read ahead until the end of the block."""
    ahead = ReadAhead(first, recent, end, alone)
    c.execution_options(**{_OPTION: ahead})
    try:
        yield ahead
    finally:
        c.execution_options(**{_OPTION: None})


def ahead_of(c: Connection) -> ReadAhead | None:
    """What this connection reads ahead; None when it reads what it is asked."""
    found: ReadAhead | None = c.get_execution_options().get(_OPTION)
    return found


def by_site(
    c: Connection,
    key: Hashable,
    site: str | None,
    read: Callable[[str | None], list[Record]],
) -> list[Record]:
    """The records of one site, or of all; read for all at once where the connection reads ahead."""
    ahead = ahead_of(c)
    if ahead is None:
        return read(site)
    if ahead.alone and site is not None:
        return list(ahead.of_city((key, site), lambda: read(site)))
    everything = ahead.of_city(key, lambda: read(None))
    if site is None:
        return list(everything)
    return list(ahead.of_city((key, "by site"), lambda: _grouped(everything)).get(site, ()))


def _grouped(records: Sequence[Record]) -> Mapping[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.site, []).append(record)
    return found


@dataclass(frozen=True, slots=True)
class Parts:
    """A frame that was read for many, in whose order the rows of each stand together."""

    frame: pd.DataFrame
    spans: Mapping[str, tuple[int, int]]

    def part(self, name: str) -> pd.DataFrame:
        """The rows of one."""
        first, last = self.spans.get(name, (0, 0))
        return self.frame.iloc[first:last].reset_index(drop=True)


def cut(frame: pd.DataFrame, column: str) -> Parts:
    """Cut where a column changes; the column is left out."""
    names = frame[column].to_numpy()
    edges = np.flatnonzero(names[1:] != names[:-1]) + 1
    bounds = pairwise([0, *edges.tolist(), len(names)])
    spans = {str(names[first]): (first, last) for first, last in bounds if last > first}
    return Parts(frame.drop(columns=column), spans)


def within(frame: pd.DataFrame, column: str, start: datetime, end: datetime) -> pd.DataFrame:
    """The rows of [start, end) by an aware time."""
    inside = (frame[column] >= start) & (frame[column] < end)
    return frame if inside.all() else frame[inside].reset_index(drop=True)
