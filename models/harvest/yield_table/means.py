"""What speaks without any weather: the group's mean, its last years, its last year.

Each row is told what the known rows of *other* years say, so that the same function serves years
held out and years learned from. Where a group has nothing to say, all groups together speak.
"""

import numpy as np

from models.harvest.yield_table.table import Array, Codes, Mask, YieldTable

RUNNING = 5  # years of a running mean, as in the five-year averages of crop statistics


def group_mean(table: YieldTable, known: Mask) -> Array:
    """(n,) Mean of the group's known rows of other years."""
    sums, counts = _by_cell(table, known)
    own = (table.group, table.year)
    sum_of_group = sums.sum(axis=1)[table.group] - sums[own]
    of_group = counts.sum(axis=1)[table.group] - counts[own]
    sum_of_all = sums.sum() - sums.sum(axis=0)[table.year]
    of_all = counts.sum() - counts.sum(axis=0)[table.year]
    return _first_known(_ratio(sum_of_group, of_group), _ratio(sum_of_all, of_all))


def running_mean(table: YieldTable, known: Mask) -> Array:
    """(n,) Mean of the group's last known years before the row's, five at most.

    The first years of a group, which have none before them, get the group's mean.
    """
    return _before(table, known, RUNNING)


def last_year(table: YieldTable, known: Mask) -> Array:
    """(n,) What the group had in the last known year before the row's; else the group's mean."""
    return _before(table, known, 1)


def _before(table: YieldTable, known: Mask, years: int) -> Array:
    sums, counts = _by_cell(table, known)
    cells = _ratio(sums, counts)
    told = np.full(cells.shape, np.nan)
    for group, course in enumerate(cells):
        seen: list[float] = []
        for year, value in enumerate(course):
            if seen:
                told[group, year] = float(np.mean(seen[-years:]))
            if value == value:
                seen.append(value)
    return _first_known(told[table.group, table.year], group_mean(table, known))


def _by_cell(table: YieldTable, known: Mask) -> tuple[Array, Array]:
    """(groups, years) Sums and counts of the known rows."""
    shape = (table.groups, table.years)
    cell: Codes = (table.group * table.years + table.year)[known]
    size = shape[0] * shape[1]
    sums = np.bincount(cell, table.target[known], minlength=size).astype(float)
    counts = np.bincount(cell, minlength=size).astype(float)
    return sums.reshape(shape), counts.reshape(shape)


def _ratio(sums: Array, counts: Array) -> Array:
    """Means, NaN of nothing; what rounding leaves of an empty sum is nothing."""
    return np.divide(sums, counts, out=np.full(np.shape(sums), np.nan), where=counts > 0.5)


def _first_known(first: Array, second: Array) -> Array:
    return np.where(np.isfinite(first), first, second)
