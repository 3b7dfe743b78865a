"""Early warnings, which are no orders, and beside them the drought orders that are in force."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from math import isnan

import streamlit as st

from agro.city.drought import Ordered, in_force
from agro.city.early import Early
from agro.city.transit import Notice
from agro.dashboard import control_post_data as read
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.store.orders import Answer, DroughtOrder
from agro.words import Words
from agro.words.early import early_caution, early_origin, early_sentence
from sensors.quantities import QUANTITIES

_SHOWN = 8
_SIGNS = {"lowest": "stress", "falling": "stress"}


@st.fragment(run_every=60)
def draw(frame: Frame) -> None:
    """Draw both, side by side where there is room."""
    with parts.answering(frame.words):
        now, told = frame.refreshed(), read.alerts()
        left, right = st.columns(2, gap="medium")
        with left:
            _early(now, told.early)
        with right:
            _orders(now, told.ordered)
        _transit(now, read.disruptions(now.words.language))


def _early(frame: Frame, told: Sequence[Early]) -> None:
    words = frame.words
    parts.section(words.t("early.title"), early_caution(words))
    if not told:
        parts.caption(words.t("control_post.early_none"))
        return
    st.html(_early_list(frame, told[:_SHOWN]))
    if rest := told[_SHOWN:]:
        with st.expander(words.t("control_post.early_more", n=len(rest)), key="control_post_early"):
            st.html(_early_list(frame, rest))


def _early_list(frame: Frame, told: Sequence[Early]) -> str:
    items = []
    for one in told:
        unit = QUANTITIES[one.quantity].ucum if one.sign != "air" else ""
        name = one.asset.name or one.asset.device
        text = early_sentence(
            frame.words, name, one.quantity, one.sign, one.value, unit="" if unit == "1" else unit
        )
        origin = _origin(frame, one)
        css = _SIGNS.get(one.sign, "")
        items.append(f'<li class="{css}">{escape(text)}<small>{escape(origin)}</small></li>')
    return f'<ul class="post-signs">{"".join(items)}</ul>'


def _transit(frame: Frame, told: Sequence[Notice]) -> None:
    """What riders are told, as their operator says it; nothing where nothing is announced."""
    words = frame.words
    if not told:
        return
    parts.section(words.t("control_post.transit"))
    items = []
    for one in told[:_SHOWN]:
        source = words.code("control_post.source", one.source)
        mode = words.code("control_post.mode", one.mode)
        until = words.long_day(words.local(one.until).date()) if one.until else ""
        ends = words.t("control_post.transit_until", day=until) if until else ""
        text = " ".join(part for part in (one.title, one.text, ends) if part)
        items.append(f"<li>{escape(text)}<small>{escape(f'{source}, {mode}')}</small></li>")
    st.html(f'<ul class="post-signs">{"".join(items)}</ul>')


def _origin(frame: Frame, one: Early) -> str:
    words, source = frame.words, one.asset.source
    if words.knows(f"provider.{source}"):
        return early_origin(words, source, one.asset.mode, one.observed_at, frame.now)
    name, mode = words.code("control_post.source", source), words.code("order", one.asset.mode)
    return words.t(
        "order.heard", source=name, mode=mode, age=words.age(frame.now - one.observed_at)
    )


def _orders(frame: Frame, told: Sequence[Ordered]) -> None:
    words = frame.words
    parts.section(words.t("control_post.orders"), words.t("control_post.orders_caption"))
    if not told:
        parts.caption(words.t("control_post.orders_unasked"))
        return
    for answer, order in in_force(list(told)):
        st.html(_order(frame, answer, order))
    if all(one.level == 0.0 for one in told):
        parts.caption(words.t("control_post.orders_free"))
    if any(isnan(one.level) for one in told):
        st.html(parts.notice(words.t("control_post.orders_unknown")))
    oldest = min((one.answer for one in told), key=lambda one: one.fetched_at)
    parts.caption(_heard(words, oldest, frame.now))


def _order(frame: Frame, answer: Answer, order: DroughtOrder) -> str:
    words = frame.words
    level = words.code("drought", order.level)
    water = words.code("control_post.water", order.resource)
    rule = words.t("control_post.order", level=level, zone=order.zone, water=water)
    if order.valid_until is None:
        told = words.t("order.open_end", rule=rule)
    else:
        told = words.t("order.until", rule=rule, day=words.long_day(order.valid_until))
    link = next(
        (one for one in (order.link, order.framework_link) if one.startswith("https://")), ""
    )
    anchor = (
        f'<p><a href="{escape(link)}" target="_blank" rel="noopener">'
        f"{escape(words.t('order.link'))}</a></p>"
        if link
        else ""
    )
    heard = escape(_heard(words, answer, frame.now))
    return (
        f'<div class="post-order" role="note"><p>{escape(told)}</p>{anchor}'
        f'<p class="when">{heard}</p></div>'
    )


def _heard(words: Words, answer: Answer, now: datetime) -> str:
    source = words.code("provider", answer.source)
    mode, age = words.code("order", answer.mode), words.age(now - answer.fetched_at)
    return words.t("order.heard", source=source, mode=mode, age=age)
