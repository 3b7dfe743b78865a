"""The plots of a trial where they lie: coloured by treatment, and by what the model leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from agro.reports.numbers import MISSING, fixed
from agro.reports.report import Report
from agro.words import Words
from models.trials.model import Roles
from models.trials.sheet import Trial

MOST_MAPS = 8  # fields that are drawn
_WIDEST, _ALL, _LETTER = 26.0, 155.0, 0.95  # mm: a plot, all of a row, a letter in small print
_HUES = (  # of Okabe and Ito, told apart by colour-blind people; made pale in the drawing
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c00", "#777777"),
)
_COLD, _WARM, _FARTHEST = "#2166ac", "#b2182b", 3.0  # of a standardised residual


@dataclass(frozen=True, slots=True)
class Ground:
    """One field: its plots by (row, column), each an index into the trial."""

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    plots: Mapping[tuple[int, int], int]


def field(report: Report, words: Words) -> Any:
    """The layout of each field and the residuals on it, or why it cannot be drawn."""
    roles = report.roles
    if roles.row is None or roles.column is None:
        return {"note": words.t("trial_report.map_absent"), "maps": [], "left": ""}
    grounds = _grounds(report.trial, roles)
    if not grounds:
        return {"note": words.t("trial_report.map_twice"), "maps": [], "left": ""}
    labels, legend = _labels(report, _room(grounds))
    residuals = {one.index: one.standardised for one in report.analysis.residuals}
    maps = [_map(report, words, one, labels, residuals) for one in grounds[:MOST_MAPS]]
    more = len(grounds) - MOST_MAPS
    block = roles.block or roles.replicate
    named = report.names.get(block, block) if block else ""
    return {
        "note": words.t("trial_report.map_blocks", block=named) if block else "",
        "maps": maps,
        "legend": legend,
        "lost": any(cell["lost"] for one in maps for cell in one["cells"]),
        "residuals": bool(residuals),
        "left": words.t("trial_report.map_left", n=more) if more > 0 else "",
    }


def _grounds(trial: Trial, roles: Roles) -> tuple[Ground, ...]:
    """The fields in which no two plots have the same place; none where the sheet has no such."""
    for outer in _ways_to_divide(roles):
        found = _divided(trial, roles, outer)
        if found:
            return found
    return ()


def _ways_to_divide(roles: Roles) -> list[tuple[str, ...]]:
    """One field, one for each environment, for each replicate of it, for each time."""
    place = tuple(one for one in (roles.environment,) if one)
    inner = [one for one in (roles.replicate, roles.block, roles.time) if one]
    return [(), *([place] if place else []), *((*place, one) for one in inner)]


def _divided(trial: Trial, roles: Roles, outer: Sequence[str]) -> tuple[Ground, ...]:
    row, column = trial.factors[str(roles.row)], trial.factors[str(roles.column)]
    fields: dict[str, dict[tuple[int, int], int]] = {}
    for plot in range(len(trial.response)):
        names = [trial.factors[name].levels[trial.factors[name].codes[plot]] for name in outer]
        own = fields.setdefault(" · ".join(names), {})
        if own.setdefault((int(row.codes[plot]), int(column.codes[plot])), plot) != plot:
            return ()
    return tuple(_cropped(name, plots, row.levels, column.levels) for name, plots in fields.items())


def _cropped(
    name: str,
    plots: Mapping[tuple[int, int], int],
    rows: Sequence[str],
    columns: Sequence[str],
) -> Ground:
    """A field without the rows and columns in which it has no plot."""
    used_rows = sorted({row for row, _ in plots})
    used_columns = sorted({column for _, column in plots})
    at = {
        (used_rows.index(row), used_columns.index(column)): plot
        for (row, column), plot in plots.items()
    }
    return Ground(
        name,
        tuple(rows[row] for row in used_rows),
        tuple(columns[column] for column in used_columns),
        at,
    )


def _room(grounds: Sequence[Ground]) -> int:
    """How many letters a plot of the widest field has room for."""
    across = max(len(one.columns) for one in grounds)
    return int(min(_WIDEST, _ALL / across) / _LETTER)


def _labels(report: Report, room: int) -> tuple[list[str], list[Any]]:
    """What is written on each plot, and the colours and numbers that need to be explained.

    Levels are numbered where a plot has no room for their names.
    """
    factors = [(name, report.trial.factors[name]) for name in report.roles.treatments]
    if not factors:
        return [""] * len(report.trial.response), []
    each = [max(map(len, factor.levels)) for _, factor in factors]
    long = sum(each) + 3 * (len(each) - 1) > room
    short: list[dict[str, str]] = [
        {level: str(number) for number, level in enumerate(factor.levels, start=1)}
        if long
        else {level: level for level in factor.levels}
        for _, factor in factors
    ]
    labels = [
        " · ".join(
            names[factor.levels[factor.codes[plot]]]
            for names, (_, factor) in zip(short, factors, strict=True)
        )
        for plot in range(len(report.trial.response))
    ]
    legend = [
        {
            "name": report.names.get(name, name),
            "levels": [
                {
                    "text": level if names[level] == level else f"{names[level]}: {level}",
                    "colour": hue(place, len(factor.levels)) if first else None,
                }
                for place, level in enumerate(factor.levels)
            ],
        }
        for first, names, (name, factor) in zip(
            (True, *([False] * len(factors))), short, factors, strict=False
        )
        if long or (first and hue(0, len(factor.levels)))
    ]
    return labels, legend


def hue(place: int, levels: int) -> str | None:
    """The colour of a level; None where there are more levels than colours told apart."""
    return _HUES[place] if levels <= len(_HUES) else None


def _map(
    report: Report,
    words: Words,
    ground: Ground,
    labels: Sequence[str],
    residuals: Mapping[int, float],
) -> Any:
    return {
        "name": ground.name,
        "rows": list(ground.rows),
        "columns": list(ground.columns),
        "cells": [
            _cell(report, words, at, plot, labels[plot], residuals.get(plot, float("nan")))
            for at, plot in sorted(ground.plots.items())
        ],
        "edges": _edges(report, ground),
    }


def _cell(
    report: Report, words: Words, at: tuple[int, int], plot: int, label: str, residual: float
) -> Any:
    first = report.trial.factors[report.roles.treatments[0]]
    return {
        "row": at[0],
        "column": at[1],
        "text": label,
        "colour": hue(int(first.codes[plot]), len(first.levels)),
        "lost": not isfinite(float(report.trial.response[plot])),
        "residual": fixed(words, residual, 1) if isfinite(residual) else MISSING,
        "tint": _WARM if residual > 0 else _COLD,
        "strength": min(abs(residual) / _FARTHEST, 1.0) if isfinite(residual) else 0.0,
    }


def _edges(report: Report, ground: Ground) -> list[list[int]]:
    """Where two neighbours are of different blocks: the plot, and 0 for its right, 1 for below."""
    names = [one for one in (report.roles.replicate, report.roles.block) if one]
    if not names:
        return []
    blocks = [
        tuple(int(report.trial.factors[name].codes[plot]) for name in names)
        for plot in range(len(report.trial.response))
    ]
    found = []
    for (row, column), plot in sorted(ground.plots.items()):
        for side, beside in enumerate(((row, column + 1), (row + 1, column))):
            other = ground.plots.get(beside)
            if other is not None and blocks[other] != blocks[plot]:
                found.append([row, column, side])
    return found
