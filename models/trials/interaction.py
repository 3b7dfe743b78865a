"""Genotypes over environments: who keeps the rank, and where the interaction comes from.

References
----------
[1] Finlay, Wilkinson (1963), doi:10.1071/AR9630742; Eberhart, Russell (1966),
    doi:10.2135/cropsci1966.0011183X000600010011x
[2] Gauch (1988), doi:10.2307/2531585; Gollob (1968), doi:10.1007/BF02289676
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import t as student

from models.trials import biplot, least_squares, means, stability
from models.trials.environment_rows import Axis, EnvironmentRow, Score, StabilityRow
from models.trials.fits import Fits
from models.trials.genetics import harmonic
from models.trials.model import Roles, Term, cells, take
from models.trials.results import Stability
from models.trials.sheet import Array

NAN = float("nan")
FEWEST = 3  # environments, below which a slope is no slope


def over_environments(fits: Fits, roles: Roles) -> Stability | None:
    """Stability of one treatment over the environments of a trial; None of any other trial."""
    place = fits.plan.environment
    if place is None or len(roles.treatments) != 1:
        return None
    (name,) = roles.treatments
    table = _table(fits, name, place)
    environments = tuple(_environments(fits, name, place, table))
    whole = bool(np.isfinite(table).all()) and min(table.shape) >= 2
    return Stability(
        term=name,
        environment=place,
        genotypes=tuple(_genotypes(fits, name, table, whole=whole)),
        environments=environments,
        axes=tuple(_axes(fits, name, place, table, environments)) if whole else (),
        scores=tuple(_scores(fits, name, place, table)) if whole else (),
        gge_percent=tuple(biplot.gge(table).percent.tolist()) if whole else (),
    )


def _table(fits: Fits, name: str, place: str) -> Array:
    """Means of genotypes in rows and environments in columns, NaN where there is no plot."""
    shape = (len(fits.trial.factors[name].levels), len(fits.trial.factors[place].levels))
    table = np.full(shape, np.nan)
    term: Term = (place, name)
    codes, cell = cells(fits.trial, term)
    if fits.places is not None and term in fits.places.fixed.terms:
        found = means.adjusted_means(fits.places, term).mean
    else:
        found = np.bincount(cell, weights=fits.trial.response) / np.bincount(cell)
    table[codes[:, 1], codes[:, 0]] = found
    return table


def _genotypes(fits: Fits, name: str, table: Array, *, whole: bool) -> Iterator[StabilityRow]:
    levels = fits.trial.factors[name].levels
    line = stability.finlay_wilkinson(table)
    measures = stability.stability(table) if whole else None
    for i, level in enumerate(levels):
        slope, se = float(line.slope[i]), float(line.slope_se[i])
        df = int(np.isfinite(table[i]).sum()) - 2
        known = df > 0 and se > 0.0
        p = 2.0 * float(student.sf(abs(slope - 1.0) / se, df)) if known else NAN
        yield StabilityRow(
            level=level,
            mean=float(line.mean[i]),
            slope=slope,
            slope_se=se,
            slope_p=p,
            deviation_ms=float(line.deviation_ms[i]),
            r2=float(line.r2[i]),
            ecovalence=float(measures.ecovalence[i]) if measures else NAN,
            shukla=float(measures.shukla[i]) if measures else NAN,
            superiority=float(measures.superiority[i]) if measures else NAN,
            cv_percent=float(measures.cv[i]) if measures else NAN,
        )


def _environments(fits: Fits, name: str, place: str, table: Array) -> Iterator[EnvironmentRow]:
    """Each environment analysed by itself, its blocks taken out."""
    blocks = [tuple(one for one in term if one != place) for term in fits.plan.errors]
    terms = [*blocks, (name,)]
    for code, level in enumerate(fits.trial.factors[place].levels):
        part = take(fits.trial, fits.trial.factors[place].codes == code)
        fitted = least_squares.fit(part, terms)
        rows = [one for one in least_squares.anova(fitted, 2) if one.term == name]
        yield EnvironmentRow(
            level=level,
            mean=float(np.nanmean(table[:, code])),
            residual_ms=fitted.sigma2,
            residual_df=float(fitted.df),
            f=rows[0].f if rows else NAN,
            p=rows[0].p if rows else NAN,
            cv_percent=fitted.cv_percent,
        )


def _axes(
    fits: Fits, name: str, place: str, table: Array, environments: Sequence[EnvironmentRow]
) -> Iterator[Axis]:
    """Axes of the interaction against the error of the plots, pooled over environments [2]."""
    term: Term = (place, name)
    told = [one for one in environments if one.residual_df > 0.0]
    df = sum(one.residual_df for one in told)
    pooled = sum(one.residual_ms * one.residual_df for one in told) / df if df else NAN
    plots = harmonic(np.bincount(cells(fits.trial, term)[1]).astype(float))
    tests = biplot.gollob(table, replicates=plots, error_mean_sq=pooled, error_df=df)
    percent = biplot.ammi(table).percent.tolist()
    for test, share in zip(tests, percent, strict=True):
        if share > 0.0:
            yield Axis(test.axis, test.sum_sq, share, float(test.df), test.f, test.p)


def _scores(fits: Fits, name: str, place: str, table: Array) -> Iterator[Score]:
    """Places on the first two axes; 0 on a second axis that is not there."""
    found = biplot.ammi(table)
    parts = (
        ("genotype", name, found.variety_scores),
        ("environment", place, found.environment_scores),
    )
    for kind, of, scores in parts:
        wide = np.column_stack([scores, np.zeros((len(scores), 2))])
        for level, (first, second) in zip(fits.trial.factors[of].levels, wide[:, :2], strict=True):
            yield Score(kind, level, float(first), float(second))
