"""How dry a crop may become: the farmer's choice of risk, and stress that is meant.

A deficit strategy lets the stress coefficient K_s fall to a least value in some stages. The root
zone may then lose more than its readily available water, as much as eq. 84 gives for that K_s.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
[2] Doorenbos, Kassam (1979), Yield response to water, FAO Irrigation and Drainage 33.
[3] Steduto, Hsiao, Fereres, Raes (2012), Crop yield response to water, FAO Irrigation and
    Drainage 66.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

RISKS = {"prudent": 0.15, "balanced": 0.3, "saving": 0.5}
"""Accepted chance of stress until the chance to water after the next one. [-]"""

NONE = "none"
NAMES = (NONE, "deficit")
NO_STRESS = (1.0, 1.0, 1.0, 1.0)
_COLUMNS = ("ks_ini", "ks_dev", "ks_mid", "ks_late")


def _read() -> dict[tuple[str, str], tuple[float, ...]]:
    path = Path(__file__).parent / "data" / "strategies.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["crop"], row["strategy"]): tuple(float(row[name]) for name in _COLUMNS)
            for row in csv.DictReader(file)
        }


STRATEGIES = _read()
"""Least K_s in the four stages, by crop and strategy. [-]"""


def strategy(crop: str, name: str) -> tuple[float, ...]:
    """Least K_s in the initial, development, mid and late stage. [-]

    Raises
    ------
    ValueError  The crop has no such strategy; the message names those it has.
    """
    if name in ("", NONE):
        return NO_STRESS
    if (crop, name) in STRATEGIES:
        return STRATEGIES[crop, name]
    known = ", ".join([NONE, *(own for of, own in STRATEGIES if of == crop)])
    raise ValueError(f"strategy {name!r} is not one of {crop!r}; known: {known}")


def least_ks(days: ArrayLike, stages: ArrayLike, lengths: ArrayLike) -> Array:
    """Least K_s that each day accepts.

    Parameters
    ----------
    days : (days, beds)  Days since planting, or since the spring of a perennial. [d]
    stages : (beds, 4)  Least K_s of each stage. [-]
    lengths : (beds, 4)  Lengths of the stages; the late one lasts until removal. [d]

    Returns
    -------
    (days, beds)  1 outside the season. [-]
    """
    since, accepted = np.asarray(days, float), np.asarray(stages, float)
    ends = np.cumsum(np.asarray(lengths, float)[:, :3], axis=1)
    stage = (since[:, :, None] >= ends).sum(axis=2)
    chosen = np.take_along_axis(accepted[None], stage[:, :, None], axis=2)[:, :, 0]
    return np.where(since >= 0.0, chosen, 1.0)


def allowed_depletion(taw: ArrayLike, raw: ArrayLike, least: ArrayLike = 1.0) -> Array:
    """Depletion at which K_s has fallen to `least`; `raw` where no stress is meant. [mm]

    Parameters
    ----------
    taw, raw : Total and readily available water. [mm]
    least : Least K_s. [-]

    References
    ----------
    FAO-56 [1], eq. 84, solved for the depletion.
    """
    total, easy = np.asarray(taw, float), np.asarray(raw, float)
    return easy + (1.0 - np.asarray(least, float)) * (total - easy)
