"""Files come from those only who may write something: a visitor of the public pages sends none.

Streamlit keeps what is sent to a session in memory until the session ends, from whoever opened
one; no page of ours asks anybody without a role for a file.
"""

import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from agro.access import actor_of
from agro.errors import StoreError
from agro.server.bounds import UPLOADS
from agro.server.source import Source

log = logging.getLogger(__name__)

_READS = ("GET", "HEAD", "OPTIONS")


class Uploads:
    """Refuses the files of people without a role (403)."""

    def __init__(self, app: ASGIApp, *, database: Source) -> None:
        self._app, self._database = app, database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        is_file = scope["type"] == "http" and scope["path"].startswith(UPLOADS)
        if is_file and scope["method"] not in _READS:
            refusal = await run_in_threadpool(self._refusal, Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        try:
            who = actor_of(
                self._database.engine(), cookies=request.cookies, headers=request.headers
            )
        except (StoreError, SQLAlchemyError) as error:
            log.warning("cannot tell who sends a file: %s", str(error).partition("\n")[0])
            return PlainTextResponse("the database is away; try again\n", 503)
        return PlainTextResponse("sign in to send a file\n", 403) if who.is_public else None
