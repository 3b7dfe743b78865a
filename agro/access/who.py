"""Who asks: read from the session's cookie, anew each time."""

from collections.abc import Mapping
from ipaddress import ip_address

from sqlalchemy import Engine

from agro.access.actor import LOCAL, PUBLIC, ROLES, Actor, Role
from agro.access.secrets import token_hash
from agro.config import now, settings
from agro.store.access import sessions, users
from agro.store.access.users import User

SESSION_COOKIE = "agro_session"
# What a proxy adds to the requests of others; their own host may well be this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def actor_of(engine: Engine, *, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Actor:
    """Who asks, by the session of their cookie; a provider's word becomes one as well.

    A store without any account is open on its own machine, and read-only from elsewhere.
    """
    with engine.connect() as c:
        token = cookies.get(SESSION_COOKIE, "")
        found = sessions.user_of(c, token_hash(token), at=now()) if token else None
        if found is not None:
            return actor_from(found)
        is_open = not users.any_user(c)
    is_here = settings().is_loopback and is_asked_here(headers)
    return LOCAL if is_open and is_here else PUBLIC


def actor_from(user: User) -> Actor:
    """A person of the store as they act; nobody where their account is closed."""
    if user.disabled:
        return PUBLIC
    roles: frozenset[Role] = frozenset(role for role in ROLES if role in user.roles)
    return Actor(user.email, user.name, roles, user.sites)


def is_asked_here(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this machine itself, not by a proxy or another name."""
    told = {name.lower(): value for name, value in headers.items()}
    if any(told.get(name) for name in _FORWARDED):
        return False
    return is_loopback(told.get("host", ""))


def is_loopback(host: str) -> bool:
    """Whether `name:port` is this machine; a missing one is, as of tests without a browser."""
    name = host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]
    if name in {"", "localhost"}:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
