"""Candidates that learn from features: a Gaussian process, ridge, PLS, trees.

All but the Gaussian processes learn the difference from the group's mean of the other years.

References
----------
[1] Wold, Sjöström, Eriksson (2001), PLS-regression. doi:10.1016/S0169-7439(01)00155-1
[2] Geurts, Ernst, Wehenkel (2006), Extremely randomized trees. doi:10.1007/s10994-006-6226-1
[3] Friedman (2001), Greedy function approximation: a gradient boosting machine.
    doi:10.1214/aos/1013203451
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.tree import ExtraTreeRegressor

from models.harvest.yield_table import gaussian, means
from models.harvest.yield_table.anomalies import Features, seasons
from models.harvest.yield_table.components import components
from models.harvest.yield_table.table import Array, Codes, Mask, YieldTable
from models.learning import scores

GAUSSIAN = {"trend": (False, False), "ridge": (False, True), "gaussian-process": (True, True)}
MOST_CLASSES = 30  # of words as columns for the trees; rarer words are no column
LATENT_PLS = 2  # components
TREES = 60
INNER = 5  # blocks of years, of which each is left out once within a fold

Made = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What a fold may learn from.

    Attributes
    ----------
    table, features : Of all rows.
    rows : Positions of the rows learned from; none is of the year asked for.
    asked : Positions of the rows of that year.
    """

    table: YieldTable
    features: Features
    rows: Codes
    asked: Codes


class Forest:
    """Extremely randomised trees, one after the other [2].

    The library's own forest changes the process's warning filters while it fits, which two folds
    at a time may not do.
    """

    def fit(self, columns: Array, target: Array) -> "Forest":
        """Grow the trees."""
        self._trees = [
            ExtraTreeRegressor(max_features=0.33, min_samples_leaf=3, random_state=n)
            for n in range(TREES)
        ]
        for tree in self._trees:
            tree.fit(columns, target)
        return self

    def predict(self, columns: Array) -> Array:
        """The trees' mean."""
        return np.mean([tree.predict(columns) for tree in self._trees], axis=0)


Told = tuple[Array, Array]  # (asked,) predictions, (rows,) predictions without the row's own year


def gaussian_process(known: Known, name: str) -> Told:
    """A Gaussian process: of time alone, with straight effects of features, or with all parts."""
    table = known.table
    bent, weather = GAUSSIAN[name]
    mask = _mask(known.rows, len(table.target))
    usual = scores.rmse((table.target - means.group_mean(table, mask))[known.rows])
    return gaussian.fit_predict(
        table.target,
        components(table, known.features, bent=bent, weather=weather),
        known.rows,
        known.asked,
        year=table.year,
        scale=usual if usual > 0.0 else 1.0,
    )


def on_anomalies(known: Known, columns: Array, make: Made) -> Told:
    """An estimator on differences from the group's mean, the known years left out in blocks."""
    target = known.table.target
    mean = means.group_mean(known.table, _mask(known.rows, len(target)))
    told = mean[known.asked] + _learn(columns, target - mean, known.rows, known.asked, make)
    left_out = np.full(len(target), np.nan)
    years = np.unique(known.table.year[known.rows])
    block = np.searchsorted(years, known.table.year) % INNER
    for one in range(min(INNER, len(years))):
        held = known.rows[block[known.rows] == one]
        rows = known.rows[block[known.rows] != one]
        mean = means.group_mean(known.table, _mask(rows, len(target)))
        left_out[held] = mean[held] + _learn(columns, target - mean, rows, held, make)
    return told, left_out[known.rows]


def pls(known: Known) -> Told:
    """Partial least squares on seasons [1]."""
    columns = _columns(known, monthly=False)
    parts = min(LATENT_PLS, columns.shape[1])
    return on_anomalies(known, columns, lambda: PLSRegression(parts, scale=True))


def forest(known: Known) -> Told:
    """Extremely randomised trees on months and seasons [2]."""
    return on_anomalies(known, _columns(known, monthly=True), Forest)


def boosting(known: Known) -> Told:
    """Gradient boosting of shallow trees on seasons [3]."""
    return on_anomalies(
        known,
        _columns(known, monthly=False),
        lambda: HistGradientBoostingRegressor(
            max_iter=60, learning_rate=0.08, max_depth=3, l2_regularization=5.0, random_state=0
        ),
    )


def _learn(columns: Array, target: Array, rows: Codes, asked: Codes, make: Made) -> Array:
    """The estimator's word on `asked`; without anything that varies, no difference."""
    varied = columns[rows].std(axis=0) > 0.0
    if not varied.any() or not target[rows].std() > 0.0:
        return np.zeros(len(asked))
    model = make().fit(columns[np.ix_(rows, np.flatnonzero(varied))], target[rows])
    return np.asarray(model.predict(columns[np.ix_(asked, np.flatnonzero(varied))])).ravel()


def _columns(known: Known, *, monthly: bool) -> Array:
    """(n, k) Seasons, months, other features, calendar year, and common words as 0 and 1."""
    features, table = known.features, known.table
    found = [seasons(features), features.other]
    if monthly:
        found.append(features.monthly)
    if table.dated:
        found.append(((table.when - np.median(table.when)) / 10.0)[:, None])
    for code in features.categories.T:
        levels, counts = np.unique(code[known.rows], return_counts=True)
        common = levels[np.argsort(-counts, kind="stable")][:MOST_CLASSES]
        found.append((code[:, None] == common[common >= 0]).astype(float))
    return np.column_stack(found)


def _mask(rows: Codes, n: int) -> Mask:
    mask = np.zeros(n, dtype=bool)
    mask[rows] = True
    return mask
