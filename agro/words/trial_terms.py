"""What an analysis of a trial found, term by term, before it is put into words.

A term is read from its test, its means and its differences. Nothing is judged here twice: a
difference stands apart where its interval leaves out zero, a term where its test is below the
level.

References
----------
[1] Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, section 1.4: a power of
    0.80 as what a test should have. doi:10.4324/9780203771587
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan

from scipy.special import stdtrit

from models.trials.results import Analysis, Comparison, Mean

Levels = Mapping[str, str]

RELIABLE = 0.8  # share of trials in which a difference should be found [1]
RESIDUAL = "Residual"
CONTROLLED = "dunnett"


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference, the higher side first, within `held`; in the unit of the response.

    `lower` and `upper` bound it together with all others of its family. `control` says which side
    the others are compared with: `high`, `low`, or neither.
    """

    high: Levels
    low: Levels
    held: Levels
    difference: float
    lower: float
    upper: float
    se: float
    df: float
    control: str = ""

    @property
    def apart(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.lower > 0.0

    @property
    def least(self) -> float:
        """The true difference that four trials of five like this one would have found."""
        reach = (self.upper - self.lower) / 2.0
        return reach + float(stdtrit(self.df, RELIABLE)) * self.se


@dataclass(frozen=True, slots=True)
class Term:
    """A main effect or an interaction of treatments: its test, means and known differences."""

    name: str
    factors: tuple[str, ...]
    p: float
    means: tuple[Mean, ...]
    gaps: tuple[Gap, ...]

    @property
    def interaction(self) -> bool:
        return len(self.factors) > 1


def terms(analysis: Analysis) -> tuple[Term, ...]:
    """The terms that have means, main effects first."""
    found: dict[str, list[Mean]] = {}
    for mean in analysis.means:
        found.setdefault(mean.term, []).append(mean)
    read = [_term(analysis, name, means) for name, means in found.items()]
    return tuple(sorted(read, key=lambda term: len(term.factors)))


def _term(analysis: Analysis, name: str, means: Sequence[Mean]) -> Term:
    factors = tuple(sorted(means[0].levels))
    sides = {":".join(mean.levels[one] for one in factors): mean.levels for mean in means}
    gaps = [_gap(one, sides) for one in analysis.comparisons if one.term == name]
    known = tuple(gap for gap in gaps if isfinite(gap.lower) and isfinite(gap.upper))
    return Term(name, factors, _probability(analysis, name), tuple(means), known)


def _gap(one: Comparison, sides: Mapping[str, Levels]) -> Gap:
    a, b = (sides.get(name, {one.term: name}) for name in (one.a, one.b))
    control = "low" if one.adjust == CONTROLLED else ""
    gap = Gap(a, b, one.by, one.difference, one.lower, one.upper, one.se, one.df, control)
    return _turned(gap) if one.difference < 0.0 else gap


def _turned(gap: Gap) -> Gap:
    """The same difference seen from its other side."""
    return replace(
        gap,
        high=gap.low,
        low=gap.high,
        difference=-gap.difference,
        lower=-gap.upper,
        upper=-gap.lower,
        control="high" if gap.control else "",
    )


def _probability(analysis: Analysis, name: str) -> float:
    """Of the test that the means and differences go with, NaN where there is none.

    A term that blocks split has two rows: the later is that of the smaller plots. Treatments over
    several environments are judged for environments like them, as their differences are.
    """
    for warning in analysis.warnings:
        if warning.code == "sampled_environments" and warning.facts.get("term") == name:
            return float(warning.facts["p"])
    rows = [row.p for row in analysis.anova if row.term == name and isfinite(row.p)]
    return rows[-1] if rows else nan


def environment(analysis: Analysis) -> str:
    """The factor of the sites or years of a trial in several; empty for others."""
    if analysis.design != "multi-environment" or not analysis.variance_components:
        return ""
    return analysis.variance_components[0].component


def telling(gaps: Sequence[Gap]) -> Gap | None:
    """The largest difference that stands apart, else the largest; None where none is known."""
    return max(gaps, key=lambda gap: (gap.apart, gap.difference), default=None)


def verdict(term: Term, alpha: float) -> str:
    """What can be said of a term, by its test and its differences together.

    Returns
    -------
    differs    the test finds something, and so does a difference
    unplaced   the test finds something, but no single difference stands apart
    unlisted   the test finds something, and no differences are known
    one_pair   the test finds nothing, though a difference stands apart
    not_shown  neither does
    unknown    there is no test
    """
    if not isfinite(term.p):
        return "unknown"
    gap = telling(term.gaps)
    if term.p < alpha:
        return "unlisted" if gap is None else "differs" if gap.apart else "unplaced"
    return "one_pair" if gap is not None and gap.apart else "not_shown"


def covered(term: Term, found: Sequence[Term], places: str) -> bool:
    """Whether an interaction that matters holds all the term's factors, so that it speaks for it.

    Interactions with the environment leave the question open what holds over environments.
    """
    return any(
        set(term.factors) < set(other.factors) and places not in set(other.factors)
        for other in found
    )


def simple(term: Term, factor: str, mains: Mapping[str, Term]) -> Iterator[tuple[Levels, Gap]]:
    """The telling difference between levels of a factor in each cell of an interaction's others.

    Differences that were asked for within these cells come before those of all cells together.
    """
    others = [name for name in term.factors if name != factor]
    main = mains.get(factor)
    within = [gap for gap in main.gaps if set(gap.held) == set(others)] if main else []
    gaps = within or [_within(gap, others) for gap in term.gaps if _alike(gap, others)]
    cells: dict[tuple[str, ...], list[Gap]] = {}
    for gap in gaps:
        cells.setdefault(tuple(gap.held[name] for name in others), []).append(gap)
    for cell, found in cells.items():
        best = telling(found)
        if best is not None:
            yield dict(zip(others, cell, strict=True)), best


def _alike(gap: Gap, others: Sequence[str]) -> bool:
    return all(name in gap.high and gap.high[name] == gap.low.get(name) for name in others)


def _within(gap: Gap, others: Sequence[str]) -> Gap:
    """The difference between two cells as one within what they share."""
    held = {name: gap.high[name] for name in others}
    high = {name: level for name, level in gap.high.items() if name not in held}
    low = {name: level for name, level in gap.low.items() if name not in held}
    return replace(gap, high=high, low=low, held=held)


def spread(term: Term, factor: str) -> Iterator[tuple[Levels, float]]:
    """From the lowest to the highest mean of a factor in each cell of an interaction's others."""
    cells: dict[tuple[str, ...], list[float]] = {}
    others = [name for name in term.factors if name != factor]
    for mean in term.means:
        if isfinite(mean.mean):
            cells.setdefault(tuple(mean.levels[name] for name in others), []).append(mean.mean)
    for cell, means in cells.items():
        yield dict(zip(others, cell, strict=True)), max(means) - min(means)


def like(mean: Mean, means: Sequence[Mean]) -> tuple[Mean, ...]:
    """The other means that share a letter with this one, not told apart from it; nearest first."""
    shared = set(mean.letters)
    found = [one for one in means if one is not mean and shared & set(one.letters)]
    return tuple(sorted(found, key=lambda one: abs(one.mean - mean.mean)))
