"""Which means differ, by how much, and how sure that is when many are compared at once.

Everything starts from the means, the covariance of their estimates and the degrees of freedom of
each difference, so that error strata, least squares and mixed models are served alike.

References
----------
[1] Tukey (1953), The problem of multiple comparisons; Kramer (1956), doi:10.2307/3001469, for
    standard errors that are not equal.
[2] Dunnett (1955), doi:10.1080/01621459.1955.10501294
[3] Holm (1979), A simple sequentially rejective multiple test procedure. JSTOR 4615733
[4] Searle, Speed, Milliken (1980), Population marginal means in the linear model.
    doi:10.1080/00031305.1980.10483031
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from models.trials import dunnett, letters, smooth, tukey
from models.trials.results import Comparison

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Pair = tuple[int, int]
Adjust = Literal["tukey", "dunnett", "holm", "bonferroni", "none"]

ALPHA = 0.05
TUKEY_NODES = 40  # degrees of freedom at which a quantile itself is found, to ten digits


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences a − b of means of one family; arrays have one entry for each pair.

    `correlation` is that of the differences; only Dunnett's adjustment asks for it.
    """

    pairs: tuple[Pair, ...]
    difference: Array
    se: Array
    df: Array
    correlation: Array | None = None

    @property
    def t(self) -> Array:
        """Student's statistic; NaN where neither the difference nor its error is known."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.difference / self.se, dtype=float)


@dataclass(frozen=True, slots=True)
class Tested:
    """The probability and the simultaneous 1 − alpha interval of each difference."""

    p: Array
    lower: Array
    upper: Array


def all_pairs(k: int) -> tuple[Pair, ...]:
    """Every pair of k means, the earlier level first."""
    return tuple(combinations(range(k), 2))


def against(control: int, k: int) -> tuple[Pair, ...]:
    """Every other mean against the control."""
    return tuple((i, control) for i in range(k) if i != control)


def coefficients(pairs: Sequence[Pair], k: int) -> Array:
    """(pairs, k) Rows of 1 and −1 that make the differences of k means."""
    rows = np.zeros((len(pairs), k))
    for row, (a, b) in enumerate(pairs):
        rows[row, a], rows[row, b] = 1.0, -1.0
    return rows


def differences(
    means: Array, covariance: Array, df: ArrayLike, *, control: int | None = None
) -> Differences:
    """The pairs of means, or all means against the control.

    Parameters
    ----------
    means : (k,)  [unit of the response]
    covariance : (k, k)  Of the means' estimates. [unit²]
    df : (k, k)  Degrees of freedom of each difference, or one for all. [-]
    control : Index of the control; None compares every pair.
    """
    k = len(means)
    pairs = all_pairs(k) if control is None else against(control, k)
    a = np.array([one for one, _ in pairs], dtype=np.intp)
    b = np.array([two for _, two in pairs], dtype=np.intp)
    variance = covariance[a, a] + covariance[b, b] - 2.0 * covariance[a, b]
    se = np.sqrt(np.maximum(variance, 0.0))
    shared = None if control is None else _shared(coefficients(pairs, k), covariance, se)
    freedom = np.broadcast_to(np.asarray(df, dtype=float), (k, k))[a, b]
    return Differences(pairs, means[a] - means[b], se, freedom, shared)


def tested(of: Differences, adjust: Adjust, *, alpha: float = ALPHA) -> Tested:
    """Probabilities and intervals of one family of differences; those not known count for nothing.

    Parameters
    ----------
    of : The family: all pairs for Tukey, treatments against a control for Dunnett.
    adjust : `tukey` [1], `dunnett` [2], `holm` [3], `bonferroni` or `none`.
    alpha : 1 − coverage of the intervals, which hold together. [-]

    Returns
    -------
    Holm's intervals are Bonferroni's: his steps give none.
    """
    if adjust not in get_args(Adjust):
        raise ValueError(f"adjust must be one of {', '.join(get_args(Adjust))}: {adjust}")
    p = _probabilities(of, adjust)
    reach = _critical_values(of, adjust, alpha) * of.se
    return Tested(p, of.difference - reach, of.difference + reach)


def holm(p: Array) -> Array:
    """[3]: the i-th smallest times what is left, never below the one before; NaN stays NaN."""
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    left = np.arange(len(order), 0, -1, dtype=float)
    adjusted = np.full(len(p), np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(left * p[order]), 1.0)
    return adjusted


def compare(
    of: Differences,
    levels: Sequence[str],
    *,
    term: str,
    adjust: Adjust,
    by: Mapping[str, str] | None = None,
    alpha: float = ALPHA,
) -> tuple[Comparison, ...]:
    """The differences of one family under their names, as a report has them."""
    found = tested(of, adjust, alpha=alpha)
    return tuple(
        Comparison(
            term=term,
            a=levels[a],
            b=levels[b],
            by=dict(by or {}),
            difference=float(of.difference[i]),
            se=float(of.se[i]),
            df=float(of.df[i]),
            p=float(found.p[i]),
            lower=float(found.lower[i]),
            upper=float(found.upper[i]),
            adjust=adjust,
        )
        for i, (a, b) in enumerate(of.pairs)
    )


def compact_letters(
    means: Array, pairs: Sequence[Pair], p: Array, *, alpha: float = ALPHA
) -> tuple[str, ...]:
    """Letters of the means from the probabilities of all their pairs."""
    apart = letters.different(pairs, p, k=len(means), alpha=alpha)
    return letters.letters(means, apart)


def _shared(rows: Array, covariance: Array, se: Array) -> Array:
    """Correlation of the differences that the rows make."""
    known = np.where(np.isfinite(covariance), covariance, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(rows @ known @ rows.T / np.outer(se, se), dtype=float)


def _probabilities(of: Differences, adjust: Adjust) -> Array:
    t, groups = np.abs(of.t), _groups(of)
    if adjust == "tukey" and groups > 2:
        return tukey.p_value(t * np.sqrt(2.0), groups, of.df)
    if adjust == "dunnett":
        return _of_known(of, lambda used, shared: dunnett.p_values(t[used], shared, of.df[used]))
    p = np.asarray(2.0 * student.sf(t, of.df), dtype=float)
    if adjust == "holm":
        return holm(p)
    if adjust == "bonferroni":
        return np.asarray(np.minimum(p * np.isfinite(p).sum(), 1.0), dtype=float)
    return p


def _critical_values(of: Differences, adjust: Adjust, alpha: float) -> Array:
    """How many standard errors each interval reaches."""
    groups = _groups(of)
    if adjust == "tukey" and groups > 2:
        quantiles = smooth.over_df(
            lambda df: tukey.quantile(alpha, groups, df), of.df, nodes=TUKEY_NODES
        )
        return np.asarray(quantiles / np.sqrt(2.0), dtype=float)
    if adjust == "dunnett":
        return _of_known(
            of, lambda used, shared: dunnett.critical_values(alpha, shared, of.df[used])
        )
    family = int(np.isfinite(of.t).sum()) if adjust in ("holm", "bonferroni") else 1
    return np.asarray(student.isf(alpha / (2.0 * max(family, 1)), of.df), dtype=float)


def _groups(of: Differences) -> int:
    """How many means the known differences are between."""
    known = np.isfinite(of.t)
    return len(
        {one for pair, is_known in zip(of.pairs, known, strict=True) if is_known for one in pair}
    )


def _of_known(of: Differences, figures: Callable[[Flags, Array], Array]) -> Array:
    """Dunnett's figures of the differences that are known, NaN for the others."""
    if of.correlation is None:
        raise ValueError("dunnett needs differences against a control: give `control`")
    used = np.isfinite(of.t)
    found = np.full(len(used), np.nan)
    if used.any():
        found[used] = figures(used, of.correlation[np.ix_(used, used)])
    return found
