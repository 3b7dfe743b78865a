"""The models that a trial asks for, fitted, and the adjusted means that they give.

Treatments on single plots in whole blocks get their means within blocks; where treatments lie on
plots of several sizes, the errors of means add those of all sizes.
"""

from dataclasses import dataclass

import numpy as np

from models.trials import means, strata
from models.trials.means import Means, Model
from models.trials.model import Roles, measured
from models.trials.plan import Plan, formula, plan
from models.trials.sheet import Trial
from models.trials.spatial import Correlation

SINGLE_PLOTS = (
    "crd",
    "rcbd",
    "factorial",
    "latin-square",
    "alpha-lattice",
    "augmented",
    "row-column",
)


@dataclass(frozen=True, slots=True)
class Fits:
    """The models of one trial.

    `mixed` has the random terms of the design, `means` is the one that treatments' means are taken
    from, `places` that of means by environment; `table` holds the strata of a balanced design and
    `neighbours` the correlation of a spatial analysis.
    """

    trial: Trial
    plan: Plan
    mixed: Model
    means: Model
    places: Model | None
    table: strata.Strata | None
    neighbours: Correlation | None = None


def fitted(trial: Trial, roles: Roles) -> Fits:
    """Every model that the design asks for, fitted to the plots with a value."""
    kept = measured(trial, [(name,) for name in roles.covariates])
    if len(kept.response) < 3:
        raise ValueError(f"{len(kept.response)} plots have a value: nothing can be judged")
    design = plan(kept, roles)
    table = _table(kept, design)
    fixed = (*design.fixed, *design.treatments, *design.covariates)
    mixed = means.fitted(kept, fixed, design.random)
    chosen = mixed
    if table is not None and design.simple and design.random:
        chosen = means.fitted(kept, (*design.errors, *fixed), ())
    places = _by_place(kept, design)
    return Fits(kept, design, mixed, chosen, places, table)


def fitted_among_neighbours(trial: Trial, roles: Roles) -> Fits:
    """Treatments alone, on plots that resemble their neighbours; blocks are left to these.

    Raises
    ------
    ValueError  Rows and columns are not named, or treatments are not on single plots.
    """
    kept = measured(trial, [(name,) for name in roles.covariates])
    design = plan(kept, roles)
    if roles.row is None or roles.column is None:
        raise ValueError("a spatial analysis needs rows and columns: name both columns")
    if roles.design not in SINGLE_PLOTS:
        raise ValueError(f"a spatial analysis is for treatments on single plots: {roles.design}")
    fixed = (*design.treatments, *design.covariates)
    found, neighbours = means.fitted_among_neighbours(kept, fixed, roles.row, roles.column)
    return Fits(kept, design, found, found, None, None, neighbours)


def _table(trial: Trial, design: Plan) -> strata.Strata | None:
    """The error strata, where the plots left are balanced enough for them to be exact."""
    if not design.stratified or design.covariates:
        return None
    found = strata.strata(trial, design.table, design.errors)
    return found if strata.orthogonal(found) else None


def _by_place(trial: Trial, design: Plan) -> Model | None:
    """Treatments crossed with the environments that were tried, as such."""
    if design.environment is None:
        return None
    names = {name for term in design.treatments for name in term}
    within = [term for term in design.random if not names & set(term)][1:]
    return means.fitted(trial, (*design.table, *design.covariates), within)


def adjusted_means(fits: Fits) -> tuple[Means, ...]:
    """Adjusted means of every term of the model."""
    found = [means.adjusted_means(fits.means, term) for term in fits.plan.treatments]
    if fits.means is not fits.mixed:
        # What is confounded with blocks can only be known from differences between them.
        found = [
            one if np.isfinite(one.mean).all() else means.adjusted_means(fits.mixed, one.term)
            for one in found
        ]
    if fits.places is not None:
        wanted = [term for term in fits.plan.table if term not in fits.plan.treatments]
        found += [means.adjusted_means(fits.places, term) for term in wanted]
    return tuple(found)


def described(fits: Fits) -> str:
    """The model as a reader knows it from R."""
    name, design = fits.trial.name, fits.plan
    if fits.neighbours is not None:
        return f"{formula(name, fits.mixed.fixed.terms, (), strata=False)} + AR1(row):AR1(column)"
    if fits.table is not None:
        return formula(name, design.table, design.errors, strata=True)
    fitted = fits.mixed
    return formula(name, fitted.fixed.terms, fitted.random, strata=False)
