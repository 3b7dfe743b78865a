"""Noting: a statement enters the logbook once, however often it is made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, exists, select

from agro.config import now
from agro.records import LogEntry
from agro.store import schema
from agro.store.logbook.changes import CORRECTED, SAID_AGAIN, bring_back, struck_by_undoing
from agro.store.logbook.rows import Places, columns, entry_of, key, query, reopen
from agro.store.values import insert_new, to_epoch

_AT_ONCE = 500  # keys in one question: databases bound their number


def note(c: Connection, entry: LogEntry) -> int:
    """Store one entry and return its number; one that was struck stands again.

    Raises
    ------
    ValueError  Its site or plot does not exist.
    """
    write(c, [entry])
    said = key(entry)
    number = c.scalar(select(schema.log.c.id).where(schema.log.c.key == said))
    if number is None:  # an entry that was corrected says it
        site, _ = Places(c).of(entry)
        return _corrected(c, {site})[said][0]
    bring_back(c, schema.log.c.id == number, entry.who, SAID_AGAIN)
    return int(number)


def write(
    c: Connection,
    entries: Sequence[LogEntry],
    *,
    batch: int | None = None,
    repeats: Counter[str] | None = None,
) -> int:
    """Store entries and return how many were new; the same entry again changes nothing.

    Nor does what a corrected entry says now. What the undoing of an import struck stands again;
    what somebody struck by hand does not. `repeats` counts what one file says more than once:
    with it, each time is a statement of its own.

    Raises
    ------
    ValueError  A site or plot does not exist.
    """
    places, at = Places(c), to_epoch(now())
    where = [places.of(entry) for entry in entries]
    corrected = _corrected(c, {site for site, _ in where})
    rows: list[dict[str, Any]] = []
    for entry, (site, plot) in zip(entries, where, strict=True):
        said = _key(entry, repeats, corrected)
        if said:
            own: dict[str, Any] = {"key": said, "site_id": site, "plot_id": plot}
            rows.append(own | columns(entry) | {"recorded_at": at, "batch_id": batch})
    new = insert_new(c, schema.log, rows, ("key",))
    if new < len(rows):
        new += _undone_again(c, [row["key"] for row in rows], batch)
    if new:
        reopen(c, [(row["site_id"], row["type"], row["time"]) for row in rows])
    return new


def _key(
    entry: LogEntry, repeats: Counter[str] | None, corrected: Mapping[str, Sequence[int]]
) -> str:
    """The key of a statement; empty when an entry that was corrected says it."""
    first = key(entry)
    time = 0 if repeats is None else repeats[first]
    if repeats is not None:
        repeats[first] += 1
    left = time - len(corrected.get(first, ()))
    if left < 0:
        return ""
    return first if left == 0 else key(entry, left)


def _corrected(c: Connection, sites: set[int]) -> dict[str, list[int]]:
    """What the corrected entries of sites say now that they stand: keys and their numbers."""
    log, change = schema.log.c, schema.log_revision.c
    was = exists().where(change.log_id == log.id, change.action == CORRECTED)
    asked = query().where(was, log.site_id.in_(sites), log.struck_at.is_(None))
    found: dict[str, list[int]] = {}
    for row in c.execute(asked.add_columns(log.key)).mappings():
        said = key(entry_of(row))
        if said != row["key"]:
            found.setdefault(said, []).append(row["id"])
    return found


def _undone_again(c: Connection, keys: Sequence[str], batch: int | None) -> int:
    """Let what an undone import had said stand again; how many did."""
    log, file = schema.log.c, schema.log_batch.c
    if c.scalar(select(file.id).where(file.undone_at.is_not(None)).limit(1)) is None:
        return 0
    return sum(
        bring_back(c, log.key.in_(part) & struck_by_undoing(), "", SAID_AGAIN, batch=batch)
        for part in _parts(keys)
    )


def _parts(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
