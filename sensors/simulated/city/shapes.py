"""How each kind of equipment goes through days and seasons; arrays over the pieces of one kind.

The shapes are plain (bumps, slopes, thresholds) and invented; nothing here is a fact about a city.
"""

import numpy as np
from numpy.typing import NDArray

from sensors.simulated.city.moment import SATURDAY, SUNDAY, Moment

Floats = NDArray[np.float64]

_DUSK = -2.5  # ° of the sun's height, below which the lights are on
_DIM_FROM, _DIM_UNTIL, _DIMMED = 23.0, 5.5, 0.5
_HEATED_BELOW, _COOLED_ABOVE = 16.0, 25.0  # °C outside
_OPEN_FROM, _OPEN_UNTIL = 7.0, 19.0


def lights(
    now: Moment, lamps: Floats, watts: Floats, dusk: Floats
) -> tuple[Floats, Floats, Floats]:
    """Lamps that are on, their level [%] and what they draw [kW].

    `dusk` ° shifts each cabinet's twilight switch; in the deep of the night all are dimmed.
    """
    is_on = (now.sun_height < _DUSK + dusk).astype(float)
    deep = now.hour >= _DIM_FROM or now.hour < _DIM_UNTIL
    level = is_on * (_DIMMED if deep else 1.0)
    failing = np.floor(lamps * 0.01)
    lit = np.maximum(lamps - failing, 0.0) * is_on
    return lit, 100.0 * level, lit * watts * level / 1000.0


def bump(hour: float, peak: float, width: float) -> float:
    """1 at the peak of the day, nothing far from it; the day is a circle. [1]"""
    apart = (hour - peak + 12.0) % 24.0 - 12.0
    return float(np.exp(-0.5 * (apart / width) ** 2))


def traffic(now: Moment) -> float:
    """Vehicles as a share of what a road sees at its busiest: two peaks on workdays. [1]"""
    if now.is_workday:
        rush = 0.75 * bump(now.hour, 8.1, 1.0) + 0.8 * bump(now.hour, 17.6, 1.5)
        return min(0.04 + rush + 0.45 * bump(now.hour, 12.8, 3.0), 1.0)
    lively = 0.55 if now.weekday == SATURDAY else 0.4
    return 0.04 + lively * bump(now.hour, 16.0, 4.0) + 0.12 * bump(now.hour, 23.5, 1.5)


def parked(now: Moment) -> float:
    """How full a car park in town is: shops and offices by day, neighbours by night. [1]"""
    night = 0.22 * bump(now.hour, 3.0, 4.5)
    if now.weekday == SUNDAY:
        return 0.12 + night + 0.18 * bump(now.hour, 15.5, 3.0)
    if now.weekday == SATURDAY:
        return 0.12 + night + 0.75 * bump(now.hour, 15.5, 2.8)
    return 0.12 + night + 0.55 * bump(now.hour, 11.0, 2.4) + 0.5 * bump(now.hour, 16.0, 2.6)


def buildings(now: Moment, base: Floats, people: Floats, warmth: Floats) -> Floats:
    """What public buildings draw. [kW]

    Parameters
    ----------
    base : Always. [kW]
    people : While they are open, on workdays. [kW]
    warmth : For each degree that it is too cold, a third of it where it is too warm. [kW °C⁻¹]
    """
    is_open = now.is_workday and _OPEN_FROM <= now.hour < _OPEN_UNTIL
    cold = max(_HEATED_BELOW - now.air_temperature, 0.0) * (1.0 if is_open else 0.6)
    hot = max(now.air_temperature - _COOLED_ABOVE, 0.0) * (1.0 if is_open else 0.2)
    return base + people * float(is_open) + warmth * (cold + hot / 3.0)


def solar(now: Moment, peak: Floats) -> Floats:
    """What solar plants give: warm cells give less. [kW]"""
    cell = now.air_temperature + 0.03 * now.solar_radiation
    heat_loss = 1.0 - 0.004 * max(cell - 25.0, 0.0)
    return peak * 0.86 * heat_loss * now.solar_radiation / 1000.0


def air_index(now: Moment, place: Floats) -> Floats:
    """The day's index of the air, 1 (good) to 5: worse when it is still and sunny or cold. [1]"""
    still = max(2.5 - now.wind_speed, 0.0) * 0.5
    ozone = 0.9 * (now.air_temperature > 28.0) + 0.5 * (now.air_temperature > 22.0)
    smoke = 0.8 * (now.air_temperature < 4.0)
    return np.asarray(np.clip(np.round(1.4 + still + ozone + smoke + place), 1.0, 5.0))
