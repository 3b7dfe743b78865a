"""Forms that are sent: a note, and its undoing. They need no script.

A post must come from our own pages (`agro.access.forms.same_origin`). A browser is led to the page
that tells what was noted; what a phone sends later, without anybody looking, is answered in JSON.
"""

import logging
from urllib.parse import quote, urlencode

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from agro.access.forms import read_form, same_origin
from agro.errors import Forbidden, StoreError
from agro.pocket import noting, pages
from agro.pocket.noting import RefusedError, Tapped
from agro.pocket.pages import ROOT, Visit
from agro.pocket.visits import Database, sign_in_for, visit_of, visit_without_store
from agro.records import Noted

log = logging.getLogger(__name__)

NOTE, UNDO = "note", "undo"
TOLD = "told"  # in the address: the name of the note that was just made or taken back


async def posted(database: Database, request: Request) -> Response:
    """Answer a form."""
    if not same_origin(request):
        return _refused(visit_without_store(request), "pocket.broken", status=403)
    try:
        form = await read_form(request)
    except ValueError:
        return _refused(visit_without_store(request), "pocket.broken", status=400)
    return await run_in_threadpool(_answered, database, request, form)


def _answered(database: Database, request: Request, form: dict[str, str]) -> Response:
    visit = visit_without_store(request)
    try:
        visit = visit_of(database, request)
        return _written(database, visit, form)
    except RefusedError as error:
        return _told(visit, str(error), status=400)
    except Forbidden:
        return _forbidden(visit)
    except (StoreError, SQLAlchemyError) as error:
        log.warning("cannot note yet: %s", str(error).partition("\n")[0])
        return _refused(visit, "error.body", status=503)


def _written(database: Database, visit: Visit, form: dict[str, str]) -> Response:
    asked, engine = visit.request, database.engine()
    site, plot = str(asked.path_params["site"]), str(asked.path_params.get("plot", ""))
    if asked.url.path.endswith(f"/{UNDO}"):
        note_id = form.get("undo", "")
        found = noting.undo(engine, visit.actor, site, note_id, now=visit.now)
        if found is None:
            return _refused(visit, "pocket.unknown", status=404)
        return _done(visit, found, note_id)
    tapped = Tapped.of(form, plot)
    found = noting.note(engine, visit.actor, site, tapped, words=visit.words, now=visit.now)
    return _done(visit, found, tapped.note_id)


def _done(visit: Visit, found: Noted, note_id: str) -> Response:
    """The page that the form stood on, with what was done."""
    if _is_program(visit.request):
        return JSONResponse({"entry": found.number, "stands": found.struck_at is None})
    path = f"{_page_of(visit.request)}?{urlencode({TOLD: note_id})}"
    return RedirectResponse(path, status_code=303)


def _page_of(request: Request) -> str:
    """The page on which a form stands."""
    place = request.path_params
    parts = [quote(str(place[name]), safe="") for name in ("site", "plot") if name in place]
    return "/".join((ROOT, *parts))


def _is_program(request: Request) -> bool:
    return request.headers.get("accept", "") == "application/json"


def _forbidden(visit: Visit) -> Response:
    """Who is signed out is told that nothing was noted; a phone keeps it until somebody is in."""
    if visit.actor.is_public:
        to = sign_in_for(_page_of(visit.request))
        return _refused(visit, "pocket.sign_in_first", status=401, to=to)
    return _refused(visit, "access.refused_body", status=403)


def _refused(visit: Visit, key: str, *, status: int, to: str = "") -> Response:
    return _told(visit, visit.words.t(key), status=status, to=to)


def _told(visit: Visit, text: str, *, status: int, to: str = "") -> Response:
    if _is_program(visit.request):
        return JSONResponse({"told": text}, status)
    return pages.state_page(visit, visit.words.t("pocket.not_noted"), text, status=status, to=to)
