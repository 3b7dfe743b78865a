"""How good an incomplete design is, before anything is sown.

References
----------
[1] John J. A., Williams E. R., 1995. Cyclic and Computer Generated Designs, 2nd ed., Chapman and
    Hall, chapters 1 and 2.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.trials.layout import Cell, Piece

Codes = NDArray[np.int64]
_ZERO = 1e-9  # relative; an eigenvalue below it is 0


def incidence(codes: Codes) -> NDArray[np.float64]:
    """(plots, levels)  1 where a plot has the level."""
    return (codes[:, None] == np.arange(codes.max() + 1)).astype(float)


def a_efficiency(treatments: Codes, blocks: Sequence[Codes]) -> float:
    """A-efficiency: variance of a difference in complete blocks over that of this design. [-]

    Harmonic mean of the non-zero eigenvalues of C = R − N K⁻ Nᵀ over the mean replication [1];
    0 where some difference cannot be estimated.

    Parameters
    ----------
    treatments : (plots,)  Code of each plot's treatment.
    blocks : each (plots,)  Codes of what is taken out: blocks, or rows and columns.
    """
    plots = incidence(treatments)
    given = np.hstack([incidence(one) for one in blocks])
    counts = plots.T @ given
    information = (
        np.diag(plots.sum(axis=0))
        - counts @ np.linalg.pinv(given.T @ given, hermitian=True) @ counts.T
    )
    values = np.linalg.eigvalsh(information)[1:]  # the first belongs to the mean
    if values[0] < _ZERO * values[-1]:
        return 0.0
    return float(len(values) / (1.0 / values).sum() / plots.sum(axis=0).mean())


def concurrences(treatments: Codes, blocks: Codes) -> Codes:
    """(treatments, treatments)  How many blocks two treatments share; diagonal: replication."""
    counts = incidence(treatments).T @ incidence(blocks)
    return np.rint(counts @ counts.T).astype(np.int64)


def fewest_and_most(shared: Codes) -> tuple[int, int]:
    """The fewest and the most blocks that two treatments share."""
    off = shared[np.triu_indices(len(shared), k=1)]
    return int(off.min()), int(off.max())


def codes_of(pieces: Sequence[Piece]) -> dict[str, Codes]:
    """Codes of entry, block, and row and column of the field, of all cells of a design."""
    found: dict[str, list[object]] = {name: [] for name in ("entry", "block", "row", "column")}
    high = 0
    for piece in pieces:
        for row in piece:
            high += 1
            for column, cell in enumerate(row):
                if isinstance(cell, Cell):
                    values = (cell.entry, cell.block, high, column)
                    for name, value in zip(found, values, strict=True):
                        found[name].append(value)
    return {name: _coded(values) for name, values in found.items()}


def _coded(values: Sequence[object]) -> Codes:
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(one, len(numbers)) for one in values], dtype=np.int64)
