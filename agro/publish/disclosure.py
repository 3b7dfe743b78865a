"""Which totals may be shown: none that tells what one garden harvested.

A total is safe when it gathers enough contributors and none of them makes nearly all of it. A
withheld part must not come back by subtraction either, so that what is left of a whole after its
published parts have been taken away has to be safe as well, or nothing.

References
----------
[1] Hundepool et al. (2012). Statistical Disclosure Control. Wiley, chapter 4: minimum frequency,
    dominance, and complementary suppression.
"""

from collections.abc import Mapping
from typing import Final

LEAST_CONTRIBUTORS: Final = 3
LARGEST_SHARE: Final = 0.85

Given = Mapping[str, float]
"""What each contributor gave; none below 0."""


def is_safe(given: Given) -> bool:
    """Whether the total of these tells nothing of one of them."""
    if len(given) < LEAST_CONTRIBUTORS:
        return False
    total = sum(given.values())
    return total == 0.0 or max(given.values()) <= LARGEST_SHARE * total


def safe_parts(parts: Mapping[str, Given]) -> tuple[bool, frozenset[str]]:
    """Whether the whole may be shown, and which of its parts beside it.

    Parts that are safe alone are withheld, the smallest first, until the rest of the whole is
    safe too.
    """
    whole = _together(parts, frozenset(parts))
    shown = {name for name, given in parts.items() if is_safe(given)}
    if not is_safe(whole):
        # Without the whole nothing can be subtracted from it.
        return False, frozenset(shown)
    for name in sorted(shown, key=lambda one: (sum(parts[one].values()), one)):
        rest = _together(parts, frozenset(parts) - shown)
        if not rest or is_safe(rest):
            break
        shown.remove(name)
    return True, frozenset(shown)


def _together(parts: Mapping[str, Given], names: frozenset[str]) -> dict[str, float]:
    """The contributors of these parts."""
    found: dict[str, float] = {}
    for name in sorted(names):
        for contributor, amount in parts[name].items():
            found[contributor] = found.get(contributor, 0.0) + amount
    return found
