"""Is what the database says of its archive so: are the files there, are the months moved?"""

from sqlalchemy import Connection, select

from agro.errors import StoreError
from agro.store import schema
from agro.store.archive import layout
from agro.store.archive.freeze import archivable
from agro.store.archive.guard import folder


def absent(c: Connection) -> list[str]:
    """The archived months whose files are not all there, each with its size; nothing is read."""
    own = schema.archived_month.c
    query = select(own.month, own.file, own.sha256).where(own.file != "").order_by(own.month)
    return [month for month, file, digest in c.execute(query) if not _is_there(file, digest)]


def _is_there(file: str, digest: str) -> bool:
    place = folder() / file
    try:
        manifest = layout.read_manifest(place, digest)
        parts = (manifest.streams, *manifest.parts)
        return all((place / part.file).stat().st_size == part.bytes for part in parts)
    except (OSError, StoreError):
        return False


def overdue(c: Connection, before: str) -> list[str]:
    """The months before this one (2026-07) with rows in the database that were never archived.

    Late values of an archived month are at home in the database until it is archived again.
    """
    own = schema.archived_month.c
    archived = set(c.scalars(select(own.month).where(own.file != "")))
    return [month for month in archivable(c.engine, before) if month not in archived]
