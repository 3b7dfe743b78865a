"""Several sites beside each other: how many, their median and quartiles, by form version."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from agro.indicators.parts import Part, Sums


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of `n` sites of one form version ("" where there are no versions)."""

    version: str
    n: int
    low: float
    median: float
    high: float

    def row(self) -> dict[str, Any]:
        """The spread as others script against it."""
        return {
            "version": self.version,
            "n": self.n,
            "q1": self.low,
            "median": self.median,
            "q3": self.high,
        }


def spreads(parts: Sequence[Part]) -> tuple[Spread, ...]:
    """The spread of each version among the sites' parts; a site without a value is in none."""
    by_version: dict[str, list[float]] = {}
    for part in parts:
        if not isnan(part.value):
            version = part.version if isinstance(part, Sums) else ""
            by_version.setdefault(version, []).append(part.value)
    return tuple(_spread(version, values) for version, values in sorted(by_version.items()))


def _spread(version: str, values: list[float]) -> Spread:
    low, median, high = np.percentile(values, [25.0, 50.0, 75.0])
    return Spread(version, len(values), float(low), float(median), float(high))
