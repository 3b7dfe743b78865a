"""Restricted likelihoods as R tells them, so that models of one trial can be compared.

References
----------
[1] Harville (1974), Bayesian inference for variance components using only error contrasts.
    doi:10.1093/biomet/61.2.383
[2] Akaike (1974), doi:10.1109/TAC.1974.1100705
"""

from collections.abc import Mapping, Sequence

import numpy as np

from models.trials.means import Model
from models.trials.model import Term, cells
from models.trials.results import CorrelationModel
from models.trials.sheet import Array, Trial

NEW = 1e-8  # of a column's length: what earlier ones leave of one that says something new


def as_r(loglik: float, model: Model) -> float:
    """The likelihood with factors coded against their first level, as R's lme4 and nlme have it.

    REML depends on the coding of the fixed part by a constant [1]; `loglik` is that of the columns
    that the model keeps.
    """
    ours = _log_size(model.fixed.matrix[:, model.kept])
    theirs = _log_size(_against_first(model.fixed.trial, model.fixed.terms))
    return loglik + 0.5 * (ours - theirs)


def compared(
    name: str,
    loglik: float,
    *,
    coefficients: int,
    variances: int,
    chosen: bool,
    estimates: Mapping[str, float],
) -> CorrelationModel:
    """A model with its criterion, fixed coefficients counted as R's `AIC` does [2]."""
    parameters = coefficients + variances
    aic = 2.0 * parameters - 2.0 * loglik
    return CorrelationModel(name, loglik, parameters, aic, chosen, estimates)


def _against_first(trial: Trial, terms: Sequence[Term]) -> Array:
    """Columns of the terms with each factor coded by its levels but the first; covariates raw."""
    plots = len(trial.response)
    seen: set[Term] = {()}
    columns = [np.ones((plots, 1))]
    for term in terms:
        margins = all(tuple(sorted(set(term) - {name})) in seen for name in term)
        columns.append(_products(trial, term) if margins else _cells(trial, term))
        seen.add(tuple(sorted(term)))
    return np.hstack(columns)


def _products(trial: Trial, term: Term) -> Array:
    found = np.ones((len(trial.response), 1))
    for name in term:
        part = _first_left_out(trial, name)
        found = (found[:, :, None] * part[:, None, :]).reshape(len(found), -1)
    return found


def _first_left_out(trial: Trial, name: str) -> Array:
    if name in trial.covariates:
        return trial.covariates[name][:, None]
    one = trial.factors[name]
    return np.asarray(np.eye(len(one.levels))[one.codes][:, 1:])


def _cells(trial: Trial, term: Term) -> Array:
    """All cells of a term whose margins are not in the model."""
    found, cell = cells(trial, term)
    return np.asarray(np.eye(len(found))[cell])


def _log_size(columns: Array) -> float:
    """log |X'X| of the columns that earlier ones do not hold."""
    basis = np.zeros((len(columns), 0))
    total = 0.0
    for column in columns.T:
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        size, whole = float(np.linalg.norm(left)), float(np.linalg.norm(column))
        if whole > 0.0 and size > NEW * whole:
            basis = np.column_stack([basis, left / size])
            total += 2.0 * float(np.log(size))
    return total
