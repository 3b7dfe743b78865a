"""Contrasts and trends of a trial's means, each with the standard error and freedom of its model.

References
----------
[1] Kenward, Roger (1997), Small sample inference for fixed effects from restricted maximum
    likelihood. doi:10.2307/2533558
[2] Kuehl (2000), Design of Experiments, 2nd edition, chapter 3.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from models.trials import means
from models.trials.asked import Asked, as_written
from models.trials.contrasts import judged, polynomial
from models.trials.fits import Fits
from models.trials.means import Model
from models.trials.model import Roles, Term, mean_row, term_name
from models.trials.plan import two_way
from models.trials.results import Contrast
from models.trials.sheet import Array, Trial

_ROUND = 1e-12  # of a weight: what is rounding


def contrasts(
    fits: Fits, roles: Roles, asked: Asked, *, by: str | None, alpha: float
) -> tuple[Contrast, ...]:
    """The contrasts that were written, within each level of `by` where it is another factor."""
    found: list[Contrast] = []
    for text in asked.contrasts:
        one = as_written(text, fits.trial, factors(roles))
        found += _of_weights(fits, one.treatment, one.name, one.weights, by=by, alpha=alpha)
    return tuple(found)


def trend(fits: Fits, asked: Asked, *, by: str | None, alpha: float) -> tuple[Contrast, ...]:
    """Orthonormal polynomial contrasts over the doses [2], R's `contr.poly` of these doses."""
    name = asked.quantitative
    if name is None:
        return ()
    levels = fits.trial.factors[name].levels
    if len(levels) < 2:
        return ()
    found: list[Contrast] = []
    for power, row in polynomial(doses(fits.trial, name)).items():
        weights = dict(zip(levels, row.tolist(), strict=True))
        found += _of_weights(fits, name, power, weights, by=by, alpha=alpha)
    places = list(dict.fromkeys(tuple(one.by.values()) for one in found))
    return tuple(sorted(found, key=lambda one: places.index(tuple(one.by.values()))))


def doses(trial: Trial, name: str) -> Array:
    """The levels of a factor as numbers, in their order.

    Raises
    ------
    ValueError  One of them is no number, or two are the same one.
    """
    levels = trial.factors[name].levels
    for level in levels:
        try:
            known = np.isfinite(float(level))
        except ValueError:
            known = False
        if not known:
            raise ValueError(f"{name} is not quantitative: {level!r} is no number; write doses")
    numbers = np.array([float(level) for level in levels])
    if len(set(numbers.tolist())) < len(numbers):
        raise ValueError(f"{name} has the same dose in two spellings: {', '.join(levels)}")
    return numbers


def quantitative(trial: Trial, roles: Roles, name: str) -> None:
    """Refuse a factor that has no doses.

    Raises
    ------
    ValueError  It is no treatment and no time, or its levels are not numbers.
    """
    known = factors(roles)
    if name not in known:
        raise ValueError(f"{name} is not among the treatments ({', '.join(known)}): name one")
    doses(trial, name)


def factors(roles: Roles) -> tuple[str, ...]:
    """The treatments, and the time of repeated measures: what can be compared."""
    time = () if roles.time is None else (roles.time,)
    return tuple(dict.fromkeys((*roles.treatments, *time)))


def _of_weights(
    fits: Fits,
    factor: str,
    name: str,
    weights: Mapping[str, float],
    *,
    by: str | None,
    alpha: float,
) -> Iterator[Contrast]:
    """One contrast, overall or within each level of another factor."""
    used = {level: weight for level, weight in weights.items() if abs(weight) > _ROUND}
    if by is None or not _varies(fits, factor, by):
        yield _judged(fits, (factor,), name, weights, held={}, used=used, alpha=alpha)
        return
    for level in fits.trial.factors[by].levels:
        held = {by: level}
        yield _judged(fits, (factor, by), name, weights, held=held, used=used, alpha=alpha)


def _varies(fits: Fits, factor: str, by: str) -> bool:
    """Whether the model lets a factor's effect differ between the levels of another."""
    apart = fits.plan.environment != by or fits.plan.interacting
    return factor != by and apart and any(factor in pair for pair in two_way(fits.plan, by))


def _judged(
    fits: Fits,
    term: Term,
    name: str,
    weights: Mapping[str, float],
    *,
    held: Mapping[str, str],
    used: Mapping[str, float],
    alpha: float,
) -> Contrast:
    """Estimate, standard error and t on the degrees of freedom of Kenward and Roger [1]."""
    at = [{term[0]: level, **held} for level in used]
    known = judged(name, *_estimated(fits, term, at, np.array(list(used.values()))), alpha)
    return Contrast(
        term=term_name((term[0],)),
        name=name,
        by=dict(held),
        weights=dict(weights),
        estimate=known.estimate,
        se=known.se,
        df=known.df,
        t=known.t,
        p=known.p,
        lower=known.lower,
        upper=known.upper,
    )


def _estimated(
    fits: Fits, term: Term, at: Sequence[Mapping[str, str]], weights: Array
) -> tuple[float, float, float]:
    """A weighted sum of means by the first model that knows it; NaN where none does."""
    estimate, se, df = float("nan"), float("nan"), float("nan")
    for model in _sources(fits, term):
        row = weights @ np.array([mean_row(model.fixed, dict(one)) for one in at])
        found = means.estimated(model, row[None, :], term=term, levels=(dict(at[0]),))
        estimate, se, df = (float(one[0]) for one in (found.mean, found.se, found.df))
        if np.isfinite(estimate):
            break
    return estimate, se, df


def _sources(fits: Fits, term: Term) -> tuple[Model, ...]:
    """The models that a term's means are taken from, the better first."""
    if fits.plan.environment in term:
        return () if fits.places is None else (fits.places,)
    return (fits.means,) if fits.means is fits.mixed else (fits.means, fits.mixed)
