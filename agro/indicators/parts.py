"""What a formula gives: numbers that can be added up, and a value only at the end.

A ratio is a `Sums` with a numerator and a denominator, a sum one without a denominator, a measure
of diversity a `Pool` of weights. Parts of places that do not overlap unite to the part of all of
them, which is that of their records; ratios are never averaged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isnan, nan

from agro.indicators.book import Record

Measure = Callable[[Mapping[str, float], Mapping[str, float]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """A numerator, over a denominator unless that is None; `factor` makes its unit of the ratio.

    `per` is a divisor that does not add up (hours of a job). `known` of `of` are covered. `told`
    is False where nothing was recorded that the figure needs. `version` sets apart what must not
    be compared; `records` are those that were counted.
    """

    numerator: float = 0.0
    denominator: float | None = None
    factor: float = 1.0
    per: float = 1.0
    known: float = 0.0
    of: float = 0.0
    told: bool = True
    records: tuple[Record, ...] = ()
    version: str = ""

    @property
    def value(self) -> float:
        """The figure; NaN where nothing was recorded or nothing divides."""
        if not self.told or self.denominator == 0.0:
            return nan
        over = 1.0 if self.denominator is None else self.denominator
        return self.factor * self.numerator / over / self.per

    @property
    def coverage(self) -> float:
        """The covered share; NaN where nothing was to be covered."""
        return self.known / self.of if self.of else nan

    @property
    def divisor(self) -> float:
        """What the numerator is divided by; NaN of a plain sum."""
        if self.denominator is not None:
            return self.denominator
        return nan if self.per == 1.0 else self.per


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Weights by name (crop, person), measured together; `sizes` are varieties or head counts."""

    weights: Mapping[str, float]
    measure: Measure
    sizes: Mapping[str, float] = field(default_factory=dict)
    known: float = 0.0
    of: float = 0.0
    records: tuple[Record, ...] = ()

    @property
    def told(self) -> bool:
        """Whether there is anything to measure."""
        return bool(self.weights)

    @property
    def value(self) -> float:
        """The measure of all weights together; NaN where there are none."""
        return self.measure(self.weights, self.sizes) if self.told else nan

    @property
    def coverage(self) -> float:
        """The covered share; NaN where nothing was to be covered."""
        return self.known / self.of if self.of else nan

    @property
    def divisor(self) -> float:
        """The sum of the weights; NaN where there are none."""
        return sum(self.weights.values()) if self.told else nan


Part = Sums | Pool
NOTHING = Sums(told=False)
"""The part of a place of which nothing was recorded."""


def union(parts: Iterable[Part]) -> Part:
    """The part of several places that do not overlap.

    Raises
    ------
    ValueError  Parts of two form versions are united.
    """
    listed = list(parts)
    pools = [one for one in listed if isinstance(one, Pool)]
    if pools:
        return _pooled(pools)
    sums = [one for one in listed if isinstance(one, Sums)]
    told = [one for one in sums if one.told]
    if not told:
        return replace(NOTHING, known=_sum(o.known for o in sums), of=_sum(o.of for o in sums))
    if len({one.version for one in told}) > 1:
        raise ValueError("form versions are never united")
    over = [one.denominator for one in told if one.denominator is not None]
    return replace(
        told[0],
        numerator=_sum(one.numerator for one in told),
        denominator=_sum(over) if over else None,
        known=_sum(one.known for one in sums),
        of=_sum(one.of for one in sums),
        records=tuple(record for one in told for record in one.records),
    )


def _pooled(pools: list[Pool]) -> Pool:
    weights: dict[str, float] = {}
    sizes: dict[str, float] = {}
    for one in pools:
        for name, weight in one.weights.items():
            weights[name] = weights.get(name, 0.0) + weight
        for name, size in one.sizes.items():
            sizes[name] = max(sizes.get(name, 0.0), size)
    return replace(
        pools[0],
        weights=weights,
        sizes=sizes,
        known=_sum(one.known for one in pools),
        of=_sum(one.of for one in pools),
        records=tuple(record for one in pools for record in one.records),
    )


def _sum(numbers: Iterable[float]) -> float:
    return float(sum(number for number in numbers if not isnan(number)))
