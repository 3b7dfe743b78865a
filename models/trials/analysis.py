"""The analysis of a trial: from its plots and the parts of its columns to all that is said of it.

Balanced designs are judged by their error strata, everything else by REML with the degrees of
freedom of Kenward and Roger.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from models.trials import doubts, families, fits, fixed_blocks, further, means, scales, strata
from models.trials.asked import Asked
from models.trials.comparisons import Adjust
from models.trials.fits import Fits
from models.trials.means import Model
from models.trials.model import Roles, Term, term_name
from models.trials.results import Analysis, AnovaRow, VarianceComponent
from models.trials.sheet import Trial

ALPHA = 0.05
NOTHING = Asked()
NAN = float("nan")


def analyse(
    trial: Trial,
    roles: Roles,
    *,
    adjust: Adjust = "tukey",
    control: str | None = None,
    by: str | None = None,
    alpha: float = ALPHA,
    spatial: bool = False,
    asked: Asked = NOTHING,
) -> Analysis:
    """Analyse one response of a trial.

    Parameters
    ----------
    trial : All plots of the sheet, NaN where a plot was lost.
    roles : What its columns stand for.
    adjust : How probabilities of many differences are adjusted; `dunnett` needs `control`.
    control : Level of a treatment that the others are compared with.
    by : Factor within each level of which the others are compared.
    alpha : Level of tests and letters; intervals hold 1 − alpha. [-]
    spatial : Whether plots may resemble their neighbours, in place of blocks.
    asked : What is asked beyond means and letters: doses, contrasts, scale, blocks.

    Raises
    ------
    ValueError  A column is not named or unknown, or no plots are left to judge by.
    """
    _check(trial, roles, adjust=adjust, control=control, by=by)
    further.check(trial, roles, asked)
    with threadpool_limits(limits=1):  # small matrices: more threads only wait for each other
        scale = scales.chosen(trial, roles, asked.scale)
        trial = scales.on(trial, scale)
        fitted = _fitted(trial, roles, asked, spatial=spatial)
        found = fits.adjusted_means(fitted)
        rows = _anova(fitted, asked)
        checks = doubts.checks(fitted, alpha)
        plain = Analysis(
            design=roles.design,
            response=trial.name,
            n=len(fitted.trial.response),
            missing=int(np.isnan(trial.response).sum()),
            model=_described(fitted, scale),
            anova=rows,
            variance_components=_components(fitted),
            means=tuple(one for of in found for one in families.mean_rows(of, adjust, alpha)),
            comparisons=tuple(
                families.differences(fitted, found, adjust, control=control, by=by, alpha=alpha)
            ),
            assumptions=checks,
            cv_percent=_cv_percent(fitted),
            warnings=(
                *doubts.warnings(trial, roles, fitted, found),
                *doubts.of_results(roles, rows, checks),
            ),
        )
        return further.further(
            *(plain, trial, roles, fitted),
            found=found,
            asked=asked,
            scale=scale,
            by=by,
            alpha=alpha,
        )


def _fitted(trial: Trial, roles: Roles, asked: Asked, *, spatial: bool) -> Fits:
    """The models: among neighbours, within blocks that stand for themselves, or of the design."""
    if spatial and asked.blocks == "fixed":
        raise ValueError("a spatial analysis has no blocks: ask for one of both")
    if spatial:
        return fits.fitted_among_neighbours(trial, roles)
    return (fixed_blocks if asked.blocks == "fixed" else fits).fitted(trial, roles)


def _check(trial: Trial, roles: Roles, *, adjust: str, control: str | None, by: str | None) -> None:
    """Refuse what cannot be meant."""
    if adjust == "dunnett" and control is None:
        raise ValueError("dunnett compares with a control: name its level")
    levels = {level for name in roles.treatments for level in trial.factors[name].levels}
    if control is not None and control not in levels:
        raise ValueError(f"no treatment has a level {control}: name a level of the control")
    crossed = {*roles.treatments, roles.environment, roles.time}
    if by is not None and by not in crossed:
        raise ValueError(f"by must be a treatment, the environment or the time: {by}")


def _described(fitted: Fits, scale: scales.Chosen) -> str:
    """The model as a reader knows it from R, its response on the scale that is analysed."""
    name = fitted.trial.name
    return scales.written(name, scale) + fits.described(fitted).removeprefix(name)


def _anova(fitted: Fits, asked: Asked) -> tuple[AnovaRow, ...]:
    """Strata, or the tests of Kenward and Roger; environments are tested as those tried."""
    if asked.blocks == "fixed":
        return fixed_blocks.anova(fitted)
    if fitted.table is not None:
        return strata.anova(fitted.table)
    rows = list(_wald_rows(fitted.mixed, fitted.mixed.fixed.terms))
    if fitted.places is not None:
        new = [term for term in fitted.plan.table if term not in fitted.plan.treatments]
        rows += _wald_rows(fitted.places, new)
    if not fitted.mixed.random and fitted.neighbours is None:
        rows = [*_with_squares(rows, fitted.mixed)]
    return tuple(rows)


def _wald_rows(fitted: Model, terms: Sequence[Term]) -> Iterator[AnovaRow]:
    """Tests of fixed terms, each after all others; terms that say nothing new have none."""
    for term in terms:
        test = means.wald(fitted, term)
        if test.df > 0:
            yield AnovaRow(None, term_name(term), test.df, test.ddf, NAN, NAN, test.f, test.p)


def _with_squares(rows: list[AnovaRow], fitted: Model) -> Iterator[AnovaRow]:
    """Sums of squares of the terms, and of the one error that all are tested against."""
    residual = float(fitted.fit.variances[-1])
    for row in rows:
        yield replace(row, mean_sq=row.f * residual, sum_sq=row.f * residual * row.df)
    df = float(len(fitted.fixed.trial.response) - fitted.kept.sum())
    yield AnovaRow(None, strata.RESIDUAL, df, None, residual * df, residual, NAN, NAN)


def _components(fitted: Fits) -> tuple[VarianceComponent, ...]:
    """Variances, the residual last; of a spatial analysis first what neighbours share."""
    fit = fitted.mixed.fit
    if fitted.neighbours is not None:
        own, total = fitted.neighbours.nugget, fitted.neighbours.variance
        return (
            VarianceComponent("neighbours", (1.0 - own) * total),
            VarianceComponent(strata.RESIDUAL, own * total),
        )
    return tuple(
        VarianceComponent(name, float(value))
        for name, value in zip(fit.components, fit.variances, strict=True)
    )


def _cv_percent(fitted: Fits) -> float:
    if fitted.table is not None:
        return fitted.table.cv_percent
    mean = float(fitted.trial.response.mean())
    spread = float(np.sqrt(fitted.mixed.fit.variances[-1]))
    return 100.0 * spread / mean if mean else float("nan")
