"""An archived month on disk: a folder of sorted Parquet, readable without this program.

manifest.json     what is in it, in words; rows, bytes and SHA-256 of each file
streams.parquet   datastream → device, model, quantity, unit, depth, and where it stood when
part-00000.parquet, …   the observations, sorted by datastream and time

A part holds at most `PART_ROWS` rows, so that whoever reads one at a time needs little memory, and
its row groups are small, so that one series is found without reading the others.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from agro.errors import StoreError

FORMAT = "agro-archive/1"
GROUP_ROWS = 65_536
PART_ROWS = 64 * GROUP_ROWS
MANIFEST, STREAMS = "manifest.json", "streams.parquet"
COUNT = "rows_in_month"  # of the dictionary
SCHEMA = pa.schema(
    [
        ("datastream_id", pa.int32()),
        ("time", pa.int64()),
        ("value", pa.float64()),
        ("flag", pa.int16()),
        ("tests", pa.int16()),
        ("uncalibrated", pa.float64()),
    ]
)
COLUMNS = {
    "datastream_id": "series; its device, quantity and place stand in streams.parquet",
    "time": "seconds since 1970-01-01T00:00:00Z",
    "value": "in the unit of streams.parquet; null: the device answered that it has none",
    "flag": "QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing",
    "tests": "bits of the quality tests that set a suspect or fail, else 0",
    "uncalibrated": "what the device said, where a calibration has made the value of it",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of observations; `first` and `last` are its datastreams."""

    file: str
    rows: int
    bytes: int
    sha256: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archived month holds. `total` is the sum of its values, `content` their SHA-256."""

    month: str
    timezone: str
    rows: int
    total: float
    content: str
    streams: Part
    parts: tuple[Part, ...]

    @property
    def bytes(self) -> int:
        """Size of all its files but this one."""
        return self.streams.bytes + sum(part.bytes for part in self.parts)

    def text(self) -> str:
        """As it stands in the file."""
        explained = {"format": FORMAT, "columns": COLUMNS}
        return json.dumps(explained | asdict(self), indent=1)


class Content:
    """Count, sum and SHA-256 of observations, whatever the files they lie in."""

    def __init__(self) -> None:
        self.rows, self.total = 0, 0.0
        self._hashes = [sha256() for _ in SCHEMA]

    def add(self, group: pa.Table) -> None:
        """The next rows; in groups of `GROUP_ROWS`, so that the sum is always the same."""
        self.rows += group.num_rows
        for hashed, name in zip(self._hashes, SCHEMA.names, strict=True):
            values = plain(group, name)
            hashed.update(values.tobytes())
            if name == "value":
                self.total += float(np.nansum(values))

    def digest(self) -> str:
        """The SHA-256 of all columns."""
        return sha256(b"".join(hashed.digest() for hashed in self._hashes)).hexdigest()


def plain(table: pa.Table, name: str) -> np.ndarray[Any, Any]:
    """A column as an array, null as NaN."""
    column = table.column(name)
    if pa.types.is_floating(column.type):
        column = column.fill_null(np.nan)
    return np.ascontiguousarray(column.to_numpy())


def write_part(path: Path) -> pq.ParquetWriter:
    """A writer of observations, with what each column needs to become small."""
    return pq.ParquetWriter(
        path,
        SCHEMA,
        compression="zstd",
        compression_level=9,
        use_dictionary=[name for name in SCHEMA.names if name != "time"],
        column_encoding={"time": "DELTA_BINARY_PACKED"},
        write_page_index=False,
    )


def groups(path: Path) -> Iterator[pa.Table]:
    """The row groups of a part, one at a time."""
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, use_threads=False)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, read in pieces."""
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, onto the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def read_manifest(folder: Path, digest: str = "") -> Manifest:
    """The manifest of an archived month; `digest` is the SHA-256 it must have, when known.

    Raises
    ------
    StoreError  It is not there, or not what was written.
    """
    return _known_manifest(folder, digest) if digest else _manifest(folder, "")


@lru_cache(maxsize=256)
def _known_manifest(folder: Path, digest: str) -> Manifest:
    return _manifest(folder, digest)


def _manifest(folder: Path, digest: str) -> Manifest:
    try:
        text = (folder / MANIFEST).read_bytes()
        if digest and sha256(text).hexdigest() != digest:
            raise StoreError(f"{folder / MANIFEST} is not what was archived; restore it")
        facts = json.loads(text)
        if facts["format"] != FORMAT:
            raise StoreError(f"{folder / MANIFEST}: format {facts['format']!r} is not known")
        return Manifest(
            facts["month"],
            facts["timezone"],
            facts["rows"],
            facts["total"],
            facts["content"],
            Part(**facts["streams"]),
            tuple(Part(**part) for part in facts["parts"]),
        )
    except OSError as error:
        told = f"the archived month {folder} cannot be read ({error.strerror})"
        raise StoreError(f"{told}; is AGRO_VAR the right folder, and mounted?") from error
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{folder / MANIFEST} cannot be read: {error}; restore it") from error


