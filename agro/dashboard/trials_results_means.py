"""The means of a trial: drawn with their intervals and letters, as lines where factors cross."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

import streamlit as st

from agro.dashboard import parts, trials_charts
from agro.dashboard import trials_results_frames as frames
from agro.dashboard import trials_results_parts as pieces
from agro.dashboard.trials_results_parts import Shown
from agro.reports import tables
from agro.reports.means import means as mean_tables
from models.trials.results import Mean

_DRAWN = 60  # means of one figure
_MOST_PANELS = 12


def means(shown: Shown) -> None:
    """Draw each term: those that were compared before those that cross."""
    found: dict[str, list[Mean]] = {}
    for one in shown.analysis.means:
        found.setdefault(one.term, []).append(one)
    if not found:
        parts.caption(shown.words.t("trial_results.no_means"))
        return
    parts.caption(mean_tables(shown.report, shown.words)["note"])
    if shown.scale:
        parts.caption(shown.words.t("trial_report.means_scale", scale=shown.scale))
    for term, own in found.items():
        _term(shown, term, own)


def _term(shown: Shown, term: str, found: Sequence[Mean]) -> None:
    words = shown.words
    name = shown.term(term)
    title = words.t("trial_report.means_of", term=name)
    pieces.headed(shown, title, "", "means", term=term)
    factors = list(found[0].levels)
    if len(factors) > 1:
        _crossed(shown, term, found, factors)
    _figure(shown, term, found, factors)
    with st.expander(words.t("trial_results.table_of", term=name), key=f"trial_means_{term}"):
        st.html(_table(shown, term))


def _figure(shown: Shown, term: str, found: Sequence[Mean], factors: Sequence[str]) -> None:
    """The means with their intervals, in a panel for each level of one of several factors."""
    words = shown.words
    known = sorted(
        (one for one in found if isfinite(one.mean)), key=lambda one: one.mean, reverse=True
    )
    drawn = known[:_DRAWN]
    if not drawn:
        return
    panel = _panel(shown, found, factors)
    table = frames.means(drawn, panel)
    if panel:
        order = list(dict.fromkeys(one.levels[panel] for one in found))
        table["place"] = [order.index(one) for one in table["panel"]]
        table = table.sort_values("place", kind="stable")
        table["panel"] = [f"{shown.named(panel)} {one}" for one in table["panel"]]
    say = {"axis": shown.axis, "interval": words.t("trial_results.interval")}
    chart = trials_charts.means(table, language=words.language, say=say)
    alt = words.t("trial_results.alt_means", term=shown.term(term), response=shown.axis)
    pieces.figure(chart, f"means_{term}", alt)
    if len(known) > _DRAWN:
        parts.caption(words.t("trial_results.means_left", n=len(known) - _DRAWN))


def _panel(shown: Shown, found: Sequence[Mean], factors: Sequence[str]) -> str | None:
    """The factor whose levels have panels of their own: `by`, else the one with fewest levels."""
    if len(factors) < 2:
        return None
    counts = {name: len({one.levels[name] for one in found}) for name in factors}
    asked = shown.judged.options.by
    chosen = asked if asked in counts else min(factors, key=lambda name: counts[name])
    return chosen if chosen and counts[chosen] <= _MOST_PANELS else None


def _crossed(shown: Shown, term: str, found: Sequence[Mean], factors: Sequence[str]) -> None:
    """The means as lines, where they are few enough to be told apart."""
    words = shown.words
    x = _along(found, factors, shown.judged.options.by)
    lines = [name for name in factors if name != x]
    table = frames.interaction(found, x, lines)
    if table["line"].nunique() > trials_charts.MOST_LINES:
        return
    told = {"x": shown.named(x), "lines": " × ".join(shown.named(name) for name in lines)}
    level = tables.level_of(words, shown.judged.options.alpha)["level"]
    parts.caption(words.t("trial_report.interaction", level=level, **told))
    say = {"x": told["x"], "y": shown.axis}
    chart = trials_charts.interaction(table, language=words.language, say=say)
    alt = words.t("trial_report.interaction_alt", label=shown.axis, **told)
    pieces.figure(chart, f"interaction_{term}", alt)


def _along(found: Sequence[Mean], factors: Sequence[str], by: str | None) -> str:
    """Along the axis: doses, else the factor of most levels among those that are compared."""
    levels = {name: {one.levels[name] for one in found} for name in factors}
    doses = [
        name for name in factors if all(isfinite(frames.number(level)) for level in levels[name])
    ]
    if len(doses) == 1:
        return doses[0]
    free = [name for name in factors if name != by] or list(factors)
    return max(free, key=lambda name: len(levels[name]))


def _table(shown: Shown, term: str) -> str:
    """The means in figures: mean, standard error, degrees of freedom, interval, letters."""
    only = replace(
        shown.analysis, means=tuple(one for one in shown.analysis.means if one.term == term)
    )
    told = mean_tables(replace(shown.report, analysis=only), shown.words)["terms"][0]
    heads = [*told["levels"], *told["figures"]]
    first = len(told["levels"])
    if told["letters"]:
        heads.append(shown.words.t("trial_report.group"))
    rows = [
        [*row["levels"], *row["figures"], *([row["letters"]] if told["letters"] else [])]
        for row in told["rows"]
    ]
    return pieces.grid(heads, rows, numbers=frozenset(range(first, first + len(told["figures"]))))
