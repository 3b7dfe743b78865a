"""What the columns of a trial stand for, the terms that follow, and their design matrices.

A term is a tuple of column names; matrices are built from the term and the levels, never from a
formula, so that a column may be called `yield`, `inf` or `C`. Factors are coded to sum to zero and
covariates are centred: the row of an adjusted mean then has a 0 wherever it averages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from models.trials.sheet import Array, Factor, Trial

Term = tuple[str, ...]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column plays which part; None where the trial has no such thing.

    `main_plot` and `sub_plot` name what was laid out on larger plots: in a strip plot the
    horizontal and the vertical strips. `replicate` holds the incomplete blocks of a resolvable
    design. `subject` is what was measured again at each `time`.
    """

    design: str
    treatments: tuple[str, ...]
    block: str | None = None
    main_plot: str | None = None
    sub_plot: str | None = None
    row: str | None = None
    column: str | None = None
    environment: str | None = None
    replicate: str | None = None
    covariates: tuple[str, ...] = ()
    subject: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The matrix columns of one term: `coded[c]` is the row of cell `c`, `cell` that of each plot.

    `outer` numbers the cells of a nested term by the factors it is nested in, None where it is not
    nested. A term with a covariate has no levels, and a cell for each plot.
    """

    term: Term
    levels: tuple[tuple[str, ...], ...]
    coded: Array
    cell: Codes
    outer: Codes | None


@dataclass(frozen=True, slots=True)
class Terms:
    """A linear model: an intercept, then the columns of each term in the order they are fitted."""

    trial: Trial
    terms: tuple[Term, ...]
    columns: tuple[Columns, ...]

    @property
    def matrix(self) -> Array:
        """The design matrix, intercept first. (plots, coefficients)"""
        ones = np.ones((len(self.trial.response), 1))
        return np.hstack([ones, *(part.coded[part.cell] for part in self.columns)])

    @property
    def spans(self) -> tuple[slice, ...]:
        """Which columns of the matrix belong to each term."""
        ends = np.cumsum([1, *(part.coded.shape[1] for part in self.columns)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))


def term_name(term: Term) -> str:
    """The term as a reader sees it: its factors in alphabetical order, joined by colons.

    Columns that were joined under one name (`year:site`) are factors of their own here.
    """
    return ":".join(sorted(part for name in term for part in _parts(name)))


def _parts(name: str) -> list[str]:
    """The columns that a name joins; a colon at an end or beside a space joins nothing."""
    parts = name.split(":")
    return parts if all(part and part == part.strip() for part in parts) else [name]


def crossed(factors: Sequence[str]) -> tuple[Term, ...]:
    """All main effects, then all interactions by order, as `a * b * c` in R."""
    return tuple(
        term for order in range(1, len(factors) + 1) for term in combinations(factors, order)
    )


def measured(trial: Trial, terms: Sequence[Term] = ()) -> Trial:
    """The plots with a response and the covariates of the terms, with the levels that are left.

    Raises
    ------
    ValueError  No plot has them.
    """
    known = np.isfinite(trial.response) & covered(trial, terms)
    if not known.any():
        raise ValueError(f"no plot has a value of {trial.name}; enter at least one")
    return take(trial, known)


def take(trial: Trial, plots: Codes | NDArray[np.bool_]) -> Trial:
    """The trial of some of its plots; levels that none of them has are gone."""
    return replace(
        trial,
        response=trial.response[plots],
        factors={name: _taken(factor, plots) for name, factor in trial.factors.items()},
        covariates={name: values[plots] for name, values in trial.covariates.items()},
    )


def _taken(factor: Factor, plots: Codes | NDArray[np.bool_]) -> Factor:
    kept, codes = np.unique(factor.codes[plots], return_inverse=True)
    return Factor(tuple(factor.levels[code] for code in kept), codes.astype(np.int64))


def covered(trial: Trial, terms: Sequence[Term]) -> NDArray[np.bool_]:
    """Which plots have every covariate of the terms. (plots,)"""
    known = np.ones(len(trial.response), dtype=bool)
    for name in {name for term in terms for name in term} & set(trial.covariates):
        known &= np.isfinite(trial.covariates[name])
    return known


def cells(trial: Trial, term: Term) -> tuple[Codes, Codes]:
    """The combinations that occur: the level codes of each, and which one every plot is.

    Returns
    -------
    (cells, factors) and (plots,); an empty term is one cell that holds every plot.
    """
    plots = len(trial.response)
    if not term:
        return np.zeros((1, 0), dtype=np.int64), np.zeros(plots, dtype=np.int64)
    codes = np.column_stack([trial.factors[name].codes for name in term])
    found, cell = np.unique(codes, axis=0, return_inverse=True)
    return found.astype(np.int64), cell.reshape(plots).astype(np.int64)


def cell_levels(trial: Trial, term: Term, codes: Codes) -> tuple[tuple[str, ...], ...]:
    """The level names of each combination."""
    factors = [trial.factors[name] for name in term]
    return tuple(
        tuple(factor.levels[code] for factor, code in zip(factors, row, strict=True))
        for row in codes
    )


def indicators(trial: Trial, term: Term) -> Array:
    """One column for each combination that occurs, 1 on its plots: the Z of a random term."""
    found, cell = cells(trial, term)
    return np.asarray(np.eye(len(found))[cell])


def model(trial: Trial, terms: Sequence[Term]) -> Terms:
    """The linear model of these terms, each a tuple of factors or one covariate.

    A term is nested where dropping one of its factors leaves a term that is not in the model
    (`block:rep` without `block`): it is then coded by the combinations that occur.
    """
    unknown = {name for term in terms for name in term} - {*trial.factors, *trial.covariates}
    if unknown:
        raise ValueError(f"no such column: {', '.join(sorted(unknown))}; name one of the sheet")
    present = {frozenset(term) for term in ((), *terms)}
    return Terms(trial, tuple(terms), tuple(_columns(trial, term, present) for term in terms))


def _columns(trial: Trial, term: Term, present: set[frozenset[str]]) -> Columns:
    if any(name in trial.covariates for name in term):
        return _slopes(trial, term)
    if all(frozenset(term) - {name} in present for name in term):
        return _crossed_columns(trial, term)
    return _nested_columns(trial, term, present)


def _slopes(trial: Trial, term: Term) -> Columns:
    """A covariate, or its slope in each cell of the term's factors."""
    plots = np.arange(len(trial.response), dtype=np.int64)
    parts = [
        _centred(trial.covariates[name])
        if name in trial.covariates
        else sum_to_zero(len(trial.factors[name].levels))[trial.factors[name].codes]
        for name in term
    ]
    return Columns(term, (), reduce(_products, parts), plots, None)


