"""What a public view must not show: figures that tell of one garden.

Hidden is a figure with fewer than three contributing sites, or of which one site makes more than
85 % (of numerator, denominator or weights). Where the city is shown and communes are hidden, what
is hidden could be had by subtraction; so the hidden communes together must not break the rule
either, else the shown commune with the fewest contributors is hidden with them, until they do not.
Public purchases and what is the territory's own are no garden's, and are shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan

from agro.indicators.book import Book
from agro.indicators.catalogue import Catalogue, Indicator
from agro.indicators.parts import Part, Pool, Sums
from agro.indicators.scope import Scope, known_keys, pieces, within

FEWEST = 3
MOST_OF_ONE = 0.85

PartOf = Callable[[Indicator, Book], Part]
Contributions = Mapping[str, tuple[float, float]]
"""Site → what it adds to the numerator and to the denominator."""


def hidden(book: Book, scope: Scope, known: Catalogue, part_of: PartOf) -> set[str]:
    """The ids of the indicators that a public view of this scope must not show."""
    if scope.level != "commune":
        split = pieces(within(book, scope))
        rows = {one.id: contributions(one, split, part_of) for one in known.indicators}
        return {id_ for id_, row in rows.items() if too_few(row)}
    return hidden_by_commune(book, known, part_of).get(scope.key, set())


def hidden_by_commune(book: Book, known: Catalogue, part_of: PartOf) -> dict[str, set[str]]:
    """Commune → the ids of the indicators that a public view of it must not show."""
    communes = {
        key: pieces(within(book, Scope("commune", key))) for key in known_keys(book, "commune")
    }
    found: dict[str, set[str]] = {key: set() for key in communes}
    for one in known.indicators:
        cells = {key: contributions(one, split, part_of) for key, split in communes.items()}
        for key in hidden_cells(cells):
            found[key].add(one.id)
    return found


def contributions(one: Indicator, split: Mapping[str, Book], part_of: PartOf) -> Contributions:
    """What each site adds to a figure; sites that add nothing are not in it."""
    found = {}
    for site, piece in split.items():
        part = part_of(one, piece)
        if site and part.told:
            found[site] = _amounts(part)
    return found


def too_few(row: Contributions) -> bool:
    """Whether so few contribute, or one so much, that the figure tells of a single garden.

    A figure to which no site contributes is the territory's own.
    """
    if not row:
        return False
    if len(row) < FEWEST:
        return True
    return any(_greatest_share([pair[n] for pair in row.values()]) > MOST_OF_ONE for n in (0, 1))


def hidden_cells(cells: Mapping[str, Contributions]) -> set[str]:
    """The communes of which a figure is hidden, beside those that share a shown total with them."""
    told = {key: row for key, row in cells.items() if row}
    out = {key for key, row in told.items() if too_few(row)}
    while out and len(out) < len(told) and too_few(_together(told[key] for key in sorted(out))):
        out.add(min(told.keys() - out, key=lambda key: (len(told[key]), key)))
    return out


def _together(rows: Iterable[Contributions]) -> Contributions:
    merged: dict[str, tuple[float, float]] = {}
    for row in rows:
        merged.update(row)
    return merged


def _amounts(part: Part) -> tuple[float, float]:
    divisor = 0.0 if isnan(part.divisor) else part.divisor
    if isinstance(part, Sums):
        return part.numerator, divisor if part.denominator is not None else 0.0
    return (sum(part.weights.values()) if isinstance(part, Pool) else 0.0), 0.0


def _greatest_share(amounts: Sequence[float]) -> float:
    whole = sum(abs(amount) for amount in amounts)
    return max((abs(amount) for amount in amounts), default=0.0) / whole if whole else 0.0
