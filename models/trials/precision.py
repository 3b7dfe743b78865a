"""How exactly a trial compares, what its blocks were worth, and what its lost plots would have had.

References
----------
[1] Gomez, Gomez (1984), Statistical Procedures for Agricultural Research, sections 2.2 and 5.1.
[2] Yates (1933), The analysis of replicated experiments when the field results are incomplete.
    Empire Journal of Experimental Agriculture 1, 129–142.
[3] Yates (1940), The recovery of inter-block information in balanced incomplete block designs.
    doi:10.1111/j.1469-1809.1940.tb02257.x
"""

import numpy as np
from scipy.stats import t as student

from models.trials import least_squares, means, tukey
from models.trials.fits import Fits
from models.trials.means import Means
from models.trials.model import Roles, Term, model, term_name
from models.trials.results import Efficiency, MissingPlot, Precision
from models.trials.sheet import Array, Trial

NAN = float("nan")
LARGEST_FAMILY = 200  # means, above which nobody compares all pairs by one figure
WIDEST = 1_000_000_000  # plots × coefficients², beyond which lost plots are not estimated
INCOMPLETE = ("alpha-lattice", "row-column")


def precision(found: Means, *, alpha: float) -> Precision:
    """Standard errors of all differences of a term, and the least that would show [1].

    Where pairs differ in their degrees of freedom, the least differences are those of their mean.
    """
    sed, df = _pairs(found)
    known = np.isfinite(sed)
    k = len(found.mean)
    if not known.any():
        return Precision(term_name(found.term), NAN, NAN, NAN, NAN, NAN, NAN)
    sed, df = sed[known], df[known]
    mean, freedom = float(sed.mean()), float(df.mean())
    family = 2 <= k <= LARGEST_FAMILY and freedom > 0.0
    hsd = float(tukey.quantile(alpha, k, freedom)) / np.sqrt(2.0) * mean if family else NAN
    return Precision(
        term=term_name(found.term),
        sed_min=float(sed.min()),
        sed_mean=mean,
        sed_rms=float(np.sqrt(np.mean(sed**2))),
        sed_max=float(sed.max()),
        lsd=float(student.isf(alpha / 2.0, freedom)) * mean,
        hsd=float(hsd),
    )


def _pairs(found: Means) -> tuple[Array, Array]:
    """Standard error and degrees of freedom of the difference of each pair of means."""
    variance = np.diag(found.covariance)
    square = variance[:, None] + variance - 2.0 * found.covariance
    upper = np.triu_indices(len(variance), 1)
    return np.sqrt(np.maximum(square[upper], 0.0)), found.pair_df[upper]


def efficiency(fits: Fits, roles: Roles) -> Efficiency | None:
    """What blocks were worth: plots that a trial without them would need for one of its own."""
    if roles.design == "rcbd" and fits.table is not None and len(roles.treatments) == 1:
        return _of_complete_blocks(fits)
    if roles.design in INCOMPLETE and fits.neighbours is None and fits.plan.random:
        return _of_incomplete_blocks(fits)
    return None


def _of_complete_blocks(fits: Fits) -> Efficiency | None:
    """((r − 1) MSB + r (t − 1) MSE) / ((rt − 1) MSE) [1]."""
    if fits.table is None or len(fits.table.strata) != 2:
        return None
    blocks, plots = fits.table.strata
    if blocks.parts or not plots.df:
        return None
    n, r = len(fits.trial.response), blocks.df + 1
    alone = (r - 1) * blocks.mean_sq + (n - r) * plots.mean_sq
    value = alone / ((n - 1) * plots.mean_sq)
    return Efficiency("completely randomised", float(value))


def _of_incomplete_blocks(fits: Fits) -> Efficiency | None:
    """Mean variance of a difference without the small blocks, over that with them [3]."""
    plan = fits.plan
    if len(plan.treatments) != 1:
        return None
    terms = (*plan.fixed, *plan.treatments, *plan.covariates)
    whole = means.fitted(fits.trial, terms, ())
    (term,) = plan.treatments
    variances = [
        float(np.nanmean(_pairs(means.adjusted_means(one, term))[0] ** 2))
        for one in (whole, fits.means)
    ]
    name = "complete blocks" if plan.fixed else "completely randomised"
    return Efficiency(name, variances[0] / variances[1])


def missing_plots(trial: Trial, fits: Fits) -> tuple[MissingPlot, ...]:
    """Least-squares values of lost plots, blocks of every size as they stand [2]."""
    if not np.isnan(trial.response).any():
        return ()
    terms = _as_they_stand(fits)
    size = model(fits.trial, terms).matrix.shape
    if size[0] * size[1] ** 2 > WIDEST:
        return ()
    return tuple(
        MissingPlot(one.plot, one.levels, one.estimate)
        for one in least_squares.missing_plots(trial, terms)
    )


def _as_they_stand(fits: Fits) -> tuple[Term, ...]:
    """Blocks and main plots, then treatments; not what treatments do in each environment."""
    plan = fits.plan
    treated = {name for term in plan.treatments for name in term}
    drawn = [term for term in plan.random if not treated & set(term)]
    blocks = (*plan.fixed, *plan.errors, *drawn)
    return tuple(dict.fromkeys((*blocks, *plan.treatments, *plan.covariates)))
