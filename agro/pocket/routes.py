"""The routes of `/m/`: pages, notes and their undoing, and what makes it an app without network."""

import logging
from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from agro.access import check, may
from agro.access.forms import own_page
from agro.errors import Forbidden, StoreError
from agro.pocket import noting, pages, posting, reading, said
from agro.pocket.installing import asset_routes
from agro.pocket.pages import ROOT, Told, Visit
from agro.pocket.reading import PAGE, Garden
from agro.pocket.visits import (
    Database,
    sign_in_for,
    to_sign_in,
    visit_of,
    visit_without_store,
)

log = logging.getLogger(__name__)

# Below this many bytes a page is not packed.
_PACKED_FROM = 400

Page = Callable[[Connection, Visit], Response]


def pocket_routes(database: Database) -> list[Route]:
    """The routes of the pocket page over this database."""

    def page(answer: Page) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            return _answered(database, request, answer)

        return endpoint

    async def post(request: Request) -> Response:
        return await posting.posted(database, request)

    garden, bed = f"{ROOT}/{{site}}", f"{ROOT}/{{site}}/{{plot}}"
    packed = [Middleware(GZipMiddleware, minimum_size=_PACKED_FROM)]
    return [
        Route(ROOT, _to_root),
        Route(f"{ROOT}/", page(_gardens), middleware=packed),
        Route(f"{ROOT}/out.html", _out, middleware=packed),
        *asset_routes(packed),
        *(
            Route(f"{place}/{act}", post, methods=["POST"])
            for place in (garden, bed)
            for act in (posting.NOTE, posting.UNDO)
        ),
        Route(garden, page(_garden), middleware=packed),
        Route(bed, page(_bed), middleware=packed),
    ]


def _to_root(request: Request) -> Response:
    return RedirectResponse(str(request.url.replace(path=f"{ROOT}/")), status_code=307)


def _out(request: Request) -> Response:
    """What a phone with waiting notes is told where it is signed out: it knows of nobody."""
    visit = visit_without_store(request)
    words, onward = visit.words, own_page(request.query_params.get("next", ""))
    to = sign_in_for(onward if onward.startswith(f"{ROOT}/") else f"{ROOT}/")
    told = words.t("pocket.out"), words.t("pocket.out_body")
    return pages.state_page(visit, *told, status=200, to=to)


def _answered(database: Database, request: Request, answer: Page) -> Response:
    visit = visit_without_store(request)
    try:
        visit = visit_of(database, request)
        if visit.actor.is_public:
            return to_sign_in(request)
        check(visit.actor, PAGE)
        with database.connect() as c:
            return answer(c, visit)
    except Forbidden:
        words = visit.words
        told = words.t("access.refused"), words.t("access.refused_body")
        return pages.state_page(visit, *told, status=403)
    except (StoreError, SQLAlchemyError) as error:
        log.warning("cannot show the pocket page yet: %s", str(error).partition("\n")[0])
        words = visit.words
        return pages.state_page(visit, words.t("error.title"), words.t("error.body"), status=503)


def _gardens(c: Connection, visit: Visit) -> Response:
    """All gardens; the only one is shown at once."""
    found = reading.gardens(c, visit.actor)
    if len(found) == 1:
        return pages.garden_page(visit, found[0], Told())
    words = visit.words
    if not found:
        told = words.t("empty.city_title"), words.t("empty.city_body")
        if visit.actor.email:
            told = words.t("access.no_site"), words.t("access.no_site_body")
        return pages.state_page(visit, *told, status=200)
    return pages.gardens_page(visit, found)


def _garden(c: Connection, visit: Visit) -> Response:
    asked, words = visit.request, visit.words
    check(visit.actor, PAGE, str(asked.path_params["site"]))
    garden = reading.garden(c, str(asked.path_params["site"]))
    if garden is None:
        return _not_there(visit)
    if not garden.plots:
        told = words.t("empty.plots_title"), words.t("empty.plots_body")
        return pages.state_page(visit, *told, status=200)
    start = asked.query_params.get("from", "")
    first = min(int(start), len(garden.plots)) if start.isdecimal() and len(start) < 6 else 0
    return pages.garden_page(visit, garden, _told(c, visit, garden), start=first)


def _bed(c: Connection, visit: Visit) -> Response:
    asked = visit.request
    check(visit.actor, PAGE, str(asked.path_params["site"]))
    garden = reading.garden(c, str(asked.path_params["site"]))
    plot = garden.plot(str(asked.path_params["plot"])) if garden else None
    if garden is None or plot is None:
        return _not_there(visit)
    today = visit.words.local(visit.now).date()
    bed = reading.bed(c, garden, plot, now=visit.now, today=today)
    return pages.bed_page(visit, garden, bed, _told(c, visit, garden))


def _not_there(visit: Visit) -> Response:
    words = visit.words
    told = words.t("pocket.nowhere"), words.t("pocket.nowhere_body")
    return pages.state_page(visit, *told, status=404)


def _told(c: Connection, visit: Visit, garden: Garden) -> Told:
    """What the address says was just noted or taken back."""
    note_id = visit.request.query_params.get(posting.TOLD, "")
    found = noting.known(c, garden.site.slug, note_id, now=visit.now)
    if found is None:
        return Told()
    plot = garden.plot(found.entry.plot)
    advice = garden.advices.get(found.entry.plot)
    text = said.noted_said(visit.words, found, plot.name if plot else "", advice)
    can_undo = found.struck_at is None and may(visit.actor, noting.WRITE, garden.site.slug)
    return Told(text, note_id if can_undo else "")
