"""What is being entered, before it is stored: the walk, the doubts, what a table changes.

Nothing here knows Streamlit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite, isnan, nan
from typing import Any

import pandas as pd

from agro.store.trials import PlannedTrial, PlotValue, Trait, TrialPlot
from agro.trials.planning import plot_row


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value outside what its trait may be."""

    plot: int
    trait: Trait
    value: float


def walk(trial: PlannedTrial) -> list[TrialPlot]:
    """The plots in the order of their numbers, which is the order in which they are walked."""
    own = [one for one in trial.plots if one.number is not None]
    return sorted(own, key=lambda one: one.number or 0)


def standing(values: Sequence[PlotValue], trait: str, time: str) -> dict[int, PlotValue]:
    """What counts of a trait at a visit, by plot."""
    return {one.plot: one for one in values if one.trait == trait and one.time == time}


def following(order: Sequence[int], known: Mapping[int, PlotValue], plot: int) -> int:
    """The next plot of which nothing is said, from this one on and around; else simply the next."""
    place = order.index(plot)
    ahead = [*order[place + 1 :], *order[: place + 1]]
    return next((one for one in ahead if one not in known and one != plot), ahead[0])


def beside(order: Sequence[int], plot: int, steps: int) -> int:
    """The plot so many steps further on the walk, which ends where it begins."""
    return order[(order.index(plot) + steps) % len(order)]


def figure(text: str) -> float:
    """A figure as it is typed, with a comma or a point; NaN where it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return nan
    return value if isfinite(value) else nan


def outside(trait: Trait, value: float) -> bool:
    """Whether a value is doubted: below the lowest or above the highest that was foreseen."""
    return value < trait.low or value > trait.high


def doubts(trial: PlannedTrial, said: Sequence[PlotValue]) -> list[Doubt]:
    """The values that are doubted."""
    traits = {one.name: one for one in trial.traits}
    return [
        Doubt(one.plot, traits[one.trait], one.value)
        for one in said
        if one.trait in traits and outside(traits[one.trait], one.value)
    ]


def table(trial: PlannedTrial, values: Sequence[PlotValue], time: str) -> pd.DataFrame:
    """The field book of a visit: where each plot is, what stands there, what is known of it."""
    known = {one.name: standing(values, one.name, time) for one in trial.traits}
    rows: list[dict[str, Any]] = []
    for one in walk(trial):
        row: dict[str, Any] = dict(plot_row(one))
        for name, said in known.items():
            value = said.get(one.number or 0)
            row[name] = nan if value is None else value.value
        rows.append(row)
    frame = pd.DataFrame(rows)
    return frame.astype({one.name: "float64" for one in trial.traits})


def changes(
    trial: PlannedTrial,
    values: Sequence[PlotValue],
    edited: pd.DataFrame,
    *,
    time: str = "",
    day: date | None = None,
    notes: str = "",
) -> list[PlotValue]:
    """What a table says that was not said yet; a cell that was emptied says the plot was lost."""
    found: list[PlotValue] = []
    for trait in trial.traits:
        known = standing(values, trait.name, time)
        for plot, cell in zip(edited["plot"], edited[trait.name], strict=True):
            value = nan if cell is None else float(cell)
            before = known.get(int(plot))
            if _same(before, value):
                continue
            why = notes if isnan(value) else ""
            found.append(PlotValue(int(plot), trait.name, value, time=time, day=day, notes=why))
    return found


def _same(before: PlotValue | None, value: float) -> bool:
    if before is None or isnan(before.value):
        return isnan(value)
    return before.value == value
