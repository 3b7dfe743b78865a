"""The frame: pages, language, look, garden; what is asked in the address is what is shown."""

from pathlib import Path

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from agro.access import LOCAL, PUBLIC_PAGES, Actor, may
from agro.config import clock_is_simulated, now
from agro.dashboard import account, data, navigation, parts, visitor
from agro.dashboard.colours import LOOKS
from agro.dashboard.frame import Frame, keep, starting_language, starting_look, words_of
from agro.dashboard.navigation import PAGES
from agro.dashboard.turns import turn
from agro.errors import StoreError
from agro.records import City, Site
from agro.words import Words

__all__ = ["PAGES", "run"]
_HERE = Path(__file__).parent


def run() -> None:
    """Draw the frame and the page that was asked for, in its turn."""
    with turn():
        _draw()


def _draw() -> None:
    account.begin_at_provider()
    st.session_state.setdefault("started", False)
    try:
        city, every = data.city(), data.sites()
        # A run that leads to another page may leave nothing of the fields it had drawn.
        if not st.session_state["started"] or "language" not in st.session_state:
            _start(city)
        actor = data.actor()
    except (StoreError, SQLAlchemyError):
        _unreachable()
        return
    sites = visitor.seen(actor, every)
    visitor.stay_within(actor, sites)
    words = words_of(st.session_state["language"], city)
    pages = dict(zip(PAGES, _pages(words), strict=True))
    page = st.navigation(list(pages.values()), position="hidden")
    _set_up(words, page)
    _top(words, city, sites if visitor.chooses_site(actor) else [], actor)
    allowed = {name: pages[name] for name in PAGES if may(actor, f"page.{name}")}
    _begin(allowed, page, actor)
    navigation.draw(words, allowed, page, actor.roles)
    if clock_is_simulated():
        today = words.day(words.local(now()).date())
        st.html(parts.notice(words.t("app.demo", day=today)))
    if actor != LOCAL:
        with st.container(horizontal=True, key="who"):
            parts.who_looks(words, actor)
            account.links(words, actor)
    parts.unwritten(words, visitor.unwritten())
    keep(Frame(words, _site(sites), now(), actor))
    _mirror()
    if every and not sites and page not in [pages[name] for name in PUBLIC_PAGES]:
        parts.empty(words.t("access.no_site"), words.t("access.no_site_body"))
        return
    if page not in allowed.values():
        _refused(words, page, list(allowed.values()))
        return
    with parts.loading(words, page.url_path), parts.answering(words):
        page.run()
    if actor == LOCAL:
        parts.caption(words.t("access.open"))  # below: what is asked for comes first


def _begin(allowed: dict[str, st.Page], page: st.Page, actor: Actor) -> None:
    """A new visit that asks for nothing begins on the first page of who comes."""
    is_new = not st.session_state.get("arrived")
    st.session_state["arrived"] = True
    first = navigation.first_page(actor.roles)
    asks = page.url_path or "plot" in st.query_params
    if is_new and not asks and first in allowed and allowed[first] != page:
        account.led_to(allowed[first])
        st.switch_page(allowed[first], query_params=st.query_params.to_dict())


def _refused(words: Words, page: st.Page, allowed: list[st.Page]) -> None:
    """A page that is not theirs: who came to the door is led on, who asked for it is told."""
    if allowed and not page.url_path:
        account.led_to(allowed[0])
        st.switch_page(allowed[0], query_params=st.query_params.to_dict())
    parts.title(page.title)
    parts.forbidden(words)


def _unreachable() -> None:
    words = words_of(starting_language(None), None)
    st.set_page_config(page_title=words.t("app.title"), page_icon=str(_HERE / "icon.png"))
    parts.theme(words.language, starting_look())
    parts.error(words)


def _start(city: City | None) -> None:
    """The state of a new visit, from its address."""
    st.session_state["language"] = starting_language(city)
    st.session_state["look"] = starting_look()
    st.query_params.pop("look", None)  # the cookie keeps it
    st.session_state["site"] = st.query_params.get("site", "")  # kept where it is theirs to see
    visitor.choose_seat(st.query_params.get("as", ""))
    st.session_state["started"] = True


def _pages(words: Words) -> list[st.Page]:
    return [
        st.Page(_HERE / "pages" / f"{name}.py", title=words.t(f"nav.{name}"), default=index == 0)
        for index, name in enumerate(PAGES)
    ]


def _set_up(words: Words, page: st.Page) -> None:
    st.set_page_config(
        page_title=f"{page.title} · {words.t('app.title')}",
        page_icon=str(_HERE / "icon.png"),
        layout="wide",
    )
    parts.theme(words.language, parts.look())


def _top(words: Words, city: City | None, sites: list[Site], actor: Actor) -> None:
    """The city's name, the garden chooser, the demo's seats, the language and the look."""
    with st.container(horizontal=True, key="top", vertical_alignment="center"):
        st.html(parts.masthead(words, city.name if city else ""))
        if len(sites) > 1:
            names = {site.slug: site.name for site in sites}
            st.selectbox(
                words.t("app.site"),
                list(names),
                key="site",
                format_func=lambda slug: names[slug],
                placeholder=words.t("app.site"),
                label_visibility="collapsed",
            )
        if visitor.has_switch(actor):
            st.selectbox(
                words.t("access.seat"),
                visitor.SEATS,
                key=visitor.seat_key(),
                format_func=lambda name: words.t(f"access.seats.{name}"),
                placeholder=words.t("access.seat"),
                label_visibility="collapsed",
                width=220,
            )
        st.segmented_control(
            words.t("language.choose"),
            tuple(dict.fromkeys((*data.languages(), words.language))),
            key="language",
            format_func=str.upper,
            required=True,
            label_visibility="collapsed",
        )
        st.segmented_control(
            words.t("look.choose"),
            LOOKS,
            key="look",
            format_func=lambda name: words.t(f"look.{name}"),
            required=True,
            label_visibility="collapsed",
        )


def _site(sites: list[Site]) -> Site | None:
    chosen = st.session_state.get("site")
    return next((site for site in sites if site.slug == chosen), None)


def _mirror() -> None:
    """Keep language and garden in the address, so that it can be sent."""
    for parameter, value in (
        ("lang", st.session_state["language"]),
        ("site", st.session_state.get("site") or ""),
    ):
        if value and st.query_params.get(parameter) != value:
            st.query_params[parameter] = value
    visitor.mirror_seat()
