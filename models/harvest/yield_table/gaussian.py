"""A Gaussian process of many small parts, whose sizes the known rows tell.

The sizes are those of greatest posterior density under wide priors, so that a part which explains
nothing shrinks away by itself: with linear parts this is ridge regression, with groups and years a
mixed model (BLUP). The year that all places share is a part of its own: it is nobody's skill, and
rows of one year do not count as so many independent ones.

References
----------
[1] Rasmussen, Williams (2006), Gaussian Processes for Machine Learning: eq. 2.25, 5.8, 5.9.
[2] Sundararajan, Keerthi (2001), Predictive approaches for choosing hyperparameters in Gaussian
    processes. doi:10.1162/08997660151134343 (leave-out predictions in closed form)
"""

from collections.abc import Mapping

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

from models.harvest.yield_table.components import LATENT, Covariance
from models.harvest.yield_table.table import Array, Codes

USUAL, WIDTH = np.log(0.1), 2.0  # prior of the logarithm of a part's variance, and of a group's:
USUAL_GROUP, WIDTH_GROUP = 0.0, 3.0  # groups may differ by much more than years do
CONSTANT = 100.0  # variance of the overall mean, as good as unknown
START = np.log(0.3)
LEAST, GREATEST = -10.0, 8.0  # of a logarithm of variance
JITTER = 1e-8
STEPS = 40  # of the search
TAUGHT = 400  # rows that the sizes are learned from, at most


def fit_predict(
    target: Array,
    parts: Mapping[str, Covariance],
    known: Codes,
    asked: Codes,
    *,
    year: Codes,
    scale: float,
) -> tuple[Array, Array]:
    """Predictions of rows of another year, and of the known rows without their own year [2].

    Parameters
    ----------
    target : (n,)  Of all rows; only those of `known` are looked at.
    parts : Covariances by name.
    known, asked : Positions of rows; no asked row is of a known year.
    year : (n,)  Code of each row's year.
    scale : By how much a group's years differ, in the target's unit.

    Returns
    -------
    (asked,) and (known,), in the target's unit. The sizes of the parts are those of all known
    rows.
    """
    middle = float(target[known].mean())
    value = (target[known] - middle) / scale
    names = list(parts)
    sizes = np.exp(_sizes(value, parts, known))
    held = CONSTANT + sum(
        size * parts[name](known, known) for size, name in zip(sizes, names, strict=True)
    )
    inverse = _inverse(held)
    weights = inverse @ value
    shared = CONSTANT + sum(
        size * parts[name](asked, known)
        for size, name in zip(sizes, names, strict=True)
        if name not in LATENT
    )
    left = np.empty(len(known))
    for one in np.unique(year[known]):
        rows = np.flatnonzero(year[known] == one)
        left[rows] = np.linalg.solve(inverse[np.ix_(rows, rows)], weights[rows])
    return middle + scale * (shared @ weights), middle + scale * (value - left)


def _sizes(value: Array, parts: Mapping[str, Covariance], known: Codes) -> Array:
    """Logarithms of the variances of greatest posterior density."""
    if len(known) > TAUGHT:
        taken = np.sort(np.random.default_rng(0).choice(len(known), TAUGHT, replace=False))
        value, known = value[taken], known[taken]
    stack = np.stack([part(known, known) for part in parts.values()])
    usual = np.array([USUAL_GROUP if name == "group" else USUAL for name in parts])
    width = np.array([WIDTH_GROUP if name == "group" else WIDTH for name in parts])

    def surprise(logarithms: Array) -> tuple[float, Array]:
        return _surprise(logarithms, value, stack, (logarithms - usual) / width, width)

    bounds = [(LEAST, GREATEST)] * len(stack)
    found = minimize(
        surprise,
        np.full(len(stack), START),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": STEPS},
    )
    return np.asarray(found.x, dtype=float)


def _surprise(
    logarithms: Array, value: Array, stack: Array, away: Array, width: Array
) -> tuple[float, Array]:
    """Negative logarithm of the posterior density and its slope [1, eq. 5.8, 5.9]."""
    sizes = np.exp(logarithms)
    held = CONSTANT + np.tensordot(sizes, stack, axes=1)
    held[np.diag_indices_from(held)] += JITTER
    factor = cho_factor(held, lower=True, check_finite=False)
    inverse = cho_solve(factor, np.eye(len(value)), check_finite=False)
    weights = inverse @ value
    density = 0.5 * value @ weights + np.log(np.diag(factor[0])).sum()
    both = (inverse - np.outer(weights, weights)).ravel()
    slope = 0.5 * sizes * (stack.reshape(len(stack), -1) @ both)
    return float(density + 0.5 * away @ away), slope + away / width


def _inverse(held: Array) -> Array:
    """Inverse of a covariance, with as little added to its diagonal as it needs."""
    for jitter in (JITTER, 1e-6, 1e-4):
        try:
            factor = cho_factor(held + jitter * np.eye(len(held)), lower=True)
        except LinAlgError:
            continue
        return np.asarray(cho_solve(factor, np.eye(len(held))), dtype=float)
    raise ValueError("the table's covariance cannot be inverted; leave out a column")
