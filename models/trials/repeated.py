"""The same subjects measured again: whether differences between times vary alike, and what if not.

References
----------
[1] Mauchly (1940), doi:10.1214/aoms/1177731915
[2] Greenhouse, Geisser (1959), doi:10.1007/BF02289823
[3] Huynh, Feldt (1976), doi:10.3102/10769986001001069
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.trials import least_squares, strata
from models.trials.fits import Fits
from models.trials.model import Codes, Roles, Term, cells, model, take, term_name
from models.trials.results import AnovaRow, Sphericity, SphericityTerm
from models.trials.sheet import Array, Trial
from models.trials.sphericity import corrected_p, sphericity

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Complete:
    """The subjects that have every time: their values and the first plot of each. (subjects, times)

    `plots` are those of these subjects; `subject` numbers them, and `time` their times.
    """

    table: Array
    first: Codes
    plots: Codes


def of_times(fits: Fits, roles: Roles) -> Sphericity | None:
    """Sphericity of subjects with all times [1], and tests with fewer degrees of freedom [2, 3].

    None of a trial that is not repeated, or whose subjects leave nothing to judge by.
    """
    if roles.design != "repeated" or roles.time is None or not fits.plan.errors:
        return None
    whole = complete(fits.trial, fits.plan.errors[-1], roles.time)
    subjects, times = whole.table.shape
    if times < 2 or subjects < 2:
        return None
    design = _between(fits, roles.time, whole)
    if int(np.linalg.matrix_rank(design)) >= subjects:
        return None
    found = sphericity(whole.table, design=design)
    rows = tuple(_tests(fits, roles.time, whole))
    return Sphericity(
        mauchly=found.w,
        p=found.p,
        greenhouse_geisser=found.greenhouse_geisser,
        huynh_feldt=found.huynh_feldt,
        subjects=subjects,
        terms=tuple(
            _corrected(row, ddf, found.greenhouse_geisser, found.huynh_feldt) for row, ddf in rows
        ),
    )


def complete(trial: Trial, subject: Term, time: str) -> Complete:
    """The subjects with one plot at every time."""
    _, who = cells(trial, subject)
    when = trial.factors[time].codes
    times = len(trial.factors[time].levels)
    counts = np.zeros((int(who.max()) + 1, times), dtype=np.int64)
    np.add.at(counts, (who, when), 1)
    full = np.flatnonzero((counts == 1).all(axis=1))
    table = np.full(counts.shape, np.nan)
    table[who, when] = trial.response
    first = np.array([int(np.flatnonzero(who == one)[0]) for one in full], dtype=np.int64)
    return Complete(table[full], first, np.flatnonzero(np.isin(who, full)).astype(np.int64))


def _between(fits: Fits, time: str, whole: Complete) -> Array:
    """Blocks and treatments of the subjects, of which one plot tells."""
    subjects = take(fits.trial, whole.first)
    terms = [term for term in (*fits.plan.errors[:-1], *fits.plan.treatments) if time not in term]
    return model(subjects, tuple(terms)).matrix


def _tests(fits: Fits, time: str, whole: Complete) -> Iterator[tuple[AnovaRow, float]]:
    """Terms with time and their error: of the strata, or of subjects that are complete."""
    if fits.table is not None:
        rows = [one for one in strata.anova(fits.table) if one.stratum == strata.WITHIN]
    else:
        part = take(fits.trial, whole.plots)
        terms = [term for term in fits.plan.treatments if time in term]
        fitted = least_squares.fit(part, (fits.plan.errors[-1], *terms))
        rows = list(least_squares.anova(fitted, 2))
    errors = [row.df for row in rows if row.term == strata.RESIDUAL]
    for row in rows:
        if row.term != strata.RESIDUAL and errors:
            yield row, errors[0]


def _corrected(row: AnovaRow, ddf: float, narrow: float, wide: float) -> SphericityTerm:
    def by(factor: float) -> float:
        return corrected_p(row.f, row.df, ddf, factor) if np.isfinite(factor) else NAN

    return SphericityTerm(term_name((row.term,)), row.df, ddf, row.f, row.p, by(narrow), by(wide))
