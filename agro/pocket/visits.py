"""Who comes, in which language, and where to sign in."""

from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import urlencode

from sqlalchemy import Connection, Engine
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agro.access import PUBLIC, actor_of
from agro.config import now
from agro.pocket.asked import language_of
from agro.pocket.pages import Visit
from agro.store import farms
from agro.words import say

_SIGN_IN = "/signin"


class Database(Protocol):
    """The server's own way to the database."""

    def connect(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""

    def engine(self) -> Engine:
        """The engine, for what a person writes."""


def visit_of(database: Database, request: Request) -> Visit:
    """Who asks, in the words they read.

    Raises
    ------
    StoreError, SQLAlchemyError  The store cannot be asked.
    """
    with database.connect() as c:
        city = farms.city(c)
    language = language_of(request, city.language if city else "")
    words = say(language, city.timezone) if city else say(language)
    actor = actor_of(database.engine(), cookies=request.cookies, headers=request.headers)
    return Visit(request, words, actor, now())


def visit_without_store(request: Request) -> Visit:
    """A visit while nobody can be known."""
    return Visit(request, say(language_of(request, "")), PUBLIC, now())


def to_sign_in(request: Request) -> Response:
    """Whoever is not known signs in and comes back."""
    return RedirectResponse(sign_in_for(request.url.path), status_code=303)


def sign_in_for(page: str) -> str:
    """The address at which to sign in, which leads on to a page of ours."""
    return f"{_SIGN_IN}?{urlencode({'next': page})}"
