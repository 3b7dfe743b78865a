"""One indicator beside itself: in the communes, and in the years before."""

from collections.abc import Mapping, Sequence

import streamlit as st

from agro.access import may_see_records
from agro.dashboard import indicators_data as read
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_charts import bars
from agro.dashboard.indicators_data import Period
from agro.indicators import saying as say
from agro.indicators.catalogue import Indicator
from agro.indicators.figures import Figure
from agro.words import Words

_KEY = "indicators_compared"


def draw(frame: Frame, found: Sequence[Figure], period: Period, *, public: bool) -> None:
    """Draw both comparisons of the indicator that is chosen."""
    words = frame.words
    one = _choose(words, found)
    scope = str(found[0].scope)
    # A commune of one garden tells of that garden: who sees only their own sees the public's.
    veiled = public or not may_see_records(frame.actor, "city")
    with st.spinner(words.t("indicators.computing")):
        communes = read.places(period.start, period.end, "commune", one.id, public=veiled)
        years = read.years(words.local(frame.now).date(), scope, one.id, public=public)
    names = read.commune_names()
    named = sorted((names.get(key, key), own) for key, own in communes.items())
    _comparison(words, one, "communes", dict(named))
    told = {str(year): own for year, own in years.items() if own.status != "no_data"}
    _comparison(words, one, "years", told)


def _choose(words: Words, found: Sequence[Figure]) -> Indicator:
    """What is compared: the first that has a value, where nothing was chosen."""
    listed = {one.indicator.id: one for one in found if read.comparable(one.indicator)}
    if st.session_state.get(_KEY) not in listed:
        asked = st.session_state.get("indicators_open", "")
        first = next((id_ for id_, one in listed.items() if one.value == one.value), "")
        st.session_state[_KEY] = asked if asked in listed else first or next(iter(listed))
    chosen = st.selectbox(
        words.t("indicators.which"),
        list(listed),
        key=_KEY,
        format_func=lambda id_: listed[id_].indicator.name(words.language),
    )
    return listed[chosen].indicator


def _comparison(words: Words, one: Indicator, what: str, own: Mapping[str, Figure]) -> None:
    parts.section(words.t(f"indicators.{what}"), words.t(f"indicators.{what}_caption"))
    if not any(figure.status != "no_data" for figure in own.values()):
        parts.caption(words.t("indicators.compare_none"))
        return
    unit = words.code("indicator_unit", one.unit)
    rows = [
        (name, middle(figure), figure.status == "incomplete")
        for name, figure in own.items()
        if middle(figure) == middle(figure)
    ]
    if len(rows) > 1:
        figure = bars(rows, unit, _judging(words, own), words.language)
        alt = words.t("indicators.bars_alt", name=one.name(words.language), n=len(rows))
        key = f"indicators_bars_{what}"
        parts.chart(figure, key=key, alt=alt)
    heads = [words.t(f"indicators.column_{name}") for name in (what, "value", "known", "status")]
    table = [
        (
            name,
            say.value(words, figure),
            words.percent(figure.coverage) if figure.coverage == figure.coverage else "–",
            say.status(words, figure),
        )
        for name, figure in own.items()
    ]
    st.html(parts.table(heads, table, numbers=frozenset({1, 2})))


def middle(one: Figure) -> float:
    """What of a figure a bar can show: its value, or the median of one form version's sites."""
    return one.spread[0].median if len(one.spread) == 1 else one.value


def _judging(words: Words, own: Mapping[str, Figure]) -> dict[str, float]:
    """The threshold that judges these, where it is one number."""
    found = {}
    for figure in own.values():
        target = figure.target
        if target is not None and isinstance(target.value, float) and target.value == target.value:
            told = target.threshold
            found[told.label(words.language)] = target.value
    return found
