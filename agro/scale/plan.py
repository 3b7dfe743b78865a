"""An archive cut into pieces of whole datastreams, so that every bucket lies in one of them.

A piece is small enough for one process's memory and the same however many processes there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine, select

from agro.errors import BadInput
from agro.store import schema, sums
from agro.store.archive import layout

PIECE_ROWS = 4_000_000
COLUMNS = ("datastream_id", "time", "value", "flag")


@dataclass(frozen=True, slots=True)
class Piece:
    """The datastreams `first` to `last` in these months: folders in order of time."""

    number: int
    first: int
    last: int
    rows: int
    folders: tuple[Path, ...]


def months_in(folder: Path) -> list[Path]:
    """The archived months of a folder, the newest of each, in order.

    Raises
    ------
    BadInput  There is none.
    """
    newest: dict[str, tuple[int, Path]] = {}
    for path in folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9].*"):
        month, number = path.stem, int(path.suffix[1:])
        newest[month] = max(newest.get(month, (0, path)), (number, path))
    if not newest:
        raise BadInput([f"--archive {folder}: holds no archived month; name var/archive"])
    return [newest[month][1] for month in sorted(newest)]


def months_of(engine: Engine, folder: Path) -> list[Path]:
    """The archived months of a store, in order.

    Raises
    ------
    BadInput  There is none.
    """
    own = schema.archived_month.c
    with engine.connect() as c:
        files = c.scalars(select(own.file).where(own.file != "").order_by(own.month)).all()
    if not files:
        raise BadInput(["no month of this store is archived; see agro archive --help"])
    return [folder / file for file in files]


def plan(folders: Sequence[Path], *, rows: int = PIECE_ROWS) -> list[Piece]:
    """The pieces of these months, each of at most `rows` rows where a series allows it."""
    counts: dict[int, int] = {}
    for folder in folders:
        layout.read_manifest(folder)
        for id_, count in layout.series_counts(folder).items():
            counts[id_] = counts.get(id_, 0) + count
    return [
        Piece(number, ids[0], ids[-1], sum(counts[id_] for id_ in ids), tuple(folders))
        for number, ids in enumerate(_lots(counts, rows))
    ]


def _lots(counts: Mapping[int, int], limit: int) -> Iterator[list[int]]:
    lot, size = list[int](), 0
    for id_ in sorted(counts):
        if lot and size + counts[id_] > limit:
            yield lot
            lot, size = [], 0
        lot.append(id_)
        size += counts[id_]
    if lot:
        yield lot


def load(piece: Piece) -> sums.Observed:
    """The observations of a piece, by datastream and time."""
    tables: list[pa.Table] = []
    for folder in piece.folders:
        manifest = layout.read_manifest(folder)
        tables += layout.read_range(folder, manifest, piece.first, piece.last, COLUMNS)
    if not tables:
        empty = layout.SCHEMA.empty_table()
        return sums.Observed(*(layout.plain(empty, name) for name in COLUMNS))
    together = pa.concat_tables(tables)
    columns = [layout.plain(together, name) for name in COLUMNS]
    if len(tables) > 1:  # each is in order, and months follow each other
        order = np.argsort(columns[0], kind="stable")
        columns = [column[order] for column in columns]
    return sums.Observed(*columns)
