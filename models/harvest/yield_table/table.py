"""A table of yields by group and year, as arrays."""

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]

FEWEST_MONTHS = 6  # columns NAME_01 … NAME_12, from which on they are a year's course
_MONTH = re.compile(r"(.*?)[_ .-]?(0?[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class YieldTable:
    """Rows of yield.

    Attributes
    ----------
    target : (n,)  Yield, in the table's unit; never NaN.
    group, year : (n,)  Codes from 0; those of years are in the order of years.
    when : (n,)  Calendar years, NaN where years are names.
    numbers : (n, k)  Features, NaN where missing.
    names : (k,)  Of the features.
    categories : (n, c)  Codes of features that are words, -1 where missing.
    category_names : (c,)  Of these.
    """

    target: Array
    group: Codes
    year: Codes
    when: Array
    numbers: Array
    names: tuple[str, ...]
    categories: Codes
    category_names: tuple[str, ...]

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group.max()) + 1

    @property
    def years(self) -> int:
        """How many years there are."""
        return int(self.year.max()) + 1

    @property
    def dated(self) -> bool:
        """Whether years are numbers, so that one comes before the other."""
        return bool(np.isfinite(self.when).all())

    @property
    def has_features(self) -> bool:
        """Whether anything but group and year is told of a row."""
        return bool(self.names or self.category_names)


@dataclass(frozen=True, slots=True)
class Months:
    """Which features are a month of which variable.

    Attributes
    ----------
    columns : (m,)  Positions among the features.
    variable : (m,)  Code of the variable of each.
    month : (m,)  1 to 12.
    """

    columns: Codes
    variable: Codes
    month: Codes


def months(names: tuple[str, ...]) -> Months:
    """The monthly columns among these names: `rain_01`, `T12`, `tmax 3`."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for position, name in enumerate(names):
        told = _MONTH.fullmatch(name.strip())
        if told and told[1]:
            found[told[1]].setdefault(int(told[2]), position)
    courses = [course for course in found.values() if len(course) >= FEWEST_MONTHS]
    rows = [
        (position, variable, month)
        for variable, course in enumerate(courses)
        for month, position in sorted(course.items())
    ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Months(columns[:, 0], columns[:, 1], columns[:, 2])
