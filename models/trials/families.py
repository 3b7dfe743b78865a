"""Means with their letters, and the families of differences behind them, as a report has them."""

from collections.abc import Iterator

import numpy as np

from models.trials import comparisons, means
from models.trials.comparisons import Adjust
from models.trials.fits import Fits
from models.trials.means import Means
from models.trials.model import term_name
from models.trials.plan import two_way
from models.trials.results import Comparison, Mean

MOST_PAIRS = 20_000  # of one family; beyond it no reader looks at pairs
MOST_LISTED = 2_000  # pairs of an interaction that are listed, not only turned into letters


def mean_rows(found: Means, adjust: Adjust, alpha: float) -> Iterator[Mean]:
    lower, upper = means.interval(found, 1.0 - alpha)
    letters = _letters(found, adjust, alpha)
    for i, levels in enumerate(found.levels):
        yield Mean(
            term=term_name(found.term),
            levels={name: levels[name] for name in sorted(levels)},
            mean=float(found.mean[i]),
            se=float(found.se[i]),
            df=float(found.df[i]),
            lower=float(lower[i]),
            upper=float(upper[i]),
            letters=letters[i],
        )


def _letters(found: Means, adjust: Adjust, alpha: float) -> tuple[str, ...]:
    """Letters by all pairs; Dunnett's family has none, so they are then Tukey's."""
    k = len(found.mean)
    if k < 2 or k * (k - 1) // 2 > MOST_PAIRS:
        return ("",) * k
    pairs = _pairs(found)
    p = comparisons.tested(pairs, "tukey" if adjust == "dunnett" else adjust, alpha=alpha).p
    return comparisons.compact_letters(found.mean, pairs.pairs, p, alpha=alpha)


def _pairs(found: Means, control: int | None = None) -> comparisons.Differences:
    # Rounding leaves 44.9999… and 45.0000… where one value is meant.
    df = np.round(found.pair_df, 9)
    return comparisons.differences(found.mean, found.covariance, df, control=control)


def differences(
    fits: Fits,
    found: tuple[Means, ...],
    adjust: Adjust,
    *,
    control: str | None,
    by: str | None,
    alpha: float,
) -> Iterator[Comparison]:
    """Differences of each term's means, or of each factor's within the levels of `by`."""
    families = [(of, dict[str, str]()) for of in found] if by is None else _within(fits, by)
    for of, held in families:
        yield from _family(of, adjust, control=control, by=held, alpha=alpha)


def _within(fits: Fits, by: str) -> Iterator[tuple[Means, dict[str, str]]]:
    """The means of each other factor at each level of `by`."""
    for term in two_way(fits.plan, by):
        source = fits.places if fits.plan.environment in term else fits.means
        if source is None:
            continue
        both = means.adjusted_means(source, term)
        for level in fits.trial.factors[by].levels:
            yield _held(both, by, level), {by: level}


def _held(of: Means, by: str, level: str) -> Means:
    """The means at one level of a factor, named by what is left."""
    kept = np.array([levels[by] == level for levels in of.levels])
    term = tuple(name for name in of.term if name != by)
    left = [{name: levels[name] for name in term} for levels in of.levels if levels[by] == level]
    return Means(
        term,
        tuple(left),
        of.mean[kept],
        of.covariance[np.ix_(kept, kept)],
        of.df[kept],
        of.pair_df[np.ix_(kept, kept)],
    )


def _family(
    of: Means, adjust: Adjust, *, control: str | None, by: dict[str, str], alpha: float
) -> tuple[Comparison, ...]:
    """One family of differences; nothing where it is too large for a reader."""
    names = [":".join(levels[name] for name in sorted(levels)) for levels in of.levels]
    if adjust == "dunnett":
        if control not in names:
            return ()
        pairs = _pairs(of, names.index(control))
    elif len(names) < 2 or too_many(of):
        return ()
    else:
        pairs = _pairs(of)
    return comparisons.compare(
        pairs, names, term=term_name(of.term), adjust=adjust, by=by, alpha=alpha
    )


def too_many(of: Means) -> bool:
    k = len(of.levels)
    return k * (k - 1) // 2 > (MOST_PAIRS if len(of.term) == 1 else MOST_LISTED)
