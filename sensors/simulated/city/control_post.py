"""The equipment there is: shared out over the communes by their people, the same for a seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sqrt

import numpy as np

from sensors.feeds.city_assets import Kind
from sensors.simulated.city.shapes import Floats

_KM_PER_DEGREE = 111.2
_EVERYWHERE: Kind = "lighting_cabinet"
_NEAR = 0.5  # of the radius of a circle of the commune's area: most people live near the centre


@dataclass(frozen=True, slots=True)
class Town:
    """A commune: its code, name and people; where its centre is [°] and its area [km²]."""

    code: str
    name: str
    population: int
    latitude: float
    longitude: float
    area_km2: float


@dataclass(frozen=True, slots=True)
class Stock:
    """So many pieces of one kind, over the whole city; or one with a name, at its place.

    `size` is what each has, on an average: lamps, spaces, kW, vehicles an hour at the busiest.
    """

    kind: Kind
    number: int
    size: float
    name: str = ""
    latitude: float = float("nan")
    longitude: float = float("nan")


@dataclass(frozen=True, slots=True)
class Fleet:
    """All pieces of one kind. Arrays (n,): `size` as in `Stock`, `own` what makes each different
    (standard normal), `latitude` and `longitude` °."""

    kind: Kind
    names: tuple[str, ...]
    labels: tuple[str, ...]
    towns: tuple[str, ...]
    latitude: Floats
    longitude: Floats
    size: Floats
    own: Floats


@dataclass(frozen=True, slots=True)
class ControlPost:
    """Everything there is, by kind, and the city's slug, of which its names are made."""

    city: str
    fleets: tuple[Fleet, ...]

    @property
    def pieces(self) -> int:
        """How many there are."""
        return sum(len(fleet.names) for fleet in self.fleets)


def make(city: str, towns: Sequence[Town], stocks: Sequence[Stock], *, seed: int) -> ControlPost:
    """The equipment of a city.

    Raises
    ------
    ValueError  There are no towns.
    """
    if not towns:
        raise ValueError("towns must hold at least one commune")
    kinds = dict.fromkeys(stock.kind for stock in stocks)
    fleets = (
        _fleet(kind, towns, [one for one in stocks if one.kind == kind], seed + n)
        for n, kind in enumerate(kinds)
    )
    return ControlPost(city, tuple(fleets))


@dataclass(frozen=True, slots=True)
class _Piece:
    label: str
    town: str
    latitude: float
    longitude: float
    size: float


def _fleet(kind: Kind, towns: Sequence[Town], stocks: Sequence[Stock], seed: int) -> Fleet:
    rng = np.random.default_rng(seed)
    pieces = [piece for stock in stocks for piece in _pieces(stock, towns, rng)]
    return Fleet(
        kind=kind,
        names=tuple(f"{kind.replace('_', '-')}-{n + 1:04d}" for n in range(len(pieces))),
        labels=tuple(one.label for one in pieces),
        towns=tuple(one.town for one in pieces),
        latitude=np.array([one.latitude for one in pieces], float),
        longitude=np.array([one.longitude for one in pieces], float),
        size=np.array([one.size for one in pieces], float),
        own=rng.standard_normal(len(pieces)),
    )


def _pieces(stock: Stock, towns: Sequence[Town], rng: np.random.Generator) -> Iterator[_Piece]:
    """The named one, or the number of them, over the towns by their people."""
    if stock.name:
        town = min(towns, key=lambda one: _apart(one, stock))
        yield _Piece(stock.name, town.name, stock.latitude, stock.longitude, stock.size)
        return
    counts = _counts(stock, towns)
    spread = np.exp(0.25 * rng.standard_normal(stock.number))
    sizes = iter(_sizes(stock, towns, counts, list(spread)))
    for town, count in zip(towns, counts, strict=True):
        for n in range(count):
            north, east = _somewhere(town, rng)
            yield _Piece(f"{town.name} {n + 1}", town.name, north, east, next(sizes))


def _counts(stock: Stock, towns: Sequence[Town]) -> list[int]:
    """How many each town has; lights are everywhere."""
    people = [town.population for town in towns]
    least = int(stock.kind == _EVERYWHERE and stock.number >= len(towns))
    more = shares(people, stock.number - least * len(towns))
    return [least + one for one in more]


def _sizes(
    stock: Stock, towns: Sequence[Town], counts: Sequence[int], spread: Sequence[float]
) -> list[int]:
    """The size of each piece: together the stock's; each town's lamps are as many as its people."""
    whole = round(stock.number * stock.size)
    if stock.kind != _EVERYWHERE or not all(counts):
        return shares(spread, whole)
    found, own = list[int](), list(spread)
    for count, lamps in zip(counts, shares([t.population for t in towns], whole), strict=True):
        found += shares(own[:count], lamps)
        del own[:count]
    return found


def shares(weights: Sequence[float], number: int) -> list[int]:
    """How many each gets by its weight; together exactly the number (largest remainders)."""
    weight = np.array(weights, float)
    wanted = number * weight / weight.sum()
    found = np.floor(wanted).astype(int)
    rest = number - int(found.sum())
    for place in np.argsort(found - wanted, kind="stable")[:rest]:
        found[place] += 1
    return [int(one) for one in found]


def _apart(town: Town, stock: Stock) -> float:
    east = (town.longitude - stock.longitude) * cos(radians(stock.latitude))
    return (town.latitude - stock.latitude) ** 2 + east**2


def _somewhere(town: Town, rng: np.random.Generator) -> tuple[float, float]:
    """A place near a town's centre. [°]"""
    reach = _NEAR * sqrt(town.area_km2 / pi) / _KM_PER_DEGREE
    way, turn = reach * sqrt(rng.random()), 2.0 * pi * rng.random()
    north = town.latitude + way * cos(turn)
    east = town.longitude + way * np.sin(turn) / cos(radians(town.latitude))
    return round(float(north), 5), round(float(east), 5)
