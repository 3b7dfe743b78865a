"""The curves of a trial over its doses: on which units they are fitted, and which one fits best.

A dose is judged on what it was given to: where it lies on main plots, curves are fitted to the
means of these. What blocks and other treatments add is fitted beside the curve.

References
----------
[1] Akaike (1974), A new look at the statistical model identification.
    doi:10.1109/TAC.1974.1100705
[2] Cerrato, Blackmer (1990), doi:10.2134/agronj1990.00021962008200010030x
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.trials import curves
from models.trials.asked import Asked
from models.trials.fits import Fits
from models.trials.model import Codes, Term, cells, indicators, take
from models.trials.planned import doses
from models.trials.results import Curve
from models.trials.sheet import Array, Trial

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Units:
    """What a dose was given to: dose and mean response of each, and columns of all else. (units,)

    `rank` counts the columns of `others` that are told apart, beside the mean.
    """

    dose: Array
    response: Array
    others: Array
    rank: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A shape as it was fitted: its parameters, their number, and where its optimum lies."""

    shape: str
    parameters: Mapping[str, float]
    count: int
    rss: float
    lack_of_fit: float = NAN
    identified: bool = True
    optimum: tuple[float, float, float] = (NAN, NAN, NAN)
    economic: float = NAN


def dose_curves(fits: Fits, asked: Asked, *, by: str | None, alpha: float) -> tuple[Curve, ...]:
    """Every shape over the doses, in each level of `by` where it is another factor."""
    name = asked.quantitative
    if name is None:
        return ()
    if by is None or by == name:
        return tuple(_shapes(units(fits, fits.trial, name), name, {}, asked, alpha))
    found: list[Curve] = []
    for code, level in enumerate(fits.trial.factors[by].levels):
        part = take(fits.trial, fits.trial.factors[by].codes == code)
        found += _shapes(units(fits, part, name), name, {by: level}, asked, alpha)
    return tuple(found)


def units(fits: Fits, trial: Trial, name: str) -> Units:
    """The units that a dose was given to, of some plots of a trial."""
    plan = fits.plan
    blocks = dict.fromkeys((*plan.errors, *plan.random, *plan.fixed))
    larger: tuple[Term, ...] = tuple(term for term in blocks if name in term)
    treated = tuple(term for term in plan.treatments if name not in term)
    beside = tuple(term for term in (*blocks, *treated) if name not in term)
    columns = [indicators(trial, term) for term in beside]
    columns += [trial.covariates[one][:, None] for (one,) in plan.covariates]
    others = np.column_stack([np.zeros((len(trial.response), 0)), *columns])
    dose = doses(trial, name)[trial.factors[name].codes]
    cell = _unit_of(trial, larger)
    dose, response, others = _means(cell, dose, trial.response, others)
    off = others - others.mean(axis=0)
    return Units(dose, response, off, int(np.linalg.matrix_rank(off)) if off.size else 0)


def _unit_of(trial: Trial, larger: tuple[Term, ...]) -> Codes:
    """Which unit each plot is a part of: the main plot of the dose, else the plot itself."""
    if not larger:
        return np.arange(len(trial.response), dtype=np.int64)
    whole = dict.fromkeys(factor for term in larger for factor in term)
    return cells(trial, tuple(whole))[1]


def _means(cell: Codes, dose: Array, response: Array, others: Array) -> tuple[Array, Array, Array]:
    plots = np.bincount(cell).astype(float)
    table = np.column_stack([dose, response, others])
    sums = np.zeros((len(plots), table.shape[1]))
    np.add.at(sums, cell, table)
    found = sums / plots[:, None]
    return found[:, 0], found[:, 1], found[:, 2:]


def _shapes(
    given: Units, name: str, held: Mapping[str, str], asked: Asked, alpha: float
) -> Iterator[Curve]:
    """Every shape that these doses allow, the one with the least AIC [1] marked."""
    tried = len(np.unique(given.dose))
    shapes = [shape for shape, least in _SHAPES.items() if tried >= least]
    found = [shape(given, asked.price_ratio, alpha) for shape in shapes]
    scores = np.array([_aic(one, given) for one in found])
    usable = np.array([one.identified or one.shape == "quadratic" for one in found])
    ranked = np.where(usable & np.isfinite(scores), scores, np.inf)
    best = int(np.argmin(ranked)) if np.isfinite(ranked).any() else -1
    for i, one in enumerate(found):
        yield Curve(
            term=name,
            by=dict(held),
            shape=one.shape,
            parameters=one.parameters,
            rss=one.rss,
            aic=float(scores[i]),
            lack_of_fit=one.lack_of_fit,
            identified=one.identified,
            optimum=one.optimum[0],
            optimum_lower=one.optimum[1],
            optimum_upper=one.optimum[2],
            economic_optimum=one.economic,
            best=i == best,
        )


