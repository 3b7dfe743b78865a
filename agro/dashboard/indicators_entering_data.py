"""Figures from outside as the page reads and writes them; each can be taken back."""

from collections.abc import Sequence

from agro.access import records
from agro.config import now
from agro.dashboard import data, indicators_data
from agro.indicators import entering
from agro.indicators.entering import EnteredFigure, KeptFigure


def every(site: str | None = None) -> list[KeptFigure]:
    """Every figure, also those taken back, the newest first; of one garden, or of all."""
    with data.engine().connect() as c:
        return entering.figures(c, site=site, retracted=True)[::-1]


def enter(figures: Sequence[EnteredFigure], *, who: str) -> list[int]:
    """Keep figures in one transaction; the numbers of those that did not stand before.

    Raises
    ------
    BadInput  One of them cannot be; nothing is kept.
    """
    known = indicators_data.known()
    sites = [one.site for one in figures]
    named = [one.indicator for one in figures]
    with data.acting("figure.write", sites, {"enter": named}) as c:
        before = {one.number for one in entering.figures(c)}
        told = [entering.enter(c, one, known, who=who, at=now()) for one in figures]
    indicators_data.forget()
    return [number for number in dict.fromkeys(told) if number not in before]


def correct(number: int, figure: EnteredFigure, *, who: str) -> int:
    """Let another figure take the place of one; the number of the new one.

    Raises
    ------
    BadInput    It cannot be.
    ValueError  The one before was taken back meanwhile.
    """
    known = indicators_data.known()
    of = records.of_figures([number], figure.site)
    with data.acting("figure.write", of, {"correct": number}) as c:
        new = entering.correct(c, number, figure, known, who=who, at=now())
    indicators_data.forget()
    return new


def take_back(numbers: Sequence[int], *, who: str) -> int:
    """Let figures count no more; how many did until now."""
    of = records.of_figures(numbers)
    with data.acting("figure.write", of, {"take_back": list(numbers)}) as c:
        count = sum(entering.retract(c, number, who=who, at=now()) for number in numbers)
    indicators_data.forget()
    return count


def restore(number: int) -> bool:
    """Let a figure stand again; False where another has taken its place."""
    try:
        with data.acting("figure.write", records.of_figures([number]), {"restore": number}) as c:
            done = entering.restore(c, number)
    except ValueError:
        return False
    indicators_data.forget()
    return done
