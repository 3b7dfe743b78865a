"""Ordinary least squares of a trial: what it says when plots are missing or a covariate was noted.

References
----------
[1] Searle (1987), Linear Models for Unbalanced Data. ISBN 978-0-471-84096-3
[2] Yates (1933), The analysis of replicated experiments when the field results are incomplete.
    Empire Journal of Experimental Agriculture 1, 129–142.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, stats

from models.trials import linear
from models.trials.model import (
    Term,
    Terms,
    cell_levels,
    cells,
    covered,
    mean_row,
    measured,
    model,
    take,
    term_name,
)
from models.trials.results import AnovaRow
from models.trials.sheet import Array, Trial

RESIDUAL = "Residual"
Kind = Literal[1, 2, 3]
_ESTIMABLE = 1e-7  # of a row's length: what of it lies outside the rows of the design


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted linear model of the plots that were measured.

    `coefficients` are the shortest that fit and `unscaled` their covariance over σ²: only what is
    estimable has a meaning. `rows` is an orthonormal basis of the rows of the design.
    """

    terms: Terms
    coefficients: Array
    unscaled: Array
    rows: Array
    residual: Array
    df: int

    @property
    def sigma2(self) -> float:
        """Residual variance, NaN without degrees of freedom. [unit of the response²]"""
        return float(self.residual @ self.residual) / self.df if self.df else float("nan")

    @property
    def r2(self) -> float:
        """Share of the variation about the mean that the model takes up. [-]"""
        about = self.terms.trial.response - self.terms.trial.response.mean()
        total = float(about @ about)
        return 1.0 - float(self.residual @ self.residual) / total if total else float("nan")

    @property
    def cv_percent(self) -> float:
        """Residual standard deviation in percent of the mean of the plots. [%]"""
        mean = float(self.terms.trial.response.mean())
        return float(100.0 * np.sqrt(self.sigma2) / mean) if mean else float("nan")


@dataclass(frozen=True, slots=True)
class AdjustedMeans:
    """Adjusted means in the order of `levels`; NaN where the plots left do not tell.

    `covariance` is that of the means [unit of the response²], on `df` degrees of freedom.
    """

    term: Term
    levels: tuple[tuple[str, ...], ...]
    mean: Array
    covariance: Array
    df: int

    @property
    def se(self) -> Array:
        """Standard error of each mean. [unit of the response]"""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def sed(self) -> Array:
        """Standard error of the difference of each pair. [unit of the response]"""
        variance = np.diag(self.covariance)
        between = variance[:, np.newaxis] + variance - 2.0 * self.covariance
        return np.asarray(np.sqrt(np.maximum(between, 0.0)))


def fit(trial: Trial, terms: Sequence[Term]) -> Fit:
    """Fit the terms to the plots that have a response and every covariate."""
    terms_ = model(measured(trial, terms), terms)
    return _solved(terms_, terms_.matrix, terms_.trial.response)


def _solved(terms: Terms, matrix: Array, response: Array) -> Fit:
    u, s, vt = linalg.svd(matrix, full_matrices=False)
    rank = int(np.count_nonzero(s > linear.RANK * s[0]))
    u, s, rows = u[:, :rank], s[:rank], vt[:rank].T
    left = linear.outside(response - response.mean(), u)
    coefficients = rows @ ((u.T @ response) / s)
    return Fit(terms, coefficients, (rows / s**2) @ rows.T, rows, left, len(response) - rank)


def anova(fitted: Fit, kind: Kind) -> tuple[AnovaRow, ...]:
    """Analysis of variance with sums of squares of type I, II or III [1].

    I takes the terms in their order, II each term after all that do not contain it, III each term
    after all others in factors that sum to zero. Terms without degrees of freedom have no row;
    `ddf` are the degrees of freedom of the residual.
    """
    nan = float("nan")
    matrix = fitted.terms.matrix
    before = _before(fitted.terms, kind)
    found = [
        (term, _added(matrix, others, span))
        for term, others, span in zip(fitted.terms.terms, before, fitted.terms.spans, strict=True)
    ]
    rows = [_row(fitted, term, basis) for term, basis in found if basis.shape[1]]
    left = float(fitted.residual @ fitted.residual)
    return (*rows, AnovaRow(None, RESIDUAL, fitted.df, None, left, fitted.sigma2, nan, nan))


