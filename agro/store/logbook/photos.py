"""Pictures of an entry, as bytes: whoever gives one has made it small and taken its place out."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, select

from agro.store import schema
from agro.store.logbook.reading import one
from agro.store.values import insert_new


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture without its bytes. `log` is the entry's number."""

    number: int
    log: int
    media_type: str
    sha256: str


def add_photo(c: Connection, log: int, body: bytes, media_type: str) -> Photo:
    """Keep a picture of an entry; the same one again is no second.

    Raises
    ------
    ValueError  There is no such entry, or the picture is empty.
    """
    one(c, log)
    if not body:
        raise ValueError("the picture is empty; choose another file")
    same = sha256(body).hexdigest()
    row = {"log_id": log, "media_type": media_type, "sha256": same, "body": body}
    insert_new(c, schema.photo, [row], ("log_id", "sha256"))
    return next(kept for kept in photos(c, log) if kept.sha256 == same)


def photos(c: Connection, log: int) -> list[Photo]:
    """The pictures of an entry, oldest first."""
    own = schema.photo.c
    asked = select(own.id, own.log_id, own.media_type, own.sha256).where(own.log_id == log)
    return [Photo(*row) for row in c.execute(asked.order_by(own.id))]


def photo(c: Connection, number: int) -> bytes | None:
    """The bytes of a picture; None when there is none of this number."""
    body = c.scalar(select(schema.photo.c.body).where(schema.photo.c.id == number))
    return None if body is None else bytes(body)
