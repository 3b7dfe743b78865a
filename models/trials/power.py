"""Power and sample size of a design before it is sown.

An effect is told as one difference δ: of two levels of a factor, the others lying half-way between;
of an interaction, as a difference of differences (of four cells, the others 0). This is the least
favourable pattern for its size, so that no other pattern with such a difference has less power.
With n plots for each level (cell), m factors in the term and an expected error mean square E, its
noncentrality is λ = n δ² / (2^m E) for the F test and √λ for the t test of that difference [1, 2].

References
----------
[1] Cochran W. G., Cox G. M., 1957. Experimental Designs, 2nd ed., Wiley, § 2.2.
[2] Cohen J., 1988. Statistical Power Analysis for the Behavioral Sciences, 2nd ed., chapter 8.
[3] Federer W. T., 1956. Augmented (or hoonuiaku) designs. Hawaiian Planters' Record 55, 191-208.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod, sqrt
from types import MappingProxyType

from scipy import stats

MOST_BLOCKS = 1000  # up to which a sample size is looked for
JOIN = ":"


@dataclass(frozen=True, slots=True)
class Errors:
    """Standard deviations of what varies, in the unit of the response.

    `plot` is between the smallest plots of one block. The others come on top of it: `main_plot`
    between main plots (row strips, subjects), `sub_plot` between sub-plots (column strips),
    `environment` of the effect of a treatment between environments.
    """

    plot: float
    main_plot: float = 0.0
    sub_plot: float = 0.0
    environment: float = 0.0


@dataclass(frozen=True, slots=True)
class TermTest:
    """What one term of the analysis is tested with.

    `plots` is for each level or cell, times the efficiency of incomplete blocks; `mean_square` is
    the expected mean square of its error; `factors` how many factors it has.
    """

    term: str
    df: int
    error_df: int
    plots: float
    mean_square: float
    factors: int


@dataclass(frozen=True, slots=True)
class Power:
    """Power of one term for a difference, and how precisely that difference will be known.

    `sed` is its standard error, `lsd` the least difference significant at alpha, both in the unit
    of the response.
    """

    term: str
    df: int
    error_df: int
    sed: float
    lsd: float
    power_f: float
    power_t: float


def f_power(noncentrality: float, df: float, error_df: float, *, alpha: float = 0.05) -> float:
    """Probability that the F test is significant. [-]"""
    if noncentrality == 0.0:  # SciPy's noncentral F has no limit there
        return alpha
    critical = stats.f.isf(alpha, df, error_df)
    return float(stats.ncf.sf(critical, df, error_df, noncentrality))


def t_power(noncentrality: float, error_df: float, *, alpha: float = 0.05) -> float:
    """Probability that the two-sided t test is significant. [-]"""
    critical = stats.t.isf(alpha / 2.0, error_df)
    upper = stats.nct.sf(critical, error_df, noncentrality)
    lower = stats.nct.sf(critical, error_df, -noncentrality)
    return float(upper + lower)


def power(test: TermTest, difference: float, *, alpha: float = 0.05) -> Power:
    """Power of a test for a difference δ."""
    sed = sqrt(2.0**test.factors * test.mean_square / test.plots)
    ratio = difference / sed
    return Power(
        *(test.term, test.df, test.error_df, sed),
        lsd=float(stats.t.isf(alpha / 2.0, test.error_df)) * sed,
        power_f=f_power(ratio**2, test.df, test.error_df, alpha=alpha),
        power_t=t_power(ratio, test.error_df, alpha=alpha),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A trial whose power is asked: its design, the levels of each factor, its errors.

    Factors go from the largest plots to the smallest. `efficiency` is the A-efficiency of
    incomplete blocks, of which there are `incomplete` in each replicate. `visits` are the
    times of a repeated trial, `environments` those of a trial in several places or years.
    """

    design: str
    levels: Mapping[str, int]
    errors: Errors
    checks: int = 0
    visits: int = 1
    environments: int = 1
    efficiency: float = 1.0
    incomplete: int = 1
    columns: int = 1


def term_tests(plan: Plan, blocks: int) -> tuple[TermTest, ...]:
    """The tests of a design's terms with so many blocks; those without error df are left out."""
    return tuple(one for one in _TESTS[plan.design](plan, blocks) if one.error_df > 0)


def powers(plan: Plan, blocks: int, difference: float, *, alpha: float = 0.05) -> tuple[Power, ...]:
    """Power of each term of a design for a difference δ in it."""
    return tuple(power(one, difference, alpha=alpha) for one in term_tests(plan, blocks))


def blocks_needed(
    plans: Callable[[int], Plan],
    difference: float,
    *,
    wanted: float = 0.8,
    alpha: float = 0.05,
    terms: Sequence[str] = (),
) -> int | None:
    """The fewest blocks that give each of these terms (else all) the power; None beyond 1000.

    Parameters
    ----------
    plans : The plan with so many blocks.
    """

    def enough(blocks: int) -> bool:
        found = powers(plans(blocks), blocks, difference, alpha=alpha)
        asked = [one.power_f for one in found if not terms or one.term in terms]
        return bool(asked) and min(asked) >= wanted

    few, many = 1, 2
    while not enough(many):
        few, many = many, 2 * many
        if few >= MOST_BLOCKS:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many if many <= MOST_BLOCKS else None


def augmented_sed(plot: float, *, checks: int, blocks: int) -> Mapping[str, float]:
    """Standard errors of the four differences of an augmented design [3].

    Parameters
    ----------
    plot : Standard deviation between plots of a block, in the unit of the response.
    """
    c, b = checks, blocks
    factors = {
        "check-check": 2.0 / b,
        "new-new, same block": 2.0,
        "new-new, other block": 2.0 * (1.0 + 1.0 / c),
        "check-new": 1.0 + 1.0 / b + 1.0 / c - 1.0 / (b * c),
    }
    return {name: plot * sqrt(factor) for name, factor in factors.items()}