def _before(terms: Terms, kind: Kind) -> Iterator[list[slice]]:
    """The columns that each term is adjusted for."""
    numbered = list(enumerate(zip(terms.terms, terms.spans, strict=True)))
    for place, (term, _) in numbered:
        if kind == 1:
            yield [span for at, (_, span) in numbered if at < place]
        elif kind == 2:
            yield [span for _, (other, span) in numbered if not set(term) <= set(other)]
        else:
            yield [span for at, (_, span) in numbered if at != place]


def _added(matrix: Array, before: list[slice], span: slice) -> Array:
    mean = linear.mean_basis(len(matrix))
    others = np.hstack([np.zeros((len(matrix), 0)), *(matrix[:, other] for other in before)])
    known = np.hstack([mean, linear.new_basis(others, mean)])
    return linear.new_basis(matrix[:, span], known)


def _row(fitted: Fit, term: Term, basis: Array) -> AnovaRow:
    response = fitted.terms.trial.response
    df = basis.shape[1]
    sum_sq = float(np.sum((basis.T @ (response - response.mean())) ** 2))
    f = sum_sq / df / fitted.sigma2 if fitted.sigma2 else float("nan")
    p = float(stats.f.sf(f, df, fitted.df)) if fitted.df else float("nan")
    return AnovaRow(None, term_name(term), df, float(fitted.df), sum_sq, sum_sq / df, f, p)


def adjusted_means(fitted: Fit, term: Term) -> AdjustedMeans:
    """Means of a term's cells, with equal weights over all other factors, blocks among them."""
    found, _ = cells(fitted.terms.trial, term)
    levels = cell_levels(fitted.terms.trial, term, found)
    at = [dict(zip(term, names, strict=True)) for names in levels]
    rows = np.vstack([mean_row(fitted.terms, names) for names in at])
    rows[~estimable(fitted, rows)] = np.nan
    covariance = fitted.sigma2 * (rows @ fitted.unscaled @ rows.T)
    return AdjustedMeans(term, levels, rows @ fitted.coefficients, covariance, fitted.df)


def estimable(fitted: Fit, rows: Array) -> NDArray[np.bool_]:
    """Whether each combination of coefficients is told by the plots. (rows,)"""
    known = np.nan_to_num(rows)
    left = np.linalg.norm(linear.outside(known.T, fitted.rows), axis=0)
    return np.isfinite(rows).all(axis=1) & (left <= _ESTIMABLE * np.linalg.norm(known, axis=1))


@dataclass(frozen=True, slots=True)
class MissingPlot:
    """The value that a lost plot would have had by the model; `plot` counts the trial's plots."""

    plot: int
    levels: Mapping[str, str]
    estimate: float


def missing_plots(trial: Trial, terms: Sequence[Term]) -> tuple[MissingPlot, ...]:
    """Least-squares values of the plots without a response [2]; they add no information.

    NaN where nothing was measured that tells: a block or a treatment lost as a whole.
    """
    usable = np.flatnonzero(covered(trial, terms))
    known = model(take(trial, usable), terms)
    matrix, response = known.matrix, known.trial.response
    told = np.isfinite(response)
    if not told.any():
        raise ValueError(f"no plot has a value of {trial.name}; enter at least one")
    fitted = _solved(known, matrix[told], response[told])
    values = np.where(estimable(fitted, matrix), matrix @ fitted.coefficients, np.nan)
    estimates = np.full(len(trial.response), np.nan)
    estimates[usable] = values
    return tuple(
        MissingPlot(int(plot), _levels(trial, terms, int(plot)), float(estimates[plot]))
        for plot in np.flatnonzero(np.isnan(trial.response))
    )


def _levels(trial: Trial, terms: Sequence[Term], plot: int) -> dict[str, str]:
    """The levels of a plot in the factors of the terms."""
    names = dict.fromkeys(name for term in terms for name in term if name in trial.factors)
    return {name: trial.factors[name].levels[trial.factors[name].codes[plot]] for name in names}
