"""What an analysis says beyond means: doses, contrasts, heritability, stability, correlations."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from agro.dashboard import parts, trials_charts
from agro.dashboard import trials_results_frames as frames
from agro.dashboard import trials_results_parts as pieces
from agro.dashboard.trials_results_parts import Shown
from agro.reports import further as told
from models.trials.results import Curve, Mean, Stability


def further(shown: Shown) -> None:
    """Draw every part that this analysis has."""
    words, analysis = shown.words, shown.analysis
    if analysis.curves:
        _doses(shown)
    if analysis.stability is not None:
        _stability(shown, analysis.stability)
    found = told.further(shown.report, words)
    for one in found:
        parts.section(one["title"], one["note"])
        if one["table"]:
            st.html(pieces.table(one["table"]))
    if not found:
        parts.caption(words.t("trial_results.nothing_further"))


def has_more(shown: Shown) -> bool:
    """Whether there is something beyond means."""
    return bool(told.further(shown.report, shown.words))


def _doses(shown: Shown) -> None:
    """The means over the doses, and the curve of the least AIC in each group."""
    words, dose = shown.words, shown.judged.options.quantitative or ""
    best = [one for one in shown.analysis.curves if one.best]
    points = _points(shown, dose, best)
    if not best or points.empty:
        return
    pieces.headed(
        shown, words.t("trial_results.dose", dose=shown.named(dose)), _shapes(shown, best), "curves"
    )
    low, high = float(points["dose"].min()), float(points["dose"].max())
    curves = pd.concat(
        [
            frames.curve(one.shape, one.parameters, low, high).assign(group=_group(one))
            for one in best
        ]
    )
    say = {"x": shown.named(dose), "y": shown.axis}
    chart = trials_charts.trend(points, curves, language=words.language, say=say)
    pieces.figure(chart, "trend", words.t("trial_results.alt_trend", dose=shown.named(dose)))


def _group(one: Curve) -> str:
    return " · ".join(one.by.values())


def _points(shown: Shown, dose: str, best: Sequence[Curve]) -> pd.DataFrame:
    """The means that the curves go through: of the dose alone, or within what they are held by."""
    held = set(best[0].by) if best else set()
    wanted = {dose, *held}
    found: list[Mean] = [one for one in shown.analysis.means if set(one.levels) == wanted]
    rows = [
        {
            "group": " · ".join(level for name, level in one.levels.items() if name != dose),
            "dose": frames.number(one.levels[dose]),
            "mean": one.mean,
            "lower": one.lower,
            "upper": one.upper,
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=["group", "dose", "mean", "lower", "upper"])


def _shapes(shown: Shown, best: Sequence[Curve]) -> str:
    """Which shape suits best, and where it is greatest."""
    words = shown.words
    said = []
    for one in best:
        text = words.code("trial_results.shape", one.shape)
        if one.identified and one.optimum == one.optimum:
            text += words.t("trial_results.optimum", dose=words.number(one.optimum, 1))
        group = _group(one)
        said.append(f"{group}{words.t('logbook.colon')} {text}" if group else text)
    return words.t("trial_results.best_shape", shapes=" ; ".join(said))


def _stability(shown: Shown, found: Stability) -> None:
    """How each answers to better places, and which goes well where."""
    words = shown.words
    pieces.headed(
        shown,
        words.t("trial_results.slopes"),
        words.t("trial_results.slopes_caption"),
        "stability",
    )
    table = pd.DataFrame(
        [
            {"name": one.level, "mean": one.mean, "slope": one.slope, "se": one.slope_se}
            for one in found.genotypes
        ]
    )
    say = {
        "x": shown.axis,
        "y": words.t("trial_results.slope_axis"),
        "average": words.t("trial_results.slope_average"),
    }
    chart = trials_charts.slopes(table, language=words.language, say=say)
    pieces.figure(chart, "slopes", words.t("trial_results.alt_slopes"))
    if len(found.axes) > 1:
        _biplot(shown, found)


def _biplot(shown: Shown, found: Stability) -> None:
    words = shown.words
    pieces.headed(
        shown,
        words.t("trial_results.biplot"),
        words.t("trial_report.biplot_caption"),
        "scores",
    )
    axes = [
        words.t("trial_results.axis", n=str(one.axis), share=words.number(one.percent, 1))
        for one in found.axes[:2]
    ]
    scores = pd.DataFrame(
        [
            {
                "kind": "environment" if one.kind == "environment" else "genotype",
                "name": one.level,
                "first": one.first,
                "second": one.second,
            }
            for one in found.scores
        ]
    )
    say = {
        "x": axes[0],
        "y": axes[1],
        "genotype": shown.named(found.term),
        "environment": shown.named(found.environment),
    }
    chart = trials_charts.biplot(scores, language=words.language, say=say)
    pieces.figure(chart, "biplot", words.t("trial_report.biplot_alt"))
