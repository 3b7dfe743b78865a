"""A trial as an analysis takes it: a response, factors and covariates, one entry a plot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Factor:
    """The levels of a factor and which of them each plot has: `levels[codes[i]]`.

    Parameters
    ----------
    levels : Names as in the sheet, each borne by a plot.
    codes : (plots,)  Index among the levels; every plot has one.
    """

    levels: tuple[str, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trial:
    """One response of one trial.

    Parameters
    ----------
    response : (plots,)  In the unit of the sheet; NaN where a plot was lost.
    factors : Every factor used, by its name: treatments, blocks, rows, environments.
    covariates : (plots,) each, by name.
    name : Name of the response.
    """

    response: Array
    factors: Mapping[str, Factor]
    covariates: Mapping[str, Array]
    name: str


def factor(names: Iterable[str]) -> Factor:
    """The factor of these plots' levels; numbers are ordered as numbers, names as text.

    Names stay text, also when they look like numbers: `0.60` is a level of its own.
    """
    names = list(names)
    levels = ordered(names)
    place = {level: code for code, level in enumerate(levels)}
    return Factor(levels, np.array([place[name] for name in names], dtype=np.int64))


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """The different names; by size where all are numbers, otherwise as text."""
    different = sorted(set(names))
    try:
        return tuple(sorted(different, key=float))
    except ValueError:
        return tuple(different)
