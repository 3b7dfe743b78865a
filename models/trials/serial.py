"""How measurements of one subject resemble each other over time: models compared by likelihood.

independent           no more than any two plots
compound symmetry     all times alike; what a random subject says
ar1                   the less, the farther apart: ρ to the power of the time between, counted in
                      steps where times are evenly spaced, else in their unit
ar1 + subject         ar1 beside what a subject keeps at all times
unstructured          each pair of times by itself; only where blocks do not enter

References
----------
[1] Littell, Pendergast, Natarajan (2000), Modelling covariance structure in the analysis of
    repeated measures data. doi:10.1002/1097-0258(20000715)19:13<1793::AID-SIM482>3.0.CO;2-Q
[2] Pinheiro, Bates (2000), Mixed-Effects Models in S and S-PLUS, section 5.3.
    doi:10.1007/b98882
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import linalg, optimize

from models.trials import means, spatial
from models.trials.fits import Fits
from models.trials.likelihoods import as_r, compared
from models.trials.means import Model
from models.trials.model import Codes, Roles, Term, cells
from models.trials.repeated import complete
from models.trials.results import CorrelationModel
from models.trials.sheet import Array, Factor

GRID = 12  # values of each parameter tried before the best is refined
MOST = 0.999  # of a correlation, beyond which two times are one
PLOTS = 5000  # above which the search takes longer than a reader waits
Shape = Callable[[Array], Array]  # from parameters to the correlation of all times


@dataclass(frozen=True, slots=True)
class _Seen:
    """X and y by subject: rows of equal times together, so that one root serves them all."""

    groups: tuple[tuple[Codes, Array], ...]
    plots: int


def over_time(fits: Fits, roles: Roles) -> tuple[CorrelationModel, ...]:
    """Every model of the correlation between times, by the same fixed part [1].

    Raises
    ------
    ValueError  The trial is not repeated, or has more plots than the search can hold.
    """
    if roles.design != "repeated" or roles.time is None:
        raise ValueError(f"correlation over time is of a repeated trial: {roles.design}")
    if len(fits.trial.response) > PLOTS:
        raise ValueError(f"correlation over time holds {PLOTS} plots at most; split the trial")
    subject = fits.plan.errors[-1]
    blocks = tuple(term for term in fits.plan.errors[:-1])
    fixed = (*blocks, *fits.plan.treatments, *fits.plan.covariates)
    model = means.fitted(fits.trial, fixed, ())
    seen = _by_subject(model, subject, roles.time)
    gaps, step = _apart(fits.trial.factors[roles.time])
    return tuple(_models(fits, model, seen, gaps, step=step, subject=subject, roles=roles))


def _models(
    fits: Fits,
    model: Model,
    seen: _Seen,
    gaps: Array,
    *,
    step: float,
    subject: Term,
    roles: Roles,
) -> Iterator[CorrelationModel]:
    p = int(model.kept.sum())
    times = len(gaps)
    lowest = -MOST / (times - 1.0)
    least = -MOST if np.allclose(gaps, np.round(gaps)) else 0.0
    chosen = subject in fits.mixed.random
    off = ~np.eye(times, dtype=bool)
    shapes: tuple[tuple[str, Shape, list[tuple[float, float]]], ...] = (
        ("independent", lambda _: np.eye(times), []),
        ("compound symmetry", lambda at: np.where(off, at[0], 1.0), [(lowest, MOST)]),
        ("ar1", lambda at: spatial.fading(at[0], gaps), [(least, MOST)]),
        ("ar1 + subject", lambda at: _own(at, gaps), [(least, MOST), (0.0, MOST)]),
    )
    for name, shape, bounds in shapes:
        at, loglik, variance = _searched(seen, shape, bounds)
        yield compared(
            name,
            as_r(loglik, model),
            coefficients=p,
            variances=1 + len(bounds),
            chosen=chosen and name == "compound symmetry",
            estimates=_estimates(at, variance, 1.0 if name == "compound symmetry" else step),
        )
    yield from _unstructured(fits, model, seen, subject=subject, time=str(roles.time))


def _estimates(at: Array, variance: float, step: float) -> dict[str, float]:
    """The variance of a plot, ρ per step or unit of time, and the variance that a subject keeps."""
    found = {"variance": variance}
    if len(at):
        found["rho"] = float(np.sign(at[0]) * abs(at[0]) ** (1.0 / step))
    if len(at) > 1:
        share = float(at[1])
        found |= {"variance": (1.0 - share) * variance, "subject_variance": share * variance}
    return found


def _own(at: Array, gaps: Array) -> Array:
    """A share that a subject keeps at all times, the rest fading with time."""
    return np.asarray((1.0 - at[1]) * spatial.fading(at[0], gaps) + at[1], dtype=float)


def _apart(times: Factor) -> tuple[Array, float]:
    """Time between all times in steps, and how many units of time are a step. (times, times)

    A step is the usual gap. Times that are no numbers, or evenly spaced, are counted: a step is 1.
    """
    try:
        at = np.array([float(level) for level in times.levels])
    except ValueError:
        at = np.arange(len(times.levels), dtype=float)
    gaps = np.diff(np.sort(at))
    step = float(np.median(gaps)) if len(gaps) else 1.0
    even = bool(np.allclose(gaps, step))
    return np.asarray(np.abs(at[:, None] - at) / step), 1.0 if even else step


def _by_subject(model: Model, subject: Term, time: str) -> _Seen:
    """The rows of subjects that were measured at the same times, in the order of these."""
    trial = model.fixed.trial
    _, who = cells(trial, subject)
    when = trial.factors[time].codes
    table = np.column_stack([model.fixed.matrix[:, model.kept], trial.response])
    groups: dict[tuple[int, ...], list[Array]] = {}
    for one in range(int(who.max()) + 1):
        rows = np.flatnonzero(who == one)
        rows = rows[np.argsort(when[rows], kind="stable")]
        if len(set(when[rows].tolist())) < len(rows):
            raise ValueError(f"a subject has two plots at one {time}; name what tells them apart")
        groups.setdefault(tuple(when[rows].tolist()), []).append(table[rows])
    stacked = tuple(
        (np.array(times, dtype=np.int64), np.stack(parts)) for times, parts in groups.items()
    )
    return _Seen(stacked, len(trial.response))


def _likelihood(seen: _Seen, correlation: Array) -> tuple[float, float]:
    """Restricted log-likelihood and σ² at one correlation of times."""
    white, logdet = [], 0.0
    for times, parts in seen.groups:
        try:
            root = np.linalg.cholesky(correlation[np.ix_(times, times)])
        except np.linalg.LinAlgError:
            return -np.inf, np.nan
        subjects, _, width = parts.shape
        tall = np.moveaxis(parts, 0, 1).reshape(len(times), -1)
        solved = linalg.solve_triangular(root, tall, lower=True)
        white.append(solved.reshape(-1, width))
        logdet += 2.0 * subjects * float(np.log(np.diag(root)).sum())
    return spatial.restricted(np.vstack(white), logdet)


def _searched(
    seen: _Seen, shape: Shape, bounds: list[tuple[float, float]]
) -> tuple[Array, float, float]:
    """The parameters at the greatest likelihood, that likelihood, and σ²."""

    def lost(at: Array) -> float:
        return -_likelihood(seen, shape(at))[0]

    at = np.zeros(0)
    if bounds:
        tried = product(*(np.linspace(low, high, GRID + 2)[1:-1] for low, high in bounds))
        start = min((np.array(one) for one in tried), key=lost)
        at = _nearest(lost, start, bounds)
    loglik, variance = _likelihood(seen, shape(at))
    return at, loglik, variance


def _nearest(
    lost: Callable[[Array], float], start: Array, bounds: list[tuple[float, float]]
) -> Array:
    found = optimize.minimize(
        lost,
        start,
        method="Nelder-Mead",
        bounds=bounds,
        options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 1000},
    )
    return np.asarray(found.x, dtype=float)


def _unstructured(
    fits: Fits, model: Model, seen: _Seen, *, subject: Term, time: str
) -> Iterator[CorrelationModel]:
    """Each pair of times by itself: exact where every subject is complete and times are crossed.

    The restricted estimate is then the covariance of the residuals of the subjects.
    """
    if len(fits.plan.errors) > 1 or fits.plan.covariates or len(seen.groups) > 1:
        return
    whole = complete(fits.trial, subject, time)
    subjects, times = whole.table.shape
    df = subjects - int(model.kept.sum()) // times
    if len(whole.plots) < seen.plots or df <= times:
        return
    parts = seen.groups[0][1]
    beta = np.linalg.lstsq(
        parts[..., :-1].reshape(seen.plots, -1), parts[..., -1].ravel(), rcond=None
    )[0]
    left = parts[..., -1] - parts[..., :-1] @ beta
    covariance = left.T @ left / df
    loglik, _ = _likelihood(seen, covariance)
    count = times * (times + 1) // 2
    yield compared(
        "unstructured",
        as_r(loglik, model),
        coefficients=int(model.kept.sum()),
        variances=count,
        chosen=False,
        estimates={"variance": float(np.trace(covariance)) / times},
    )
