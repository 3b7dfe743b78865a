"""`agro backup` and `agro restore`: the whole store in one file, and back, also elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agro.cli.output import answer, answer_json, configured, store, tell
from agro.errors import AgroError, BadInput, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agro.store.backup import Manifest, Restored

Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (backup, restore):
        app.command()(command)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Does not exist yet.")],
    no_archive: Annotated[
        bool, typer.Option("--no-archive", help="Leave the files of archived months out.")
    ] = False,
    as_json: Json = False,
) -> None:
    """The whole store in one file, which either database reads; works while collectors write."""
    from agro.cli.progress import progress
    from agro.cli.season_demo import on_demo_clock
    from agro.store import backup as store_backup

    if file.exists():
        raise BadInput([f"{file}: is there already; give another name, or remove it"])
    if not file.parent.is_dir():
        raise BadInput([f"{file}: the folder {file.parent} does not exist; make it"])
    settings = on_demo_clock(configured())
    with store(settings.database) as engine:
        try:
            with progress("backup", quiet=as_json) as told:
                manifest = store_backup.take(engine, file, told, with_archive=not no_archive)
        except store_backup.BundleFault as fault:
            raise AgroError(f"the backup could not be read back: {fault}") from fault
        except OSError as error:
            raise AgroError(f"{file}: cannot be written ({error.strerror})") from error
        _beat(engine, file, manifest)
    facts = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "taken_at": manifest.taken_at,
        "revision": manifest.revision,
        "database": manifest.database,
        "tables": manifest.tables,
        "archive": sorted(manifest.archive),
        "archive_included": manifest.archive_included,
    }
    if as_json:
        answer_json(facts)
        return
    months = f"{len(manifest.archive)} archived months"
    answer(
        f"{file}: {sum(manifest.tables.values())} rows, {manifest.tables['observation']} of them "
        f"observations, and {months if not no_archive else f'the list of {months}'}; "
        f"{facts['bytes']} bytes, read back and right"
    )


def _beat(engine: "Engine", file: Path, manifest: "Manifest") -> None:
    """Leave what `agro doctor` tells the age of the last backup by."""
    from sqlalchemy.exc import SQLAlchemyError

    from agro.config import now
    from agro.store import heartbeat, writing

    facts = {
        "file": str(file.resolve()),
        "bytes": file.stat().st_size,
        "rows": sum(manifest.tables.values()),
        "archive_included": manifest.archive_included,
    }
    try:
        with writing(engine) as c:
            heartbeat.beat(c, "backup", now(), facts)
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        tell(f"{file} is whole; only the store could not note it for agro doctor: {why}")


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Of agro backup.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a store that has data.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Put the store back that the last restore kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """A backup becomes the store of AGRO_DATABASE_URL; the one before is kept beside it."""
    if (file is None) != undo:
        raise BadInput(["give the FILE to restore, or --undo alone"])
    if file is None:
        _undo(as_json=as_json)
        return
    from agro.cli.progress import progress
    from agro.store import backup as store_backup

    settings = configured()
    if not replace and not store_backup.is_empty(settings.database):
        told = "the store has data; give --replace to put the backup in its place"
        raise BadInput([f"{told}: it is kept, and agro restore --undo brings it back"])
    with progress("restore", quiet=as_json) as step, failing():
        done = store_backup.restore(settings.database, file, step)
    if as_json:
        answer_json(asdict(done))
    else:
        _tell(file, done)


@contextmanager
def failing() -> Iterator[None]:
    """What the database or the disk refuses, as one line.

    Raises
    ------
    StoreError  It refused something.
    """
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise StoreError(f"the database failed: {told}; the store is as it was") from error
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        raise StoreError(f"{named}{error.strerror or error}; the store is as it was") from error


def _tell(file: Path, done: "Restored") -> None:
    answer(
        f"{file}: {sum(done.tables.values())} rows, {done.tables.get('observation', 0)} of them "
        f"observations, and {len(done.months)} archived months are the store now; every table "
        "has as many rows as were backed up"
    )
    if done.kept:
        answer(f"the store before is kept as {done.kept}; agro restore --undo brings it back")


def _undo(*, as_json: bool) -> None:
    from agro.store import backup as store_backup

    with failing():
        back, kept = store_backup.undo(configured().database)
    if as_json:
        answer_json({"restored": back, "kept": kept})
        return
    answer(f"{back} is the store again; the one of just now is kept as {kept}")
