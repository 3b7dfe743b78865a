"""One figure from outside: what divides, its days and its source, seen before it is kept."""

from collections.abc import Callable
from datetime import date
from math import isnan

import streamlit as st

from agro.access import may
from agro.dashboard import data, parts
from agro.dashboard import indicators_data as read
from agro.dashboard import indicators_entering_data as kept
from agro.dashboard import indicators_entering_draft as draft
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_data import Period
from agro.dashboard.indicators_entering_faults import sentence
from agro.dashboard.logbook_details import ask_who, who_of
from agro.errors import BadInput
from agro.indicators import saying as say
from agro.indicators.catalogue import Indicator
from agro.indicators.entering import EnteredFigure
from agro.words import Words

ROUND, CORRECTS = "entering_round", "entering_corrects"
_TEXTS = ("numerator", "denominator", "value", "source", "version")
_HINTED = ("source", "version")
Said = Callable[[str, list[int]], None]


def by_form(frame: Frame, period: Period, *, said: Said) -> None:
    """Draw the fields, what they say so far, and the button."""
    words, known = frame.words, read.known()
    before: tuple[int, EnteredFigure] | None = st.session_state.get(CORRECTS)
    row = _fields(words, period, before[1] if before else None)
    one = known.by_id[row["indicator"]]
    figure, faults = draft.figure_of(row, known, read.site_names())
    if figure is not None:
        _preview(words, one, figure)
    ask_who(words, [], key="entering_who")
    with st.container(horizontal=True, key="entering_ways"):
        label = words.t("entering.correct" if before else "entering.save")
        asked = st.button(label, key="entering_save", type="primary")
        if before:
            st.button(words.t("entering.cancel"), key="entering_cancel", on_click=again)
    if figure is None and (asked or any(row[name] for name in _TEXTS)):
        st.html(parts.chips(sentence(words, fault) for fault in faults))
    if asked and figure is not None:
        _store(words, figure, before[0] if before else None, said)


def again() -> None:
    """Empty fields, and nothing that is corrected."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state.pop(CORRECTS, None)


def _fields(words: Words, period: Period, before: EnteredFigure | None) -> dict[str, str]:
    """What is typed, as a row of a file has it; first what a corrected figure says."""
    turn = st.session_state.setdefault(ROUND, 0)
    listed = {one.id: one for one in draft.offered(read.known())}
    first = draft.row_of(before) if before else {}
    ids = list(listed)
    row: dict[str, str] = {}
    row["indicator"] = st.selectbox(
        words.t("entering.indicator"),
        ids,
        index=ids.index(first["indicator"]) if before else 0,
        key=f"entering_indicator_{turn}",
        format_func=lambda key: listed[key].name(words.language),
    )
    _about(words, listed[row["indicator"]])
    names = {"": words.t("indicators.whole_city")} | {s.slug: s.name for s in data.sites()}
    names = {site: name for site, name in names.items() if may(data.actor(), "figure.write", site)}
    keys, said = list(names), str(first.get("site", ""))
    row["site"] = st.selectbox(
        words.t("entering.site"),
        keys,
        index=keys.index(said) if said in keys else 0,  # the city is not everybody's
        key=f"entering_site_{turn}",
        format_func=names.__getitem__,
    )
    with st.container(horizontal=True, key="entering_days"):
        for name, own in (("start", period.start), ("end", period.end)):
            day = st.date_input(
                words.t(f"entering.{name}"),
                value=first.get(name, own),
                key=f"entering_{name}_{turn}",
                format="DD/MM/YYYY",
            )
            row[name] = day.isoformat() if isinstance(day, date) else ""
    for names_of in (("numerator", "denominator", "value"), ("source", "version")):
        with st.container(horizontal=True, key=f"entering_{names_of[0]}_row"):
            for name in names_of:
                row[name] = st.text_input(
                    words.t(f"entering.{name}"),
                    value=_written(words, first.get(name)),
                    key=f"entering_{name}_{turn}",
                    placeholder=words.t(f"entering.{name}_hint") if name in _HINTED else None,
                    max_chars=200,
                ).strip()
    return row


def _written(words: Words, value: object) -> str:
    """A value as it is typed in the page's language."""
    if isinstance(value, float):
        text = repr(value).removesuffix(".0")
        return text.replace(".", words.decimal)
    return str(value or "")


def _about(words: Words, one: Indicator) -> None:
    """Its unit, what divides what, and that records go before it."""
    unit = words.code("indicator_unit", one.unit)
    parts.caption(words.t("entering.about", unit=unit, formula=one.formula))
    if one.how == "computed":
        parts.caption(words.t("entering.computed"))


def _preview(words: Words, one: Indicator, figure: EnteredFigure) -> None:
    """The value that would be kept, and when it counts."""
    value = say.with_unit(words, draft.divided(figure, one), one.unit)
    told = [(one.name(words.language), value)]
    if not isnan(figure.numerator):
        divided = f"{say.number(words, figure.numerator)} ÷ "
        divided += say.number(words, figure.denominator)
        told.append((words.t("entering.divided"), divided))
    with st.container(border=True, key="entering_preview"):
        st.html(parts.facts(told))
        start, end = (words.near_day(day, date.min) for day in (figure.start, figure.end))
        parts.caption(words.t("entering.counts", start=start, end=end))


def _store(words: Words, figure: EnteredFigure, before: int | None, said: Said) -> None:
    """Keep it; what the store refuses is told, and what was typed stays."""
    try:
        if before is None:
            numbers = kept.enter([figure], who=who_of())
            said("saved" if numbers else "known", numbers)
        else:
            kept.correct(before, figure, who=who_of())
            said("corrected", [])
    except (BadInput, ValueError):
        st.html(parts.notice(words.t("entering.changed_meanwhile")))
        return
    again()
    st.rerun()
