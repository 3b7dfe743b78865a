"""What an analysis of a trial says; NaN where a figure is not defined.

Names and columns are those of the JSON that others read; sums of squares, means and standard errors
are in the unit of the response (squared for `sum_sq`, `mean_sq` and variances).
"""

from collections.abc import Mapping
from dataclasses import dataclass

Fact = str | float


@dataclass(frozen=True, slots=True)
class AnovaRow:
    """One line of an analysis of variance.

    `stratum` is the error stratum as R names it, None in a mixed model; there `ddf` holds the
    denominator degrees of freedom. Rows of the error are named `Residual`.
    """

    stratum: str | None
    term: str
    df: float
    ddf: float | None
    sum_sq: float
    mean_sq: float
    f: float
    p: float


@dataclass(frozen=True, slots=True)
class VarianceComponent:
    """The variance that one random term adds to a plot."""

    component: str
    variance: float


@dataclass(frozen=True, slots=True)
class Mean:
    """An adjusted mean with its interval; means that share one of the letters do not differ."""

    term: str
    levels: Mapping[str, str]
    mean: float
    se: float
    df: float
    lower: float
    upper: float
    letters: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference a − b within the levels of `by`; `adjust` names what `p` was adjusted by."""

    term: str
    a: str
    b: str
    by: Mapping[str, str]
    difference: float
    se: float
    df: float
    p: float
    lower: float
    upper: float
    adjust: str


@dataclass(frozen=True, slots=True)
class Check:
    """A test of what the analysis assumes; `holds` is None where it could not be judged."""

    check: str
    statistic: float
    p: float
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Warning:
    """Something a reader must know: a code and its facts; words are found elsewhere."""

    code: str
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is said of one response of one trial.

    `n` counts the plots with a value, `missing` those without; `cv_percent` is the standard
    deviation between plots in percent of the mean.
    """

    design: str
    response: str
    n: int
    missing: int
    model: str
    anova: tuple[AnovaRow, ...]
    variance_components: tuple[VarianceComponent, ...]
    means: tuple[Mean, ...]
    comparisons: tuple[Comparison, ...]
    assumptions: tuple[Check, ...]
    cv_percent: float
    warnings: tuple[Warning, ...]
