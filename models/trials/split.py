"""Designs with plots of several sizes: split, split-split and strip plots.

A block is a rectangle: main plots stand side by side, and what divides them lies in them from top
to bottom, so that each main plot is in one piece.

References
----------
[1] Gomez K. A., Gomez A. A., 1984. Statistical Procedures for Agricultural Research, 2nd ed.,
    Wiley, chapters 3 and 4.
"""

from collections.abc import Callable

from models.trials.draws import Draws
from models.trials.layout import Cell, Entry, Piece, Request, stacked

Factors = tuple[tuple[str, tuple[str, ...]], ...]
Combine = Callable[[tuple[str, ...]], Entry]


def split_plot(request: Request, factors: Factors, entry: Combine, draws: Draws) -> list[Piece]:
    """The first factor on main plots, the second within each, randomised anew in each [1]."""
    (_, mains), (_, subs) = factors

    def block(number: int) -> Piece:
        columns = []
        for place, main in enumerate(draws.shuffled(mains), start=1):
            more = (("main_plot", (number - 1) * len(mains) + place),)
            column = [Cell(entry((main, sub)), number, more) for sub in draws.shuffled(subs)]
            columns.append(column)
        return tuple(zip(*columns, strict=True))

    return stacked(request.blocks or 1, block, apart=request.apart)


def split_split_plot(
    request: Request, factors: Factors, entry: Combine, draws: Draws
) -> list[Piece]:
    """The first factor on main plots, the second on sub-plots, the third within those [1]."""
    (_, mains), (_, subs), (_, leaves) = factors

    def block(number: int) -> Piece:
        columns = []
        for place, main in enumerate(draws.shuffled(mains)):
            main_plot = (number - 1) * len(mains) + place
            for step, sub in enumerate(draws.shuffled(subs), start=1):
                sub_plot = main_plot * len(subs) + step
                more = (("main_plot", main_plot + 1), ("sub_plot", sub_plot))
                column = [
                    Cell(entry((main, sub, leaf)), number, more) for leaf in draws.shuffled(leaves)
                ]
                columns.append(column)
        return tuple(zip(*columns, strict=True))

    return stacked(request.blocks or 1, block, apart=request.apart)


def strip_plot(request: Request, factors: Factors, entry: Combine, draws: Draws) -> list[Piece]:
    """The first factor on strips across the block, the second on strips along it [1]."""
    (_, across), (_, along) = factors

    def block(number: int) -> Piece:
        rows, columns = draws.shuffled(across), draws.shuffled(along)
        return tuple(
            tuple(
                Cell(
                    entry((row, column)),
                    number,
                    (
                        ("row_strip", (number - 1) * len(rows) + high),
                        ("column_strip", (number - 1) * len(columns) + wide),
                    ),
                )
                for wide, column in enumerate(columns, start=1)
            )
            for high, row in enumerate(rows, start=1)
        )

    return stacked(request.blocks or 1, block, apart=request.apart)
