"""Planning the next planting, and ending one: what comes of it is said before it is kept."""

from collections.abc import Sequence
from datetime import date
from math import nan

import streamlit as st

from agro import crop_plan
from agro.crop_plan import Outlook, Planned
from agro.dashboard import crops_data, crops_parts, crops_words, data, parts
from agro.dashboard.frame import Frame, crop_name
from agro.errors import BadInput
from agro.records import Planting, Plot, Site
from agro.words import Words

_TOLD, _ROUND, _CHANGED = "crops_told", "crops_round", "crops_changed"


@st.fragment
def draw(frame: Frame, site: Site, found: Outlook) -> None:
    """Both forms, and what the last one did."""
    with parts.answering(frame.words):
        words = frame.words
        st.session_state.setdefault(_ROUND, 0)
        if st.session_state.pop(_CHANGED, False):
            st.rerun()  # the whole page: timeline and table stand outside the fragment
        parts.section(words.t("crops.next"), words.t("crops.next_caption"))
        told = st.session_state.pop(_TOLD, "")
        if told:
            st.html(parts.notice(told))
        _plant(frame, site, found)
        growing = crops_parts.standing(found)
        if growing:
            with st.expander(words.t("crops.end_title"), key="crops_end"):
                _end(words, growing, found)


def _plant(frame: Frame, site: Site, found: Outlook) -> None:
    words, today = frame.words, found.today
    wish, plot = _wish(words, site, found)
    if wish is None:
        return
    known = data.plantings(site.slug)
    wrong = crop_plan.faults(wish, plot, known, today)
    for one in wrong:
        st.html(parts.notice(crops_words.fault(words, one, today)))
    air = crops_data.warmth(site.slug)
    if not wrong and air is not None:
        _preview(words, crop_plan.preview(wish, plot, known, air), plot, today)
    who = _who(words)
    label = words.t("crops.add_past" if wish.planted <= today else "crops.add")
    st.button(
        label,
        type="primary",
        key="crops_add",
        disabled=bool(wrong),
        on_click=_keep,
        args=(words, wish, plot, who),
        width="stretch",
    )


def _wish(words: Words, site: Site, found: Outlook) -> tuple[Planting | None, Plot]:
    """What is thought of, as far as it is said."""
    number = st.session_state[_ROUND]
    left, right = st.columns(2)
    plot = left.selectbox(
        words.t("crops.ask_plot"),
        found.plots,
        key="crops_plot",
        format_func=lambda one: one.name,
    )
    names = data.crop_names(words.language)
    crop = right.selectbox(
        words.t("crops.ask_crop"),
        sorted(names, key=lambda key: crop_name(words, key)),
        index=None,
        key=f"crops_crop_{number}",
        format_func=lambda key: crop_name(words, key),
        placeholder=words.t("crops.choose_crop"),
    )
    left, right = st.columns(2)
    day = left.date_input(
        words.t("crops.ask_day"), value=found.today, key="crops_day", format="DD/MM/YYYY"
    )
    variety = right.text_input(
        words.t("crops.ask_variety"), key=f"crops_variety_{number}", max_chars=80
    )
    removed, area, plants, lot = _more(words, number)
    if crop is None or not isinstance(day, date):
        return None, plot
    wish = Planting(
        *(site.slug, plot.slug, crop, variety.strip(), day, removed),
        area=area,
        plants=plants,
        lot=lot.strip(),
        source="person",
    )
    return wish, plot


def _more(words: Words, number: int) -> tuple[date | None, float, float, str]:
    """What need not be said."""
    with st.expander(words.t("crops.more")):
        removed = st.date_input(
            words.t("crops.ask_removed"),
            value=None,
            key=f"crops_removed_{number}",
            format="DD/MM/YYYY",
        )
        area = st.number_input(
            words.t("crops.ask_area"), min_value=0.0, value=None, key=f"crops_area_{number}"
        )
        plants = st.number_input(
            words.t("crops.ask_plants"), min_value=0, value=None, key=f"crops_plants_{number}"
        )
        lot = st.text_input(words.t("crops.ask_lot"), key=f"crops_lot_{number}", max_chars=80)
    return (
        removed if isinstance(removed, date) else None,
        nan if area is None else float(area),
        nan if plants is None else float(plants),
        lot,
    )


def _preview(words: Words, one: Planned, plot: Plot, today: date) -> None:
    """When it would be ripe, and what speaks against it."""
    first = words.t("crops.would", window=crops_words.window(words, one, today))
    doubts = " · ".join(crops_words.cautions(words, one))
    parts.section(first, doubts)
    if one.rotation is not None:
        who = {"crop": crop_name(words, one.planting.crop), "plot": plot.name}
        st.html(parts.notice(crops_words.rotation(words, one.rotation, who, today)))


def _who(words: Words) -> str:
    return st.text_input(words.t("crops.ask_who"), key="crops_who", max_chars=80).strip()


def _keep(words: Words, wish: Planting, plot: Plot, who: str) -> None:
    try:
        crops_data.add(wish, who)
    except BadInput as error:
        st.session_state[_TOLD] = " ".join(error.lines)
        return
    st.session_state[_ROUND] += 1
    said = {"crop": crops_words.name_of(words, wish.crop, wish.variety), "plot": plot.name}
    st.session_state[_TOLD] = words.t("crops.kept", **said, day=words.long_day(wish.planted))
    st.session_state[_CHANGED] = True


def _end(words: Words, growing: Sequence[Planned], found: Outlook) -> None:
    names = {plot.slug: plot.name for plot in found.plots}
    chosen = st.selectbox(
        words.t("crops.ask_ended"),
        growing,
        key=f"crops_ended_{st.session_state[_ROUND]}",
        format_func=lambda one: (
            f"{names[one.planting.plot]} · "
            + crops_words.name_of(words, one.planting.crop, one.planting.variety)
        ),
    )
    day = st.date_input(
        words.t("crops.ask_end_day"), value=found.today, key="crops_end_day", format="DD/MM/YYYY"
    )
    st.button(
        words.t("crops.end_it"),
        key="crops_end_it",
        disabled=not isinstance(day, date),
        on_click=_finish,
        args=(words, chosen, day, str(st.session_state.get("crops_who", "")).strip()),
        width="stretch",
    )


def _finish(words: Words, one: Planned, day: date, who: str) -> None:
    try:
        crops_data.end(one.planting, day, who)
    except BadInput:
        planted = words.long_day(one.planting.planted)
        st.session_state[_TOLD] = words.t("crops.cannot_end", planted=planted)
        return
    st.session_state[_ROUND] += 1
    name = crops_words.name_of(words, one.planting.crop, one.planting.variety)
    st.session_state[_TOLD] = words.t("crops.ended", crop=name, day=words.long_day(day))
    st.session_state[_CHANGED] = True
