"""What was noted, newest first: filters, a page at a time, one entry opened in its place."""

from datetime import datetime, timedelta
from math import ceil

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_cards import row
from agro.dashboard.logbook_choices import TYPES
from agro.dashboard.logbook_data import Sought
from agro.dashboard.logbook_files import export
from agro.dashboard.logbook_one import SAID, WITH_STRUCK, opened
from agro.records import Noted, Site

PERIODS = ("week", "month", "year", "all")
_DAYS = {"week": 7, "month": 30}
_ROWS = 15
_PAGE, _OPEN = "logbook_page", "logbook_open"
_EVERY_TYPE = (*TYPES, "delivery")


@st.fragment
def entries(frame: Frame, site: Site) -> None:
    """Draw the list."""
    with parts.answering(frame.words):
        frame = frame.refreshed()
        sought = filters(frame, site)
        found, count = _page(sought)
        words = frame.words
        if said := st.session_state.pop(SAID, ""):
            st.html(parts.notice(said))
        if not count:
            parts.empty(words.t("logbook.none_title"), words.t("logbook.none_body"))
            return
        parts.caption(words.t("logbook.count", n=count))
        for noted in found:
            with st.container(key=f"logbook_row_{noted.number}", border=True):
                _row(frame, noted)
        _pages(frame, count)
        export(frame, site, sought)


def _row(frame: Frame, noted: Noted) -> None:
    number = noted.number
    line = f"logbook_line_{number}"
    with st.container(key=line, horizontal=True, vertical_alignment="center"):
        st.html(row(frame, noted, log.counted(noted.entry.site).get(number, "")))
        _toggle(frame, number)
    if st.session_state.get(_OPEN) == number:
        opened(frame, number)


def start_of(period: str, now: datetime, frame: Frame) -> datetime | None:
    """When a period began: days back, the first of January, or None for all."""
    if period in _DAYS:
        return now - timedelta(days=_DAYS[period])
    if period == "year":
        local = frame.words.local(now)
        return local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return None


def _first_page() -> None:
    st.session_state[_PAGE] = 0


def filters(frame: Frame, site: Site) -> Sought:
    """What is looked for."""
    words = frame.words
    period = st.segmented_control(
        words.t("logbook.period"),
        PERIODS,
        default="month",
        required=True,
        key="logbook_period",
        format_func=lambda name: words.t(f"logbook.period_{name}"),
        on_change=_first_page,
    )
    with st.container(horizontal=True, key="logbook_filters", vertical_alignment="bottom"):
        kind = _one_of(frame, "type", list(_EVERY_TYPE))
        plot = _one_of(frame, "plot", ["", *(plot.slug for plot in data.plots(site.slug))])
        crop = _one_of(frame, "crop", log.crops(site.slug))
        struck = st.toggle(words.t("logbook.with_struck"), key=WITH_STRUCK, on_change=_first_page)
    start = start_of(period or "month", frame.now, frame)
    types = (kind,) if kind else None
    # Rounded to the hour, so that visitors of one hour share what was read.
    if start is not None:
        start = start.replace(minute=0, second=0, microsecond=0)
    return Sought(site.slug, types, plot, crop, start, struck=struck)


def _one_of(frame: Frame, what: str, options: list[str]) -> str | None:
    """One of these, or None for all."""
    words = frame.words
    return st.selectbox(
        words.t(f"logbook.field_{what}"),
        options,
        index=None,
        key=f"logbook_filter_{what}",
        placeholder=words.t(f"logbook.every_{what}"),
        format_func=lambda value: _name(frame, what, value),
        label_visibility="collapsed",
        on_change=_first_page,
    )


def _name(frame: Frame, what: str, value: str) -> str:
    words = frame.words
    if what == "type":
        name = words.code("log", value)
    elif what == "crop":
        name = crop_name(words, value)
    elif not value:
        name = words.t("logbook.whole_garden")
    else:
        site = frame.site.slug if frame.site else ""
        name = data.place_names().get((site, value), value)
    return name[:1].upper() + name[1:]


def _page(sought: Sought) -> tuple[list[Noted], int]:
    page = int(st.session_state.get(_PAGE, 0))
    return log.page(sought, _ROWS, page * _ROWS)


def _toggle(frame: Frame, number: int) -> None:
    is_open = st.session_state.get(_OPEN) == number

    def turn() -> None:
        st.session_state[_OPEN] = None if is_open else number

    st.button(
        frame.words.t("logbook.close" if is_open else "logbook.open"),
        key=f"logbook_open_{number}",
        type="tertiary",
        on_click=turn,
    )


def _pages(frame: Frame, count: int) -> None:
    words, pages = frame.words, ceil(count / _ROWS)
    if pages < 2:
        return
    page = min(int(st.session_state.get(_PAGE, 0)), pages - 1)
    with st.container(horizontal=True, key="logbook_pages", vertical_alignment="center"):
        _turn(frame, "newer", page - 1, pages)
        parts.caption(words.t("stations.page", page=page + 1, pages=pages))
        _turn(frame, "older", page + 1, pages)


def _turn(frame: Frame, where: str, page: int, pages: int) -> None:
    def turn() -> None:
        st.session_state[_PAGE] = page

    label, there = frame.words.t(f"logbook.{where}"), 0 <= page < pages
    st.button(label, on_click=turn, disabled=not there, key=f"logbook_{where}")
