"""Randomised designs: a request becomes a layout, the same one for the same seed, for ever.

Designs and what `blocks` means in them:

- crd: replicates of each treatment. rcbd, factorial, repeated, split plots, strip-plot: blocks.
- latin-square: rows, as many as treatments. augmented: blocks with all checks in each.
- alpha-lattice, row-column: replicates. multi-environment: blocks (or, with a block size,
  replicates of an alpha design) in each environment, randomised anew in each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import nan
from types import MappingProxyType

from models.trials import complete, efficiency, incomplete, split
from models.trials.draws import Draws
from models.trials.faults import faults
from models.trials.layout import Entry, Layout, Piece, Plot, Request, beyond, bordered, numbered

TREATMENT = "treatment"
LARGEST_RATED = 1500  # treatments; the eigenvalues of more take seconds
VERSION = 1  # raised when the same seed gives another layout

_Blocks = Callable[[Request, Sequence[Entry], Draws], list[Piece]]
_Splits = Callable[[Request, split.Factors, split.Combine, Draws], list[Piece]]

WHOLE: Mapping[str, _Blocks] = MappingProxyType(
    {
        "crd": complete.completely_randomised,
        "rcbd": complete.complete_blocks,
        "latin-square": complete.latin_square,
        "factorial": complete.complete_blocks,
        "repeated": complete.complete_blocks,
        "multi-environment": complete.complete_blocks,
        "alpha-lattice": incomplete.alpha_lattice,
        "augmented": incomplete.augmented,
        "row-column": incomplete.row_column,
    }
)
SPLIT: Mapping[str, _Splits] = MappingProxyType(
    {
        "split-plot": split.split_plot,
        "split-split-plot": split.split_split_plot,
        "strip-plot": split.strip_plot,
    }
)


def randomise(request: Request) -> Layout:
    """The layout of a request.

    Raises
    ------
    ValueError  The request cannot be (`faults` tells everything), or equal entries cannot be kept
        apart.
    """
    wrong = faults(request)
    if wrong:
        raise ValueError(wrong[0])
    draws = Draws(request.seed)
    plots: list[Plot] = []
    fields = [_pieces(request, draws) for _ in request.environments or ("",)]
    first = 0
    for number, pieces in enumerate(fields, start=1):
        more = {"environment": request.environments[number - 1]} if request.environments else {}
        if number == 1 and request.environments:
            first = beyond(numbered(pieces, request, first=0))
        field = numbered(pieces, request, more, first=number * first)
        plots += _visited(field, request.times)
        plots += bordered(field, more) if request.border else []
    value, shared = _quality(request, fields[0])
    return Layout(request, tuple(plots), value, shared)


def plot_factors(request: Request) -> split.Factors:
    """The factors of a request, from the largest plots to the smallest."""
    given = tuple(request.factors.items())
    return (*given, (TREATMENT, request.treatments)) if request.treatments else given


def entries(request: Request) -> tuple[Entry, ...]:
    """Every combination of the factors; augmented designs begin with their checks."""
    factors = plot_factors(request)
    if request.design == "augmented":
        new = [one for one in request.treatments if one not in request.checks]
        factors = (*factors[:-1], (TREATMENT, (*request.checks, *new)))
    combine = _combine(factors)
    return tuple(combine(levels) for levels in product(*(levels for _, levels in factors)))


def _combine(factors: split.Factors) -> split.Combine:
    """How levels become an entry: given treatments keep their name, else levels are joined."""
    names = [name for name, _ in factors]

    def entry(levels: tuple[str, ...]) -> Entry:
        known = dict(zip(names, levels, strict=True))
        treatment = known.pop(TREATMENT, ":".join(levels))
        return Entry(treatment, tuple(known.items()))

    return entry


def _pieces(request: Request, draws: Draws) -> list[Piece]:
    """One field, drawn."""
    if request.design in SPLIT:
        factors = plot_factors(request)
        return SPLIT[request.design](request, factors, _combine(factors), draws)
    name = request.design
    if name == "multi-environment" and request.block_size is not None:
        name = "alpha-lattice"
    return WHOLE[name](request, entries(request), draws)


def _visited(plots: Sequence[Plot], times: Sequence[str]) -> list[Plot]:
    """Each plot once for each time it is measured."""
    if not times:
        return list(plots)
    return [replace(one, more={**one.more, "time": time}) for time in times for one in plots]


def _quality(request: Request, pieces: Sequence[Piece]) -> tuple[float, tuple[int, int] | None]:
    """A-efficiency and concurrences; NaN and None where they are not computed or mean nothing."""
    small = request.design in ("alpha-lattice", "row-column", "multi-environment")
    if request.design == "augmented":
        return nan, None
    if not small or (request.design == "multi-environment" and request.block_size is None):
        return 1.0, None
    codes = efficiency.codes_of(pieces)
    if int(codes["entry"].max()) >= LARGEST_RATED:
        return nan, None
    blocks = [codes["block"]]
    if request.design == "row-column":
        blocks.append(codes["column"])
    shared = efficiency.concurrences(codes["entry"], codes["block"])
    value = efficiency.a_efficiency(codes["entry"], blocks)
    return value, efficiency.fewest_and_most(shared)
