"""Pages as HTML: a template, its words, and the headers under which a browser shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import uuid4

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from agro import packs
from agro.access import Actor, may
from agro.config import settings
from agro.pocket import said
from agro.pocket.asked import LANGUAGE_COOKIE, LOOK_COOKIE, LOOKS, look_of
from agro.pocket.noting import WRITE, mark_of
from agro.pocket.reading import Bed, Garden
from agro.pocket.style import style
from agro.words import LANGUAGES, Words

ROOT = "/m"
_FORMS = 4  # of a bed's page
_YEAR_S = 31_536_000
_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie"}
_TEMPLATES = Environment(loader=PackageLoader("agro.pocket"), autoescape=True, trim_blocks=True)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, in which words, and when."""

    request: Request
    words: Words
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What was just noted, and the name by which it is taken back (empty: it cannot be)."""

    text: str = ""
    undo: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page lies: its own path, the page above it, and the whole page of the dashboard."""

    here: str
    up: str
    up_text: str
    full: str


def gardens_page(visit: Visit, gardens: list[Garden]) -> Response:
    """The list of gardens."""
    words = visit.words
    place = _Place(ROOT, "/", words.t("app.title"), _full(words, "/"))
    title, lines = words.t("pocket.gardens"), said.gardens_said(words, gardens)
    return _page(visit, "gardens.html", title, place, gardens=lines)


def garden_page(visit: Visit, garden: Garden, told: Told, *, start: int = 0) -> Response:
    """A garden's day."""
    words, slug = visit.words, garden.site.slug
    shown = said.garden_said(
        words, garden, now=visit.now, may_note=may(visit.actor, WRITE, slug), start=start
    )
    full = _full(words, "/", site=slug)
    place = _Place(f"{ROOT}/{slug}", f"{ROOT}/", words.t("pocket.gardens"), full)
    return _page(
        visit, "garden.html", garden.site.name, place, told, garden=shown, note_id=_note_id()
    )


def bed_page(visit: Visit, garden: Garden, bed: Bed, told: Told, *, status: int = 200) -> Response:
    """A bed with its reasons, its week, and what may be noted."""
    words, slug, plot = visit.words, garden.site.slug, bed.plot.slug
    may_note = may(visit.actor, WRITE, slug)
    shown = said.bed_said(words, garden, bed, now=visit.now, may_note=may_note)
    place = _Place(
        f"{ROOT}/{slug}/{plot}",
        f"{ROOT}/{slug}",
        garden.site.name,
        _full(words, "/bed", site=slug, plot=plot),
    )
    ids = [_note_id() for _ in range(_FORMS)]
    more = {"bed": shown, "may_note": may_note, "ids": ids}
    return _page(visit, "bed.html", shown.card.title, place, told, status=status, **more)


def state_page(visit: Visit, title: str, body: str, *, status: int, to: str = "") -> Response:
    """A page that says why there is nothing to show; `to` is where to sign in first."""
    words = visit.words
    place = _Place(ROOT, f"{ROOT}/", words.t("pocket.gardens"), _full(words, "/"))
    return _page(visit, "state.html", title, place, status=status, body=body, to=to)


def _page(
    visit: Visit,
    template: str,
    title: str,
    place: _Place,
    told: Told | None = None,
    *,
    status: int = 200,
    **more: object,
) -> Response:
    words = visit.words
    note, look = told or Told(), look_of(visit.request)
    worn = style(look)
    html = _TEMPLATES.get_template(template).render(
        css=worn.css,
        title=title,
        language=words.language,
        languages=_offered(words.language),
        look=look,
        looks=[(one, words.t(f"look.{one}")) for one in LOOKS],
        mark=mark_of(visit.actor),
        text=_texts(words, visit.now),
        told=note.text,
        undo=note.undo,
        here=place.here,
        up=place.up,
        up_text=place.up_text,
        full=place.full,
        **more,
    )
    answer = HTMLResponse(html, status, _HEADERS | {"Content-Security-Policy": worn.policy})
    _keep_choices(visit, answer, look)
    return answer


def _keep_choices(visit: Visit, answer: Response, look: str) -> None:
    """Let the browser remember the language and the look that the address asks for."""
    asked, language = visit.request.query_params, visit.words.language
    if asked.get("lang") == language:
        answer.set_cookie(LANGUAGE_COOKIE, language, _YEAR_S, path=ROOT, samesite="lax")
    if look and asked.get("look") == look:
        answer.set_cookie(LOOK_COOKIE, look, _YEAR_S, samesite="lax")


def _offered(language: str) -> tuple[str, ...]:
    """The languages to choose from: the city's, and the one that is spoken."""
    return tuple(dict.fromkeys((*packs.languages(settings().city, LANGUAGES), language)))


def _texts(words: Words, now: datetime) -> Mapping[str, str]:
    """What stands on every page, by the names of the templates."""
    return {
        "all_pages": words.t("pocket.all_pages"),
        "offline": words.t("pocket.copy", time=words.stamp(now)),
        "waiting": words.t("pocket.waiting"),
        "not_taken": words.t("pocket.not_taken"),
        "why": words.t("pocket.why"),
        "note": words.t("pocket.note"),
        "watered": words.t("pocket.watered"),
        "harvested": words.t("pocket.harvested"),
        "seen": words.t("pocket.seen"),
        "lately": words.t("pocket.lately"),
        "language_choose": words.t("language.choose"),
        "look_choose": words.t("look.choose"),
        "sign_in": words.t("signin.title"),
        "logbook_undo": words.t("logbook.undo"),
        "logbook_save": words.t("logbook.save"),
        "logbook_unit": words.t("logbook.unit"),
        "logbook_which": words.t("logbook.which"),
        "gauge_unknown": words.t("gauge.unknown"),
        "week_title": words.t("week.title"),
        "week_rain": words.t("week.rain"),
        "week_watering": words.t("week.watering"),
        "week_unit": words.t("week.unit"),
    }


def _full(words: Words, path: str, **asked: str) -> str:
    """The page of the dashboard that tells more."""
    return f"{path}?{urlencode({**asked, 'lang': words.language})}"


def _note_id() -> str:
    """The name of a note that may be made on a page: each showing of a page has its own."""
    return str(uuid4())
