"""The indicators by domain: those that say something as cards, the others with what they lack."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from agro.dashboard import indicators_data as read
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_card import card, colour
from agro.dashboard.indicators_data import Period
from agro.dashboard.indicators_records import behind
from agro.indicators import saying as say
from agro.indicators.figures import Figure
from agro.words import Words

_OPEN, _ASKED = "indicators_open", "indicators_asked"
_ABREAST = 2  # cards
_NO_FIGURE = ("no_data", "site_only")


def draw(frame: Frame, found: Sequence[Figure], period: Period, *, public: bool) -> None:
    """Draw every domain; an indicator that the address asks for stands first."""
    words = frame.words
    asked = _asked(found)
    if asked is not None:
        parts.section(words.t("indicators.asked"))
        if asked.status in _NO_FIGURE:
            st.html(_lacking(words, [asked]))
        else:
            _card(frame, asked, period, public=public)
    for domain, own in read.by_domain(found).items():
        _domain(frame, domain, [o for o in own if o is not asked], period, public=public)


def _asked(found: Sequence[Figure]) -> Figure | None:
    """The indicator that a link led to; it opens with its records."""
    linked = st.query_params.get("indicator", "")
    if linked and linked != st.session_state.get(_OPEN):  # what is opened here is in the address
        st.session_state[_OPEN] = st.session_state[_ASKED] = linked
    asked = st.session_state.get(_ASKED, "")
    return next((one for one in found if one.indicator.id == asked), None)


def _domain(
    frame: Frame, domain: str, own: Sequence[Figure], period: Period, *, public: bool
) -> None:
    words = frame.words
    if not own:
        return
    parts.section(words.t(f"indicator_domain.{domain}"))
    told = [one for one in own if one.status not in _NO_FIGURE]
    for start in range(0, len(told), _ABREAST):
        pair = told[start : start + _ABREAST]
        for column, one in zip(st.columns(_ABREAST), pair, strict=False):
            with column:
                _card(frame, one, period, public=public)
    lacking = [one for one in own if one.status in _NO_FIGURE]
    if lacking:
        label = words.t("indicators.lacking", n=len(lacking))
        with st.expander(label, key=f"indicators_lacking_{domain}"):
            st.html(_lacking(words, lacking))


def _lacking(words: Words, own: Sequence[Figure]) -> str:
    """What is missing of each, and where it is noted."""
    items = "".join(
        f"<li><b>{escape(one.indicator.name(words.language))}</b> {escape(_why(words, one))}</li>"
        for one in own
    )
    return f'<ul class="lacking">{items}</ul>'


def _why(words: Words, one: Figure) -> str:
    if one.status == "site_only":
        return words.t("indicators.site_only")
    return say.missing(words, one)


def _card(frame: Frame, one: Figure, period: Period, *, public: bool) -> None:
    id_ = one.indicator.id
    with st.container(border=True, key=f"card_{colour(one)}_indicator_{id_}"):
        st.html(card(frame.words, one))
        _toggle(frame.words, id_)
        if st.session_state.get(_OPEN) == id_:
            behind(frame, one, period, public=public)


def _toggle(words: Words, id_: str) -> None:
    is_open = st.session_state.get(_OPEN) == id_

    def turn() -> None:
        st.session_state[_OPEN] = "" if is_open else id_
        if is_open:
            st.query_params.pop("indicator", None)
        else:
            st.query_params["indicator"] = id_

    label = words.t("indicators.close" if is_open else "indicators.open")
    st.button(label, key=f"indicators_open_{id_}", type="tertiary", on_click=turn)
