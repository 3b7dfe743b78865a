"""Corrections of the bucket, learned from its errors: a ridge regression and boosted trees.

All probes of a file are learned together, each on its own scale; the ridge regression then fits
what is particular to each probe, as far as its own data tell.

References
----------
[1] Hoerl, Kennard (1970), Ridge regression. doi:10.1080/00401706.1970.10488634
[2] Friedman (2001), Greedy function approximation: a gradient boosting machine.
    doi:10.1214/aos/1013203451
[3] Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree. NeurIPS 30.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

Array = NDArray[np.float64]

LEAST_ROWS = 40  # below, there is nothing to learn from
LEAST_OWN_ROWS = 60
MOST_ROWS = 15_000  # of which boosting learns; more tell little more
POOLED_PENALTY, OWN_PENALTY = 30.0, 100.0
FURTHEST = 6.0  # deviations beyond which a feature tells no more


@dataclass(frozen=True, slots=True)
class Standard:
    """Mean, deviation and what stands for a missing value, of each feature: (features,)."""

    middle: Array
    mean: Array
    deviation: Array

    def of(self, features: Array) -> Array:
        """Features without gaps, about 0, none far out."""
        whole = np.where(np.isfinite(features), features, self.middle)
        return np.asarray(
            np.clip((whole - self.mean) / self.deviation, -FURTHEST, FURTHEST), dtype=float
        )


def standard(features: Array) -> Standard:
    """The standard of these features. (rows, features)"""
    known = np.isfinite(features).any(axis=0)
    middle = np.zeros(features.shape[1])
    middle[known] = np.nanmedian(features[:, known], axis=0)
    whole = np.where(np.isfinite(features), features, middle)
    deviation = whole.std(axis=0)
    return Standard(middle, whole.mean(axis=0), np.where(deviation < 1e-9, 1.0, deviation))


@dataclass(frozen=True, slots=True)
class Linear:
    """A ridge regression of all probes, and one of what it leaves of each."""

    scale: Standard
    pooled: Ridge
    own: tuple[Ridge | None, ...]

    def predict(self, probe: int, features: Array) -> Array:
        """What the bucket will have missed, on the probe's scale. (rows,)"""
        rows = self.scale.of(features)
        found = self.pooled.predict(rows)
        own = self.own[probe]
        return np.asarray(found if own is None else found + own.predict(rows), dtype=float)


def fit_linear(features: Sequence[Array], missed: Sequence[Array]) -> Linear | None:
    """Fit on (rows, features) and (rows,) of each probe; None where there are too few."""
    together, target = np.concatenate(list(features)), np.concatenate(list(missed))
    if len(target) < LEAST_ROWS:
        return None
    scale = standard(together)
    pooled = Ridge(alpha=POOLED_PENALTY).fit(scale.of(together), target)
    own: list[Ridge | None] = []
    for rows, told in zip(features, missed, strict=True):
        if len(features) == 1 or len(told) < LEAST_OWN_ROWS:
            own.append(None)
            continue
        left = told - pooled.predict(scale.of(rows))
        own.append(Ridge(alpha=OWN_PENALTY).fit(scale.of(rows), left))
    return Linear(scale, pooled, tuple(own))


@dataclass(frozen=True, slots=True)
class Boosted:
    """Boosted trees of all probes on the features that any of them has."""

    used: NDArray[np.bool_]
    trees: HistGradientBoostingRegressor

    def predict(self, features: Array) -> Array:
        """What the bucket will have missed, on the probe's scale. (rows,)"""
        return np.asarray(self.trees.predict(features[:, self.used]), dtype=float)


def fit_boosted(features: Sequence[Array], missed: Sequence[Array], *, seed: int) -> Boosted | None:
    """Fit on (rows, features) and (rows,) of each probe; None where there are too few."""
    together, target = np.concatenate(list(features)), np.concatenate(list(missed))
    if len(target) < 3 * LEAST_ROWS:
        return None
    if len(target) > MOST_ROWS:
        picked = np.random.default_rng(seed).choice(len(target), MOST_ROWS, replace=False)
        together, target = together[picked], target[picked]
    used = np.isfinite(together).any(axis=0)
    trees = HistGradientBoostingRegressor(
        learning_rate=0.06,
        max_iter=40 if len(target) < 600 else 80 if len(target) < 1800 else 150,
        max_leaf_nodes=12,
        min_samples_leaf=20,
        l2_regularization=1.0,
        max_features=0.3,
        max_bins=127,
        early_stopping=False,
        random_state=seed,
    )
    return Boosted(used, trees.fit(together[:, used], target))
