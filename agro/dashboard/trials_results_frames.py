"""An analysis as the frames that its figures draw."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, isnan, nan

import numpy as np
import pandas as pd

from agro.dashboard.trials_words import treatment_name
from agro.reports import tables
from agro.store.trials import PlannedTrial
from agro.trials.judging import Judged
from agro.trials.planning import plot_row
from models.trials.results import Comparison, Mean

_STEPS = 121  # points of a curve


def means(found: Sequence[Mean], panel: str | None, separator: str = " · ") -> pd.DataFrame:
    """Means of one term, a panel for each level of `panel`: panel, name, mean, lower, upper, …"""
    rows = []
    for one in found:
        names = [level for factor, level in one.levels.items() if factor != panel]
        rows.append(
            {
                "panel": one.levels[panel] if panel else "",
                "name": separator.join(names),
                "mean": one.mean,
                "lower": one.lower,
                "upper": one.upper,
                "letters": one.letters,
            }
        )
    return pd.DataFrame(rows)


def interaction(found: Sequence[Mean], x: str, line: Sequence[str]) -> pd.DataFrame:
    """Means of one term as lines over the levels of `x`, which are doses where they are numbers."""
    places = [number(one.levels[x]) for one in found]
    numeric = not any(isnan(place) for place in places)
    return pd.DataFrame(
        {
            "x": places if numeric else [one.levels[x] for one in found],
            "line": [" · ".join(one.levels[name] for name in line) for one in found],
            "mean": [one.mean for one in found],
            "lower": [one.lower for one in found],
            "upper": [one.upper for one in found],
        }
    )


def number(text: str) -> float:
    """A level as a dose; NaN where it is none."""
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if isfinite(value) else nan


def differences(found: Iterable[Comparison]) -> pd.DataFrame:
    """Differences that are known: name, difference, lower, upper."""
    rows = [
        {
            "name": pair(one),
            "difference": one.difference,
            "lower": one.lower,
            "upper": one.upper,
        }
        for one in found
        if isfinite(one.difference) and isfinite(one.lower)
    ]
    return pd.DataFrame(rows, columns=["name", "difference", "lower", "upper"])


def pair(one: Comparison) -> str:
    """`A − B`, and where."""
    within = ", ".join(one.by.values())
    return f"{tables.pair(one)} ({within})" if within else tables.pair(one)


def residuals(judged: Judged) -> pd.DataFrame:
    """What the model leaves of each plot, with the plot it is of and all that stands there."""
    rows = [
        dict(judged.table[one.index])
        | {"fitted": one.fitted, "residual": one.residual, "standardised": one.standardised}
        for one in judged.analysis.residuals
    ]
    return pd.DataFrame(rows)


def field(
    trial: PlannedTrial, judged: Judged, *, environment: str = "", time: str = ""
) -> pd.DataFrame:
    """The plots of one field at one visit where they lie: row, column, plot, value, border, …"""
    left = {
        (row["plot"], str(row.get("time", ""))): one.residual
        for one in judged.analysis.residuals
        for row in [judged.table[one.index]]
    }
    rows = []
    for one in trial.plots:
        if environment and one.levels.get("environment") != environment:
            continue
        told = {"value": left.get((one.number, time), nan), "border": one.number is None}
        rows.append(plot_row(one) | {"treatment": treatment_name(trial, one)} | told)
    return pd.DataFrame(rows)


def curve(shape: str, parameters: Mapping[str, float], low: float, high: float) -> pd.DataFrame:
    """A fitted curve between two doses: dose, mean; shapes as `models.trials.dose` names them."""
    dose = np.linspace(low, high, _STEPS)
    p = parameters
    if shape == "quadratic-plateau":
        mean = p["ymax"] - p["k"] * np.maximum(p["join"] - dose, 0.0) ** 2 / 2.0
    elif shape == "linear-plateau":
        mean = np.where(dose < p["join"], p["intercept"] + p["slope"] * dose, p["plateau"])
    elif shape == "constant":
        mean = np.full(_STEPS, p["mean"])
    else:
        mean = p["intercept"] + p["linear"] * dose + p.get("quadratic", 0.0) * dose**2
    return pd.DataFrame({"dose": dose, "mean": mean})
