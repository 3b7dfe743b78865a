"""Features as differences from what their group is used to, made of the rows that may be known.

A column that is a function of the yield (the same in another unit, a rank, a class) would tell the
answer: it is noticed among the known rows and left out.

References
----------
[1] Kaufman, Rosset, Perlich, Stitelman (2012), Leakage in data mining: formulation, detection, and
    avoidance. doi:10.1145/2382577.2382579
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from models.harvest.yield_table.table import Array, Codes, Mask, Months, YieldTable, months

SAME = 0.99  # correlation with the yield, above which a column is the yield
FEWEST = 8  # rows, below which a correlation says nothing
MOST_LEVELS = 0.25  # of the rows, above which a class explains them by its number of levels
SEASON = 3  # months of a season


@dataclass(frozen=True, slots=True)
class Features:
    """What a fold may know of each row; a missing value is the group's usual one, 0.

    Attributes
    ----------
    monthly : (n, m)  Monthly features, in standard deviations. [-]
    months : Which month of which variable each is.
    other : (n, k)  The other features, likewise. [-]
    categories : (n, c)  Codes of words, -1 where missing.
    left_out : Names of columns that tell the yield.
    """

    monthly: Array
    months: Months
    other: Array
    categories: Codes
    left_out: tuple[str, ...]


def features(table: YieldTable, known: Mask) -> Features:
    """Features of all rows, by means and deviations of the known ones only."""
    telling = _telling_numbers(table, known)
    classes = _telling_categories(table, known)
    kept = np.flatnonzero(~telling)
    names = tuple(table.names[n] for n in kept)
    anomalies = _standardised(table.numbers[:, kept], table.group, known)
    varied = np.flatnonzero(anomalies[known].any(axis=0))
    anomalies = anomalies[:, varied]
    found = months(tuple(names[n] for n in varied))
    others = np.setdiff1d(np.arange(anomalies.shape[1]), found.columns)
    left_out = [table.names[n] for n in np.flatnonzero(telling)]
    left_out += [table.category_names[n] for n in np.flatnonzero(classes)]
    return Features(
        anomalies[:, found.columns],
        found,
        anomalies[:, others],
        table.categories[:, ~classes],
        tuple(left_out),
    )


def seasons(features: Features) -> Array:
    """(n, s) Means of each variable over the months 1–3, 4–6, 7–9 and 10–12. [-]"""
    season = (features.months.month - 1) // SEASON
    keys = features.months.variable * (12 // SEASON) + season
    columns = [features.monthly[:, keys == key].mean(axis=1) for key in np.unique(keys)]
    return np.column_stack(columns) if columns else np.empty((len(features.monthly), 0))


def from_group(values: Array, group: Codes, known: Mask) -> Array:
    """Differences from the mean of the group's known rows; of all known rows where it has none."""
    there = known[:, None] & np.isfinite(values)
    filled = np.where(there, values, 0.0)
    size = int(group.max()) + 1
    sums, counts = np.zeros((size, values.shape[1])), np.zeros((size, values.shape[1]))
    np.add.at(sums, group, filled)
    np.add.at(counts, group, there)
    overall = filled.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1.0), overall)
    return np.asarray(values - means[group], dtype=float)


def _standardised(values: Array, group: Codes, known: Mask) -> Array:
    """Anomalies in standard deviations of the known rows; 0 where missing or constant."""
    apart = from_group(values, group, known)
    seen = np.where(known[:, None] & np.isfinite(apart), apart, 0.0)
    count = np.maximum((known[:, None] & np.isfinite(apart)).sum(axis=0), 1)
    deviation = np.sqrt((seen**2).sum(axis=0) / count)
    size = np.maximum(np.nanmax(np.abs(values), axis=0, initial=0.0), 1.0)
    varied = deviation > 1e-9 * size
    scaled = np.where(varied, apart / np.where(varied, deviation, 1.0), 0.0)
    return np.nan_to_num(scaled, nan=0.0)


def _telling_numbers(table: YieldTable, known: Mask) -> Mask:
    """(k,) Which features are the yield itself, another unit of it, or a rank [1]."""
    apart = from_group(table.numbers, table.group, known)
    own = from_group(table.target[:, None], table.group, known)[:, 0]
    told = np.zeros(len(table.names), dtype=bool)
    for n in range(len(table.names)):
        rows = known & np.isfinite(table.numbers[:, n])
        value, target = table.numbers[rows, n], table.target[rows]
        told[n] = rows.sum() >= FEWEST and (
            _alike(value, target)
            or _alike(rankdata(value), rankdata(target))
            or _alike(apart[rows, n], own[rows])
        )
    return told


def _alike(a: Array, b: Array) -> bool:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return size > 0.0 and abs(float(a @ b)) > SAME * size


def _telling_categories(table: YieldTable, known: Mask) -> Mask:
    """(c,) Which classes leave nothing of the yield to explain within their group."""
    own = from_group(table.target[:, None], table.group, known)[known, 0]
    total = float(own @ own)
    told = np.zeros(len(table.category_names), dtype=bool)
    for n in range(len(table.category_names)):
        code = table.categories[known, n] + 1
        counts = np.bincount(code)
        sums = np.bincount(code, own)
        explained = float((sums**2 / np.maximum(counts, 1)).sum())
        few = np.count_nonzero(counts) <= MOST_LEVELS * len(code)
        told[n] = few and len(code) >= FEWEST and total > 0.0 and explained > SAME**2 * total
    return told