def _crossed(
    levels: Mapping[str, int],
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Each term: its factors, its degrees of freedom, its number of cells."""
    for size in range(1, len(levels) + 1):
        for names in combinations(levels, size):
            own = [levels[name] for name in names]
            yield names, prod(n - 1 for n in own), prod(own)


def _one_error(plan: Plan, plots: float, error_df: int) -> Iterator[TermTest]:
    """Every term against one error, from a design of so many plots."""
    for names, df, cells in _crossed(plan.levels):
        each = plots * plan.efficiency / cells
        yield TermTest(_joined(names), df, error_df, each, plan.errors.plot**2, len(names))


def _crd(plan: Plan, blocks: int) -> Iterator[TermTest]:
    count = prod(plan.levels.values())
    return _one_error(plan, count * blocks, count * (blocks - 1))


def _rcbd(plan: Plan, blocks: int) -> Iterator[TermTest]:
    count = prod(plan.levels.values())
    return _one_error(plan, count * blocks, (count - 1) * (blocks - 1))


def _latin(plan: Plan, _: int) -> Iterator[TermTest]:
    count = prod(plan.levels.values())
    return _one_error(plan, count**2, (count - 1) * (count - 2))


def _incomplete(plan: Plan, blocks: int) -> Iterator[TermTest]:
    """Within blocks only: what blocks tell about treatments is not counted."""
    count = prod(plan.levels.values())
    plots, groups = count * blocks, plan.incomplete * blocks
    return _one_error(plan, plots, plots - count - groups + 1 - (plan.columns - 1))


def _augmented(plan: Plan, blocks: int) -> Iterator[TermTest]:
    """The checks, and a new entry against a check."""
    checks, square = plan.checks, plan.errors.plot**2
    error_df = (checks - 1) * (blocks - 1)
    yield TermTest("checks", checks - 1, error_df, blocks, square, 1)
    for name, factor in augmented_sed(1.0, checks=checks, blocks=blocks).items():
        if name != "check-check":
            yield TermTest(name, 1, error_df, 2.0 / factor**2, square, 1)


def _nested(plan: Plan, blocks: int) -> Iterator[TermTest]:
    """Split and split-split plots: a term's error is that of its smallest plots."""
    names = list(plan.levels)
    sizes = [plan.levels[name] for name in names]
    variances = (plan.errors.main_plot**2, plan.errors.sub_plot**2)[: len(names) - 1]
    for factors, df, cells in _crossed(plan.levels):
        depth = max(names.index(name) for name in factors)
        inner = [
            variance * prod(sizes[place + 1 :])
            for place, variance in enumerate(variances)
            if place >= depth
        ]
        error_df = prod(sizes[:depth]) * (sizes[depth] - 1) * (blocks - 1)
        mean_square = plan.errors.plot**2 + sum(inner)
        each = blocks * prod(sizes) / cells
        yield TermTest(_joined(factors), df, error_df, each, mean_square, len(factors))


def _strip(plan: Plan, blocks: int) -> Iterator[TermTest]:
    (row, rows), (column, columns) = plan.levels.items()
    plot, strips, other = (
        plan.errors.plot**2, plan.errors.main_plot**2, plan.errors.sub_plot**2,
    )  # fmt: skip
    b = blocks - 1
    yield TermTest(row, rows - 1, (rows - 1) * b, blocks * columns, plot + columns * strips, 1)
    yield TermTest(column, columns - 1, (columns - 1) * b, blocks * rows, plot + rows * other, 1)
    df = (rows - 1) * (columns - 1)
    yield TermTest(_joined((row, column)), df, df * b, blocks, plot, 2)


def _repeated(plan: Plan, blocks: int) -> Iterator[TermTest]:
    """As a split plot in time, equal correlation between visits; subjects are the main plots."""
    count, visits = prod(plan.levels.values()), plan.visits
    plot, subject = plan.errors.plot**2, plan.errors.main_plot**2
    between = (count - 1) * (blocks - 1)
    for names, df, cells in _crossed(plan.levels):
        each = count * blocks * visits / cells
        yield TermTest(_joined(names), df, between, each, plot + visits * subject, len(names))
    within = count * (visits - 1) * (blocks - 1)
    yield TermTest("time", visits - 1, within, count * blocks, plot, 1)
    for names, df, cells in _crossed(plan.levels):
        each = count * blocks / cells
        term = _joined((*names, "time"))
        yield TermTest(term, df * (visits - 1), within, each, plot, len(names) + 1)


def _environments(plan: Plan, blocks: int) -> Iterator[TermTest]:
    """Treatments against their interaction with the environments, which are a sample of many."""
    count, places = prod(plan.levels.values()), plan.environments
    mean_square = plan.errors.plot**2 / plan.efficiency + blocks * plan.errors.environment**2
    for names, df, cells in _crossed(plan.levels):
        each = count * blocks * places / cells
        yield TermTest(_joined(names), df, df * (places - 1), each, mean_square, len(names))


def _joined(names: Sequence[str]) -> str:
    return JOIN.join(sorted(names))


_TESTS: Mapping[str, Callable[[Plan, int], Iterator[TermTest]]] = MappingProxyType(
    {
        "crd": _crd,
        "rcbd": _rcbd,
        "factorial": _rcbd,
        "latin-square": _latin,
        "split-plot": _nested,
        "split-split-plot": _nested,
        "strip-plot": _strip,
        "alpha-lattice": _incomplete,
        "row-column": _incomplete,
        "augmented": _augmented,
        "repeated": _repeated,
        "multi-environment": _environments,
    }
)
