"""The chosen layer over the day that holds the moment and, in days, over the year."""

from typing import cast

import streamlit as st

from agro.city.overview import Overview
from agro.city.reading import Layer
from agro.dashboard import control_post_data as read
from agro.dashboard import parts
from agro.dashboard.control_post_curve import day_figure, year_figure
from agro.dashboard.frame import Frame


def draw_curves(frame: Frame, layer: str, found: Overview, commune: str) -> None:
    """Draw the curves of a commune ("" = of the whole city), where hours are kept."""
    words = frame.words
    if not read.is_measured(layer):
        parts.caption(words.t("control_post.no_curve"))
        return
    own = cast(Layer, layer)
    if found.moment.kind != "day":
        _day(frame, own, found, commune)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _day(frame, own, found, commune)
    with right:
        _year(frame, own, found, commune)


def _place(frame: Frame, found: Overview, commune: str) -> str:
    names = {one.code: one.name for one in found.communes}
    return names.get(commune, frame.words.t("control_post.whole_city"))


def _day(frame: Frame, layer: Layer, found: Overview, commune: str) -> None:
    words, moment = frame.words, found.moment
    local = words.local(moment.start)
    day = words.long_day(local.date())
    hours = read.day_curve(layer, commune, moment.start)
    if hours.empty:
        parts.caption(words.t("control_post.curve_none", day=day))
        return
    unit, place = words.t(f"control_post.axis.{layer}"), _place(frame, found, commune)
    title = words.t("control_post.day_curve", place=place, day=day, unit=unit)
    table = hours.assign(time=hours["time"].dt.tz_convert(words.zone).dt.tz_localize(None))
    marked = local.replace(tzinfo=None)
    first = marked.replace(hour=0, minute=0, second=0, microsecond=0)
    said = {"title": title, "marked": "" if moment.kind == "day" else words.clock(local)}
    figure = day_figure(table, marked, first, language=words.language, say=said)
    parts.chart(figure, key="control_post_day", alt=title)


def _year(frame: Frame, layer: Layer, found: Overview, commune: str) -> None:
    words = frame.words
    days = read.year_curve(layer, commune)
    if days.empty:
        return
    unit, place = words.t(f"control_post.axis.{layer}"), _place(frame, found, commune)
    title = words.t("control_post.year_curve", place=place, unit=unit)
    marked, last = (words.local(one).date() for one in (found.moment.start, frame.now))
    said = {"title": title, "marked": words.short_day(marked)}
    figure = year_figure(days, marked, last, language=words.language, say=said)
    parts.chart(figure, key="control_post_year", alt=title)
