"""The devices of a garden or of all: filters, cards a page at a time, the table, one up close."""

from collections.abc import Iterable
from math import ceil

import pandas as pd
import streamlit as st

from agro.access import sees_every_site
from agro.dashboard import data, device_card, parts
from agro.dashboard import devices as fleet
from agro.dashboard.device_detail import detail
from agro.dashboard.devices import Station
from agro.dashboard.frame import Frame
from agro.words import Words

_CARDS = 12


def devices(frame: Frame) -> None:
    """Draw them, the worst first."""
    words = frame.words
    heading = st.container()
    site = _where(frame)
    sites = [site] if site else [one.slug for one in data.sites()]
    set_aside = fleet.disbelieved(a for slug in sites for a in data.advices(slug))
    every = fleet.stations(data.overview(site), frame.now, data.lately(site), set_aside)
    with heading:
        parts.title(words.t("stations.title"), _lead(frame, every))
    if not every:
        parts.empty(words.t("empty.devices_title"), words.t("empty.devices_body"))
        return
    found = fleet.chosen(every, *_filters(frame))
    if not found:
        parts.empty(words.t("stations.none_title"), words.t("stations.none_body"))
        return
    _cards(frame, found)
    _one(frame, found)


def _lead(frame: Frame, found: list[Station]) -> str:
    faulty = sum(one.state != "ok" for one in found)
    if faulty:
        return frame.words.t("stations.lead_faults", n=faulty, total=len(found))
    return frame.words.t("stations.lead_ok", n=len(found)) if found else ""


def _first_page() -> None:
    st.session_state["stations_page"] = 0


def _filters(frame: Frame) -> tuple[str, str]:
    """State and words that are looked for."""
    words = frame.words
    with st.container(horizontal=True, key="stations_filters", vertical_alignment="bottom"):
        kept = st.segmented_control(
            words.t("stations.state"),
            fleet.FILTERS,
            key="stations_state",
            default=fleet.FILTERS[0],
            required=True,
            format_func=lambda name: words.t(f"filter.{name}"),
            on_change=_first_page,
        )
        sought = st.text_input(
            words.t("stations.search"),
            key="stations_search",
            placeholder=words.t("stations.search_hint"),
            on_change=_first_page,
        )
    return kept or fleet.FILTERS[0], sought


def _where(frame: Frame) -> str | None:
    """This garden, or None for all of them."""
    words = frame.words
    if len(data.sites()) < 2 or frame.site is None or not sees_every_site(frame.actor):
        return frame.site.slug if frame.site else None
    choice = st.segmented_control(
        words.t("stations.where"),
        ("here", "everywhere"),
        key="stations_where",
        default="here",
        required=True,
        format_func=lambda name: words.t(f"stations.{name}"),
        label_visibility="collapsed",
        on_change=_first_page,
    )
    return None if choice == "everywhere" else frame.site.slug


def _cards(frame: Frame, found: list[Station]) -> None:
    words = frame.words
    pages = ceil(len(found) / _CARDS)
    page = min(int(st.session_state.get("stations_page", 0)), pages - 1)
    shown = found[page * _CARDS : (page + 1) * _CARDS]
    names = tuple(one.device for one in shown)
    values = _of_each(data.newest(names), names)
    days = _of_each(data.flag_days(names, device_card.STRIP_DAYS), names)
    places = data.place_names()
    cards = [
        device_card.card(
            words,
            one,
            places.get((one.site, one.plot), words.t("stations.place_site")),
            values[one.device],
            days[one.device],
            frame.now,
        )
        for one in shown
    ]
    st.html(device_card.legend(words) + f'<div class="devices">{"".join(cards)}</div>')
    with st.container(horizontal=True, key="stations_pages", vertical_alignment="center"):
        if pages > 1:
            _turn(words, "previous", page - 1, pages)
            parts.caption(words.t("stations.page", page=page + 1, pages=pages))
            _turn(words, "next", page + 1, pages)
        st.download_button(
            words.t("stations.export"),
            lambda: fleet.table(found).to_csv(index=False),
            file_name="agro-stations.csv",
            mime="text/csv",
            on_click="ignore",
            key="stations_export",
        )


def _of_each(table: pd.DataFrame, devices: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The rows of each device, none of those that have none."""
    return dict.fromkeys(devices, table[:0]) | {str(one): of for one, of in table.groupby("device")}


def _turn(words: Words, where: str, page: int, pages: int) -> None:
    def turn() -> None:
        st.session_state["stations_page"] = page

    label, there = words.t(f"stations.{where}"), 0 <= page < pages
    st.button(label, on_click=turn, disabled=not there, key=f"stations_{where}")


def _one(frame: Frame, found: list[Station]) -> None:
    words = frame.words
    parts.section(words.t("stations.one"), words.t("stations.one_caption"))
    names = {one.device: one for one in found}
    device = st.selectbox(
        words.t("stations.choose"),
        list(names),
        index=None,
        key="stations_device",
        format_func=lambda name: names[name].name,
        placeholder=words.t("stations.choose"),
        label_visibility="collapsed",
        width=420,
    )
    if device in names:
        detail(frame, names[device])
