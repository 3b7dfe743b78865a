"""What a yield model would have been worth: every year held out once.

Candidates, and the choice between them, are judged on years they have not seen. The row `chosen`
is the whole machinery, which chose again for each year without knowing it: what the choice itself
costs is in its figure.

References
----------
[1] Varma, Simon (2006), Bias in error estimation when using cross-validation for model
    selection. doi:10.1186/1471-2105-7-91
[2] Roberts et al. (2017), Cross-validation strategies for data with temporal, spatial,
    hierarchical, or phylogenetic structure. doi:10.1111/ecog.02881
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from models.harvest.yield_table import choice
from models.harvest.yield_table.fold import Fold, hold_out
from models.harvest.yield_table.table import Array, YieldTable
from models.learning import scores
from models.learning.by_year import Skill, skill

WORKERS = 2
CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate's errors on held-out years: RMSE [target's unit], R² and skill [-]."""

    name: str
    rmse: float
    r2: float
    skill: Skill


@dataclass(frozen=True, slots=True)
class YieldSkill:
    """Leave-one-year-out judgement of a table.

    Attributes
    ----------
    candidates : In the order they are shown; the last is the machinery as a whole.
    chosen : The candidate that the machinery uses from now on.
    coverage_80 : Of the 80 % intervals of the machinery. [-]
    width_80 : Mean width of these, in the target's unit.
    predicted, low, high : (n,)  Of the machinery, for each row from the other years.
    left_out : Columns that tell the yield.
    sampled : Whether features were learned from a part of the rows.
    """

    candidates: tuple[Candidate, ...]
    chosen: str
    coverage_80: float
    width_80: float
    predicted: Array
    low: Array
    high: Array
    left_out: tuple[str, ...]
    sampled: bool


def judge(table: YieldTable, *, told: Callable[[int, int], None] | None = None) -> YieldSkill:
    """Hold every year out once.

    Parameters
    ----------
    table : Of two years at least.
    told : Called after each year with how many are done, and how many there are.

    Raises
    ------
    ValueError  There is only one year.
    """
    if table.years < 2:
        raise ValueError(f"years must be two at least, to hold one out: {table.years}")
    folds = _folds(table, told)
    names = [name for name in (*choice.SIMPLE, *choice.LEARNED) if name in folds[0].predictions]
    said = {name: _gathered(table, folds, name) for name in names}
    said[CHOSEN] = _gathered(table, folds, None)
    errors = {name: table.target - one for name, one in said.items()}
    low, high = _bounds(table, folds)
    return YieldSkill(
        tuple(_candidate(name, errors, table) for name in errors),
        choice.choose({name: errors[name] for name in names}, table.year),
        scores.coverage(table.target, low, high),
        float(np.nanmean(high - low)) if np.isfinite(high).any() else float("nan"),
        said[CHOSEN],
        low,
        high,
        tuple(sorted({name for one in folds for name in one.left_out})),
        any(one.sampled for one in folds),
    )


def _folds(table: YieldTable, told: Callable[[int, int], None] | None) -> list[Fold]:
    """All years, two at a time; one thread each, because the matrices are small."""
    with threadpool_limits(limits=1), ThreadPoolExecutor(WORKERS, initializer=_alone) as workers:
        waiting = [workers.submit(hold_out, table, year) for year in range(table.years)]
        for done, _ in enumerate(as_completed(waiting), start=1):
            if told is not None:
                told(done, table.years)
        return [one.result() for one in waiting]


def _alone() -> None:
    """OpenMP counts its threads for each thread that asks."""
    threadpool_limits(limits=1)


def _gathered(table: YieldTable, folds: list[Fold], name: str | None) -> Array:
    """(n,) What a candidate said of each row; without a name, the one chosen for its year."""
    found = np.full(len(table.target), np.nan)
    for one in folds:
        found[one.asked] = one.predictions[name or one.chosen]
    return found


def _bounds(table: YieldTable, folds: list[Fold]) -> tuple[Array, Array]:
    low, high = np.full((2, len(table.target)), np.nan)
    for one in folds:
        if one.band is not None:
            scale = one.band.scale[table.group[one.asked]]
            said = one.predictions[one.chosen]
            low[one.asked] = said + one.band.low * scale
            high[one.asked] = said + one.band.high * scale
    return low, high


def _candidate(name: str, errors: dict[str, Array], table: YieldTable) -> Candidate:
    error = errors[name]
    explained = scores.skill(error, table.target - table.target.mean())
    found = skill(error, errors[choice.MEAN], table.year)
    return Candidate(name, scores.rmse(error), explained, found)
