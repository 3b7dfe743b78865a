"""Where the plots of a trial lie: entries on cells, cells in pieces, pieces on the field.

A piece is what is randomised at once: a block, a replicate, a row of a Latin square. Pieces lie one
below the other, so that only the last row of one and the first of the next touch.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from models.trials.draws import Draws

BORDER, FILLER = "border", "filler"
_TRIES = 2000  # draws of one piece before it is said that neighbours cannot be avoided


@dataclass(frozen=True, slots=True)
class Request:
    """What a trial is to be.

    `blocks` are complete blocks, or replicates where there are none. `factors` go from the largest
    plots to the smallest; `treatments` given with them are one factor more, on the smallest.
    """

    design: str
    treatments: tuple[str, ...] = ()
    factors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blocks: int | None = None
    seed: int = 0
    checks: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    block_size: int | None = None  # plots of an incomplete block
    rows: int | None = None  # of each replicate of a row-column design
    width: int | None = None  # plots side by side where a block is folded
    apart: bool = False  # the same entry never touches itself
    serpentine: bool = True  # plot numbers turn at the end of a row
    border: bool = False  # a ring of border plots, and fillers where a block leaves a gap


@dataclass(frozen=True, slots=True)
class Entry:
    """What is done on a plot: the treatment, and the level of each factor it is made of."""

    treatment: str
    levels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A plot before it has its place: entry, block, and further columns of the field book."""

    entry: Entry
    block: int
    more: tuple[tuple[str, str | int], ...] = ()


Piece = tuple[tuple[Cell | None, ...], ...]  # rows of cells; None where a folded block has a gap


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of the field book; border plots and fillers have neither number nor block."""

    plot: int | None
    row: int
    column: int
    block: int | None
    treatment: str
    more: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Layout:
    """The plots in the order of their numbers, and how good the design is.

    `efficiency` is the A-efficiency within blocks, 1 for complete blocks. [-]
    `concurrences` are the fewest and the most blocks that two treatments share.
    """

    request: Request
    plots: tuple[Plot, ...]
    efficiency: float
    concurrences: tuple[int, int] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the field book's columns, in order."""
        more = dict.fromkeys(name for one in self.plots for name in one.more)
        return ("plot", "row", "column", "block", "treatment", *more)

    def rows(self) -> Iterator[dict[str, str | int | None]]:
        """The field book; what does not apply is None."""
        for one in self.plots:
            row = {name: getattr(one, name) for name in ("plot", "row", "column", "block")}
            yield row | {"treatment": one.treatment} | dict(one.more)


def folded(cells: Sequence[Cell], width: int) -> Piece:
    """The cells in rows of this width; the last row may have a gap."""
    gap = -len(cells) % width
    padded: list[Cell | None] = [*cells, *[None] * gap]
    return tuple(tuple(padded[n : n + width]) for n in range(0, len(padded), width))


def stacked(count: int, draw: Callable[[int], Piece], *, apart: bool) -> list[Piece]:
    """Pieces drawn one after the other; with `apart`, each again until it touches no equal.

    Raises
    ------
    ValueError  No draw was found that keeps equal entries apart.
    """
    pieces: list[Piece] = []
    for number in range(1, count + 1):
        for _ in range(_TRIES):
            piece = draw(number)
            if not (apart and pieces and touching((pieces[-1][-1], *piece))):
                break
        else:
            raise ValueError(
                f"neighbours: no layout was found whose block {number} does not repeat an entry "
                "beside its equal; allow it, or use more treatments"
            )
        pieces.append(piece)
    return pieces


def touching(rows: Sequence[Sequence[Cell | None]]) -> int:
    """How many pairs of plots side by side, or one above the other, hold the same entry."""
    beside = [pair for row in rows for pair in pairwise(row)]
    above = [pair for one, next_ in pairwise(rows) for pair in zip(one, next_, strict=False)]
    return sum(a is not None and b is not None and a.entry == b.entry for a, b in beside + above)


def kept_apart(cells: Sequence[Cell], width: int, draws: Draws) -> Piece:
    """Cells of one piece, swapped at random as long as equal entries touch.

    Raises
    ------
    ValueError  Swapping did not get there.
    """
    order = list(cells)
    for _ in range(_TRIES):
        clash = _clashing(order, width)
        if not clash:
            return folded(order, width)
        one, other = clash[draws.below(len(clash))], draws.below(len(order))
        before = len(clash)
        order[one], order[other] = order[other], order[one]
        if len(_clashing(order, width)) > before:
            order[one], order[other] = order[other], order[one]
    raise ValueError(
        "neighbours: no layout was found that keeps equal treatments apart; allow it, or use more "
        "treatments"
    )


def _clashing(order: Sequence[Cell], width: int) -> list[int]:
    """Places whose entry is also on the plot to the right or below."""
    return [
        here
        for here, cell in enumerate(order)
        for there in ((here + 1) if (here + 1) % width else len(order), here + width)
        if there < len(order) and cell.entry == order[there].entry
    ]


def numbered(
    pieces: Sequence[Piece], request: Request, more: Mapping[str, str] | None = None, *, first: int
) -> list[Plot]:
    """The plots of a field, numbered by piece in the hundreds: 101, 102 … 201.

    Parameters
    ----------
    first : what is added to each number, so that a second field has numbers of its own.
    """
    base = _power_of_ten(max(sum(len(row) for row in piece) for piece in pieces), at_least=100)
    plots: list[Plot] = []
    row_number = 0
    for hundred, piece in enumerate(pieces, start=1):
        number = first + hundred * base
        for row in piece:
            row_number += 1
            places = list(enumerate(row, start=1))
            turned = request.serpentine and row_number % 2 == 0
            for column, cell in reversed(places) if turned else places:
                if cell is None:
                    continue
                number += 1
                extra = {**(more or {}), **dict(cell.entry.levels), **dict(cell.more)}
                plots.append(
                    Plot(number, row_number, column, cell.block, cell.entry.treatment, extra)
                )
    return plots


def beyond(plots: Sequence[Plot]) -> int:
    """A power of ten above every plot number."""
    return _power_of_ten(max(one.plot or 0 for one in plots), at_least=1000)


def _power_of_ten(above: int, *, at_least: int) -> int:
    power = at_least
    while power <= above:
        power *= 10
    return power


def bordered(plots: Sequence[Plot], more: Mapping[str, str] | None = None) -> list[Plot]:
    """Border plots around the field (row 0 and column 0 among them), fillers in its gaps."""
    rows, columns = max(one.row for one in plots), max(one.column for one in plots)
    taken = {(one.row, one.column) for one in plots}
    return [
        Plot(None, row, column, None, _edge(row, column, rows, columns), dict(more or {}))
        for row in range(rows + 2)
        for column in range(columns + 2)
        if (row, column) not in taken
    ]


def _edge(row: int, column: int, rows: int, columns: int) -> str:
    return FILLER if 1 <= row <= rows and 1 <= column <= columns else BORDER
