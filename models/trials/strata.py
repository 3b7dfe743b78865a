"""Analysis of variance by error strata: each treatment against the error of the plots it was given.

The space of the plots is cut into one part for each size of plot (blocks, main plots, …, single
plots). Response and treatment columns are projected on each part [1, 2]; within it the sums of
squares are sequential, as `aov(… + Error(…))` in R.

References
----------
[1] Nelder (1965), The analysis of randomized experiments with orthogonal block structure.
    doi:10.1098/rspa.1965.0012
[2] Bailey (2008), Design of Comparative Experiments. doi:10.1017/CBO9780511611483
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from models.trials import linear
from models.trials.model import (
    Term,
    Terms,
    cell_levels,
    cells,
    indicators,
    measured,
    model,
    term_name,
)
from models.trials.results import AnovaRow, Warning
from models.trials.sheet import Array, Trial

RESIDUAL = "Residual"
WITHIN = "Within"
_APART = 1e-6  # cosine between two terms, below which they are orthogonal


@dataclass(frozen=True, slots=True)
class Part:
    """What one term has in one stratum: an orthonormal basis (plots, df), its sum of squares."""

    term: Term
    basis: Array
    sum_sq: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """One size of plot: the terms found in it, and what remains as its error. (plots,)"""

    name: str
    error: Term
    parts: tuple[Part, ...]
    df: int
    residual: Array

    @property
    def mean_sq(self) -> float:
        """Mean square of the error, NaN without degrees of freedom. [unit of the response²]"""
        return float(self.residual @ self.residual) / self.df if self.df else float("nan")


@dataclass(frozen=True, slots=True)
class Strata:
    """The strata of the plots that were measured, from the largest plots to the smallest."""

    trial: Trial
    terms: tuple[Term, ...]
    strata: tuple[Stratum, ...]

    def of(self, term: Term) -> Stratum:
        """The one stratum that a term of an orthogonal design is tested in."""
        held = [one for one in self.strata if any(part.term == term for part in one.parts)]
        if len(held) != 1:
            raise ValueError(f"{term_name(term)} is in {len(held)} strata, not in 1; use REML")
        return held[0]

    @property
    def cv_percent(self) -> float:
        """Standard deviation between the smallest plots in percent of the general mean. [%]"""
        mean = float(self.trial.response.mean())
        return float(100.0 * np.sqrt(self.strata[-1].mean_sq) / mean) if mean else float("nan")


def strata(trial: Trial, terms: Sequence[Term], errors: Sequence[Term]) -> Strata:
    """Cut a trial into its error strata and find each term in them.

    Parameters
    ----------
    trial : Plots without a response are left out.
    terms : Treatment terms, in the order they are fitted.
    errors : Error terms, the largest plots first, without the single plots (`Within`).
    """
    trial = measured(trial, terms)
    return Strata(trial, tuple(terms), tuple(_cut(trial, terms, errors)))


def _cut(trial: Trial, terms: Sequence[Term], errors: Sequence[Term]) -> Iterator[Stratum]:
    known = linear.mean_basis(len(trial.response))
    fixed = model(trial, terms)
    matrix = fixed.matrix
    length = np.linalg.norm(matrix, axis=0)
    about = trial.response - trial.response.mean()
    for error in errors:
        basis = linear.new_basis(indicators(trial, error), known)
        known = np.hstack([known, basis])
        if basis.shape[1]:
            parts = _parts(fixed, basis @ (basis.T @ matrix), length)
            yield _stratum(error, parts, basis.shape[1], basis @ (basis.T @ about))
    left = len(about) - known.shape[1]
    if left:
        parts = _parts(fixed, linear.outside(matrix, known), length)
        yield _stratum((), parts, left, linear.outside(about, known))


def _parts(fixed: Terms, seen: Array, length: Array) -> list[tuple[Term, Array]]:
    """The terms that show in a stratum, each with what it adds to the terms before it."""
    known = np.zeros((len(seen), 0))
    found = []
    for term, span in zip(fixed.terms, fixed.spans, strict=True):
        basis = linear.new_basis(seen[:, span], known, length[span])
        known = np.hstack([known, basis])
        if basis.shape[1]:
            found.append((term, basis))
    return found


def _stratum(error: Term, found: list[tuple[Term, Array]], rank: int, response: Array) -> Stratum:
    parts = tuple(
        Part(term, basis, float(np.sum((basis.T @ response) ** 2))) for term, basis in found
    )
    treated = np.hstack([np.zeros((len(response), 0)), *(basis for _, basis in found)])
    df = rank - treated.shape[1]
    residual = linear.outside(response, treated) if df else np.zeros_like(response)
    return Stratum(term_name(error) if error else WITHIN, error, parts, df, residual)


def anova(fit: Strata) -> tuple[AnovaRow, ...]:
    """The table: each term against the error of its stratum, which closes the stratum's rows."""
    return tuple(row for stratum in fit.strata for row in _rows(stratum))


