"""The field of a trial as a table of plots, coloured by what one likes to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite

import streamlit as st

from agro.dashboard import parts, trials_grid
from agro.dashboard.trials_grid import BLANK, Paint, Said
from agro.dashboard.trials_words import trait_name, treatment_name
from agro.store.trials import PlannedTrial, PlotValue, TrialPlot
from agro.trials.planning import levels_of, times
from agro.words import Words
from models.trials.design import TREATMENT

BLOCK = "block"
_TRAIT = "trait:"


@dataclass(frozen=True, slots=True)
class Coloured:
    """How each plot is filled, what stands in it, and what explains the colours."""

    paint: Mapping[int, Paint]
    text: Mapping[int, str]
    legend: str


def draw(words: Words, trial: PlannedTrial, values: Sequence[PlotValue], *, key: str) -> None:
    """Choose the place and the colours, and draw the field."""
    place, by, visit = _choices(words, trial, values, key)
    plots = trials_grid.of_environment(trial, place)
    if len(plots) > trials_grid.MOST_PLOTS:
        parts.caption(words.t("trials.too_many", n=len(plots)))
        return
    st.html(field(words, trial, plots, coloured(words, trial, values, by, visit)))


def field(words: Words, trial: PlannedTrial, plots: Sequence[TrialPlot], found: Coloured) -> str:
    """The field and its legend; numbers alone where the names of treatments are not known."""
    said = Said(
        paint=lambda one: found.paint.get(one.number or 0, BLANK),
        name=lambda one: treatment_name(trial, one),
        text=lambda one: found.text.get(one.number or 0, ""),
        row=words.t("trials.row"),
        border=words.t("trials.border"),
        alt=words.t("trials.layout_alt", name=trial.name),
    )
    return found.legend + trials_grid.field_html(plots, said)


def _choices(
    words: Words, trial: PlannedTrial, values: Sequence[PlotValue], key: str
) -> tuple[str, str, str]:
    """Which place, coloured by what, at which visit."""
    places, visits = trials_grid.environments(trial), times(trial)
    options = ways(words, trial, values)
    with st.container(horizontal=True, key=f"trials_look_{key}"):
        place = _choice(words, "environment", places, key) if len(places) > 1 else ""
        by = _choice(words, "colour_by", list(options), key, options)
        repeated = by.startswith(_TRAIT) and len(visits) > 1
        visit = _choice(words, "visit", visits, key) if repeated else visits[0]
    return place, by, visit


def _choice(
    words: Words,
    name: str,
    options: Sequence[str],
    key: str,
    names: Mapping[str, str] | None = None,
) -> str:
    chosen = st.selectbox(
        words.t(f"trials.{name}"),
        options,
        key=f"trials_{name}_{key}",
        format_func=lambda one: (names or {}).get(one, one),
    )
    return str(chosen or options[0])


def ways(words: Words, trial: PlannedTrial, values: Sequence[PlotValue]) -> dict[str, str]:
    """What plots can be coloured by: treatments, each factor, blocks, traits that have values."""
    factors = [name for name in levels_of(trial) if name != TREATMENT]
    measured = {one.trait for one in values if isfinite(one.value)}
    found = {TREATMENT: words.t("trials.by_treatment")}
    if len(factors) > 1 or (factors and TREATMENT in levels_of(trial)):
        found |= {name: words.t("trials.by_factor", name=name) for name in factors}
    if any(one.block is not None for one in trial.plots):
        found[BLOCK] = words.t("trials.by_block")
    return found | {
        f"{_TRAIT}{one.name}": trait_name(one) for one in trial.traits if one.name in measured
    }


def coloured(
    words: Words, trial: PlannedTrial, values: Sequence[PlotValue], by: str, visit: str = ""
) -> Coloured:
    """The colours of the plots by treatment, factor, block or what was measured."""
    if by.startswith(_TRAIT):
        return _by_value(words, trial, values, by.removeprefix(_TRAIT), visit)
    own = [one for one in trial.plots if one.number is not None]
    level = {one.number or 0: _level(trial, one, by) for one in own}
    known = _order(trial, by, set(level.values()))
    painted = trials_grid.paints(known)
    named = {
        words.t("trials.block", number=one) if by == BLOCK else one: paint
        for one, paint in painted.items()
    }
    legend = trials_grid.legend_html(named) if len(named) <= trials_grid.MOST_NAMED else ""
    text = {} if by in (BLOCK, TREATMENT) else level
    return Coloured({plot: painted[one] for plot, one in level.items()}, text, legend)


def _level(trial: PlannedTrial, one: TrialPlot, by: str) -> str:
    if by == BLOCK:
        return str(one.block)
    return str(one.levels[by]) if by in one.levels else treatment_name(trial, one)


def _order(trial: PlannedTrial, by: str, found: set[str]) -> list[str]:
    """The levels as they were asked for; blocks and what was not asked for by length and name."""
    factors = levels_of(trial)
    crossed = [" · ".join(names) for names in product(*factors.values())]
    asked = factors[by] if by in factors and by != TREATMENT else crossed
    known = [one for one in asked if one in found]
    return known + sorted(found - set(known), key=lambda one: (len(one), one))


def _by_value(
    words: Words, trial: PlannedTrial, values: Sequence[PlotValue], trait: str, visit: str
) -> Coloured:
    """What was measured; a plot without a value is hatched."""
    said = {one.plot: one.value for one in values if one.trait == trait and one.time == visit}
    told = {one.number: said.get(one.number, float("nan")) for one in trial.plots if one.number}
    known = [value for value in told.values() if isfinite(value)]
    unit = next((one.unit for one in trial.traits if one.name == trait), "")
    text = {plot: words.number(value, 2) for plot, value in told.items()}
    if not known:
        return Coloured(trials_grid.value_paints(told), text, "")
    low, high = (words.number(one, 2) for one in (min(known), max(known)))
    legend = trials_grid.scale_html(low, f"{high} {unit}".strip(), words.t("trials.no_value"))
    return Coloured(trials_grid.value_paints(told), text, legend)
