"""Letters that show at a glance which means differ: two share one if and only if they do not.

Each letter stands for a set of means none of which differ. As few sets as come of taking each pair
that no set holds yet, from the largest mean down, and giving it all the company it can have: that
takes a bounded time whatever the pattern, which splitting sets until none holds a difference [1]
does not with hundreds of varieties.

References
----------
[1] Piepho (2004), An algorithm for a letter-based representation of all-pairwise comparisons.
    doi:10.1198/1061860043515
[2] Gramm, Guo, Hüffner, Niedermeier, Piepho, Schmid (2007), Algorithms for compact letter displays.
    doi:10.1016/j.csda.2006.09.035
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Latin, Greek and Cyrillic letters first; few trials ever come to the third.
SYMBOLS = "".join(
    chr(code)
    for first, last in ((97, 122), (65, 90), (945, 969), (1072, 1103), (0x3041, 0x3096))
    for code in range(first, last + 1)
)
Set = int  # one bit for each mean, the largest first


def letters(means: Array, different: Flags) -> tuple[str, ...]:
    """A clique cover of the pairs that do not differ [2]; the largest mean gets `a`.

    Parameters
    ----------
    means : (k,)  Means, NaN where a mean cannot be estimated.
    different : (k, k)  Whether two means differ; symmetric.

    Returns
    -------
    One string for each mean; empty for a mean that is NaN.
    """
    known = np.flatnonzero(np.isfinite(means))
    ranked = [int(i) for i in known[np.argsort(-means[known], kind="stable")]]
    alike = _alike(different[np.ix_(ranked, ranked)])
    sets = sorted(_cover(alike), key=lambda one: list(_members(one)))
    texts = [""] * len(means)
    for number, one in enumerate(sets):
        for place in _members(one):
            texts[ranked[place]] += _symbol(number)
    return tuple(texts)


def different(pairs: Sequence[tuple[int, int]], p: Array, *, k: int, alpha: float) -> Flags:
    """(k, k)  Whether p < alpha; a pair without a p is not shown as different."""
    apart = np.zeros((k, k), dtype=bool)
    for (a, b), value in zip(pairs, p, strict=True):
        apart[a, b] = apart[b, a] = bool(value < alpha)
    return apart


def _alike(apart: Flags) -> list[Set]:
    """For each mean, the others that do not differ from it."""
    return [
        sum(1 << int(other) for other in np.flatnonzero(~row) if other != place)
        for place, row in enumerate(apart)
    ]


def _cover(alike: list[Set]) -> list[Set]:
    """Sets of means that do not differ; every such pair, and every mean, is in one of them."""
    sets: list[Set] = []
    held = [0] * len(alike)
    for place, others in enumerate(alike):
        while (missing := others & ~held[place]) or not held[place]:
            found = _grow(place, missing, alike)
            for one in _members(found):
                held[one] |= found
            sets.append(found)
    return sets


def _grow(place: int, missing: Set, alike: list[Set]) -> Set:
    """The set of a mean, of those it still misses first, then of all that fit, by rank."""
    found, fits = 1 << place, alike[place]
    while fits:
        wanted = fits & missing or fits
        one = (wanted & -wanted).bit_length() - 1
        found |= 1 << one
        fits &= alike[one]
    return found


def _members(one: Set) -> Iterator[int]:
    """The means of a set, from the largest."""
    while one:
        lowest = one & -one
        yield lowest.bit_length() - 1
        one ^= lowest


def _symbol(number: int) -> str:
    """The letter of a set; after the last of ours, an ideograph."""
    if number < len(SYMBOLS):
        return SYMBOLS[number]
    return chr(0x4E00 + number - len(SYMBOLS))
