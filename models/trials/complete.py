"""Designs in which each block holds every treatment, and the Latin square.

References
----------
[1] Cochran W. G., Cox G. M., 1957. Experimental Designs, 2nd ed., Wiley, chapters 4 and 5.
[2] Jacobson M. T., Matthews P., 1996. Generating uniformly distributed random Latin squares.
    10.1002/(SICI)1520-6610(1996)4:6<405::AID-JCD3>3.0.CO;2-J
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.trials.draws import Draws
from models.trials.layout import Cell, Entry, Piece, Request, folded, kept_apart, stacked

_Codes = NDArray[np.int64]

_PROPER = 5  # times order²: proper squares the chain goes through


def completely_randomised(request: Request, entries: Sequence[Entry], draws: Draws) -> list[Piece]:
    """Each entry `blocks` times anywhere on the field: one block."""
    cells = draws.shuffled(Cell(one, 1) for one in entries for _ in range(request.blocks or 1))
    width = request.width or len(entries)
    return [kept_apart(cells, width, draws) if request.apart else folded(cells, width)]


def complete_blocks(request: Request, entries: Sequence[Entry], draws: Draws) -> list[Piece]:
    """Each entry once in each block, in an order of its own [1]."""

    def block(number: int) -> Piece:
        cells = [Cell(one, number) for one in draws.shuffled(entries)]
        return folded(cells, request.width or len(cells))

    return stacked(request.blocks or 1, block, apart=request.apart)


def latin_square(_: Request, entries: Sequence[Entry], draws: Draws) -> list[Piece]:
    """Each entry once in each row and each column; the rows are the blocks."""
    square = random_square(len(entries), draws)
    return [
        (tuple(Cell(entries[code], number) for code in row),)
        for number, row in enumerate(square, start=1)
    ]


def random_square(order: int, draws: Draws) -> _Codes:
    """A Latin square, as good as uniformly from all of its order.

    Jacobson and Matthews' chain [2] from the cyclic square, through 5 order² proper squares (about
    order³ moves): these, not the moves, are uniform in the long run. Then rows, columns and symbols
    are permuted, which keeps that and makes each symbol exactly as likely on each cell.
    """
    row, column = np.indices((order, order))
    cube = np.zeros((order, order, order), dtype=np.int64)
    cube[row, column, (row + column) % order] = 1
    improper: tuple[int, int, int] | None = None
    proper = 0
    while proper < _PROPER * order**2:
        improper = _move(cube, improper, draws)
        proper += improper is None
    square = cube.argmax(axis=2)
    rows, columns, symbols = (draws.shuffled(range(order)) for _ in range(3))
    return np.asarray(symbols)[square[np.ix_(rows, columns)]]


def _move(
    cube: _Codes, improper: tuple[int, int, int] | None, draws: Draws
) -> tuple[int, int, int] | None:
    """One ±1 move on the incidence cube [2]; gives the cell that is −1 after it, if there is."""
    row, column, symbol = improper or _empty_cell(cube, draws)
    row2 = _one_of(cube[:, column, symbol], draws)
    column2 = _one_of(cube[row, :, symbol], draws)
    symbol2 = _one_of(cube[row, column, :], draws)
    for r, c, s in ((row, column, symbol), (row, column2, symbol2)):
        cube[r, c, s] += 1
    for r, c, s in ((row2, column, symbol2), (row2, column2, symbol)):
        cube[r, c, s] += 1
    for r, c, s in ((row2, column, symbol), (row, column2, symbol)):
        cube[r, c, s] -= 1
    for r, c, s in ((row, column, symbol2), (row2, column2, symbol2)):
        cube[r, c, s] -= 1
    return (row2, column2, symbol2) if cube[row2, column2, symbol2] < 0 else None


def _empty_cell(cube: _Codes, draws: Draws) -> tuple[int, int, int]:
    """A cell of the cube that is 0, each as likely."""
    order = len(cube)
    row, column, symbol = (draws.below(order) for _ in range(3))
    while cube[row, column, symbol]:
        row, column, symbol = (draws.below(order) for _ in range(3))
    return row, column, symbol


def _one_of(line: _Codes, draws: Draws) -> int:
    """Where the line is 1; of two such places either."""
    ones = np.flatnonzero(line == 1)
    return int(ones[0] if len(ones) == 1 else ones[draws.below(len(ones))])
