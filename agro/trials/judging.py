"""The stored values of a trait, as an analysis takes them, and the analysis that was asked for."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import nan
from typing import Any

import numpy as np

from agro.store.trials import PlannedTrial, PlotValue, TrialPlot
from agro.tables import known, to_csv
from agro.trials.planning import book_columns, plot_row, roles_of, times
from models.trials.analysis import analyse
from models.trials.asked import Asked
from models.trials.model import Roles
from models.trials.results import Analysis
from models.trials.sheet import Trial, factor


@dataclass(frozen=True, slots=True)
class Options:
    """How a trait is analysed. `covariates` are columns measured before the treatments.

    What follows them is as `models.trials.analysis.analyse` and `Asked` take it; `price_ratio` is
    None where nobody asks what a dose is worth.
    """

    adjust: str = "tukey"
    control: str | None = None
    by: str | None = None
    alpha: float = 0.05
    covariates: tuple[str, ...] = ()
    spatial: bool = False
    scale: str = "none"
    blocks: str = "random"
    quantitative: str | None = None
    price_ratio: float | None = None
    contrasts: tuple[str, ...] = ()
    correlation: bool = False

    @property
    def asked(self) -> Asked:
        """What is asked beyond means and letters."""
        return Asked(
            quantitative=self.quantitative,
            price_ratio=nan if self.price_ratio is None else self.price_ratio,
            contrasts=self.contrasts,
            scale=self.scale,
            blocks=self.blocks,  # type: ignore[arg-type]
            correlation=self.correlation,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """An analysis with all it was made from: `table` has a row for each line of `data`."""

    analysis: Analysis
    data: Trial
    roles: Roles
    options: Options
    table: tuple[Mapping[str, Any], ...]
    columns: tuple[str, ...]

    @property
    def csv(self) -> str:
        """The data as a file that `agro trial analyse` takes."""
        rows = ({name: known(value) for name, value in row.items()} for row in self.table)
        return to_csv(rows, self.columns)

    @property
    def sha256(self) -> str:
        """What tells these data from others."""
        return hashlib.sha256(self.csv.encode()).hexdigest()


def judge(
    trial: PlannedTrial,
    values: Sequence[PlotValue],
    trait: str,
    options: Options,
    summaries: Mapping[str, Mapping[int, float]] | None = None,
) -> Judged:
    """Analyse one trait of a trial from the values that count.

    Parameters
    ----------
    summaries : What the sensors say of each plot, by the name of the covariate and plot number.

    Raises
    ------
    ValueError  No plot has a value, or the options do not fit the trial.
    """
    roles = roles_of(trial, options.covariates)
    own = [one for one in trial.plots if one.number is not None]
    columns = (*book_columns(trial, ()), *options.covariates, trait)
    table = tuple(_rows(own, values, trait, times(trial), options.covariates, summaries or {}))
    data = as_trial(table, columns, trait, options.covariates)
    return Judged(analysed(data, roles, options), data, roles, options, table, columns)


def analysed(data: Trial, roles: Roles, options: Options) -> Analysis:
    """The analysis that the options ask for; equal data and options give the same again.

    Raises
    ------
    ValueError  No plot has a value, or the options do not fit the trial.
    """
    return analyse(
        data,
        roles,
        adjust=options.adjust,  # type: ignore[arg-type]
        control=options.control,
        by=options.by,
        alpha=options.alpha,
        spatial=options.spatial,
        asked=options.asked,
    )


def described(options: Options, roles: Roles) -> dict[str, Any]:
    """Options and roles as plain values, to be stored beside the result."""
    return asdict(options) | {"roles": asdict(roles)}


def _rows(
    plots: Iterable[TrialPlot],
    values: Sequence[PlotValue],
    trait: str,
    visits: Sequence[str],
    covariates: Sequence[str],
    summaries: Mapping[str, Mapping[int, float]],
) -> Iterable[dict[str, Any]]:
    """A row for each plot and visit: what stands there and what was measured."""
    said = {(one.trait, one.plot, one.time): one.value for one in values}
    for visit in visits:
        for one in plots:
            number = one.number or 0
            row: dict[str, Any] = plot_row(one) | ({"time": visit} if visit else {})
            for name in covariates:
                known = summaries.get(name, {}).get(number, nan)
                row[name] = said.get((name, number, visit), known)
            yield row | {trait: said.get((trait, number, visit), nan)}


def as_trial(
    table: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    trait: str,
    covariates: Sequence[str],
) -> Trial:
    """The table as an analysis takes it; a column that is not known everywhere is no factor."""
    numbers = {trait, *covariates}
    return Trial(
        response=np.array([row[trait] for row in table], dtype=np.float64),
        factors={
            name: factor(str(row[name]) for row in table)
            for name in columns
            if name not in numbers and all(row.get(name) is not None for row in table)
        },
        covariates={
            name: np.array([row[name] for row in table], dtype=np.float64) for name in covariates
        },
        name=trait,
    )