def _aic(found: _Found, given: Units) -> float:
    """Akaike's criterion of least squares, the variance counted [1]; NaN of a perfect fit."""
    n = len(given.dose)
    count = found.count + given.rank
    if n <= count or found.rss <= 0.0:
        return NAN
    return float(n * (np.log(2.0 * np.pi * found.rss / n) + 1.0) + 2.0 * (count + 1))


def _left(given: Units, count: int) -> int:
    """Residual degrees of freedom of a curve of so many parameters."""
    return len(given.dose) - count - given.rank


def _constant(given: Units, _: float, __: float) -> _Found:
    """No response to the dose at all."""
    left, values, _v = np.linalg.svd(given.others, full_matrices=False)
    basis = left[:, values > 1e-10 * values.max(initial=1.0)]
    off = given.response - given.response.mean()
    residual = off - basis @ (basis.T @ off)
    rss = float(residual @ residual)
    return _Found("constant", {"mean": float(given.response.mean())}, 1, rss)


def _line(given: Units, _: float, __: float) -> _Found:
    found = curves.line(given.dose, given.response, others=given.others)
    parameters = {
        "intercept": found.intercept,
        "linear": found.slope,
        "linear_se": found.slope_se,
    }
    return _Found("linear", parameters, 2, found.rss, found.lack_of_fit[3])


def _quadratic(given: Units, ratio: float, alpha: float) -> _Found:
    found = curves.quadratic(given.dose, given.response, others=given.others)
    parameters = {
        "intercept": found.intercept,
        "linear": found.linear,
        "linear_se": found.linear_se,
        "quadratic": found.quadratic,
        "quadratic_se": found.quadratic_se,
    }
    low, high = float(given.dose.min()), float(given.dose.max())
    made = _Found("quadratic", parameters, 3, found.rss, found.lack_of_fit[3])
    if not found.concave:
        return replace(made, identified=False)
    df = _left(given, 3)
    ends = curves.turn_interval(found, df, alpha=alpha) if df > 0 else (NAN, NAN)
    return replace(
        made,
        identified=low <= found.optimum <= high,
        optimum=(found.optimum, *ends),
        economic=curves.economic_optimum(found, ratio),
    )


def _quadratic_plateau(given: Units, ratio: float, alpha: float) -> _Found:
    found = curves.quadratic_plateau(given.dose, given.response, others=given.others)
    parameters = {
        "ymax": found.ymax,
        "ymax_se": found.ymax_se,
        "k": found.k,
        "k_se": found.k_se,
        "join": found.join,
        "join_se": found.join_se,
    }
    return _plateau("quadratic-plateau", found, parameters, given, ratio, alpha)


def _linear_plateau(given: Units, ratio: float, alpha: float) -> _Found:
    found = curves.linear_plateau(given.dose, given.response, others=given.others)
    parameters = {
        "intercept": found.intercept,
        "slope": found.slope,
        "join": found.join,
        "plateau": found.plateau,
    }
    return _plateau("linear-plateau", found, parameters, given, ratio, alpha)


def _plateau(
    shape: str,
    found: curves.QuadraticPlateau | curves.LinearPlateau,
    parameters: Mapping[str, float],
    given: Units,
    ratio: float,
    alpha: float,
) -> _Found:
    """A rise that stops; its optimum is where it does [2]."""
    df = _left(given, 3)
    made = _Found(shape, parameters, 3, found.rss, identified=found.identified)
    if not found.identified:
        return made
    ends = (NAN, NAN)
    if df > 0:
        ends = curves.join_interval(
            found, given.dose, given.response, df=df, others=given.others, alpha=alpha
        )
    best = curves.economic_optimum(found, ratio)
    return replace(made, optimum=(found.join, *ends), economic=best)


_SHAPES: Mapping[Callable[[Units, float, float], _Found], int] = {
    _constant: 1,
    _line: 2,
    _quadratic: 3,
    _quadratic_plateau: 4,
    _linear_plateau: 4,
}