def _rows(stratum: Stratum) -> Iterator[AnovaRow]:
    nan = float("nan")
    for part in stratum.parts:
        df, mean_sq = part.basis.shape[1], part.sum_sq / part.basis.shape[1]
        f = mean_sq / stratum.mean_sq if stratum.mean_sq else nan
        p = float(stats.f.sf(f, df, stratum.df)) if stratum.df else nan
        name = term_name(part.term)
        yield AnovaRow(stratum.name, name, df, None, part.sum_sq, mean_sq, f, p)
    if stratum.df:
        left, mean_sq = stratum.mean_sq * stratum.df, stratum.mean_sq
        yield AnovaRow(stratum.name, RESIDUAL, stratum.df, None, left, mean_sq, nan, nan)


def orthogonal(fit: Strata) -> bool:
    """Whether each term is in one stratum, whatever else is fitted: then the table is exact.

    False for incomplete blocks, and for plots missing from a design with blocks or several factors.
    """
    held = [part for stratum in fit.strata for part in stratum.parts]
    if len({part.term for part in held}) < len(held):
        return False
    fixed = model(fit.trial, fit.terms)
    matrix = fixed.matrix
    for term, span in zip(fixed.terms, fixed.spans, strict=True):
        alone = adjusted_basis(fixed, matrix, term, span)
        others = [part for part in held if not set(part.term) <= set(term)]
        if any(np.max(np.abs(part.basis.T @ alone), initial=0.0) > _APART for part in others):
            return False
    return True


def adjusted_basis(fixed: Terms, matrix: Array, term: Term, span: slice) -> Array:
    """A basis of the term once its own margins are taken out."""
    inside = [
        matrix[:, other]
        for name, other in zip(fixed.terms, fixed.spans, strict=True)
        if set(name) < set(term)
    ]
    mean = linear.mean_basis(len(matrix))
    margins = linear.new_basis(np.hstack([np.zeros((len(matrix), 0)), *inside]), mean)
    return linear.new_basis(matrix[:, span], np.hstack([mean, margins]))


def confounded(fit: Strata, blocking: Sequence[str]) -> tuple[Warning, ...]:
    """The treatment terms that differ between whole blocks only, as N:P:K in Rothamsted's peas.

    Found are interactions whose own factors vary within the blocks, and terms between blocks that
    leave no degrees of freedom to test them.
    """
    between = [one for one in fit.strata if one.error and set(one.error) <= set(blocking)]
    named = {one.name for one in between}
    within = {part.term for one in fit.strata if one.name not in named for part in one.parts}
    return tuple(
        Warning(
            "confounded_with_blocks",
            {"term": term_name(part.term), "stratum": stratum.name, "residual_df": stratum.df},
        )
        for stratum in between
        for part in stratum.parts
        if not stratum.df or any(set(term) < set(part.term) for term in within)
    )


@dataclass(frozen=True, slots=True)
class StratumMeans:
    """Means of a term with what compares them: all entries in the order of `levels`.

    `sed` and `lsd` (5 %) are those of each pair [unit of the response]; `plots` is the replication.
    """

    term: Term
    levels: tuple[tuple[str, ...], ...]
    mean: Array
    plots: Array
    stratum: str
    mean_sq: float
    df: int
    sed: Array
    lsd: Array


def stratum_means(fit: Strata, term: Term) -> StratumMeans:
    """Means of a term against the error of its own stratum.

    For an interaction whose parts lie in different strata this compares within the larger plots
    only; comparisons across them need an error of several strata.
    """
    stratum = fit.of(term)
    found, cell = cells(fit.trial, term)
    plots = np.bincount(cell).astype(float)
    mean = np.bincount(cell, weights=fit.trial.response) / plots
    sed = np.sqrt(stratum.mean_sq * (1.0 / plots[:, np.newaxis] + 1.0 / plots))
    np.fill_diagonal(sed, 0.0)
    quantile = float(stats.t.ppf(0.975, stratum.df)) if stratum.df else float("nan")
    return StratumMeans(
        term,
        cell_levels(fit.trial, term, found),
        mean,
        plots,
        stratum.name,
        stratum.mean_sq,
        stratum.df,
        sed,
        quantile * sed,
    )
