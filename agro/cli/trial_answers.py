"""An analysis of a trial as tables for people."""

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from agro.cli.output import answer, answer_table
from agro.cli.trial_figures import chance, figure
from agro.cli.trial_further import answer_further

if TYPE_CHECKING:
    from models.trials.results import Analysis, AnovaRow

_MOST = 60  # comparisons shown in a table; the JSON document has all


def answer_analysis(analysis: "Analysis", *, empty: int) -> None:
    """The analysis as tables."""
    missing = analysis.missing + empty
    lost = f", {missing} without a value" if missing else ""
    cv = f"; CV {figure(analysis.cv_percent)} %" if isfinite(analysis.cv_percent) else ""
    answer(f"{analysis.response}: {analysis.n} plots{lost}, {analysis.design}{cv}")
    answer(analysis.model)
    columns = ("stratum", "term", "df", "ddf", "sum of squares", "mean square", "F", "p")
    answer_table("Analysis of variance", columns, (_anova_cells(row) for row in analysis.anova))
    if analysis.variance_components:
        variances = ((one.component, figure(one.variance)) for one in analysis.variance_components)
        answer_table("Variance components", ("component", "variance"), variances)
    for term in dict.fromkeys(one.term for one in analysis.means):
        _answer_means(analysis, term)
    _answer_comparisons(analysis)
    if analysis.assumptions:
        checks = (
            (one.check, figure(one.statistic), chance(one.p), _held(one.holds))
            for one in analysis.assumptions
        )
        answer_table("Assumptions", ("check", "statistic", "p", ""), checks)
    answer_further(analysis)


def _anova_cells(row: "AnovaRow") -> tuple[str, ...]:
    ddf = "–" if row.ddf is None else figure(row.ddf)
    figures = (figure(value) for value in (row.sum_sq, row.mean_sq, row.f))
    return (row.stratum or "–", row.term, figure(row.df), ddf, *figures, chance(row.p))


def _answer_means(analysis: "Analysis", term: str) -> None:
    found = [one for one in analysis.means if one.term == term]
    names = list(found[0].levels)
    columns = (*names, "mean", "SE", "df", "lower", "upper", "")
    rows = (
        (
            *(one.levels[name] for name in names),
            *(figure(value) for value in (one.mean, one.se, one.df, one.lower, one.upper)),
            one.letters,
        )
        for one in found
    )
    answer_table(f"Means of {term}", columns, rows)


def _answer_comparisons(analysis: "Analysis") -> None:
    shown = analysis.comparisons[:_MOST]
    if not shown:
        return
    rows = (
        (
            one.term,
            _within(one.by),
            f"{one.a} − {one.b}",
            *(figure(value) for value in (one.difference, one.se, one.df)),
            *(figure(value) for value in (one.lower, one.upper)),
            chance(one.p),
        )
        for one in shown
    )
    columns = ("term", "within", "difference of", "is", "SE", "df", "lower", "upper", "p")
    answer_table(f"Comparisons ({shown[0].adjust})", columns, rows)
    more = len(analysis.comparisons) - len(shown)
    if more:
        answer(f"and {more} more comparisons; --json has them all")


def _within(by: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {level}" for name, level in by.items()) or "–"


def _held(holds: bool | None) -> str:
    return {True: "holds", False: "doubtful", None: "not judged"}[holds]