def _centred(values: Array) -> Array:
    """The covariate about its mean, of length 1 so that no unit spoils the ranks."""
    about = values - np.mean(values)
    length = float(np.sqrt(about @ about))
    return np.asarray((about / length if length > 0 else about)[:, np.newaxis])


def _crossed_columns(trial: Trial, term: Term) -> Columns:
    found, cell = cells(trial, term)
    parts = [
        sum_to_zero(len(trial.factors[name].levels))[codes]
        for name, codes in zip(term, found.T, strict=True)
    ]
    return Columns(term, cell_levels(trial, term, found), reduce(_products, parts), cell, None)


def _products(left: Array, right: Array) -> Array:
    """Every column of one times every column of the other, row by row."""
    return np.asarray((left[:, :, np.newaxis] * right[:, np.newaxis, :]).reshape(len(left), -1))


def _nested_columns(trial: Trial, term: Term, present: set[frozenset[str]]) -> Columns:
    found, cell = cells(trial, term)
    margins = [part for part in crossed(term)[:-1] if frozenset(part) in present]
    outside = sorted({term.index(name) for part in margins for name in part})
    _, outer = np.unique(found[:, outside], axis=0, return_inverse=True)
    outer = outer.reshape(len(found)).astype(np.int64)
    return Columns(term, cell_levels(trial, term, found), np.eye(len(found)), cell, outer)


def sum_to_zero(levels: int) -> Array:
    """R's `contr.sum`: the last level is minus the sum of the others. (levels, levels - 1)"""
    return np.vstack([np.eye(levels - 1), -np.ones((1, levels - 1))])


def mean_row(terms: Terms, at: Mapping[str, str]) -> Array:
    """The row of an adjusted mean: equal weights over all factors that `at` does not fix.

    Covariates are at their mean. Nested blocks weigh alike within what they are nested in.
    """
    parts = [_averaged(part, at) for part in terms.columns]
    return np.concatenate([[1.0], *parts])


def _averaged(part: Columns, at: Mapping[str, str]) -> Array:
    width = part.coded.shape[1]
    if not part.levels:  # covariates are centred
        return np.zeros(width)
    held = np.array([_agrees(part.term, levels, at) for levels in part.levels])
    if part.outer is not None:
        return _nested_weights(part.outer, held)
    if not set(part.term) <= set(at):  # averaged over at least one factor: its codes sum to zero
        return np.zeros(width)
    return part.coded[held][0] if held.any() else np.full(width, np.nan)


def _agrees(term: Term, levels: tuple[str, ...], at: Mapping[str, str]) -> bool:
    return all(at.get(name, level) == level for name, level in zip(term, levels, strict=True))


def _nested_weights(outer: Codes, held: NDArray[np.bool_]) -> Array:
    groups, sizes = np.unique(outer[held], return_counts=True)
    share = dict(zip(groups.tolist(), sizes.tolist(), strict=True))
    return np.array(
        [
            1.0 / (len(groups) * share[group]) if yes else 0.0
            for group, yes in zip(outer.tolist(), held.tolist(), strict=True)
        ]
    )
