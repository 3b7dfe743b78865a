"""A backup becomes the store: loaded beside it, counted, and only then put in its place.

The store that was there is kept and can be put back. Until the last step it stays as it is, so a
restore that is killed leaves it usable, and one that is done leaves both.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, func, make_url, select, update

from agro.errors import BadInput, StoreError
from agro.store import schema
from agro.store.archive import layout
from agro.store.archive.guard import exclusive, folder, locked_folder
from agro.store.backup import bundle, postgresql, sqlite, tables
from agro.store.backup.bundle import BundleFault, Manifest
from agro.store.engine import MIGRATIONS, migrate, open_store, writing

Told = Callable[[str, int, int], None]
_TABLE = re.compile(r"tables/(?P<table>\w+)/\d+\.parquet")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: rows by table, archived months, and where the store before is kept."""

    tables: dict[str, int]
    months: tuple[str, ...]
    kept: str


def is_empty(url: str) -> bool:
    """Whether there is nothing at this URL that a restore would take the place of."""
    if _is_sqlite(url) and not sqlite.file_of(url).exists():
        return True
    try:
        engine = open_store(url)
    except StoreError:
        return False  # something that cannot be read is not nothing
    try:
        with engine.connect() as c:
            return not any(
                c.execute(select(table).limit(1)).first() for table in schema.metadata.sorted_tables
            )
    finally:
        engine.dispose()


def restore(url: str, path: Path, told: Told | None = None) -> Restored:
    """Make a backup the store at this URL, and keep what was there.

    Raises
    ------
    BadInput    The file cannot be used: one line.
    AgroError   Somebody uses the store (SQLite), or the archive.
    StoreError  The database cannot take it.
    """
    tell = told or (lambda *_: None)
    try:
        manifest = bundle.verify(path, tell)
        _check_revision(path, manifest)
        with _held(url), _beside(url) as (engine, put_in_place):
            migrate(engine, manifest.revision)
            files = _archive_names(manifest)
            with bundle.opened(path) as members:
                _load(engine, members, manifest, files, tell)
            migrate(engine)
            _count(engine, manifest)
            _point(engine, manifest, files)
            engine.dispose()
            kept = put_in_place(_stamp())
    except BundleFault as error:
        raise BadInput([str(error)]) from error
    return Restored(manifest.tables, tuple(manifest.archive), kept)


def undo(url: str) -> tuple[str, str]:
    """Put the store that was kept last back; where from, and where that of now is kept.

    Raises
    ------
    BadInput  None is kept.
    """
    with _held(url):
        if _is_sqlite(url):
            return sqlite.swap_back(url, _stamp())
        engine = open_store(url)
        try:
            return postgresql.swap_back(engine, _stamp())
        finally:
            engine.dispose()


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dt%H%M%S%f")


@contextmanager
def _held(url: str) -> Iterator[None]:
    if _is_sqlite(url):
        with locked_folder():
            sqlite.check_unused(url)
            yield
        return
    engine = open_store(url)
    try:
        with exclusive(engine):
            yield
    finally:
        engine.dispose()


@contextmanager
def _beside(url: str) -> Iterator[tuple[Engine, Callable[[str], str]]]:
    """An empty store beside that of the URL, and what puts it in its place."""
    with sqlite.beside(url) if _is_sqlite(url) else postgresql.beside(url) as found:
        yield found


def _check_revision(path: Path, manifest: Manifest) -> None:
    try:
        ScriptDirectory(MIGRATIONS).get_revision(manifest.revision)
    except CommandError as error:
        told = f"{path}: was taken by a newer agro (tables {manifest.revision})"
        raise BundleFault(f"{told}; update agro first") from error


def _archive_names(manifest: Manifest) -> dict[str, str]:
    """Folder in the backup → a new name in the archive: the old store keeps its own."""
    names: dict[str, str] = {}
    for month, file in manifest.archive.items():
        used = [int(place.suffix[1:] or 0) for place in folder().glob(f"{month}.*")]
        names[file] = f"{month}.{max(used, default=0) + 1}"
    return names


def _load(
    engine: Engine,
    members: Iterator[tuple[str, IO[bytes], int]],
    manifest: Manifest,
    files: dict[str, str],
    tell: Told,
) -> None:
    total, done = sum(manifest.tables.values()), 0
    for name, content, _ in members:
        table = _TABLE.fullmatch(name)
        if table and table["table"] in manifest.tables:
            rows = tables.from_parquet(content.read())
            with writing(engine) as c:
                tables.write(c, table["table"], rows)
            done += rows.num_rows
            tell(f"loading {table['table']}", done, total)
        elif name.startswith("archive/"):
            _, file, part = PurePosixPath(name).parts
            if file not in files or part != Path(part).name:
                raise BundleFault(f"{name!r} has no place in the archive; use another backup")
            _extract(content, folder() / f".{files[file]}.{os.getpid()}" / part)
    with writing(engine) as c:
        for own in schema.metadata.sorted_tables:
            if own.name in manifest.tables:  # an older release had fewer
                tables.set_sequence(c, own)


def _extract(content: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _count(engine: Engine, manifest: Manifest) -> None:
    """Raise unless every table has as many rows as were backed up."""
    with engine.connect() as c:
        for table in schema.metadata.sorted_tables:
            found, wanted = tables.count(c, table), manifest.tables.get(table.name, 0)
            if found != wanted and table.name in manifest.tables:
                told = f"table {table.name} has {found} rows and the backup {wanted}"
                raise StoreError(f"{told}; the store was left as it was")


def _point(engine: Engine, manifest: Manifest, files: dict[str, str]) -> None:
    """Give the archived months their folders, and tell the new store."""
    own = schema.archived_month
    with writing(engine) as c:
        for month, file in manifest.archive.items():
            query = select(own.c.sha256).where(own.c.month == month)
            digest = c.execute(query).scalar_one()
            hidden = folder() / f".{files[file]}.{os.getpid()}"
            if not manifest.archive_included:
                _link(folder() / file, hidden)
            layout.check(hidden, digest)
            layout.sync(hidden)
            hidden.rename(folder() / files[file])
            c.execute(update(own).where(own.c.month == month).values(file=files[file]))
        layout.sync(folder())
        if c.scalar(select(func.count()).where(own.c.file != "")) != len(manifest.archive):
            raise StoreError("the backup's archived months are not those of its tables")


def _link(place: Path, hidden: Path) -> None:
    """A month of an archive that stayed where it is, under a name of the new store's own."""
    if not place.is_dir():
        told = f"the backup was taken without its archive, and {place} is not there"
        raise StoreError(f"{told}; bring it back first")
    hidden.mkdir()
    for file in place.iterdir():
        os.link(file, hidden / file.name)
