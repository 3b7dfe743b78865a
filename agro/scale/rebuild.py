"""Every hourly and local-day rollup of an archive, computed again from its rows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from agro.errors import StoreError
from agro.scale.plan import Piece, load
from agro.scale.pool import Run
from agro.store import sums
from agro.store.archive import layout

HOURS, DAYS = "rollup_hour", "rollup_day"


@dataclass(frozen=True, slots=True)
class Rolled:
    """What a piece became; `digest` is the SHA-256 of its rollups."""

    number: int
    rows: int
    hours: int
    days: int
    digest: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What an archive became; `digest` is the same wherever it was computed."""

    pieces: int
    rows: int
    hours: int
    days: int
    digest: str


def roll_up(piece: Piece, timezone: str, out: Path) -> Rolled:
    """Compute the rollups of a piece and write them into `out`, a folder all workers share."""
    zone = ZoneInfo(timezone)
    observed = load(piece)
    hours = sums.hours(observed, zone)
    days = sums.days(hours, zone)
    for name, table in ((HOURS, hours), (DAYS, days)):
        _write(table, file_of(out, name, piece.number))
    digest = sha256(_bytes(hours) + _bytes(days)).hexdigest()
    return Rolled(piece.number, len(observed.ids), hours.num_rows, days.num_rows, digest)


def _bytes(table: pa.Table) -> bytes:
    """The SHA-256 of a table's values, whatever its buffers."""
    found = sha256()
    for name in table.column_names:
        found.update(layout.plain(table, name).tobytes())
    return found.digest()


def file_of(out: Path, name: str, number: int) -> Path:
    """Where the rollups of a piece lie."""
    return out / name / f"piece-{number:05d}.parquet"


def _write(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    pq.write_table(table, hidden, compression="zstd")
    hidden.rename(path)


def rebuild(
    pieces: list[Piece],
    timezone: str,
    out: Path,
    *,
    run: Run,
    told: Callable[[int], None] | None = None,
) -> Rebuilt:
    """Compute all pieces; `told` hears how many rows are done.

    Raises
    ------
    StoreError  The archive cannot be read, or a worker's files are not where they should be.
    """
    done: dict[int, Rolled] = {}
    for rolled in run(partial(roll_up, timezone=timezone, out=out.absolute()), pieces):
        done[rolled.number] = rolled
        if told:
            told(sum(one.rows for one in done.values()))
    rows = sum(one.rows for one in done.values())
    if rows != sum(piece.rows for piece in pieces):
        raise StoreError(f"{rows} rows were read and the archive says otherwise; verify it")
    lost = [n for n in done if not file_of(out, HOURS, n).exists()]
    if lost:
        raise StoreError(f"{out} is not shared with the workers: {len(lost)} pieces are not there")
    rolled_up = [done[number] for number in sorted(done)]
    return Rebuilt(
        len(rolled_up),
        rows,
        sum(one.hours for one in rolled_up),
        sum(one.days for one in rolled_up),
        sha256("".join(one.digest for one in rolled_up).encode()).hexdigest(),
    )
