"""Lines of what is said of genotypes over environments; NaN where a figure is not defined."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StabilityRow:
    """One genotype over the environments.

    `slope` is Finlay and Wilkinson's, 1 on average, and `slope_p` tests it against 1;
    `deviation_ms` is the mean square around the line. `ecovalence` is Wricke's, `shukla` a
    variance, `superiority` Lin and Binns'; `cv_percent` is over the environments.
    """

    level: str
    mean: float
    slope: float
    slope_se: float
    slope_p: float
    deviation_ms: float
    r2: float
    ecovalence: float
    shukla: float
    superiority: float
    cv_percent: float


@dataclass(frozen=True, slots=True)
class EnvironmentRow:
    """One environment by itself: its mean, its error, and whether genotypes differed in it."""

    level: str
    mean: float
    residual_ms: float
    residual_df: float
    f: float
    p: float
    cv_percent: float


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of the interaction: its sum of squares and share, with Gollob's test (AMMI)."""

    axis: int
    sum_sq: float
    percent: float
    df: float
    f: float
    p: float


@dataclass(frozen=True, slots=True)
class Score:
    """The place of one genotype or environment on the first two axes of a biplot."""

    kind: str
    level: str
    first: float
    second: float
