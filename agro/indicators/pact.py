"""The 44 indicators of Milan's pact: its categories, and which of ours answer them.

References
----------
[1] FAO, RUAF, MUFPP (2018), Milan Urban Food Policy Pact, monitoring framework.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from agro.indicators.figures import Figure

CATEGORIES: Final[Mapping[str, int]] = {
    "governance": 6,
    "diets": 17,
    "equity": 24,
    "production": 31,
    "supply": 40,
    "waste": 44,
}
"""The categories of the framework [1], each with the last of its indicators."""
OUTSIDE: Final = frozenset((*range(7, 14), 17, 18))
"""Those of surveys and statistics; the others the city says itself."""


def answering(found: Sequence[Figure]) -> dict[int, list[Figure]]:
    """Number in the pact's list → our indicators that answer it, wholly or in part."""
    told: dict[int, list[Figure]] = {}
    for one in found:
        for number in one.indicator.refs.get("mufpp", ()):
            told.setdefault(int(number), []).append(one)
    return told
