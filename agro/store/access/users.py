"""The accounts: who, in which roles, for which sites."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from agro.store import schema
from agro.store.alerts import subscriptions
from agro.store.values import from_epoch, to_epoch, upsert


@dataclass(frozen=True, slots=True)
class User:
    """An account. Without `password_hash` only a provider vouches for it; `sites` may hold `*`."""

    email: str
    name: str
    roles: frozenset[str]
    created_at: datetime
    sites: frozenset[str] = frozenset()
    password_hash: str = ""
    disabled: bool = False


def plain(email: str) -> str:
    """An address as accounts are found by it: people write it in whatever case."""
    return email.strip().lower()


def save(c: Connection, one: User) -> None:
    """Keep an account as it is now."""
    row = {
        "email": plain(one.email),
        "name": one.name,
        "roles": sorted(one.roles),
        "sites": sorted(one.sites),
        "password_hash": one.password_hash,
        "disabled": one.disabled,
        "created_at": to_epoch(one.created_at),
    }
    upsert(c, schema.app_user, [row], ["email"])


def user(c: Connection, email: str) -> User | None:
    """The account of an address."""
    own = schema.app_user
    row = c.execute(select(own).where(own.c.email == plain(email))).mappings().first()
    return None if row is None else user_from(row)


def users(c: Connection) -> list[User]:
    """Every account, by address."""
    own = schema.app_user
    return [user_from(row) for row in c.execute(select(own).order_by(own.c.email)).mappings()]


def any_user(c: Connection) -> bool:
    """Whether there is any account."""
    return c.scalar(select(schema.app_user.c.id).limit(1)) is not None


def remove(c: Connection, email: str) -> bool:
    """Forget an account, its sessions and its alerts; False where there is none."""
    own = schema.app_user
    end_sessions(c, email)
    subscriptions.remove_of(c, plain(email))
    return c.execute(delete(own).where(own.c.email == plain(email))).rowcount > 0


def set_password_hash(c: Connection, email: str, hashed: str) -> bool:
    """Change a password, which ends the sessions; False where there is no such account."""
    own = schema.app_user
    end_sessions(c, email)
    changed = update(own).where(own.c.email == plain(email)).values(password_hash=hashed)
    return c.execute(changed).rowcount > 0


def end_sessions(c: Connection, email: str) -> int:
    """Sign an account out everywhere; how many sessions it had."""
    own, held = schema.app_user, schema.app_session
    of = select(own.c.id).where(own.c.email == plain(email)).scalar_subquery()
    return int(c.execute(delete(held).where(held.c.app_user_id == of)).rowcount)


def user_from(row: Mapping[Any, Any]) -> User:
    """An account of its row."""
    return User(
        email=row["email"],
        name=row["name"],
        roles=frozenset(row["roles"] or ()),
        created_at=from_epoch(row["created_at"]),
        sites=frozenset(row["sites"] or ()),
        password_hash=row["password_hash"],
        disabled=bool(row["disabled"]),
    )
