"""What an analysis says beyond means: trends, contrasts, heritability, stability, correlations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from agro.reports.numbers import chance, column, decimals_for, degrees, error_decimals, fixed
from agro.reports.report import Report
from agro.reports.tables import interval, laid_out, level_of, levels_text, term_text
from agro.words import Words
from models.trials.results import Contrast, Curve, Heritability, Spatial, Sphericity, Stability

MOST_ROWS = 150  # of one table; an analysis of many genotypes has all
_STEPS = ("linear", "quadratic", "cubic", "quartic")


def further(report: Report, words: Words) -> list[Any]:
    """Every part that this analysis has, each with its title, note and table."""
    return list(_parts(report, words))


def _parts(report: Report, words: Words) -> Iterator[Any]:
    analysis = report.analysis
    if analysis.trend:
        yield _part(words, "trend", _contrasts(report, words, analysis.trend), note="trend_note")
    if analysis.curves:
        yield _part(words, "curves", _curves(report, words), note="curves_note")
    if analysis.contrasts:
        rows = _contrasts(report, words, analysis.contrasts)
        yield _part(words, "contrasts", rows, note="contrasts_note")
    if analysis.heritability is not None:
        yield from _heritability(report, words, analysis.heritability)
    if analysis.stability is not None:
        yield from _stability(report, words, analysis.stability)
    if analysis.sphericity is not None:
        yield _sphericity(report, words, analysis.sphericity)
    if analysis.spatial is not None:
        yield _spatial(words, analysis.spatial)
    elif analysis.correlation:
        yield _part(words, "correlation", _models(words, report), note="correlation_note")
    yield from _scale(words, report)


def _part(words: Words, title: str, table: Any, *, note: str = "", **fields: str) -> Any:
    said = words.t(f"trial_report.{note}", **fields) if note else ""
    return {"title": words.t(f"trial_report.{title}", **fields), "note": said, "table": table}


def _contrasts(report: Report, words: Words, found: Sequence[Contrast]) -> Any:
    places = error_decimals(one.se for one in found)
    within = any(one.by for one in found)
    told = {
        "term": [term_text(one.term, report.names) for one in found],
        "by": [levels_text(one.by, report.names) or "–" for one in found] if within else None,
        "contrast": [
            words.code("trial_report.steps", one.name) if one.name in _STEPS else one.name
            for one in found
        ],
    }
    figures = {
        "estimate": column(words, [one.estimate for one in found], places),
        "se": column(words, [one.se for one in found], places),
        "df": degrees(words, [one.df for one in found]),
        "interval": [interval(words, one.lower, one.upper, places) for one in found],
        "t": column(words, [one.t for one in found], 2),
        "p": [chance(words, one.p) for one in found],
    }
    return laid_out(words, told, figures, **level_of(words, report.alpha))


def _curves(report: Report, words: Words) -> Any:
    found = report.analysis.curves
    within = any(one.by for one in found)
    priced = any(isfinite(one.economic_optimum) for one in found)
    told = {
        "by": [levels_text(one.by, report.names) or "–" for one in found] if within else None,
        "shape": [words.code("trial_report.shapes", one.shape) for one in found],
        "best": [words.t("trial_report.yes") if one.best else "–" for one in found],
    }
    known = [_within_doses(one) for one in found]
    places = decimals_for([one.optimum for one in known])
    figures = {
        "AIC": column(words, [one.aic for one in found], 1),
        "lack_of_fit": [chance(words, one.lack_of_fit) for one in found],
        "optimum": column(words, [one.optimum for one in known]),
        "optimum_interval": [
            interval(words, one.optimum_lower, one.optimum_upper, places) for one in known
        ],
        "economic": column(words, [one.economic_optimum for one in known]) if priced else None,
    }
    return laid_out(words, told, figures)


def _within_doses(curve: Curve) -> Curve:
    """The curve without an optimum that no dose was near to."""
    if curve.identified:
        return curve
    nan = float("nan")
    return replace(curve, optimum=nan, optimum_lower=nan, optimum_upper=nan, economic_optimum=nan)


def _heritability(report: Report, words: Words, found: Heritability) -> Iterator[Any]:
    shares = {
        "cullis": found.cullis,
        "piepho": found.piepho,
        "broad_sense": found.broad_sense,
        "plot_basis": found.plot_basis,
    }
    variances = {
        "genetic_variance": found.genetic_variance,
        "interaction_variance": found.interaction_variance,
        "residual_variance": found.residual_variance,
    }
    plots = words.number(found.plots, 1)
    variances = {name: value for name, value in variances.items() if isfinite(value)}
    names = [words.t(f"trial_report.{one}", plots=plots) for one in (*shares, *variances)]
    values = [*column(words, shares.values(), 3), *column(words, variances.values())]
    table = laid_out(words, {"measure": names}, {"value": values})
    term = term_text(found.term, report.names)
    yield _part(words, "heritability", table, note="heritability_note", term=term)
    blups = sorted(found.blups, key=lambda one: -one.effect)[:MOST_ROWS]
    places = error_decimals(one.se for one in blups)
    figures = {
        "effect": column(words, [one.effect for one in blups], places),
        "se": column(words, [one.se for one in blups], places),
    }
    table = laid_out(words, {"level": [one.level for one in blups]}, figures)
    yield _part(words, "blups", table, note="blups_note", term=term)


def _stability(report: Report, words: Words, found: Stability) -> Iterator[Any]:
    rows = found.genotypes[:MOST_ROWS]
    figures: Mapping[str, Sequence[str]] = {
        "mean": column(words, [one.mean for one in rows]),
        "slope": column(words, [one.slope for one in rows], 2),
        "se": column(words, [one.slope_se for one in rows], 2),
        "p": [chance(words, one.slope_p) for one in rows],
        "ecovalence": column(words, [one.ecovalence for one in rows]),
        "shukla": column(words, [one.shukla for one in rows]),
    }
    table = laid_out(words, {"level": [one.level for one in rows]}, figures)
    named = {
        "term": term_text(found.term, report.names),
        "environment": term_text(found.environment, report.names),
    }
    yield _part(words, "stability", table, note="stability_note", **named)
    axes = {
        "sum_sq": column(words, [one.sum_sq for one in found.axes]),
        "percent": column(words, [one.percent for one in found.axes], 1),
        "df": degrees(words, [one.df for one in found.axes]),
        "F": column(words, [one.f for one in found.axes], 2),
        "p": [chance(words, one.p) for one in found.axes],
    }
    table = laid_out(words, {"axis": [str(one.axis) for one in found.axes]}, axes)
    yield _part(words, "ammi", table, note="ammi_note")


def _sphericity(report: Report, words: Words, found: Sphericity) -> Any:
    rows = found.terms
    figures = {
        "df": degrees(words, [one.df for one in rows]),
        "ddf": degrees(words, [one.ddf for one in rows]),
        "F": column(words, [one.f for one in rows], 2),
        "p": [chance(words, one.p) for one in rows],
        "p_gg": [chance(words, one.p_greenhouse_geisser) for one in rows],
        "p_hf": [chance(words, one.p_huynh_feldt) for one in rows],
    }
    table = laid_out(words, {"term": [term_text(one.term, report.names) for one in rows]}, figures)
    fields = {
        "w": fixed(words, found.mauchly, 3),
        "p": chance(words, found.p),
        "gg": fixed(words, found.greenhouse_geisser, 3),
        "hf": fixed(words, found.huynh_feldt, 3),
    }
    return _part(words, "sphericity", table, note="sphericity_note", **fields)


def _spatial(words: Words, found: Spatial) -> Any:
    fields = {
        "row": fixed(words, found.rho_row, 2),
        "column": fixed(words, found.rho_column, 2),
        "nugget": words.percent(found.nugget),
    }
    table = _compared(words, found.models)
    return _part(words, "correlation", table, note="spatial_note", **fields)


def _models(words: Words, report: Report) -> Any:
    return _compared(words, report.analysis.correlation)


def _compared(words: Words, models: Sequence[Any]) -> Any:
    yes = words.t("trial_report.yes")
    told = {
        "model": [words.code("trial_report.models", one.model) for one in models],
        "chosen": [yes if one.chosen else "–" for one in models],
    }
    figures = {
        "parameters": [str(one.parameters) for one in models],
        "loglik": column(words, [one.loglik for one in models], 2),
        "AIC": column(words, [one.aic for one in models], 2),
    }
    return laid_out(words, told, figures)


def _scale(words: Words, report: Report) -> Iterator[Any]:
    """The scale that was used, and the power that would suit; nobody applies it unasked."""
    used, advice = report.analysis.transformation, report.analysis.advice
    if used is not None:
        scale = words.code("trial_report.scales", used.name)
        yield _part(words, "transformation", None, note="means_scale", scale=scale)
    if advice is not None:
        ends = {"power": advice.power, "lower": advice.lower, "upper": advice.upper}
        fields = {name: fixed(words, value, 2) for name, value in ends.items()}
        note = "boxcox" if advice.suggests is None else "boxcox_suggests"
        scale = words.code("trial_report.scales", advice.suggests or "none")
        yield _part(words, "transformation", None, note=note, scale=scale, **fields)
