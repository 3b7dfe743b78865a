"""Linear models of a trial and the adjusted means that follow from them.

One engine serves all: without random terms the mixed model is ordinary least squares, and the
degrees of freedom of Kenward and Roger are those of its residual.

References
----------
[1] Searle, Speed, Milliken (1980), Population marginal means in the linear model: an alternative
    to least squares means. doi:10.1080/00031305.1980.10483031
[2] Kenward, Roger (1997), Small sample inference for fixed effects from restricted maximum
    likelihood. doi:10.2307/2533558
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.stats import t as student

from models.trials import kenward_roger, mixed, spatial
from models.trials.model import Columns, Term, Terms, cells, mean_row, model, term_name
from models.trials.sheet import Array, Trial

Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

ALIASED = 1e-10  # square of a column's share that earlier ones must leave, or it adds nothing [-]


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted linear model of a trial.

    `kept` are the columns of the fixed part that earlier ones do not already hold, and `alias`
    writes each of the others as a sum of those kept.
    """

    fixed: Terms
    random: tuple[Term, ...]
    kept: Flags
    alias: Array
    fit: mixed.Fit
    known: kenward_roger.Adjusted


@dataclass(frozen=True, slots=True)
class Means:
    """Adjusted means of one term, NaN where the layout does not let them be known.

    `df` and `pair_df` are the degrees of freedom of each mean and of each difference.
    """

    term: Term
    levels: tuple[Mapping[str, str], ...]
    mean: Array
    covariance: Array
    df: Array
    pair_df: Array

    @property
    def se(self) -> Array:
        """Standard error of each mean."""
        return np.sqrt(np.diag(self.covariance))


def fitted(trial: Trial, fixed: Sequence[Term], random: Sequence[Term]) -> Model:
    """Fit fixed and random terms to plots that all have a value.

    Parameters
    ----------
    trial : Plots without missing values, see `model.measured`.
    fixed : Terms in the order they are fitted; the first of two that say the same is kept.
    random : Terms whose levels are drawn from a population; those that cannot be told from the
        fixed part, from each other or from the residual are left out.
    """
    terms = model(trial, fixed)
    x = terms.matrix
    gram = x.T @ x
    kept, alias = _columns(gram)
    x = x[:, kept]
    _replicated(x)
    told = _told_apart(trial, x, gram[np.ix_(kept, kept)], random)
    codes = {term_name(term): cells(trial, term)[1] for term in told}
    fit = mixed.fit(trial.response, x, codes)
    return Model(terms, tuple(told), kept, alias, fit, kenward_roger.adjusted(fit))


def fitted_among_neighbours(
    trial: Trial, fixed: Sequence[Term], row: str, column: str
) -> tuple[Model, spatial.Correlation]:
    """Fit fixed terms to plots that resemble their neighbours along rows and columns.

    Plots get a variance of their own where that raises the likelihood by more than the one variance
    it costs (Akaike). The correlations then count as known: degrees of freedom are those of the
    residual, and standard errors a little too small.
    """
    terms = model(trial, fixed)
    kept, alias = _columns(terms.matrix.T @ terms.matrix)
    x = terms.matrix[:, kept]
    _replicated(x)
    places = [spatial.position(trial.factors[name]) for name in (row, column)]
    plain, nugget = (spatial.fit(trial.response, x, *places, nugget=own) for own in (False, True))
    chosen = nugget if nugget.loglik > plain.loglik + 1.0 else plain
    white = linalg.solve_triangular(chosen.root, np.column_stack([trial.response, x]), lower=True)
    fit = mixed.fit(white[:, 0], white[:, 1:], {})
    return Model(terms, (), kept, alias, fit, kenward_roger.adjusted(fit)), chosen


def _replicated(x: Array) -> None:
    """Refuse a model that leaves nothing to judge by."""
    if len(x) <= x.shape[1]:
        raise ValueError(
            f"{len(x)} plots have a value and the model has {x.shape[1]} coefficients: without "
            "replication nothing can be judged; repeat treatments or leave out an interaction"
        )


def _columns(gram: Array) -> tuple[Flags, Array]:
    """Columns that earlier ones do not hold, and the others in terms of them, from X'X."""
    size = np.sqrt(np.diag(gram))
    size = np.where(size > 0.0, size, 1.0)
    kept = _first_independent(gram / np.outer(size, size))
    inner = linalg.cho_factor(gram[np.ix_(kept, kept)])
    return kept, linalg.cho_solve(inner, gram[np.ix_(kept, ~kept)])


def _first_independent(unit: Array) -> Flags:
    """Sweep the columns in order; one that is swept to nothing is not kept."""
    try:
        diagonal = np.diag(np.linalg.cholesky(unit))
    except np.linalg.LinAlgError:
        diagonal = np.zeros(1)
    if float(diagonal.min()) ** 2 > ALIASED:
        return np.ones(len(unit), dtype=bool)
    kept = np.zeros(len(unit), dtype=bool)
    left = unit.copy()
    for j in range(len(left)):
        if left[j, j] <= ALIASED:
            continue
        kept[j] = True
        left[j + 1 :, j + 1 :] -= np.outer(left[j + 1 :, j], left[j, j + 1 :]) / left[j, j]
    return kept


