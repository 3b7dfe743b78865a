"""Taking a backup: one moment of the store, read in batches while collectors go on writing.

SQLite's snapshot is a read transaction (its WAL lets writers go on), PostgreSQL's a REPEATABLE
READ one. SQLite's own backup of pages would begin anew whenever somebody writes between two steps,
and PostgreSQL could not read it.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, select, text

from agro.config import now
from agro.store import schema
from agro.store.archive import exclusive, layout
from agro.store.archive.freeze import snapshot
from agro.store.archive.guard import folder
from agro.store.backup import bundle, tables
from agro.store.backup.bundle import Manifest

Told = Callable[[str, int, int], None]


def take(
    engine: Engine, path: Path, told: Told | None = None, *, with_archive: bool = True
) -> Manifest:
    """Write the whole store into `path`; it is on the disk and was read back when this returns.

    Raises
    ------
    AgroError   An archive, backup or restore is running.
    StoreError  An archived month is not what was archived.
    """
    tell = told or (lambda *_: None)
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with exclusive(engine), snapshot(engine) as c, hidden.open("wb") as file:
            manifest = _write(c, bundle.Writer(file), tell, with_archive=with_archive)
            file.flush()
            os.fsync(file.fileno())
        bundle.verify(hidden, tell)
        hidden.rename(path)
        layout.sync(path.parent)
    finally:
        hidden.unlink(missing_ok=True)
    return manifest


def _write(c: Connection, writer: bundle.Writer, tell: Told, *, with_archive: bool) -> Manifest:
    revision = c.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    taken_at = now().isoformat(timespec="seconds").replace("+00:00", "Z")
    head = {"format": bundle.FORMAT, "taken_at": taken_at, "revision": revision}
    writer.add(bundle.HEAD, json.dumps(head).encode())
    counts: dict[str, int] = {}
    done = 0
    for table in schema.metadata.sorted_tables:
        counts[table.name] = 0
        for number, rows in enumerate(tables.read(c, table)):
            writer.add(f"tables/{table.name}/{number:06d}.parquet", tables.to_parquet(rows))
            counts[table.name] += rows.num_rows
            done += rows.num_rows
            tell(f"writing {table.name}", done, 0)
    months = _months(c)
    if with_archive:
        for number, (file, digest) in enumerate(months.values()):
            _add_month(writer, file, digest)
            tell(f"adding {file}", number + 1, len(months))
    return writer.close(
        taken_at=taken_at,
        revision=str(revision),
        database=c.dialect.name,
        tables=counts,
        archive={month: file for month, (file, _) in months.items()},
        archive_included=with_archive,
    )


def _months(c: Connection) -> dict[str, tuple[str, str]]:
    own = schema.archived_month.c
    query = select(own.month, own.file, own.sha256).where(own.file != "").order_by(own.month)
    return {month: (file, digest) for month, file, digest in c.execute(query)}


def _add_month(writer: bundle.Writer, file: str, digest: str) -> None:
    place = folder() / file
    manifest = layout.read_manifest(place, digest)
    writer.add_file(f"archive/{file}/{layout.MANIFEST}", place / layout.MANIFEST, digest)
    for part in (manifest.streams, *manifest.parts):
        # What was harmed on the disk is found when the backup is read back.
        writer.add_file(f"archive/{file}/{part.file}", place / part.file, part.sha256)
