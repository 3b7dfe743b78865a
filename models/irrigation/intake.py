"""How fast a soil takes water in, and watering in cycles where a system gives it faster.

What falls faster than the basic intake rate stands on the surface as far as its hollows hold it;
then it runs off. The system stops before that and goes on when the ground has drunk.

References
----------
[1] Brouwer, Prins, Kay, Heibloem (1988), Irrigation methods, FAO Irrigation Water Management
    Training Manual 5, Annex 2.
[2] USDA Soil Conservation Service (1983), National Engineering Handbook, section 15, chapter 11,
    Sprinkle irrigation: allowable surface storage by slope.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SLOPES = (1.0, 3.0, 5.0)  # %, where the next class of [2] begins
STORAGE = (12.7, 7.6, 2.5, 0.0)  # mm held by the hollows of each class [2]
SHORTEST_RUN = 5.0  # min, below which a valve is not opened


def _read() -> dict[str, float]:
    path = Path(__file__).parent / "data" / "intake.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["texture"]: float(row["basic_intake"]) for row in csv.DictReader(file)}


BASIC_INTAKE = _read()
"""Basic intake rate by texture. [mm h⁻¹]"""


def basic_intake(texture: str) -> float:
    """Basic intake rate of a texture of FAO-56 Table 19; NaN where it is not known. [mm h⁻¹]"""
    return BASIC_INTAKE.get(texture.strip().lower(), float("nan"))


def surface_storage(slope: ArrayLike) -> Array:
    """What the hollows of a surface hold; a slope that is not known counts as level. [mm]

    Parameters
    ----------
    slope : [%]
    """
    steep = np.nan_to_num(np.asarray(slope, float), nan=0.0)
    return np.asarray(STORAGE)[np.searchsorted(SLOPES, steep, side="right")]


def application_rate(flow: ArrayLike, area: ArrayLike) -> Array:
    """What a system gives. Under drippers too: their wet spots grow until the soil keeps up.

    Parameters
    ----------
    flow : [L min⁻¹]
    area : [m²]

    Returns
    -------
    [mm h⁻¹]
    """
    return 60.0 * np.asarray(flow, float) / np.asarray(area, float)


def longest_run(rate: ArrayLike, intake: ArrayLike, storage: ArrayLike) -> Array:
    """How long a system may run before water runs off; inf where the soil keeps up. [min]

    Parameters
    ----------
    rate, intake : Application and basic intake rate; NaN where one is not known. [mm h⁻¹]
    storage : Surface storage. [mm]
    """
    excess = np.asarray(rate, float) - np.asarray(intake, float)
    run = 60.0 * np.asarray(storage, float) / np.where(excess > 0.0, excess, np.nan)
    return np.where(np.isnan(run), np.inf, np.maximum(run, SHORTEST_RUN))


def soak(rate: ArrayLike, intake: ArrayLike, run: ArrayLike) -> Array:
    """How long the ground drinks what stands on it after a run; 0 where nothing stands. [min]"""
    excess = np.maximum(np.asarray(rate, float) - np.asarray(intake, float), 0.0)
    ran = np.where(np.isfinite(run), np.asarray(run, float), 0.0)
    return np.nan_to_num(excess * ran / np.asarray(intake, float), nan=0.0)


def running_minutes(window: ArrayLike, run: ArrayLike, soak: ArrayLike) -> Array:
    """How long water runs at most in a window of runs and pauses. [min]

    Parameters
    ----------
    window, run, soak : Length of the window, of a run, of the pause after it. [min]
    """
    length, part = np.asarray(window, float), np.asarray(run, float)
    part = np.minimum(part, length)  # a run without end fills the window
    whole, rest = np.divmod(length, part + np.asarray(soak, float))
    return whole * part + np.minimum(rest, part)


def cycles(minutes: ArrayLike, run: ArrayLike) -> NDArray[np.int_]:
    """Into how many runs of at most `run` minutes a watering is divided."""
    parts = np.ceil(np.asarray(minutes, float) / np.asarray(run, float) - 1e-9)
    return np.maximum(np.nan_to_num(parts, nan=1.0), 1.0).astype(int)
