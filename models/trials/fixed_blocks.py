"""Blocks that stand for themselves: least squares within them, for treatments on single plots.

References
----------
[1] Yates (1936), A new method of arranging variety trials involving a large number of varieties.
    doi:10.1017/S0021859600022760
"""

from dataclasses import replace

from models.trials import least_squares, means
from models.trials.fits import SINGLE_PLOTS, Fits
from models.trials.model import Roles, measured
from models.trials.plan import plan
from models.trials.results import AnovaRow
from models.trials.sheet import Trial


def fitted(trial: Trial, roles: Roles) -> Fits:
    """Every block as a fixed term ahead of the treatments: intra-block analysis [1].

    Raises
    ------
    ValueError  Treatments lie on plots of several sizes, which need errors of their own.
    """
    if roles.design not in SINGLE_PLOTS:
        raise ValueError(f"blocks can be fixed for treatments on single plots: {roles.design}")
    kept = measured(trial, [(name,) for name in roles.covariates])
    design = plan(kept, roles)
    blocks = tuple(dict.fromkeys((*design.fixed, *design.errors, *design.random)))
    design = replace(design, fixed=blocks, errors=(), random=(), simple=True, stratified=False)
    terms = (*blocks, *design.treatments, *design.covariates)
    found = means.fitted(kept, terms, ())
    return Fits(kept, design, found, found, None, None)


def anova(fits: Fits) -> tuple[AnovaRow, ...]:
    """Each term after all that do not contain it (type II): blocks are never tested past theirs."""
    terms = fits.mixed.fixed.terms
    return least_squares.anova(least_squares.fit(fits.trial, terms), 2)
