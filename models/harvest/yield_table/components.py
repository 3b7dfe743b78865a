"""What yields of two rows may have in common, one covariance each.

References
----------
[1] Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, chapters 2, 4 and 5.
[2] Ramsay, Silverman (2005), Functional Data Analysis, chapter 15: the effect of a month's weather
    is like that of the months beside it.
[3] Searle, Casella, McCulloch (1992), Variance Components, chapter 7.
"""

from collections.abc import Callable

import numpy as np

from models.harvest.yield_table.anomalies import Features
from models.harvest.yield_table.table import Array, Codes, Months, YieldTable

MONTHS = 1.5  # over which the effect of weather stays alike
DRIFT = 5.0  # years over which what farmers do and sow stays alike
DECADE = 10.0  # years
BEND = 0.5  # of the mean square of a row's weather, over which the response may bend

Covariance = Callable[[Codes, Codes], Array]
LATENT = ("year", "cell", "noise")  # of their own year: unknown in a year held out


def components(
    table: YieldTable, features: Features, *, bent: bool, weather: bool = True
) -> dict[str, Covariance]:
    """Covariances of rows and columns, by name.

    Parameters
    ----------
    bent : Whether the response to weather may be other than straight.
    weather : Whether features are used at all.
    """
    group, year = _same(table.group), _same(table.year)
    found: dict[str, Covariance] = {"group": group}
    if table.dated:
        found |= _of_time(table, group, drift=bent)
    if weather:
        found |= _of_weather(_course(features), "weather", group, bent=bent)
        found |= _of_weather(features.other, "other", group, bent=bent)
        for n in range(features.categories.shape[1]):
            alike = _same(features.categories[:, n], missing=-1)
            found |= {f"class {n}": alike, f"class {n} in group": _product(alike, group)}
    found |= {"year": year, "noise": _same(np.arange(len(table.target)))}
    cells = table.group * table.years + table.year
    if len(np.unique(cells)) < len(cells):
        found["cell"] = _same(cells)
    return found


def smoothness(months: Months) -> Array:
    """(m, m) How alike the effects of two months of a variable are [1, eq. 4.31; 2]. [-]"""
    turn = np.pi / 12.0
    apart = np.sin(turn * (months.month[:, None] - months.month)) / (turn * MONTHS)
    same = months.variable[:, None] == months.variable
    return np.where(same, np.exp(-0.5 * apart**2), 0.0)


def _course(features: Features) -> Array:
    """Monthly features turned so that their inner products are those of a smooth effect."""
    values, turned = np.linalg.eigh(smoothness(features.months))
    return np.asarray(features.monthly @ turned * np.sqrt(np.maximum(values, 0.0)), dtype=float)


def _of_time(table: YieldTable, group: Covariance, *, drift: bool) -> dict[str, Covariance]:
    """Straight trends of all and of each group, and what wanders about them."""
    decades = (table.when - np.median(table.when)) / DECADE

    def trend(rows: Codes, columns: Codes) -> Array:
        return np.multiply.outer(decades[rows], decades[columns])

    def wander(rows: Codes, columns: Codes) -> Array:
        apart = np.subtract.outer(table.when[rows], table.when[columns]) / DRIFT
        return np.asarray(np.exp(-0.5 * apart**2), dtype=float)

    found = {"trend": trend, "trend of group": _product(trend, group)}
    if drift:
        found |= {"drift": wander, "drift of group": _product(wander, group)}
    return found


def _of_weather(
    values: Array, name: str, group: Covariance, *, bent: bool
) -> dict[str, Covariance]:
    """Straight effects common to all and of each group, and a bent one common to all."""
    if values.shape[1] == 0:
        return {}
    values = values / np.sqrt(np.mean(np.sum(values**2, axis=1)))
    squares = np.sum(values**2, axis=1)

    def straight(rows: Codes, columns: Codes) -> Array:
        return np.asarray(values[rows] @ values[columns].T, dtype=float)

    def curved(rows: Codes, columns: Codes) -> Array:
        apart = np.add.outer(squares[rows], squares[columns]) - 2.0 * straight(rows, columns)
        return np.asarray(np.exp(-np.maximum(apart, 0.0) / (2.0 * BEND)), dtype=float)

    found: dict[str, Covariance] = {name: straight}
    if bent:
        found |= {f"{name} in group": _product(straight, group), f"{name} bent": curved}
    return found


def _same(code: Codes, missing: int | None = None) -> Covariance:
    def same(rows: Codes, columns: Codes) -> Array:
        alike = np.equal.outer(code[rows], code[columns])
        if missing is not None:
            alike &= (code[rows] != missing)[:, None]
        return alike.astype(float)

    return same


def _product(a: Covariance, b: Covariance) -> Covariance:
    return lambda rows, columns: a(rows, columns) * b(rows, columns)
