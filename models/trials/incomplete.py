"""Designs whose blocks are smaller than the number of treatments: alpha, augmented, row-column.

What is built here (generating array, rectangles) depends on the size only and is looked for by a
stream of its own; the trial's seed then randomises treatments, replicates, blocks and plots.

References
----------
[1] Patterson H. D., Williams E. R., 1976. A new class of resolvable incomplete block designs.
    10.1093/biomet/63.1.83
[2] Federer W. T., 1956. Augmented (or hoonuiaku) designs. Hawaiian Planters' Record 55, 191-208.
[3] John J. A., Williams E. R., 1995. Cyclic and Computer Generated Designs, 2nd ed., chapter 6.
"""

from collections.abc import Sequence
from math import ceil, isqrt, sqrt

import numpy as np

from models.trials.alpha import resolvable_blocks
from models.trials.draws import Draws
from models.trials.layout import Cell, Entry, Piece, Request, folded, stacked
from models.trials.rectangles import rectangles


def block_sizes(treatments: int, block_size: int | None = None) -> tuple[int, int]:
    """Blocks of a replicate, and plots of the larger of them; others hold one plot less.

    Without a size: the largest divisor of three quarters to all of √treatments, else √treatments.
    No block has fewer than two plots.
    """
    if block_size is None:
        root = round(sqrt(treatments))
        even = [k for k in range(root, ceil(0.75 * root) - 1, -1) if treatments % k == 0]
        block_size = even[0] if even else root
    blocks = min(ceil(treatments / block_size), treatments // 2)
    return blocks, ceil(treatments / blocks)


def alpha_lattice(request: Request, entries: Sequence[Entry], draws: Draws) -> list[Piece]:
    """Alpha design [1]: replicates of small blocks, in which two treatments seldom meet twice.

    Each row of a replicate is a block; where the treatments do not fill them the last ones are one
    plot shorter.
    """
    replicates = request.blocks or 2
    count, size = block_sizes(len(entries), request.block_size)
    held = resolvable_blocks(len(entries), size, count, replicates)
    held = held[draws.shuffled(range(replicates))]
    names = draws.shuffled(entries)

    def replicate(number: int) -> Piece:
        rows = []
        for place, block in enumerate(draws.shuffled(range(count)), start=1):
            label = (number - 1) * count + place
            codes = draws.shuffled(np.flatnonzero(held[number - 1] == block))
            cells = [Cell(names[code], label, (("replicate", number),)) for code in codes]
            rows.append((*cells, *[None] * (size - len(cells))))
        return tuple(rows)

    return stacked(replicates, replicate, apart=request.apart)


def augmented(request: Request, entries: Sequence[Entry], draws: Draws) -> list[Piece]:
    """Augmented blocks [2]: the checks in each block, each new entry in one of them."""
    count = request.blocks or 2
    checks = [one for one in entries if one.treatment in request.checks]
    new = draws.shuffled(one for one in entries if one.treatment not in request.checks)
    larger = draws.shuffled(range(count))  # which blocks get one entry more
    share = {block: new[place::count] for place, block in enumerate(larger)}
    widest = len(checks) + ceil(len(new) / count)

    def block(number: int) -> Piece:
        cells = [
            Cell(one, number, (("entry", "check" if one in checks else "new"),))
            for one in draws.shuffled([*checks, *share[number - 1]])
        ]
        return folded(cells, request.width or widest)

    return stacked(count, block, apart=request.apart)


def default_rows(treatments: int) -> int:
    """Rows of a replicate: the largest divisor of at most √treatments."""
    return next(p for p in range(isqrt(treatments), 0, -1) if treatments % p == 0)


def row_column(request: Request, entries: Sequence[Entry], draws: Draws) -> list[Piece]:
    """Resolvable row-column design [3]: replicates of rows × columns, one below the other.

    The columns run through the whole field, and a treatment comes back in a column as seldom as can
    be. Replicates, the rows in each, the columns of the field and the treatments are permuted.
    """
    rows = request.rows or default_rows(len(entries))
    count = request.blocks or 2
    found = rectangles(len(entries), rows, count)
    names = draws.shuffled(entries)
    columns = draws.shuffled(range(len(entries) // rows))
    order = draws.shuffled(range(count))

    def replicate(number: int) -> Piece:
        field = found[order[number - 1]][draws.shuffled(range(rows))][:, columns]
        more = (("replicate", number),)
        return tuple(
            tuple(Cell(names[code], (number - 1) * rows + high, more) for code in row)
            for high, row in enumerate(field, start=1)
        )

    return stacked(count, replicate, apart=request.apart)