def _told_apart(trial: Trial, x: Array, gram: Array, random: Sequence[Term]) -> list[Term]:
    """Random terms that the data can tell from the fixed part, the residual and each other."""
    told: list[Term] = []
    seen: list[Codes] = []
    factor = linalg.cho_factor(gram, lower=True)
    for term in random:
        found, cell = cells(trial, term)
        plots = len(cell)
        if not 1 < len(found) < plots:
            continue
        sums = mixed.indicators(cell).T @ x
        inside = linalg.solve_triangular(factor[0], sums.T, lower=True)
        left = plots - float((inside**2).sum())
        if left > 1e-8 * plots and not any(_same_partition(cell, other) for other in seen):
            told.append(term)
            seen.append(cell)
    return told


def _same_partition(a: Codes, b: Codes) -> bool:
    pairs = np.unique(np.column_stack([a, b]), axis=0)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))


def wald(model: Model, term: Term) -> kenward_roger.Test:
    """F test of a fixed term, all others in the model (type III) [2]."""
    span = model.fixed.spans[model.fixed.terms.index(term)]
    chosen = np.zeros(len(model.kept), dtype=bool)
    chosen[span] = True
    rows = np.eye(int(model.kept.sum()))[chosen[model.kept]]
    return kenward_roger.wald(model.fit, model.known, rows)


def adjusted_means(model: Model, term: Term) -> Means:
    """Means of a term's combinations, other factors weighing alike, covariates at their mean [1].

    Combinations that no plot had cannot be known and are left out.
    """
    found, _ = cells(model.fixed.trial, term)
    factors = [model.fixed.trial.factors[name] for name in term]
    levels = tuple(
        {name: one.levels[code] for name, one, code in zip(term, factors, row, strict=True)}
        for row in found
    )
    rows = _mean_rows(model.fixed, levels)
    return estimated(model, rows, term=term, levels=levels)


def _mean_rows(fixed: Terms, levels: Sequence[Mapping[str, str]]) -> Array:
    """The row of each mean; all at once where no term is nested, for terms have many levels."""
    if any(part.outer is not None for part in fixed.columns):
        return np.array([mean_row(fixed, at) for at in levels])
    ones = np.ones((len(levels), 1))
    return np.hstack([ones, *(_coded(part, levels) for part in fixed.columns)])


def _coded(part: Columns, levels: Sequence[Mapping[str, str]]) -> Array:
    """Codes of a term in each mean: 0 if averaged over a factor, NaN if no plot is in its cell."""
    rows = np.zeros((len(levels), part.coded.shape[1]))
    if not part.levels or not set(part.term) <= set(levels[0]):
        return rows
    place = {names: i for i, names in enumerate(part.levels)}
    for row, at in zip(rows, levels, strict=True):
        cell = place.get(tuple(at[name] for name in part.term))
        row[:] = np.nan if cell is None else part.coded[cell]
    return rows


def estimated(
    model: Model, rows: Array, *, term: Term, levels: tuple[Mapping[str, str], ...]
) -> Means:
    """What rows of the fixed part estimate; NaN for those that the layout leaves unknown."""
    rows = np.where(_estimable(model, rows)[:, None], rows, np.nan)[:, model.kept]
    known = model.known
    plain = rows @ known.plain
    size = plain @ rows.T
    slopes = np.array([plain @ slope @ plain.T for slope in known.slopes])
    mean = rows @ model.fit.beta
    covariance = rows @ known.covariance @ rows.T
    diagonal = np.diagonal(slopes, axis1=1, axis2=2)
    df = _df(np.diag(size), diagonal, known.uncertainty)
    pair_df = _df(_of_pairs(size), _of_pairs(slopes), known.uncertainty)
    return Means(term, levels, mean, covariance, df, pair_df)


def _of_pairs(square: Array) -> Array:
    """Quadratic form of each difference, from that of the means."""
    diagonal = np.diagonal(square, axis1=-2, axis2=-1)
    return np.asarray(diagonal[..., :, None] + diagonal[..., None, :] - 2.0 * square)


def _df(size: Array, slopes: Array, uncertainty: Array) -> Array:
    """Degrees of freedom of single contrasts: 2 (l'Φl)² / Σ Wᵢⱼ (l'ΦPᵢΦl)(l'ΦPⱼΦl) [2]."""
    spread = np.einsum("i...,ij,j...->...", slopes, uncertainty, slopes)
    df = np.full_like(size, np.nan)
    np.divide(2.0 * size**2, spread, out=df, where=spread > 0.0)
    return df


def _estimable(model: Model, rows: Array) -> Flags:
    """Rows in the span of the plots' rows: those of the aliased columns follow from the kept."""
    off = rows[:, model.kept] @ model.alias - rows[:, ~model.kept]
    return np.asarray(np.abs(off).max(axis=1, initial=0.0) < 1e-7)


def interval(means: Means, level: float) -> tuple[Array, Array]:
    """Lower and upper bound of each mean by Student's t."""
    reach = student.ppf(0.5 + 0.5 * level, means.df) * means.se
    return means.mean - reach, means.mean + reach


def residuals(model: Model) -> Array:
    """What neither the fixed part nor the predicted random terms account for. (plots,)"""
    trial, fit = model.fixed.trial, model.fit
    left = trial.response - model.fixed.matrix[:, model.kept] @ fit.beta
    for i, term in enumerate(model.random):
        cell = cells(trial, term)[1]
        left -= fit.variances[i] * fit.pieces.zpy[fit.design.spans[i]][cell]
    return np.asarray(left)
