"""The differences of a trial: drawn about zero, found by name, those that stand apart alone."""

from collections.abc import Sequence

import streamlit as st

from agro.dashboard import parts, trials_charts
from agro.dashboard import trials_results_frames as frames
from agro.dashboard import trials_results_parts as pieces
from agro.dashboard.trials_results_parts import Shown
from agro.reports import tables
from agro.reports.numbers import chance, column, degrees, error_decimals
from agro.reports.tables import levels_text
from models.trials.results import Comparison

_DRAWN, _LISTED = 40, 200


def comparisons(shown: Shown) -> None:
    """Draw the differences that are looked for."""
    words, found = shown.words, shown.analysis.comparisons
    if not found:
        parts.caption(words.t("trial_report.comparisons_none"))
        return
    pieces.headed(
        shown,
        words.t("trial_report.comparisons"),
        _note(shown, found),
        "comparisons",
    )
    chosen = _chosen(shown, found)
    parts.caption(words.t("trial_results.comparisons_shown", n=len(chosen), of=len(found)))
    if not chosen:
        return
    _figure(shown, chosen[:_DRAWN])
    if len(chosen) > _DRAWN:
        parts.caption(words.t("trial_results.drawn_only", n=_DRAWN))
    with st.expander(words.t("trial_results.comparisons_table"), key="trial_comparisons_table"):
        st.html(_table(shown, chosen[:_LISTED]))
        if len(chosen) > _LISTED:
            parts.caption(words.t("trial_results.listed_only", n=_LISTED))


def _note(shown: Shown, found: Sequence[Comparison]) -> str:
    words = shown.words
    kept = tables.level_of(words, shown.judged.options.alpha)
    said = words.code("trial_report.adjust", found[0].adjust)
    return words.t("trial_report.comparisons_note", adjust=said, **kept)


def _chosen(shown: Shown, found: Sequence[Comparison]) -> list[Comparison]:
    """Those of one term, of a name, or those that stand apart."""
    words = shown.words
    terms = list(dict.fromkeys(one.term for one in found))
    with st.container(key="trial_results_filters", horizontal=True, vertical_alignment="bottom"):
        term = terms[0]
        if len(terms) > 1:
            term = st.selectbox(
                words.t("trial_results.of_term"),
                terms,
                key=f"trial_results_term_{shown.trial.slug}",
                format_func=shown.term,
            )
        sought = st.text_input(
            words.t("trial_results.search"), key=f"trial_results_search_{shown.trial.slug}"
        )
        only = st.toggle(
            words.t("trial_results.apart_only"), key=f"trial_results_apart_{shown.trial.slug}"
        )
    wanted = (sought or "").strip().casefold()
    return [
        one
        for one in found
        if one.term == term
        and wanted in frames.pair(one).casefold()
        and (not only or one.lower > 0.0 or one.upper < 0.0)
    ]


def _figure(shown: Shown, chosen: Sequence[Comparison]) -> None:
    words = shown.words
    table = frames.differences(chosen)
    if table.empty:
        return
    say = {
        "axis": words.t("trial_results.difference_axis", response=shown.axis),
        "apart": words.t("trial_results.apart"),
        "together": words.t("trial_results.together"),
        "interval": words.t("trial_results.interval"),
    }
    chart = trials_charts.differences(table, language=words.language, say=say)
    pieces.figure(chart, "differences", words.t("trial_results.alt_differences"))


def _table(shown: Shown, chosen: Sequence[Comparison]) -> str:
    """Difference, standard error, degrees of freedom, interval, p."""
    words, names = shown.words, shown.report.names
    places = error_decimals(one.se for one in chosen)
    within = any(one.by for one in chosen)
    told = {
        "comparison": [tables.pair(one) for one in chosen],
        "by": [levels_text(one.by, names) or "–" for one in chosen] if within else None,
    }
    figures = {
        "difference": column(words, [one.difference for one in chosen], places),
        "se": column(words, [one.se for one in chosen], places),
        "df": degrees(words, [one.df for one in chosen]),
        "interval": [tables.interval(words, one.lower, one.upper, places) for one in chosen],
        "p": [chance(words, one.p) for one in chosen],
    }
    kept = tables.level_of(words, shown.judged.options.alpha)
    return pieces.table(tables.laid_out(words, told, figures, **kept))
