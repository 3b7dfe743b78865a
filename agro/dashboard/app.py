"""The frame: pages, language, garden; what is asked in the address is what is shown."""

from pathlib import Path

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from agro.config import clock_is_simulated, now
from agro.dashboard import data, parts
from agro.dashboard.frame import Frame, keep, starting_language, words_of
from agro.errors import StoreError
from agro.records import City, Site
from agro.words import LANGUAGES, Words

_HERE = Path(__file__).parent
# In the order of the links; on a phone the first four stand in the bar, the others behind « Plus ».
PAGES = (
    *("today", "logbook", "harvest", "bed", "crops", "chain", "trials", "stations"),
    *("control_post", "reports", "indicators"),
)
_IN_BAR = 4


def run() -> None:
    """Draw the frame and the page that was asked for."""
    st.session_state.setdefault("started", False)
    try:
        city, sites = data.city(), data.sites()
    except (StoreError, SQLAlchemyError):
        _unreachable()
        return
    if not st.session_state["started"]:
        _start(city, sites)
    words = words_of(st.session_state["language"], city)
    pages = _pages(words)
    page = st.navigation(pages, position="hidden")
    _set_up(words, page)
    _top(words, city, sites)
    _links(words, pages, page)
    if clock_is_simulated():
        today = words.day(words.local(now()).date())
        st.html(parts.notice(words.t("app.demo", day=today)))
    keep(Frame(words, _site(sites), now()))
    _mirror()
    with parts.answering(words):
        page.run()


def _unreachable() -> None:
    words = words_of(starting_language(None), None)
    st.set_page_config(page_title=words.t("app.title"), page_icon=str(_HERE / "icon.png"))
    parts.theme(words.language)
    parts.error(words)


def _start(city: City | None, sites: list[Site]) -> None:
    """The state of a new visit, from its address."""
    asked = st.query_params.get("site", "")
    slugs = [site.slug for site in sites]
    st.session_state["language"] = starting_language(city)
    st.session_state["site"] = asked if asked in slugs else next(iter(slugs), None)
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
    parts.theme(words.language)


def _links(words: Words, pages: list[st.Page], here: st.Page) -> None:
    """The pages: under the title on a laptop, on a phone the first under the thumb, then a list."""
    folded = pages[_IN_BAR:]
    with st.container(horizontal=True, key="nav", gap=None):
        for index, page in enumerate(pages):
            _link(page, here, "nav_wide" if index >= _IN_BAR else "nav")
        if folded:
            is_there = here in folded
            label = here.title if is_there else words.t("nav.more")
            name = "nav_more_here" if is_there else "nav_more"
            # Named after the page, so that it is closed where one arrives.
            menu = f"nav_list_{here.url_path}"
            with st.container(key=name, width="content"), st.popover(label, key=menu):
                for page in folded:
                    _link(page, here, "nav_item")


def _link(page: st.Page, here: st.Page, name: str) -> None:
    with st.container(
        key=f"{name}_here" if page == here else f"{name}_{page.url_path or PAGES[0]}",
        width="content",
    ):
        st.page_link(page, label=page.title)


def _top(words: Words, city: City | None, sites: list[Site]) -> None:
    """The city's name, the garden chooser and the language switch."""
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
        st.segmented_control(
            words.t("language.choose"),
            LANGUAGES,
            key="language",
            format_func=str.upper,
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
