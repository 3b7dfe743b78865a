"""Sessions: of each only the hash of its token is kept, so a copy of the store opens nothing."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from agro.store import schema
from agro.store.access.users import User, plain, user_from
from agro.store.values import to_epoch


def begin(c: Connection, token_hash: str, email: str, *, at: datetime, expires: datetime) -> bool:
    """Begin a session; False where there is no such account."""
    own = schema.app_user
    number = c.scalar(select(own.c.id).where(own.c.email == plain(email)))
    if number is None:
        return False
    row = {
        "token_hash": token_hash,
        "app_user_id": number,
        "created_at": to_epoch(at),
        "seen_at": to_epoch(at),
        "expires_at": to_epoch(expires),
    }
    c.execute(insert(schema.app_session).values(row))
    return True


def user_of(c: Connection, token_hash: str, *, at: datetime) -> User | None:
    """Whose session this is; None where it is over, or the account is closed."""
    own, held = schema.app_user, schema.app_session
    asked = (
        select(own)
        .join(held, held.c.app_user_id == own.c.id)
        .where(held.c.token_hash == token_hash, held.c.expires_at > to_epoch(at))
        .where(own.c.disabled.is_(False))
    )
    row = c.execute(asked).mappings().first()
    return None if row is None else user_from(row)


def seen(c: Connection, token_hash: str, *, at: datetime) -> User | None:
    """Whose session this is, and note that it was used."""
    found = user_of(c, token_hash, at=at)
    if found is not None:
        held = schema.app_session
        now = update(held).where(held.c.token_hash == token_hash).values(seen_at=to_epoch(at))
        c.execute(now)
    return found


def end(c: Connection, token_hash: str) -> bool:
    """End a session; False where there was none."""
    held = schema.app_session
    return c.execute(delete(held).where(held.c.token_hash == token_hash)).rowcount > 0


def prune(c: Connection, at: datetime) -> int:
    """Forget the sessions that are over; how many."""
    held = schema.app_session
    return int(c.execute(delete(held).where(held.c.expires_at <= to_epoch(at))).rowcount)
