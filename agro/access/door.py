"""The one way in which a person's write reaches the store, from a page or a command.

The permission, the write and its row in the audit log stand in one transaction: nothing is written
that may not be, and nothing is written unseen.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from agro.access.actor import Actor
from agro.access.rules import check
from agro.config import now
from agro.store import writing
from agro.store.access import audit

Derived = Callable[[Connection], str | Iterable[str]]
Sites = str | Iterable[str] | Derived


@contextmanager
def acting(
    engine: Engine, actor: Actor, action: str, site: Sites, what: str | Mapping[str, object] = ""
) -> Iterator[Connection]:
    """One transaction in which `actor` does `action`; `what` is told by the audit log.

    `site` is that of the record itself, never one that was asked for: where only a number is known,
    a function of `agro.access.records` reads it in the same transaction. Several sites are checked
    each; the empty one is the whole city.

    Raises
    ------
    Forbidden   They may not do it there; nothing is written.
    ValueError  There is no such action, or no such record.
    """
    with writing(engine) as c:
        places = _places(site(c) if callable(site) else site)
        for place in places or ("",):
            check(actor, action, place)
        yield c
        told: dict[str, object] = (
            {"told": what} if isinstance(what, str) and what else dict(what or {})
        )
        if len(places) > 1:
            told["sites"] = list(places)
        only = places[0] if len(places) == 1 else ""
        audit.record(c, audit.Audited(now(), actor.email, action, only, told))


def _places(sites: str | Iterable[str]) -> tuple[str, ...]:
    """Each site once, in order."""
    return tuple(dict.fromkeys((sites,) if isinstance(sites, str) else sites))
