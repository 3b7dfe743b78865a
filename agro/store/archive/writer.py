"""Writing an archived month: under another name first, on the disk before it gets its own."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from agro.errors import StoreError
from agro.store.archive import layout
from agro.store.archive.layout import (
    COUNT,
    GROUP_ROWS,
    MANIFEST,
    PART_ROWS,
    STREAMS,
    Manifest,
    Part,
)


class MonthWriter:
    """Takes observations in order of datastream and time, in pieces of any size."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._waiting: list[pa.Table] = []
        self._parts: list[Part] = []
        self._writer: pq.ParquetWriter | None = None
        self._in_part, self._first, self._last = 0, 0, (-(2**31), 0)
        self._content = layout.Content()
        self.counts: dict[int, int] = {}

    def add(self, rows: pa.Table) -> None:
        """The next rows.

        Raises
        ------
        StoreError  They are not in order.
        """
        self._waiting.append(rows.cast(layout.SCHEMA))
        while sum(table.num_rows for table in self._waiting) >= GROUP_ROWS:
            together = pa.concat_tables(self._waiting)
            self._write(together.slice(0, GROUP_ROWS))
            self._waiting = [together.slice(GROUP_ROWS)]

    def close(self, month: str, timezone: str, streams: pa.Table) -> Manifest:
        """Write what is left, the dictionary and the manifest; everything is on the disk then."""
        rest = pa.concat_tables(self._waiting) if self._waiting else None
        if rest is not None and rest.num_rows:
            self._write(rest)
        self._end_part()
        streams = self._counted(streams)
        pq.write_table(streams, self._folder / STREAMS, compression="zstd")
        manifest = Manifest(
            month,
            timezone,
            self._content.rows,
            self._content.total,
            self._content.digest(),
            self._told(STREAMS, streams.num_rows, (0, 0)),
            tuple(self._parts),
        )
        (self._folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")
        layout.sync(self._folder / MANIFEST)
        layout.sync(self._folder)
        return manifest

    def _counted(self, streams: pa.Table) -> pa.Table:
        """The dictionary of the series that have rows, with how many; known to it or not."""
        known = streams.column("datastream_id").to_pylist()
        strangers = [{"datastream_id": id_} for id_ in sorted(self.counts.keys() - set(known))]
        streams = streams.filter(pa.array([id_ in self.counts for id_ in known], pa.bool_()))
        streams = pa.concat_tables([streams, pa.Table.from_pylist(strangers, streams.schema)])
        told = [self.counts[id_] for id_ in streams.column("datastream_id").to_pylist()]
        return streams.append_column(COUNT, pa.array(told, pa.int64()))

    def _write(self, group: pa.Table) -> None:
        group = group.combine_chunks()
        ids = group.column("datastream_id").to_numpy()
        times = group.column("time").to_numpy()
        self._check_order(ids, times)
        if self._writer is None:
            self._writer = layout.write_part(self._folder / self._name())
            self._first = int(ids[0])
        self._writer.write_table(group, row_group_size=GROUP_ROWS)
        self._content.add(group)
        self._in_part += group.num_rows
        self._last = (int(ids[-1]), int(times[-1]))
        for id_, count in zip(*np.unique(ids, return_counts=True), strict=True):
            self.counts[int(id_)] = self.counts.get(int(id_), 0) + int(count)
        if self._in_part >= PART_ROWS:
            self._end_part()

    def _check_order(self, ids: np.ndarray[Any, Any], times: np.ndarray[Any, Any]) -> None:
        step = np.diff(ids)
        in_order = np.all((step > 0) | ((step == 0) & (np.diff(times) > 0)))
        if not in_order or self._last >= (int(ids[0]), int(times[0])):
            raise StoreError("observations to archive came out of order; nothing was changed")

    def _name(self) -> str:
        return f"part-{len(self._parts):05d}.parquet"

    def _end_part(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._parts.append(self._told(self._name(), self._in_part, (self._first, self._last[0])))
        self._writer, self._in_part = None, 0

    def _told(self, name: str, rows: int, ids: tuple[int, int]) -> Part:
        path = self._folder / name
        layout.sync(path)
        return Part(name, rows, path.stat().st_size, layout.file_sha256(path), *ids)


def write_month(
    folder: Path, month: str, timezone: str, pieces: Iterable[pa.Table], streams: pa.Table
) -> Manifest:
    """Write a whole month into `folder`, which does not exist yet."""
    writer = MonthWriter(folder)
    for piece in pieces:
        writer.add(piece)
    return writer.close(month, timezone, streams)
