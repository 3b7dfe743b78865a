"""Keys by which programs write: kept as hashes, found by their open prefix."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from agro.store import schema
from agro.store.values import from_epoch, to_epoch


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key: its `prefix` may be shown, of the rest only the hash is known. `site`: empty, any."""

    name: str
    prefix: str
    key_hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    site: str = ""
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def add(c: Connection, key: ApiKey) -> bool:
    """Keep a new key; False where a name is taken, also by one that was revoked."""
    own = schema.api_key
    if c.scalar(select(own.c.id).where(own.c.name == key.name)) is not None:
        return False
    row = {
        "name": key.name,
        "prefix": key.prefix,
        "key_hash": key.key_hash,
        "scopes": list(key.scopes),
        "site": key.site,
        "created_at": to_epoch(key.created_at),
    }
    c.execute(insert(own).values(row))
    return True


def keys(c: Connection) -> list[ApiKey]:
    """Every key, the oldest first, those revoked among them."""
    own = schema.api_key
    return [_key(row) for row in c.execute(select(own).order_by(own.c.id)).mappings()]


def by_prefix(c: Connection, prefix: str) -> ApiKey | None:
    """The key of this prefix; None where it was revoked."""
    own = schema.api_key
    asked = select(own).where(own.c.prefix == prefix, own.c.revoked_at.is_(None))
    row = c.execute(asked).mappings().first()
    return None if row is None else _key(row)


def used(c: Connection, name: str, at: datetime) -> None:
    """Note when a key was last used."""
    own = schema.api_key
    c.execute(update(own).where(own.c.name == name).values(last_used_at=to_epoch(at)))


def revoke(c: Connection, name: str, at: datetime) -> bool:
    """Let a key open nothing any more; False where none of this name does."""
    own = schema.api_key
    changed = update(own).where(own.c.name == name, own.c.revoked_at.is_(None))
    return c.execute(changed.values(revoked_at=to_epoch(at))).rowcount > 0


def _key(row: Mapping[Any, Any]) -> ApiKey:
    times = {
        name: None if row[name] is None else from_epoch(row[name])
        for name in ("last_used_at", "revoked_at")
    }
    return ApiKey(
        name=row["name"],
        prefix=row["prefix"],
        key_hash=row["key_hash"],
        scopes=tuple(row["scopes"] or ()),
        created_at=from_epoch(row["created_at"]),
        site=row["site"],
        **times,
    )
