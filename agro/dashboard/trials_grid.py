"""The field as a table of plots: colours, numbers, blocks outlined; for pages and for paper.

Colours are Okabe and Ito's, lightened so that black letters are read on them, and never alone:
each plot carries its treatment, and patterns go on where the colours end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

from agro.store.trials import PlannedTrial, TrialPlot

_OKABE_ITO = (
    *("#E69F00", "#56B4E9", "#009E73", "#F0E442"),
    *("#0072B2", "#D55E00", "#CC79A7", "#999999"),
)
_PATTERNS = ("", "stripes", "back", "dots")
_LIGHT, _LIGHT_VALUE = 0.45, 0.15  # of the colour is white
_LOW, _HIGH = (247, 251, 255), (0, 114, 178)  # from white to blue
MOST_PLOTS = 2500  # cells a browser lays out at once
MOST_NAMED = 32  # levels of a legend; more have no paint of their own


@dataclass(frozen=True, slots=True)
class Paint:
    """What fills a plot: a colour and a pattern over it, both of which CSS knows."""

    colour: str
    pattern: str = ""

    @property
    def style(self) -> str:
        """For the element itself."""
        return f"background-color:{self.colour}"


BLANK = Paint("#ffffff")
NO_VALUE = Paint("#ffffff", "lost")


def paints(levels: Sequence[str]) -> dict[str, Paint]:
    """A paint for each level, none twice as long as colours and patterns last."""
    most = len(_OKABE_ITO) * len(_PATTERNS)
    return {
        level: Paint(
            _lightened(_OKABE_ITO[place % len(_OKABE_ITO)], _LIGHT),
            _PATTERNS[place // len(_OKABE_ITO)],
        )
        if place < most
        else BLANK
        for place, level in enumerate(levels)
    }


def value_paints(values: Mapping[int, float]) -> dict[int, Paint]:
    """A paint for each value, from white for the least to blue for the greatest."""
    known = [one for one in values.values() if isfinite(one)]
    if not known:
        return dict.fromkeys(values, NO_VALUE)
    low, span = min(known), (max(known) - min(known)) or 1.0
    return {
        plot: Paint(_between((one - low) / span)) if isfinite(one) else NO_VALUE
        for plot, one in values.items()
    }


def _between(share: float) -> str:
    """A colour between white and blue; the greatest is light enough for black letters."""
    share = 0.75 * share
    mixed = (round(low + share * (high - low)) for low, high in zip(_LOW, _HIGH, strict=True))
    return "#" + "".join(f"{one:02x}" for one in mixed)


def _lightened(colour: str, share: float) -> str:
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(one + (255 - one) * share):02x}" for one in parts)


@dataclass(frozen=True, slots=True)
class Said:
    """What the table says: `paint`, `name` and `text` of a plot, and three words."""

    paint: Callable[[TrialPlot], Paint]
    name: Callable[[TrialPlot], str]
    text: Callable[[TrialPlot], str]
    row: str
    border: str
    alt: str


def field_html(plots: Sequence[TrialPlot], said: Said) -> str:
    """The plots as they lie: rows from top to bottom, columns from left to right."""
    lying = {(one.row, one.column): one for one in plots}
    rows = range(min(one.row for one in plots), max(one.row for one in plots) + 1)
    columns = range(min(one.column for one in plots), max(one.column for one in plots) + 1)
    own = [one for one in plots if one.number is not None]
    inner_rows, inner_columns = {one.row for one in own}, {one.column for one in own}
    head = "".join(f"<th>{one if one in inner_columns else ''}</th>" for one in columns)
    body = "".join(
        _row(row, columns, lying, said, number=str(row) if row in inner_rows else "")
        for row in rows
    )
    return (
        f'<div class="field-box" tabindex="0"><table class="field" aria-label="{escape(said.alt)}">'
        f"<thead><tr><th>{escape(said.row)}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(
    row: int,
    columns: range,
    lying: Mapping[tuple[int, int], TrialPlot],
    said: Said,
    *,
    number: str,
) -> str:
    cells = "".join(_cell(row, column, lying, said) for column in columns)
    return f"<tr><th>{number}</th>{cells}</tr>"


def _cell(row: int, column: int, lying: Mapping[tuple[int, int], TrialPlot], said: Said) -> str:
    one = lying.get((row, column))
    if one is None:
        return '<td class="gap"></td>'
    if one.number is None:
        return f'<td class="edge"><span>{escape(said.border)}</span></td>'
    paint, text = said.paint(one), said.text(one)
    css = " ".join(("plot", paint.pattern, *_edges(one, lying))).replace("  ", " ")
    title = escape(f"{one.number} · {said.name(one)}" + (f" · {text}" if text else ""))
    return (
        f'<td class="{css}" style="{paint.style}" title="{title}"><b>{one.number}</b>'
        f"<span>{escape(text or said.name(one))}</span></td>"
    )


def _edges(one: TrialPlot, lying: Mapping[tuple[int, int], TrialPlot]) -> list[str]:
    """The sides on which another block, or none, begins."""
    beside = {"t": (-1, 0), "b": (1, 0), "l": (0, -1), "r": (0, 1)}
    sides = []
    for side, (down, right) in beside.items():
        other = lying.get((one.row + down, one.column + right))
        if other is None or other.block != one.block:
            sides.append(f"edge-{side}")
    return sides


def legend_html(painted: Mapping[str, Paint]) -> str:
    """What each colour and pattern means."""
    items = "".join(
        f'<li><i class="{one.pattern}" style="{one.style}"></i>{escape(name)}</li>'
        for name, one in painted.items()
    )
    return f'<ul class="field-legend">{items}</ul>'


def scale_html(low: str, high: str, lost: str) -> str:
    """From which value to which the colours go."""
    ends = f"{_between(0.0)}, {_between(1.0)}"
    return (
        f'<p class="field-scale">{escape(low)} '
        f'<i style="background:linear-gradient(90deg, {ends})"></i> '
        f'{escape(high)} <i class="lost"></i> {escape(lost)}</p>'
    )


def environments(trial: PlannedTrial) -> tuple[str, ...]:
    """The places of a trial that has several; each is a field of its own."""
    told = (one.levels.get("environment") for one in trial.plots)
    return tuple(dict.fromkeys(str(one) for one in told if one is not None))


def of_environment(trial: PlannedTrial, environment: str) -> tuple[TrialPlot, ...]:
    """The plots of one place; all of a trial in one."""
    if not environment:
        return trial.plots
    return tuple(one for one in trial.plots if str(one.levels.get("environment")) == environment)
