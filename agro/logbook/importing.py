"""The good rows of a file into the store, as one import that can be undone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from agro.config import now
from agro.logbook.preview import Preview
from agro.records import Batch
from agro.store import logbook
from agro.store.beds import make_beds

Told = Callable[[int, int], None]  # how far, of how much
_AT_ONCE = 2000  # entries


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import brought. `batch` undoes it, None where nothing was new."""

    batch: int | None
    new: int
    known: int
    refused: int
    made: tuple[str, ...]


def store(c: Connection, read: Preview, *, who: str = "", told: Told | None = None) -> Stored:
    """Store the good rows of a file; what is in the logbook already is not stored again.

    Raises
    ------
    ValueError  A plot is gone since the file was read.
    """
    made = make_beds(c, read.site, read.made)
    batch = logbook.open_batch(
        c, Batch(0, read.site, read.file, read.sha256, now(), who, 0, read.refused)
    )
    entries = [entry for _, entry in read.entries]
    new, repeats = 0, Counter[str]()
    for start in range(0, len(entries), _AT_ONCE):
        if told is not None:
            told(start, len(entries))
        part = entries[start : start + _AT_ONCE]
        new += logbook.write(c, part, batch=batch, repeats=repeats)
    kept = logbook.close_batch(c, batch, new=new, refused=read.refused)
    number = None if kept is None else kept.number
    return Stored(number, new, len(entries) - new, read.refused, tuple(made))
