"""Two SQLite files change places: the new one is whole before it gets the name."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url

from agro.errors import AgroError, BadInput
from agro.store.archive import layout
from agro.store.engine import create_unmigrated

_KEPT = "before"
_SIDE_FILES = ("-wal", "-shm", "-journal")


def file_of(url: str) -> Path:
    """The file at this URL.

    Raises
    ------
    BadInput  It is in memory only.
    """
    name = make_url(url).database
    if not name or name == ":memory:":
        raise BadInput(["AGRO_DATABASE_URL: a database in memory cannot be restored to"])
    return Path(name)


def check_unused(url: str) -> None:
    """Bring the file and its log together, which only the one user of a file can.

    Raises
    ------
    AgroError  Another process uses it.
    """
    path = file_of(url)
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=2.0)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            return  # it cannot be read: a reason to restore
        mode = ""
    except sqlite3.DatabaseError:
        return
    if mode != "delete":
        raise AgroError(f"{path} is in use; stop agro serve and its collectors first")


@contextmanager
def beside(url: str) -> Iterator[tuple[Engine, Callable[[str], str]]]:
    """An empty file beside, and what puts it in its place."""
    path = file_of(url)
    new = path.with_name(f"{path.name}.restoring")
    _remove(new)  # of a run that was killed
    engine = create_unmigrated(f"sqlite:///{new.as_posix()}")

    def put(stamp: str) -> str:
        engine.dispose()
        check_unused(f"sqlite:///{new.as_posix()}")
        return _put_in_place(url, new, stamp)

    try:
        yield engine, put
    finally:
        engine.dispose()
        _remove(new)


def _put_in_place(url: str, new: Path, stamp: str) -> str:
    path = file_of(url)
    kept = path.with_name(f"{path.name}.{_KEPT}-{stamp}")
    layout.sync(new)
    if path.exists():
        check_unused(url)
        os.link(path, kept)
        for suffix in _SIDE_FILES:  # of a file that cannot be read
            side = path.with_name(path.name + suffix)
            if side.exists():
                side.rename(kept.with_name(kept.name + suffix))
    new.replace(path)  # at once: there is always a whole store of this name
    layout.sync(path.parent)
    return str(kept) if kept.exists() else ""


def _remove(path: Path) -> None:
    for suffix in ("", *_SIDE_FILES):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def swap_back(url: str, stamp: str) -> tuple[str, str]:
    """Put the file kept last in its place, and keep that of now."""
    path = file_of(url)
    kept = sorted(one for one in path.parent.glob(f"{path.name}.{_KEPT}-*") if one.suffix != "-wal")
    kept = [one for one in kept if not one.name.endswith(_SIDE_FILES)]
    if not kept:
        raise BadInput([f"no store is kept beside {path}; nothing was restored there"])
    return str(kept[-1]), _put_in_place(url, kept[-1], stamp)