def series_counts(folder: Path) -> dict[int, int]:
    """Datastream → its rows in an archived month.

    Raises
    ------
    StoreError  Its dictionary cannot be read.
    """
    try:
        table = pq.read_table(folder / STREAMS, columns=["datastream_id", COUNT])
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{folder / STREAMS} cannot be read: {error}") from error
    # One that was moved stands there for each place.
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def check(folder: Path, digest: str = "") -> Manifest:
    """Read a month back and compare every file, every row and the sum with its manifest.

    Raises
    ------
    StoreError  Something differs.
    """
    manifest, found = read_manifest(folder, digest), Content()
    for part in (manifest.streams, *manifest.parts):
        _check_file(folder / part.file, part)
    for part in manifest.parts:
        for group in groups(folder / part.file):
            found.add(group)
    said = (manifest.rows, manifest.total, manifest.content)
    if (found.rows, found.total, found.digest()) != said:
        raise StoreError(f"{folder}: its rows are not those that were archived; restore it")
    return manifest


def _check_file(path: Path, part: Part) -> None:
    try:
        same = path.stat().st_size == part.bytes and file_sha256(path) == part.sha256
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}); restore it") from error
    if not same:
        raise StoreError(f"{path} is not what was archived (SHA-256); restore it from a backup")


def read(
    folder: Path,
    manifest: Manifest,
    ids: Sequence[int] | None = None,
    *,
    columns: Sequence[str] | None = None,
    span: tuple[int, int] | None = None,
) -> Iterator[pa.Table]:
    """The rows of these datastreams (None: all), in order, a row group at a time.

    `span` leaves out row groups that hold no time in it [epoch s]; rows beside it may remain.

    Raises
    ------
    StoreError  A file cannot be read.
    """
    wanted = None if ids is None else np.array(sorted(ids), dtype=np.int32)
    for part in manifest.parts:
        if wanted is not None and not _holds_any(wanted, part.first, part.last):
            continue
        try:
            yield from _read_part(folder / part.file, wanted, columns, span)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{folder / part.file} cannot be read: {error}") from error


def _holds_any(wanted: np.ndarray[Any, Any], first: int, last: int) -> bool:
    place = int(np.searchsorted(wanted, first))
    return place < len(wanted) and bool(wanted[place] <= last)


def _read_part(
    path: Path,
    wanted: np.ndarray[Any, Any] | None,
    columns: Sequence[str] | None,
    span: tuple[int, int] | None,
) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            facts = file.metadata.row_group(number)
            ids, times = (facts.column(column).statistics for column in (0, 1))
            if span is not None and not (ids.max > ids.min or _meet(times, span)):
                continue
            if wanted is not None and not _holds_any(wanted, ids.min, ids.max):
                continue
            table = file.read_row_group(number, columns=columns, use_threads=False)
            if wanted is not None:
                there = np.isin(table.column("datastream_id").to_numpy(), wanted)
                table = table.filter(pa.array(there))
            if table.num_rows:
                yield table


def read_range(
    folder: Path, manifest: Manifest, first: int, last: int, columns: Sequence[str]
) -> Iterator[pa.Table]:
    """These columns of the datastreams `first` to `last`, in order, part by part.

    Raises
    ------
    StoreError  A file cannot be read.
    """
    names = list(dict.fromkeys(("datastream_id", *columns)))
    for part in manifest.parts:
        if part.last < first or part.first > last:
            continue
        try:
            with pq.ParquetFile(folder / part.file) as file:
                there = [
                    number
                    for number in range(file.num_row_groups)
                    if _is_within(file.metadata.row_group(number).column(0), first, last)
                ]
                table = file.read_row_groups(there, columns=names, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(f"{folder / part.file} cannot be read: {error}") from error
        ids = table.column("datastream_id").to_numpy()
        begin, end = np.searchsorted(ids, (first, last + 1))
        if end > begin:
            yield table.slice(begin, end - begin)


def _is_within(column: Any, first: int, last: int) -> bool:
    return bool(column.statistics.max >= first and column.statistics.min <= last)


def _meet(times: Any, span: tuple[int, int]) -> bool:
    return bool(times.max >= span[0] and times.min < span[1])
