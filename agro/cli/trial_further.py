"""What an analysis says beyond means and letters, as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from agro.cli.output import answer, answer_table
from agro.cli.trial_figures import chance, figure

if TYPE_CHECKING:
    from models.trials.results import Analysis, Contrast, CorrelationModel

_MOST = 40  # rows of a table; the JSON document has all
_FAR = 3.0  # standardised residual beyond which a plot is shown [-]


def answer_further(analysis: "Analysis") -> None:
    """What there is of it as tables, the shortest that still can be used."""
    _precision(analysis)
    _missing_plots(analysis)
    _far_plots(analysis)
    _contrasts("Trend over the dose", analysis.trend)
    _curves(analysis)
    _contrasts("Contrasts", analysis.contrasts)
    _scale(analysis)
    _advice(analysis)
    _heritability(analysis)
    _stability(analysis)
    _sphericity(analysis)
    _models("Correlation over time", analysis.correlation)
    _spatial(analysis)


def _limited(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    answer_table(title, columns, rows[:_MOST])
    if len(rows) > _MOST:
        answer(f"and {len(rows) - _MOST} more; --json has them all")


def _figures(values: Iterable[float]) -> tuple[str, ...]:
    return tuple(figure(value) for value in values)


def _held(by: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {level}" for name, level in by.items()) or "–"


def _precision(analysis: "Analysis") -> None:
    rows = [
        (
            one.term,
            figure(one.sed_mean),
            f"{figure(one.sed_min)} to {figure(one.sed_max)}",
            *_figures((one.lsd, one.hsd)),
        )
        for one in analysis.precision
    ]
    _limited("Precision of differences", ("term", "SED, mean", "SED, range", "LSD", "HSD"), rows)
    worth = analysis.efficiency
    if worth is not None:
        answer(f"Efficiency of the blocks: {figure(worth.value)}, against {worth.relative_to}")


def _missing_plots(analysis: "Analysis") -> None:
    rows = [
        (str(one.index + 1), _held(one.levels), figure(one.estimate))
        for one in analysis.missing_plots
    ]
    if rows:
        _limited("What lost plots would have had", ("plot", "of", "estimate"), rows)


def _far_plots(analysis: "Analysis") -> None:
    """Only plots that lie far out; all residuals are in the JSON document."""
    rows = [
        (
            str(one.index + 1),
            "–" if one.row is None else f"row {one.row}, column {one.column}",
            *_figures((one.fitted, one.residual, one.standardised)),
        )
        for one in analysis.residuals
        if isfinite(one.standardised) and abs(one.standardised) > _FAR
    ]
    if rows:
        columns = ("plot", "place", "fitted", "residual", "standardised")
        _limited("Plots far from what the model says", columns, rows)


def _contrasts(title: str, found: Sequence["Contrast"]) -> None:
    if not found:
        return
    rows = [
        (
            *(one.term, _held(one.by), one.name),
            *_figures((one.estimate, one.se, one.df, one.t, one.lower, one.upper)),
            chance(one.p),
        )
        for one in found
    ]
    columns = ("term", "within", "contrast", "is", "SE", "df", "t", "lower", "upper", "p")
    _limited(title, columns, rows)


def _curves(analysis: "Analysis") -> None:
    if not analysis.curves:
        return
    rows = [
        (
            *(_held(one.by), one.shape),
            ", ".join(f"{name} {figure(value)}" for name, value in one.parameters.items()),
            *_figures((one.rss, one.aic)),
            chance(one.lack_of_fit),
            _optimum(one.optimum, one.optimum_lower, one.optimum_upper),
            figure(one.economic_optimum),
            ("best" if one.best else "") + ("" if one.identified else "not determined"),
        )
        for one in analysis.curves
    ]
    columns = ("within", "curve", "parameters", "RSS", "AIC", "lack of fit, p")
    _limited("Curves over the dose", (*columns, "optimum", "economic", ""), rows)


def _optimum(best: float, lower: float, upper: float) -> str:
    if not isfinite(best):
        return "–"
    return f"{figure(best)} ({figure(lower)} to {figure(upper)})"


def _scale(analysis: "Analysis") -> None:
    scale = analysis.transformation
    if scale is None:
        return
    power = f", power {figure(scale.power)}" if isfinite(scale.power) else ""
    answer(
        f"All figures above are on the scale {scale.name}{power}; these are the means taken back "
        "to the unit of the sheet (of a log or root they are medians)."
    )
    rows = [
        (one.term, _held(one.levels), *_figures((one.back, one.back_lower, one.back_upper)))
        for one in scale.means
    ]
    _limited("Means taken back", ("term", "level", "mean", "lower", "upper"), rows)


def _advice(analysis: "Analysis") -> None:
    found = analysis.advice
    if found is None:
        return
    range_ = f"{figure(found.power)} (95 %: {figure(found.lower)} to {figure(found.upper)})"
    then = (
        "1 lies within it, so no other scale is called for"
        if found.suggests is None
        else f"--transform {found.suggests} may suit better; nothing was changed"
    )
    answer(f"An assumption is doubtful. The power of Box and Cox is {range_}: {then}.")


def _heritability(analysis: "Analysis") -> None:
    found = analysis.heritability
    if found is None:
        return
    shares = (
        ("Cullis", found.cullis),
        ("Piepho", found.piepho),
        (f"broad sense, mean of {figure(found.plots)} plots", found.broad_sense),
        ("broad sense, one plot", found.plot_basis),
        ("genetic variance", found.genetic_variance),
    )
    rows = [(name, figure(value)) for name, value in shares]
    answer_table(f"Heritability of {found.term}", ("measure", ""), rows)
    ranked = sorted(found.blups, key=lambda one: -one.effect)
    best = [(one.level, *_figures((one.predicted, one.effect, one.se))) for one in ranked]
    columns = (found.term, "predicted", "effect", "SE")
    _limited(f"Predictions of {found.term} (BLUP), the best first", columns, best)


def _stability(analysis: "Analysis") -> None:
    found = analysis.stability
    if found is None:
        return
    places = [
        (one.level, *_figures((one.mean, one.residual_ms, one.f)), chance(one.p))
        for one in found.environments
    ]
    heads = (found.environment, "mean", "residual mean square", "F", "p")
    _limited("Environments, each by itself", heads, places)
    rows = [
        (
            one.level,
            *_figures((one.mean, one.slope, one.slope_se)),
            chance(one.slope_p),
            *_figures((one.deviation_ms, one.ecovalence, one.shukla)),
        )
        for one in found.genotypes
    ]
    measures = ("mean", "slope", "SE", "p of slope 1", "deviation", "ecovalence", "Shukla")
    _limited(f"Stability of {found.term}", (found.term, *measures), rows)
    axes = [
        (f"PC{one.axis}", *_figures((one.sum_sq, one.percent, one.df, one.f)), chance(one.p))
        for one in found.axes
    ]
    if axes:
        heads_of_axes = ("axis", "sum of squares", "% of interaction", "df", "F", "p")
        _limited("Axes of the interaction (AMMI)", heads_of_axes, axes)


def _sphericity(analysis: "Analysis") -> None:
    found = analysis.sphericity
    if found is None:
        return
    answer(
        f"Sphericity of {found.subjects} subjects: Mauchly's W {figure(found.mauchly)}, "
        f"p {chance(found.p)}; epsilon {figure(found.greenhouse_geisser)} (Greenhouse–Geisser), "
        f"{figure(found.huynh_feldt)} (Huynh–Feldt)"
    )
    rows = [
        (
            one.term,
            *_figures((one.f, one.df, one.ddf)),
            *(chance(p) for p in (one.p, one.p_greenhouse_geisser, one.p_huynh_feldt)),
        )
        for one in found.terms
    ]
    columns = ("term", "F", "df", "error df", "p", "p, Greenhouse–Geisser", "p, Huynh–Feldt")
    _limited("Tests over time", columns, rows)


def _models(title: str, found: Sequence["CorrelationModel"]) -> None:
    if not found:
        return
    least = min(one.aic for one in found)
    rows = [
        (
            one.model,
            *_figures((one.loglik, float(one.parameters), one.aic, one.aic - least)),
            ", ".join(f"{name} {figure(value)}" for name, value in one.estimates.items()) or "–",
            "this analysis" if one.chosen else "",
        )
        for one in found
    ]
    columns = ("model", "log-likelihood", "parameters", "AIC", "above the best", "estimates", "")
    _limited(title, columns, rows)


def _spatial(analysis: "Analysis") -> None:
    if analysis.spatial is not None:
        _models("Plots and their neighbours", analysis.spatial.models)
