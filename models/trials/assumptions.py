"""What an analysis of variance takes for granted, tested on the trial it is used on.

The tests of equal variances look at the raw response of each treatment or at the residuals; those
of shape and of single plots look at the residuals of the fitted model.

References
----------
[1] Shapiro, Wilk (1965), doi:10.1093/biomet/52.3-4.591; Royston (1995), algorithm AS R94.
[2] Levene (1960); Brown, Forsythe (1974), doi:10.1080/01621459.1974.10482955
[3] Bartlett (1937), Properties of sufficiency and statistical tests. doi:10.1098/rspa.1937.0109
[4] Tukey (1949), One degree of freedom for non-additivity. doi:10.2307/3001938
[5] Cook, Weisberg (1982), Residuals and Influence in Regression, section 2.2.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.trials.results import Check

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

ALPHA = 0.05
MOST_SHAPIRO = 5000  # values for which the approximation of AS R94 was made
NOTHING = 1e-10  # share of a size that is rounding
_CENTRES: Mapping[str, Callable[[Array], Any]] = {"median": np.median, "mean": np.mean}


@dataclass(frozen=True, slots=True)
class Outlier:
    """A plot by its place in the response, and how far it lies from what the others say of it."""

    plot: int
    studentised: float
    p: float  # Bonferroni, over all plots


def shapiro_wilk(residuals: Array, *, alpha: float = ALPHA) -> Check:
    """Normal residuals [1]; not judged with fewer than 3, more than 5000 or constant values."""
    known = residuals[np.isfinite(residuals)]
    if not 3 <= len(known) <= MOST_SHAPIRO or np.ptp(known) == 0.0:
        return _check("shapiro-wilk", float("nan"), float("nan"), alpha)
    found = stats.shapiro(known)
    return _check("shapiro-wilk", float(found.statistic), float(found.pvalue), alpha)


def levene(
    values: Array,
    group: Codes,
    *,
    centre: Literal["median", "mean"] = "median",
    name: str | None = None,
    alpha: float = ALPHA,
) -> Check:
    """Equal variances by the distances from each group's centre [2]; robust with the median.

    Not judged where each group's plots all lie as far from its centre, as two plots always do.
    """
    return _of_groups(
        name or f"levene-{centre}",
        lambda samples: _told(stats.levene(*samples, center=centre)),
        values,
        group,
        least=1,
        tells=lambda sample: float(np.ptp(np.abs(sample - _CENTRES[centre](sample)))),
        alpha=alpha,
    )


def bartlett(values: Array, group: Codes, *, alpha: float = ALPHA) -> Check:
    """Equal variances of normal values [3]; groups of one plot say nothing and are left out."""
    return _of_groups(
        "bartlett",
        lambda samples: _told(stats.bartlett(*samples)),
        values,
        group,
        least=2,
        tells=lambda sample: float(np.ptp(sample)),
        alpha=alpha,
    )


def equal_variances(variances: Array, df: Array, *, alpha: float = ALPHA) -> Check:
    """Bartlett's test of mean squares, for example of environments before they are pooled [3].

    Parameters
    ----------
    variances : (k,)  Residual mean squares. [unit²]
    df : (k,)  Their degrees of freedom. [-]
    """
    used = np.isfinite(variances) & (variances > 0.0) & (df > 0.0)
    s2, nu = variances[used], df[used]
    if len(s2) < 2:
        return _check("bartlett-mean-squares", float("nan"), float("nan"), alpha)
    pooled = float(nu @ s2 / nu.sum())
    correction = 1.0 + (np.sum(1.0 / nu) - 1.0 / nu.sum()) / (3.0 * (len(s2) - 1.0))
    statistic = float((nu.sum() * np.log(pooled) - nu @ np.log(s2)) / correction)
    p = float(stats.chi2.sf(statistic, len(s2) - 1))
    return _check("bartlett-mean-squares", statistic, p, alpha)


def non_additivity(response: Array, design: Array, *, alpha: float = ALPHA) -> Check:
    """Tukey's one degree of freedom: do effects multiply rather than add [4]?

    Parameters
    ----------
    response : (n,)  NaN where the plot is missing.
    design : (n, p)  Columns of the additive model, of any rank.

    Returns
    -------
    Not judged where the model leaves nothing for the square of its fitted values to explain, as
    with treatments alone.
    """
    return _non_additivity(*_known(response, design), alpha)


def _non_additivity(y: Array, basis: Array, alpha: float) -> Check:
    """[4] The part of the squared fitted values that the model does not hold, as one covariate."""
    df = len(y) - basis.shape[1] - 1
    if df < 1:
        return _check("non-additivity", float("nan"), float("nan"), alpha)
    fitted = basis @ (basis.T @ y)
    residual = y - fitted
    square = (fitted - fitted.mean()) ** 2
    rest = square - basis @ (basis.T @ square)
    if float(rest @ rest) <= NOTHING * float(square @ square):
        return _check("non-additivity", float("nan"), float("nan"), alpha)
    explained = float(rest @ residual) ** 2 / float(rest @ rest)
    left = (float(residual @ residual) - explained) / df
    f = explained / left if left > 0.0 else float("nan")
    return _check("non-additivity", f, float(stats.f.sf(f, 1, df)), alpha)


def studentised(response: Array, design: Array) -> Array:
    """Externally studentised residuals: each plot against a fit without it [5].

    Parameters
    ----------
    response : (n,)  NaN where the plot is missing.
    design : (n, p)  Columns of the model, of any rank; of a mixed model, response and design are
        both multiplied by the inverse root of the covariance.

    Returns
    -------
    (n,)  NaN for a missing plot, or one that the model fits whatever its value.
    """
    found = np.full(len(response), np.nan)
    found[np.isfinite(response)] = _studentised(*_known(response, design))
    return found


def _studentised(y: Array, basis: Array) -> Array:
    """[5]: residuals over their error, which a fit without the plot estimates."""
    residual = y - basis @ (basis.T @ y)
    free = 1.0 - np.sum(basis**2, axis=1)
    df = len(y) - basis.shape[1] - 1
    if df < 1:
        return np.full(len(y), np.nan)
    free[free < NOTHING] = np.nan
    without = (float(residual @ residual) - residual**2 / free) / df
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(residual / np.sqrt(without * free), dtype=float)


def outliers(residuals: Array, df: float, *, most: int = 3) -> tuple[Outlier, ...]:
    """The plots farthest out, with Bonferroni's probability.

    Parameters
    ----------
    residuals : (n,)  Externally studentised, NaN where not known. [-]
    df : Residual degrees of freedom of the model, before a plot is left out. [-]
    most : How many are wanted.
    """
    known = np.flatnonzero(np.isfinite(residuals))
    order = known[np.argsort(-np.abs(residuals[known]), kind="stable")][:most]
    p = np.minimum(len(known) * 2.0 * stats.t.sf(np.abs(residuals[order]), df - 1.0), 1.0)
    return tuple(
        Outlier(int(plot), float(residuals[plot]), float(one))
        for plot, one in zip(order, p, strict=True)
    )


def residual_df(response: Array, design: Array) -> int:
    """Degrees of freedom that the model leaves on the plots with a value."""
    y, basis = _known(response, design)
    return len(y) - basis.shape[1]


def checks(
    response: Array, design: Array, group: Codes, *, alpha: float = ALPHA
) -> tuple[Check, ...]:
    """All checks of a model fitted by least squares.

    Parameters
    ----------
    response : (n,)  NaN where the plot is missing.
    design : (n, p)  Columns of the model.
    group : (n,)  Code of each plot's treatment.
    """
    y, basis = _known(response, design)
    residual = np.full(len(response), np.nan)
    residual[np.isfinite(response)] = y - basis @ (basis.T @ y)
    far = outliers(_studentised(y, basis), len(y) - basis.shape[1], most=1)
    largest = (far[0].studentised, far[0].p) if far else (float("nan"), float("nan"))
    return (
        shapiro_wilk(residual, alpha=alpha),
        levene(response, group, centre="median", alpha=alpha),
        levene(response, group, centre="mean", alpha=alpha),
        levene(residual, group, name="levene-residuals", alpha=alpha),
        bartlett(response, group, alpha=alpha),
        _non_additivity(y, basis, alpha),
        _check("outlier", *largest, alpha),
    )


def _known(response: Array, design: Array) -> tuple[Array, Array]:
    """The plots with a value, and an orthonormal basis of the model's columns on them."""
    used = np.isfinite(response)
    left, values, _ = np.linalg.svd(design[used], full_matrices=False)
    rank = int(np.sum(values > values.max(initial=0.0) * NOTHING))
    return response[used], np.asarray(left[:, :rank], dtype=float)


def _of_groups(
    name: str,
    test: Callable[[Sequence[Array]], tuple[float, float]],
    values: Array,
    group: Codes,
    *,
    least: int,
    tells: Callable[[Array], float],
    alpha: float,
) -> Check:
    """A test of variances over the groups with at least so many plots, if any of them `tells`."""
    known = np.isfinite(values)
    samples = [values[known & (group == one)] for one in np.unique(group[known])]
    used = [sample for sample in samples if len(sample) >= least]
    told = [tells(sample) > NOTHING * float(np.abs(sample).max()) for sample in used]
    if len(used) < 2 or not any(told):
        return _check(name, float("nan"), float("nan"), alpha)
    if least > 1 and not all(told):
        return _check(name, float("nan"), 0.0, alpha)  # a group without any variance at all
    return _check(name, *test(used), alpha)


def _told(result: Any) -> tuple[float, float]:
    """Statistic and probability of a test of the library, whose types leave room for arrays."""
    return float(result.statistic), float(result.pvalue)


def _check(name: str, statistic: float, p: float, alpha: float) -> Check:
    return Check(name, statistic, p, None if np.isnan(p) else p >= alpha)
