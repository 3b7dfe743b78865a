"""Keys that programs show: the operator's of the settings, and those of the store with scopes.

Argon2 makes a key expensive to guess and would make each request as expensive (0.1 s), so it is
remembered that a key is the one of a hash. Nothing else is: revoked, a key opens nothing more.
"""

from collections import OrderedDict
from contextlib import AbstractContextManager
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from threading import BoundedSemaphore, Lock
from typing import Literal, Protocol

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Connection

from agro.access.secrets import matches, prefix_of
from agro.config import now, settings
from agro.store.access import keys
from agro.store.access.keys import ApiKey

Scope = Literal["sensor_things:write", "subscriptions", "reports"]

_REMEMBERED = 256  # keys
_AT_ONCE = 2  # hashes: each takes 64 MiB
_WRONG = RateLimitItemPerMinute(10, 1, "wrong keys of one prefix")
_NOTED_EVERY = timedelta(hours=1)


class Database(Protocol):
    """Where the store is: a connection to read with, and a transaction to write in."""

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""

    def write(self) -> AbstractContextManager[Connection]:
        """A connection in one transaction."""


class KeyRing:
    """Tells which key opens what.

    Parameters
    ----------
    operator : The key that opens everything; None: what `AGRO_API_KEY` says when it is asked.
    """

    def __init__(self, database: Database, operator: str | None = None) -> None:
        self._database, self._given = database, operator
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self._lock, self._hashing = Lock(), BoundedSemaphore(_AT_ONCE)
        self._wrong = FixedWindowRateLimiter(MemoryStorage())

    def opens(self, shown: str, scope: Scope) -> bool:
        """Whether a key opens `scope`; that it was used is noted once an hour.

        A key of one garden opens none of these, which are of the whole city.

        Raises
        ------
        StoreError, SQLAlchemyError  The store cannot be asked.
        """
        if not shown:
            return False
        operator = self._operator()
        if operator and compare_digest(shown.encode(), operator.encode()):
            return True
        found = self.key(shown)
        if found is None or found.site or scope not in found.scopes:
            return False
        self._note(found)
        return True

    def key(self, shown: str) -> ApiKey | None:
        """The key of the store that is shown, unless it was revoked."""
        prefix = prefix_of(shown)
        if not prefix:
            return None
        with self._database.connect() as c:
            found = keys.by_prefix(c, prefix)
        return found if found is not None and self._is(found, shown) else None

    def is_empty(self, scope: Scope) -> bool:
        """Whether no key at all opens `scope`, so that an operator can be told to make one."""
        if self._operator():
            return False
        with self._database.connect() as c:
            held = keys.keys(c)
        return not any(one.revoked_at is None and scope in one.scopes for one in held)

    def _operator(self) -> str:
        return settings().api_key.get_secret_value() if self._given is None else self._given

    def _is(self, key: ApiKey, shown: str) -> bool:
        mark = sha256(shown.encode()).digest()
        with self._lock:
            if self._known.get(mark) == key.key_hash:
                self._known.move_to_end(mark)
                return True
        if not self._wrong.test(_WRONG, key.prefix):
            return False
        with self._hashing:
            holds = matches(key.key_hash, shown)
        if not holds:
            self._wrong.hit(_WRONG, key.prefix)
            return False
        with self._lock:
            self._known[mark] = key.key_hash
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return True

    def _note(self, key: ApiKey) -> None:
        at = now()
        if key.last_used_at is None or at - key.last_used_at >= _NOTED_EVERY:
            with self._database.write() as c:
                keys.used(c, key.name, at)
