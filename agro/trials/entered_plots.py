"""Which plot a row of a returned field book speaks of, and whether the layout agrees with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agro.store.trials import PlannedTrial, TrialPlot
from agro.trials.entered_columns import Columns
from agro.trials.findings import Finding, of_file
from agro.trials.planning import plot_row, times
from agro.trials.spelling import level_text, near, number_of, plain_level
from models.trials.layout import BORDER, FILLER

_NUMBERED = re.compile(r"[^\W\d]*[\s.°#_]*0*(\d{1,9})(?:[.,]0*)?")
_PLOT, _TIME = "plot", "time"  # columns of the field book
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y")
_FIRST_DAY = date(1899, 12, 30)  # day 0 of spreadsheets, which take 1900 for a leap year
_SERIALS = (30_000, 60_000)  # days since then of the years 1982–2064
_FEW, _SHARE = 3, 0.2  # rows that contradict the layout: more of them is another layout
_NAMED = 6  # plots told when none is near
_AROUND = (BORDER, FILLER, "bordure", "remplissage")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A row of the sheet that is certainly of this plot and visit."""

    line: int
    cells: tuple[str, ...]
    plot: TrialPlot
    time: str

    @property
    def number(self) -> int:
        """The number of the plot."""
        return self.plot.number or 0


class Layout:
    """The plots of a trial as the rows of its field book name them."""

    def __init__(self, trial: PlannedTrial, columns: Columns) -> None:
        self._columns = columns
        self._visits = times(trial)
        numbered = [one for one in trial.plots if one.number is not None]
        self._by_number = {one.number or 0: one for one in numbered}
        self._by_place: dict[tuple[str, ...], TrialPlot] = {}
        keys = ("environment",) if any("environment" in one.levels for one in numbered) else ()
        self._place = (*keys, "row", "column")
        for one in trial.plots:
            self._by_place[tuple(_text(one, name) for name in self._place)] = one

    def spoken(self, line: int, cells: tuple[str, ...]) -> Spoken | Finding:
        """The plot and the visit of a row, or what keeps them from being known."""
        plot = self._plot(line, cells)
        if isinstance(plot, Finding):
            return plot
        if plot.number is None:
            return Finding(line, "", _shown(cells), "border_value")
        wrong = self._contradiction(line, cells, plot)
        if wrong is not None:
            return wrong
        visit = self._visit(line, cells)
        return visit if isinstance(visit, Finding) else Spoken(line, cells, plot, visit)

    def _plot(self, line: int, cells: tuple[str, ...]) -> TrialPlot | Finding:
        text = "" if self._columns.plot is None else level_text(cells[self._columns.plot])
        if text:
            written = _NUMBERED.fullmatch(text)
            found = self._by_number.get(int(written[1])) if written else None
            return found or self._unknown(line, text)
        if self._is_around(cells):
            return Finding(line, "", _shown(cells), "border_value")
        return self._at(line, cells)

    def _unknown(self, line: int, text: str) -> Finding:
        known = tuple(str(one) for one in self._by_number)
        facts = {"near": near(text, known), "known": known[:_NAMED]}
        return Finding(line, _PLOT, text, "plot_unknown", facts)

    def _at(self, line: int, cells: tuple[str, ...]) -> TrialPlot | Finding:
        """The plot at a row and column, where no number is told."""
        laid_out = self._columns.laid_out
        texts = [cells[laid_out[name]] if name in laid_out else "" for name in self._place]
        if not all(texts):
            return Finding(line, _PLOT, _shown(cells), "plot_missing")
        there = self._by_place.get(tuple(plain_level(text) for text in texts))
        where = " × ".join(self._place)
        return there or Finding(line, where, ", ".join(texts), "place_unknown")

    def _is_around(self, cells: tuple[str, ...]) -> bool:
        place = self._columns.laid_out.get("treatment")
        return place is not None and cells[place].casefold() in _AROUND

    def _contradiction(self, line: int, cells: tuple[str, ...], plot: TrialPlot) -> Finding | None:
        """The first cell that says something else of a plot than its layout."""
        row = plot_row(plot)
        for name, place in self._columns.laid_out.items():
            text, laid = level_text(cells[place]), row.get(name)
            if text and laid is not None and plain_level(text) != plain_level(str(laid)):
                facts = {"plot": str(plot.number), "laid": str(laid)}
                return Finding(line, name, text, "layout_differs", facts)
        return None

    def _visit(self, line: int, cells: tuple[str, ...]) -> str | Finding:
        if self._visits == ("",) or self._columns.time is None:
            return ""
        text = cells[self._columns.time]
        facts = {"visits": ", ".join(self._visits)}
        if not text:
            return Finding(line, _TIME, text, "time_missing", facts)
        day = day_of(text)
        for visit in self._visits:
            if plain_level(visit) == plain_level(text) or (day and day_of(visit) == day):
                return visit
        return Finding(line, _TIME, text, "time_unknown", facts)


def _text(plot: TrialPlot, name: str) -> str:
    found = plot.levels.get(name, "") if name == "environment" else getattr(plot, name)
    return plain_level(str(found))


def _shown(cells: Sequence[str]) -> str:
    return ", ".join(cell for cell in cells if cell)[:60]


def day_of(text: str) -> date | None:
    """The day of a cell, also as a spreadsheet counts it; None where it is none."""
    number = number_of(text)
    if number is not None:
        whole = number.is_integer() and _SERIALS[0] <= number <= _SERIALS[1]
        return _FIRST_DAY + timedelta(days=int(number)) if whole else None
    for form in _DATES:
        try:
            return datetime.strptime(text.partition("T")[0].partition(" ")[0], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def spoken_rows(
    rows: Sequence[tuple[int, tuple[str, ...]]], trial: PlannedTrial, columns: Columns
) -> tuple[list[Spoken], list[Finding]]:
    """The rows that say something of a plot, and those of which it is not sure which plot."""
    layout = Layout(trial, columns)
    spoken, found = [], []
    for line, cells in rows:
        if not any(cells[place] for place in columns.traits.values()):
            continue
        one = layout.spoken(line, cells)
        if isinstance(one, Finding):
            found.append(one)
        else:
            spoken.append(one)
    other = _other_layout(found, len(spoken) + len(found), trial)
    return ([], [*found, other]) if other else (spoken, found)


def _other_layout(found: Sequence[Finding], rows: int, trial: PlannedTrial) -> Finding | None:
    """Whether the sheet is of another trial, or of another drawing of this one.

    Then rows that agree do so by chance, and their values are of other plots, too. Cells that are
    no level of the trial at all are slips, and do not count.
    """
    levels: dict[str, set[str]] = {}
    for one in trial.plots:
        for name, level in plot_row(one).items():
            levels.setdefault(name, set()).add(plain_level(str(level)))
    moved = [
        one
        for one in found
        if one.code == "layout_differs" and plain_level(one.value) in levels[one.column]
    ]
    if len(moved) < _FEW or len(moved) <= _SHARE * rows:
        return None
    facts = {"n": len(moved), "rows": rows}
    return of_file("layout_other", moved[0].column, moved[0].value, **facts)


def again(spoken: Sequence[Spoken]) -> Mapping[int, int]:
    """Lines of plots that an earlier line speaks of at the same visit, with that line."""
    first: dict[tuple[int, str], int] = {}
    earlier = {one.line: first.setdefault((one.number, one.time), one.line) for one in spoken}
    return {line: before for line, before in earlier.items() if line != before}
