"""One year held out: every candidate's word on it, the choice and the interval made without it."""

from dataclasses import dataclass

import numpy as np

from models.harvest.yield_table import choice, learned, means
from models.harvest.yield_table.anomalies import features
from models.harvest.yield_table.table import Array, Codes, Mask, YieldTable
from models.learning.by_year import Band, band

MOST = 1500  # rows that features are learned from; more are drawn from
FEWEST_ROWS = 12  # of them


@dataclass(frozen=True, slots=True)
class Fold:
    """What was said of the rows of one year.

    Attributes
    ----------
    asked : (r,)  Positions of these rows.
    predictions : Candidate → (r,) in the target's unit.
    chosen : The candidate that was best on the other years.
    band : The interval of its errors, from the other years; None where they are too few.
    left_out : Columns that tell the yield.
    sampled : Whether there were more rows than are learned from.
    """

    asked: Codes
    predictions: dict[str, Array]
    chosen: str
    band: Band | None
    left_out: tuple[str, ...]
    sampled: bool


def hold_out(table: YieldTable, year: int) -> Fold:
    """Predict the rows of a year from those of all other years.

    Nothing of the held-out year's yields is looked at: not by the candidates, not by what scales
    their features, not by the choice between them.
    """
    known = table.year != year
    asked = np.flatnonzero(~known)
    told, inner = _simple(table, known, asked)
    found = features(table, known)
    rows = _drawn(np.flatnonzero(known), year)
    for name, (said, without) in _learned(learned.Known(table, found, rows, asked)).items():
        told[name], inner[name] = said, np.full(len(known), np.nan)
        inner[name][rows] = without
    errors = {name: (table.target - said)[rows] for name, said in inner.items()}
    chosen = choice.choose(errors, table.year[rows])
    interval = band(errors[chosen], table.group[rows], table.year[rows], groups=table.groups)
    return Fold(asked, told, chosen, interval, found.left_out, len(rows) < known.sum())


def _is_enough(table: YieldTable, rows: Codes) -> bool:
    return table.years >= choice.FEWEST_YEARS and len(rows) >= FEWEST_ROWS


def _simple(
    table: YieldTable, known: Mask, asked: Codes
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Means: of the asked rows, and of all rows without their own year."""
    every = {choice.MEAN: means.group_mean(table, known)}
    if table.dated:
        every["running-mean"] = means.running_mean(table, known)
        every["last-year"] = means.last_year(table, known)
    return {name: said[asked] for name, said in every.items()}, every


def _learned(known: learned.Known) -> dict[str, learned.Told]:
    """Trend; and what needs more years, or features, where there are enough of them."""
    found: dict[str, learned.Told] = {}
    if known.table.dated:
        found["trend"] = learned.gaussian_process(known, "trend")
    if not _is_enough(known.table, known.rows):
        return found
    if known.table.dated or known.table.has_features:
        found["gaussian-process"] = learned.gaussian_process(known, "gaussian-process")
    if known.table.has_features:
        found["ridge"] = learned.gaussian_process(known, "ridge")
        found["pls"] = learned.pls(known)
        found["forest"] = learned.forest(known)
        found["boosting"] = learned.boosting(known)
        both = ({name: told[n] for name, told in found.items()} for n in (0, 1))
        said, without = (choice.blend(one) for one in both)
        found["blend"] = (said, without)
    return found


def _drawn(rows: Codes, seed: int) -> Codes:
    if len(rows) <= MOST:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
