"""What a reader must know before believing an analysis: checks of its assumptions, and warnings.

missing_plots           plots have no value
not_converged           the variances were not found
variance_zero           a variance is estimated at zero; strata and mixed model then differ
variance_nil            a variance is estimated at zero in a trial that has no strata
confounded_with_blocks  a treatment term can only be told between blocks
partly_confounded       most of what the plots tell of a treatment term lies between blocks
empty_cells             a combination of treatments has no plot
means_unknown           the layout does not let means of a term be known
too_many_pairs          differences of a term are too many to be listed
variances_differ        environments have unlike errors, which pooling them takes for granted
spatial_correlation     how plots resemble their neighbours, in a spatial analysis
neighbours_alike        plots do so, and the analysis took no account of it
sampled_environments    the test of a treatment over other environments than those tried
few_df                  a term is tested against an error with few degrees of freedom

The warnings of `layout_checks` come with them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from models.trials import (
    assumptions,
    layout_checks,
    least_squares,
    linear,
    means,
    spatial,
    strata,
)
from models.trials.families import too_many
from models.trials.fits import Fits, described
from models.trials.means import Means
from models.trials.model import Roles, Term, cells, model, take, term_name
from models.trials.plan import blocking, empty_cells
from models.trials.results import AnovaRow, Check, Fact, Warning
from models.trials.sheet import Array, Trial

TRENDING = ("crd", "rcbd", "factorial", "augmented")  # designs that leave a trend in the residual
MOST_SEARCHED = 400  # plots of which neighbours are looked at without being asked to
GAIN = 6.0  # Akaike's criterion, from which one model is clearly better than another
FEW_DF = 5  # error degrees of freedom below which a test hardly finds anything
HIDDEN = 0.5  # share of a term within blocks, below which its test rests on differences of blocks
SAME = 1e-9  # share of a plot's leverage, or of a column, that is rounding [-]
BETWEEN_PLACES = "bartlett-mean-squares"
WIDEST_CHECK = 1_000_000_000  # plots × coefficients², beyond which only residuals are checked


def checks(fits: Fits, alpha: float) -> tuple[Check, ...]:
    """Checks of the single plots: blocks of every size are taken out first."""
    treated = tuple(sorted({name for term in fits.plan.treatments for name in term}))
    group = cells(fits.trial, treated)[1].astype(np.int64)
    if fits.neighbours is not None:
        left = means.residuals(fits.means)
        white = linalg.solve_triangular(fits.neighbours.root, left, lower=True)
        return (assumptions.shapiro_wilk(white, alpha=alpha),)
    terms = (*fits.plan.errors, *fits.means.random, *fits.means.fixed.terms)
    design = model(fits.trial, tuple(dict.fromkeys(terms))).matrix
    between = _between_places(fits, alpha)
    if design.shape[0] * design.shape[1] ** 2 > WIDEST_CHECK:
        return (
            assumptions.shapiro_wilk(means.residuals(fits.means), alpha=alpha),
            assumptions.levene(fits.trial.response, group, alpha=alpha),
            *between,
        )
    told = _told(fits.trial.response, design)
    return (*assumptions.checks(told, design, group, alpha=alpha), *between)


def _told(response: Array, design: Array) -> Array:
    """The response, NaN on plots that the model fits whatever their value: they test nothing."""
    basis, sizes, _ = np.linalg.svd(design, full_matrices=False)
    basis = basis[:, sizes > SAME * sizes[0]]
    return np.where((basis**2).sum(axis=1) > 1.0 - SAME, np.nan, response)


def _between_places(fits: Fits, alpha: float) -> tuple[Check, ...]:
    """Whether environments have the same error variance, which pooling them takes for granted."""
    place = fits.plan.environment
    if place is None:
        return ()
    terms = [tuple(n for n in t if n != place) for t in (*fits.plan.errors, *fits.plan.treatments)]
    found = [_error(take(fits.trial, rows), terms) for rows in _rows_of(fits.trial, place)]
    variances, df = np.array(found).T
    return (assumptions.equal_variances(variances, df, alpha=alpha),)


def _rows_of(trial: Trial, name: str) -> Iterator[NDArray[np.bool_]]:
    for code in range(len(trial.factors[name].levels)):
        yield trial.factors[name].codes == code


def _error(trial: Trial, terms: list[Term]) -> tuple[float, float]:
    """Residual mean square and degrees of freedom of one environment by itself."""
    fitted = least_squares.fit(trial, [term for term in terms if term])
    return fitted.sigma2, float(fitted.df)


def warnings(trial: Trial, roles: Roles, fits: Fits, found: tuple[Means, ...]) -> Iterator[Warning]:
    """What a reader must know of the data and the models before believing them.

    Parameters
    ----------
    trial : All plots of the sheet.
    fits : The models of those with a value.
    found : The adjusted means.
    """
    lost = int(np.isnan(trial.response).sum())
    if lost:
        yield Warning("missing_plots", {"missing": lost, "plots": len(trial.response)})
    if not fits.mixed.fit.converged:
        yield Warning("not_converged", {"model": described(fits)})
    fit = fits.mixed.fit
    for component, variance in zip(fit.components[:-1], fit.variances[:-1], strict=True):
        if variance == 0.0:
            code = "variance_nil" if fits.table is None else "variance_zero"
            yield Warning(code, {"component": component})
    yield from _layout(trial, roles, fits)
    yield from _neighbours(roles, fits)
    yield from _sampled(fits)
    empty = empty_cells(fits.trial, fits.plan)
    if empty:
        yield Warning("empty_cells", {"combinations": empty})
    for of in found:
        unknown = int(np.isnan(of.mean).sum())
        if unknown:
            yield Warning("means_unknown", {"term": term_name(of.term), "means": unknown})
        if too_many(of):
            yield Warning("too_many_pairs", {"term": term_name(of.term), "levels": len(of.levels)})


def _layout(trial: Trial, roles: Roles, fits: Fits) -> Iterator[Warning]:
    """What the layout shows; blocks that share out a factorial are not called incomplete."""
    table, blocks = fits.table, sorted(blocking(fits.plan))
    found = strata.confounded(table, blocks) if table is not None else tuple(_between_blocks(fits))
    explained = found or table is not None
    for one in layout_checks.findings(trial, roles):
        if not (explained and one.code == "blocks_incomplete"):
            yield one
    yield from found


def _between_blocks(fits: Fits) -> Iterator[Warning]:
    """Terms of a factorial that its blocks hide, where lost plots leave no strata to show it."""
    plan = fits.plan
    if not (plan.simple and plan.stratified and plan.errors) or len(plan.treatments) == 1:
        return
    fixed = model(fits.trial, plan.treatments)
    mean = linear.mean_basis(len(fits.trial.response))
    between = linear.new_basis(model(fits.trial, plan.errors).matrix, mean)
    for term, span in zip(fixed.terms, fixed.spans, strict=True):
        basis = strata.adjusted_basis(fixed, fixed.matrix, term, span)
        share = 1.0 - float(np.sum((between.T @ basis) ** 2)) / max(basis.shape[1], 1)
        if share < HIDDEN:
            facts: dict[str, Fact] = {"term": term_name(term), "percent": 100.0 * share}
            yield Warning("partly_confounded", facts)


def _neighbours(roles: Roles, fits: Fits) -> Iterator[Warning]:
    """How plots resemble their neighbours, and by how much a spatial analysis would fit better."""
    found = fits.neighbours
    if found is not None:
        yield Warning("spatial_correlation", _correlations(found))
        return
    plots = len(fits.trial.response)
    laid_out = roles.row is not None and roles.column is not None
    if not laid_out or roles.design not in TRENDING or plots > MOST_SEARCHED:
        return
    x = fits.means.fixed.matrix[:, fits.means.kept]
    places = [spatial.position(fits.trial.factors[str(name)]) for name in (roles.row, roles.column)]
    if len(np.unique(np.column_stack(places), axis=0)) < plots:
        return
    near = spatial.fit(fits.trial.response, x, *places, nugget=False)
    gain = 2.0 * (near.loglik - spatial.independent(fits.trial.response, x)) - 2.0 * len(places)
    if gain > GAIN:
        yield Warning("neighbours_alike", {**_correlations(near), "gain": float(gain)})


def _correlations(found: spatial.Correlation) -> dict[str, Fact]:
    return {
        "rho_row": found.rho_row,
        "rho_column": found.rho_column,
        "nugget": found.nugget,
    }


def _sampled(fits: Fits) -> Iterator[Warning]:
    """Strata ask whether treatments differed where they were tried; REML whether they do at large.

    Means and their differences answer the second question.
    """
    if fits.table is None or fits.plan.environment is None:
        return
    for term in fits.plan.treatments:
        test = means.wald(fits.mixed, term)
        facts: dict[str, Fact] = {"term": term_name(term), "f": test.f, "p": test.p}
        yield Warning("sampled_environments", {**facts, "df": test.df, "ddf": test.ddf})


def of_results(
    roles: Roles, rows: tuple[AnovaRow, ...], checks: tuple[Check, ...]
) -> Iterator[Warning]:
    """What a reader must know of the table and the checks."""
    for check in checks:
        if check.check == BETWEEN_PLACES and check.holds is False:
            yield Warning("variances_differ", {"factor": str(roles.environment), "p": check.p})
    yield from _few(rows)


def _few(rows: tuple[AnovaRow, ...]) -> Iterator[Warning]:
    """Terms whose error has so few degrees of freedom that a test says little."""
    errors = {row.stratum: row.df for row in rows if row.term == strata.RESIDUAL}
    for row in rows:
        df = errors.get(row.stratum, 0.0) if row.ddf is None else row.ddf
        if row.term != strata.RESIDUAL and df < FEW_DF:
            yield Warning("few_df", {"term": row.term, "df": df})
