"""Indicateurs: how far the city's farms are, how much of it is known, and from which records."""

from datetime import date

import streamlit as st

from agro.access import may, may_see_records
from agro.dashboard import (
    data,
    indicators_compare,
    indicators_frameworks,
    indicators_list,
    indicators_report,
    indicators_returns,
    parts,
)
from agro.dashboard import indicators_data as read
from agro.dashboard.frame import Frame, current
from agro.dashboard.indicators_data import PERIODS, Period, period_of
from agro.dashboard.indicators_entering import enter
from agro.dashboard.indicators_files import export
from agro.dashboard.indicators_survey import survey
from agro.indicators import saying as say
from agro.words import Words

_FILLED = {"survey": survey, "entered": enter}
_RIGHTS = {"survey": "survey.write", "entered": "figure.write"}
_VIEWS = ("figures", "compare", "frameworks", "returns", *_FILLED)
_PERIOD, _SCOPE, _VIEW = "indicators_period", "indicators_scope", "indicators_view"


def _period(words: Words, today: date) -> Period:
    asked = st.query_params.get("period", "")
    if _PERIOD not in st.session_state:
        st.session_state[_PERIOD] = asked if asked in PERIODS else PERIODS[0]
    name = st.segmented_control(
        words.t("indicators.period"),
        PERIODS,
        required=True,
        key=_PERIOD,
        format_func=lambda name: words.t(f"indicators.period_{name}"),
        label_visibility="collapsed",
    )
    return period_of(name or PERIODS[0], today)


def _scope(frame: Frame, period: Period) -> tuple[str, str]:
    """The place that is looked at: its key, and its name. A bed is seen by who sees its records."""
    words, asked = frame.words, st.query_params.get("scope", "")
    opened = asked if may_see_records(frame.actor, asked) else ""
    keys = read.scopes(read.book(period.start, period.end), opened)
    if st.session_state.get(_SCOPE) not in keys:
        if asked and asked not in keys:
            st.html(parts.notice(words.t("indicators.no_such_place", place=asked)))
        st.session_state[_SCOPE] = asked if asked in keys else keys[0]
    communes, sites = read.commune_names(), read.site_names()
    names = {key: say.scope(words, key, communes, sites) for key in keys}
    chosen = st.selectbox(
        words.t("indicators.place"), keys, key=_SCOPE, format_func=lambda key: names[key]
    )
    return chosen, names[chosen]


def _view(frame: Frame) -> str:
    words = frame.words
    views = [name for name in _VIEWS if name not in _RIGHTS or _may_fill(frame, name)]
    asked = st.query_params.get("view", "")
    if st.session_state.get(_VIEW) not in views:
        st.session_state[_VIEW] = asked if asked in views else views[0]
    view = st.segmented_control(
        words.t("indicators.view"),
        views,
        required=True,
        key=_VIEW,
        format_func=lambda name: words.t(f"indicators.view_{name}"),
        label_visibility="collapsed",
    )
    st.query_params["view"] = chosen = str(view or _VIEWS[0])
    return chosen


def _may_fill(frame: Frame, view: str) -> bool:
    """Whether who looks may fill in something here, of whichever garden."""
    return any(may(frame.actor, _RIGHTS[view], site.slug) for site in data.sites())


def _is_public(frame: Frame, scope: str) -> bool:
    """Whether a place is shown under the rule of disclosure: as chosen, or as it must be."""
    if not may_see_records(frame.actor, scope):
        parts.caption(frame.words.t("access.disclosed"))
        return True
    return st.toggle(frame.words.t("indicators.public"), key="indicators_public")


@st.fragment
def _indicators(frame: Frame) -> None:
    with parts.answering(frame.words):
        words = frame.words
        view = _view(frame)
        period = _period(words, words.local(frame.now).date())
        if view in _FILLED:
            st.query_params["period"] = period.name
            _FILLED[view](frame.refreshed(), period)
            return
        with st.spinner(words.t("indicators.computing")):
            scope, place = _scope(frame, period)
            public = _is_public(frame, scope)
            found = read.figures(period.start, period.end, scope, public=public)
        st.query_params["scope"], st.query_params["period"] = scope, period.name
        told = sum(one.status not in ("no_data", "site_only") for one in found)
        start, end = (words.near_day(day, date.min) for day in (period.start, period.end))
        fields: dict[str, str | float] = {"told": told, "n": len(found)}
        parts.caption(words.t("indicators.summary", place=place, start=start, end=end, **fields))
        if view == "compare":
            indicators_compare.draw(frame, found, period, public=public)
        elif view == "frameworks":
            indicators_frameworks.draw(frame, found, period, public=public)
        elif view == "returns":
            indicators_returns.draw(frame, found, period, public=public)
        else:
            indicators_list.draw(frame, found, period, public=public)
        export(frame, found, place, period, public=public)
        indicators_report.draw(frame, scope, period, public=public)


def main() -> None:
    """Draw the page."""
    frame = current()
    words = frame.words
    if data.city() is None:
        parts.title(words.t("indicators.title"))
        parts.empty(words.t("empty.city_title"), words.t("empty.city_body"))
        return
    parts.title(words.t("indicators.title"), words.t("indicators.lead"))
    _indicators(frame)


main()
