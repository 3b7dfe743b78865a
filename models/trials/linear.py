"""Orthonormal bases and ranks, for matrices whose columns may say the same thing twice."""

import numpy as np
from scipy import linalg

from models.trials.sheet import Array

RANK = 1e-8  # of a column's length: what is left of it below this says nothing new


def mean_basis(plots: int) -> Array:
    """The basis of the general mean. (plots, 1)"""
    return np.full((plots, 1), 1.0 / np.sqrt(plots))


def outside(columns: Array, basis: Array) -> Array:
    """What is left of the columns once the basis is taken out; twice, against rounding."""
    left = columns - basis @ (basis.T @ columns)
    return np.asarray(left - basis @ (basis.T @ left))


def new_basis(columns: Array, known: Array, length: Array | None = None) -> Array:
    """An orthonormal basis of what the columns add to a basis.

    Parameters
    ----------
    columns : (plots, columns)
    known : (plots, rank)  The orthonormal basis before them.
    length : (columns,)  Their length before any projection, by default that of `columns`.
    """
    if length is None:
        length = np.linalg.norm(columns, axis=0)
    left = outside(columns, known)
    told = np.linalg.norm(left, axis=0) > RANK * length
    if not told.any():
        return np.zeros((len(columns), 0))
    q, r, _ = linalg.qr(left[:, told] / length[told], mode="economic", pivoting=True)
    rank = int(np.count_nonzero(np.abs(np.diag(r)) > RANK))
    return outside(q[:, :rank], known)
