"""How each layer of the control post is coloured: what is looked at, and where classes part.

The classes are the same at every moment and in every commune, so that a move of the slider shows
what changed in the city and not in the scale.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isnan
from typing import Literal

from agro.city.drought import LEVELS
from agro.city.reading import Figure

Of = Literal["value", "share", "taken"]
# Light to dark: they differ in lightness, which every eye sees, and in print.
BLUES = ("#e8f1f8", "#b5d3e7", "#74add1", "#2f7fb5", "#08407a")
EARTHS = ("#fff7d6", "#fee08b", "#fdae61", "#e5632e", "#a3240a", "#5b0f22")
_SHARES = (0.2, 0.4, 0.6, 0.8)
_COUNTS = (1.0, 2.0, 5.0, 10.0)
_EQUIPMENT, _DAILY = timedelta(hours=3), timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Look:
    """`of` what a figure is coloured by, `breaks` between its classes, in `unit`.

    `steps` name classes that are words (`air_step`, `drought`) instead; `stale` is the age from
    which a figure is old.
    """

    of: Of
    breaks: tuple[float, ...]
    unit: str = ""
    colours: tuple[str, ...] = BLUES
    steps: str = ""
    stale: timedelta = _EQUIPMENT


LOOKS: Mapping[str, Look] = {
    "farms": Look("value", _COUNTS, stale=timedelta.max),
    "soil_dryness": Look("share", _SHARES, "%", EARTHS, stale=_DAILY),
    "lighting_power": Look("value", (1.0, 10.0, 50.0, 200.0), "kW"),
    "lamps_on": Look("share", _SHARES, "%"),
    "free_spaces": Look("taken", _SHARES, "%"),
    "vehicle_flow": Look("value", (200.0, 500.0, 2000.0, 10_000.0), "/h"),
    "building_power": Look("value", (50.0, 100.0, 500.0, 2000.0), "kW"),
    "pv_power": Look("share", _SHARES, "%"),
    "air_index": Look("value", (2.0, 3.0, 4.0, 5.0, 6.0), "", EARTHS, "air_step", _DAILY),
    "drought": Look("value", (1.0, 2.0, 3.0, 4.0), "", EARTHS, "drought", _DAILY),
    "reports": Look("value", _COUNTS, stale=_DAILY),
}


def measure(layer: str, figure: Figure) -> float:
    """What a figure is coloured by; NaN where it is not known."""
    of = LOOKS[layer].of
    if of == "value":
        return figure.value
    return figure.share if of == "share" else 1.0 - figure.share


def class_of(layer: str, figure: Figure | None) -> int | None:
    """The class of a figure; None where there is no figure, or not what it is coloured by."""
    if figure is None:
        return None
    value = measure(layer, figure)
    return None if isnan(value) else bisect_right(LOOKS[layer].breaks, value)


def step_code(layer: str, number: int) -> str:
    """The code of a class that is a word."""
    return LEVELS[number] if LOOKS[layer].steps == "drought" else str(number + 1)
