"""The door of the commands: what a person writes by one is told by the audit log, as of a page."""

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from agro.access.door import Sites

WHO = "command"  # in the audit log; the machine's own name of the person stands beside it


@contextmanager
def acting_here(
    engine: "Engine", action: str, site: "Sites", what: Mapping[str, object]
) -> Iterator["Connection"]:
    """One transaction of whoever sits at this machine: see `agro.access.acting`.

    Raises
    ------
    BadInput  There is no such record.
    """
    from agro.access import ANY_SITE, ROLES, Actor, acting

    command = Actor(WHO, "", frozenset(ROLES), frozenset({ANY_SITE}))
    with acting(engine, command, action, _known(site), {"user": user(), **what}) as c:
        yield c


def user() -> str:
    """Who is signed in to this machine; empty where it has no name for them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # the last two before Python 3.13
        return ""


def _known(site: "Sites") -> "Sites":
    """The same sites; a record that is not there is bad input."""
    if not callable(site):
        return site

    def sites(c: "Connection") -> tuple[str, ...]:
        try:
            found = site(c)
        except ValueError as error:
            raise BadInput([str(error)]) from error
        return (found,) if isinstance(found, str) else tuple(found)

    return sites
