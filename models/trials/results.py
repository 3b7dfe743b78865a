"""What an analysis of a trial says; NaN where a figure is not defined.

Names and columns are those of the JSON that others read; sums of squares, means and standard errors
are in the unit of the response (squared for `sum_sq`, `mean_sq` and variances).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from models.trials.environment_rows import Axis, EnvironmentRow, Score, StabilityRow

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
class Residual:
    """What the model leaves of one plot.

    `index` counts the plots of the trial from 0, those without a value too; `standardised` divides
    by the standard error that the residual itself has. `row` and `column` are the plot's place in
    the field, None where the sheet does not say.
    """

    index: int
    fitted: float
    residual: float
    standardised: float
    row: str | None
    column: str | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """A weighted sum of the means of a term within `by`, not adjusted for their number.

    `weights` are by level. A step of a trend over a dose is named `linear`, `quadratic` …
    """

    term: str
    name: str
    by: Mapping[str, str]
    weights: Mapping[str, float]
    estimate: float
    se: float
    df: float
    t: float
    p: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Curve:
    """How the mean follows the dose within `by`, by one of several shapes.

    `best` marks the least AIC. `optimum` is the dose of the greatest response, with its interval,
    in the unit of the dose; NaN where there is none. It is `identified` where it lies among the
    doses tried; of a plateau that is not, only `rss` means something. `lack_of_fit` is the p of
    what a mean for each dose explains beyond the curve; `economic_optimum` weighs prices, NaN where
    none were given.
    """

    term: str
    by: Mapping[str, str]
    shape: str
    parameters: Mapping[str, float]
    rss: float
    aic: float
    lack_of_fit: float
    identified: bool
    optimum: float
    optimum_lower: float
    optimum_upper: float
    economic_optimum: float
    best: bool


@dataclass(frozen=True, slots=True)
class BackMean:
    """A mean of a transformed response in the unit of the sheet; of a log or root a median."""

    term: str
    levels: Mapping[str, str]
    back: float
    back_lower: float
    back_upper: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale that all figures are on: `power` is that of Box and Cox, NaN for other scales."""

    name: str
    power: float
    means: tuple[BackMean, ...]


@dataclass(frozen=True, slots=True)
class BoxCoxAdvice:
    """The power that suits the model best, with its 95 % interval; nobody has applied it.

    `suggests` is the plain scale within the interval, None where the response is well as it is.
    """

    power: float
    lower: float
    upper: float
    suggests: str | None


@dataclass(frozen=True, slots=True)
class Blup:
    """The best linear unbiased prediction of one level: `predicted` is the mean plus `effect`.

    `se` is the root of the variance of the error of `effect`.
    """

    level: str
    effect: float
    predicted: float
    se: float


@dataclass(frozen=True, slots=True)
class Heritability:
    """How much of what is seen between the levels of `term` would be seen again.

    Shares between 0 and 1: Cullis, Piepho and Möhring, and the broad sense on the mean of
    `plots` plots (harmonic mean) and on one plot. Variances and mean variances of a difference in
    the unit of the response squared; `interaction_variance` is that of genotypes by environments.
    """

    term: str
    cullis: float
    piepho: float
    broad_sense: float
    plot_basis: float
    plots: float
    genetic_variance: float
    interaction_variance: float
    residual_variance: float
    mean_variance_blue: float
    mean_variance_blup: float
    blups: tuple[Blup, ...]


@dataclass(frozen=True, slots=True)
class Stability:
    """Genotype by environment: what each genotype and each environment adds to it.

    `gge_percent` are the shares of the axes when genotypes' means are left in.
    """

    term: str
    environment: str
    genotypes: tuple[StabilityRow, ...]
    environments: tuple[EnvironmentRow, ...]
    axes: tuple[Axis, ...]
    scores: tuple[Score, ...]
    gge_percent: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SphericityTerm:
    """A term with time: its F with degrees of freedom cut by each epsilon."""

    term: str
    df: float
    ddf: float
    f: float
    p: float
    p_greenhouse_geisser: float
    p_huynh_feldt: float


@dataclass(frozen=True, slots=True)
class Sphericity:
    """Whether differences between times vary alike: Mauchly's W, and the two epsilons.

    `subjects` counts those with every time, which are judged; `huynh_feldt` may exceed 1.
    """

    mauchly: float
    p: float
    greenhouse_geisser: float
    huynh_feldt: float
    subjects: int
    terms: tuple[SphericityTerm, ...]


@dataclass(frozen=True, slots=True)
class CorrelationModel:
    """One way in which plots may resemble each other, by restricted likelihood with one X.

    `parameters` counts fixed coefficients, variances and correlations; the least `aic` is the best
    of those compared. `chosen` marks the one that this analysis rests on.
    """

    model: str
    loglik: float
    parameters: int
    aic: float
    chosen: bool
    estimates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Spatial:
    """Neighbours that resemble each other: AR1 × AR1 with the share `nugget` of a plot's own."""

    variance: float
    rho_row: float
    rho_column: float
    nugget: float
    models: tuple[CorrelationModel, ...]


@dataclass(frozen=True, slots=True)
class Precision:
    """Standard errors of the differences of a term, over all pairs, in the unit of the response.

    `lsd` is the least significant difference of one pair, `hsd` Tukey's of any pair.
    """

    term: str
    sed_min: float
    sed_mean: float
    sed_rms: float
    sed_max: float
    lsd: float
    hsd: float


@dataclass(frozen=True, slots=True)
class Efficiency:
    """What blocks were worth: 1.2 says that a trial without them needs 1.2 times the plots."""

    relative_to: str
    value: float


@dataclass(frozen=True, slots=True)
class MissingPlot:
    """The value that a lost plot would have had by the model; it adds no information.

    `index` counts the plots of the trial from 0.
    """

    index: int
    levels: Mapping[str, str]
    estimate: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that is said of one response of one trial.

    `n` counts the plots with a value, `missing` those without; `cv_percent` is the standard
    deviation between plots in percent of the mean. What follows `warnings` is empty or None where
    the design does not have it or nobody asked.
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
    residuals: tuple[Residual, ...] = ()
    precision: tuple[Precision, ...] = ()
    efficiency: Efficiency | None = None
    missing_plots: tuple[MissingPlot, ...] = ()
    trend: tuple[Contrast, ...] = ()
    curves: tuple[Curve, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    transformation: Scale | None = None
    advice: BoxCoxAdvice | None = None
    heritability: Heritability | None = None
    stability: Stability | None = None
    sphericity: Sphericity | None = None
    correlation: tuple[CorrelationModel, ...] = ()
    spatial: Spatial | None = None
