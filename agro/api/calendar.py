"""`/calendar/<secret>.ics`: a site's irrigation plan for whoever knows its address."""

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from agro.config import now, settings
from agro.errors import StoreError
from agro.notify.calendar import PATH, calendar
from agro.publish.answers import Database

_PRIVATE = {
    "Cache-Control": "private, max-age=900",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}
_LONGEST = 200  # characters of a token that is looked up at all
_RETRY_S = "60"


def calendar_routes(database: Database) -> list[Route]:
    """The one route."""

    def read(request: Request) -> Response:
        token = str(request.path_params["token"])
        if len(token) > _LONGEST:
            return _nothing()
        try:
            with database.connect() as c:
                found = calendar(c, token, now(), settings().origin)
        except (StoreError, SQLAlchemyError):
            told = {"Retry-After": _RETRY_S}
            return PlainTextResponse("the database is away; try again\n", 503, told)
        if found is None:
            return _nothing()
        return Response(found, media_type="text/calendar", headers=_PRIVATE)

    return [Route(f"{PATH}/{{token}}.ics", read)]


def _nothing() -> Response:
    """The same answer whatever was asked."""
    return PlainTextResponse("no such calendar", status_code=404, headers=_PRIVATE)
