"""What a model leaves of each plot, for a reader's eye and for the map of the field.

References
----------
[1] Henderson (1975), Best linear unbiased estimation and prediction under a selection model.
    doi:10.2307/2529430
[2] Haslett, Dillane (2004), Application of 'delete = replace' to deletion diagnostics for variance
    component estimation in the linear mixed model. doi:10.1046/j.1369-7412.2003.05211.x
"""

import numpy as np
from scipy import linalg

from models.trials import means
from models.trials.fits import Fits
from models.trials.means import Model
from models.trials.model import Roles, cells, covered
from models.trials.results import Residual
from models.trials.sheet import Array, Trial

FREE = 1e-9  # share of a residual's variance below which the plot is fitted whatever its value [-]


def residuals(trial: Trial, roles: Roles, fits: Fits) -> tuple[Residual, ...]:
    """The residual of every plot that was judged, in the order of the sheet.

    Residuals of a mixed model are those left when its random terms are predicted too.
    """
    left = means.residuals(fits.means)
    scaled = _standardised(fits, left)
    kept = np.isfinite(trial.response) & covered(trial, [(name,) for name in roles.covariates])
    rows, columns = (_places(trial, name) for name in (roles.row, roles.column))
    return tuple(
        Residual(
            index=int(plot),
            fitted=float(trial.response[plot] - left[i]),
            residual=float(left[i]),
            standardised=float(scaled[i]),
            row=rows[plot],
            column=columns[plot],
        )
        for i, plot in enumerate(np.flatnonzero(kept))
    )


def _places(trial: Trial, name: str | None) -> list[str] | list[None]:
    if name is None:
        return [None] * len(trial.response)
    lines = trial.factors[name]
    return [lines.levels[code] for code in lines.codes]


def _standardised(fits: Fits, left: Array) -> Array:
    """Residuals over the standard error that each has by itself; NaN where it has none."""
    model = fits.means
    x = model.fixed.matrix[:, model.kept]
    sigma2 = float(model.fit.variances[-1])
    if fits.neighbours is not None:
        root = fits.neighbours.root
        x = linalg.solve_triangular(root, x, lower=True)
        left = linalg.solve_triangular(root, left, lower=True)
    free = 1.0 - _leverage(model, x)
    free = np.where(free > FREE, free, np.nan)
    return np.asarray(left / np.sqrt(sigma2 * free))


def _leverage(model: Model, x: Array) -> Array:
    """Diagonal of W (W'W + D)⁻¹ W', W the fixed and random columns and D their shrinkage [1, 2]."""
    trial, fit = model.fixed.trial, model.fit
    live = [i for i in range(len(model.random)) if fit.variances[i] > 0.0]
    parts = [np.eye(int(cell.max()) + 1)[cell] for cell in _codes(trial, model, live)]
    columns = np.column_stack([x, *parts])
    shrink = [np.zeros(x.shape[1])]
    shrink += [
        np.full(part.shape[1], fit.variances[-1] / fit.variances[i])
        for i, part in zip(live, parts, strict=True)
    ]
    square = columns.T @ columns + np.diag(np.concatenate(shrink))
    solved = linalg.cho_solve(linalg.cho_factor(square, lower=True), columns.T)
    return np.asarray(np.einsum("ij,ji->i", columns, solved))


def _codes(trial: Trial, model: Model, live: list[int]) -> list[means.Codes]:
    return [cells(trial, model.random[i])[1] for i in live]
