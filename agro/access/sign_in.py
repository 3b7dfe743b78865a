"""Signing in and out: a password becomes a session, of which the browser holds the token."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from agro.access.secrets import hash_secret, matches, new_token, token_hash
from agro.store.access import audit, sessions, users
from agro.store.access.audit import Audited
from agro.store.access.users import User


def known_by(c: Connection, email: str) -> User | None:
    """The open account of an address that somebody else vouched for."""
    found = users.user(c, email)
    return None if found is None or found.disabled else found


def password_holds(found: User | None, password: str) -> bool:
    """Whether a password is the account's. An account that is not there takes as long."""
    hashed = found.password_hash if found is not None else ""
    holds = matches(hashed or _nobody(), password)
    return holds and bool(hashed) and found is not None and not found.disabled


@cache
def _nobody() -> str:
    """The hash of a password that nobody knows."""
    return hash_secret(new_token())


def begin(c: Connection, who: User, *, at: datetime, days: int, before: str = "") -> str:
    """Begin a session in place of the one `before`; its token, which is told nowhere else.

    Sessions that are over are forgotten with it.
    """
    sessions.prune(c, at)
    if before:
        sessions.end(c, token_hash(before))
    token = new_token()
    sessions.begin(c, token_hash(token), who.email, at=at, expires=at + timedelta(days=days))
    audit.record(c, Audited(at, who.email, "session.begin"))
    return token


def end(c: Connection, token: str, *, at: datetime, everywhere: bool = False) -> None:
    """End a session; `everywhere`: with it those of the same person on other devices."""
    found = sessions.user_of(c, token_hash(token), at=at)
    if not sessions.end(c, token_hash(token)) or found is None:
        return
    others = users.end_sessions(c, found.email) if everywhere else 0
    audit.record(c, Audited(at, found.email, "session.end", "", {"others": others}))
