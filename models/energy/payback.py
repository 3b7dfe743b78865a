"""What advised watering spares against a fixed timer: water, energy, hours and euros.

The timer gives every plot the same depth on every day of its season, whatever falls from the sky;
the water really given is taken from the records. The difference is reckoned on in energy, hours and
euros with assumptions that are all shown and can all be changed. The interval says how far the
result moves when they move within their own ranges, drawn by Latin hypercube [1]; it says nothing
of waterings that nobody wrote down.

References
----------
[1] McKay, Beckman, Conover (1979), Comparison of three methods for selecting values of input
    variables. doi:10.1080/00401706.1979.10489755
[2] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

DRAWS, SEED = 2000, 7
QUANTILES = (0.1, 0.9)
WEIGHT = 1000.0 * 9.80665  # of a cubic metre of water, N m⁻³
JOULES = 3.6e6  # of a kWh
ASSUMED = "assumption"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number that nobody measured here: likeliest value, range, unit, and whose it is."""

    value: float
    low: float
    high: float
    unit: str
    source: str = ASSUMED


@dataclass(frozen=True, slots=True)
class Assumptions:
    """All that the records do not tell.

    Attributes
    ----------
    timer_depth : That the timer gives on a day; FAO-56 [2], table 2, has 2 to 4 mm for the
        reference evapotranspiration at about 20 °C, and a timer is set for warmer days.
    timer_days : Share of the season's days on which it runs.
    head, pump_efficiency : Height the water is lifted, pressure included; of pump and motor.
    checks_spared, check_minutes : Walks to feel the soil that advice spares, for each plot and
        week, and how long one takes.
    water_price, energy_price, hour_cost : What each costs.
    investment, lifetime, running : Probe, its share of gateway and set-up for a plot; years that
        they last; yearly costs of a plot.
    """

    timer_depth: Assumption = Assumption(4.0, 3.0, 5.0, "mm d⁻¹", f"{ASSUMED}, after FAO-56")
    timer_days: Assumption = Assumption(0.9, 0.6, 1.0, "1")
    head: Assumption = Assumption(35.0, 20.0, 50.0, "m")
    pump_efficiency: Assumption = Assumption(0.5, 0.4, 0.65, "1")
    checks_spared: Assumption = Assumption(1.0, 0.0, 2.0, "week⁻¹")
    check_minutes: Assumption = Assumption(5.0, 3.0, 10.0, "min")
    water_price: Assumption = Assumption(3.0, 1.0, 5.0, "EUR m⁻³")
    energy_price: Assumption = Assumption(0.2, 0.15, 0.25, "EUR kWh⁻¹")
    hour_cost: Assumption = Assumption(20.0, 15.0, 30.0, "EUR h⁻¹")
    investment: Assumption = Assumption(250.0, 150.0, 400.0, "EUR")
    lifetime: Assumption = Assumption(5.0, 3.0, 8.0, "a")
    running: Assumption = Assumption(20.0, 10.0, 40.0, "EUR a⁻¹")


NAMES = tuple(one.name for one in fields(Assumptions))
_SHARES = ("timer_days", "pump_efficiency")
_DIVISORS = ("pump_efficiency", "lifetime")


def edited(assumptions: Assumptions, changes: Mapping[str, float], source: str) -> Assumptions:
    """Assumptions in which some numbers are known: they have no range any more.

    Raises
    ------
    ValueError  There is no such assumption, or it cannot have this value.
    """
    known = {}
    for name, value in changes.items():
        if name not in NAMES:
            raise ValueError(f"{name!r} is no assumption; known: {', '.join(NAMES)}")
        least = "more than 0" if name in _DIVISORS else "0 or more"
        low = value > 0.0 if name in _DIVISORS else value >= 0.0
        if not (low and np.isfinite(value)) or (name in _SHARES and value > 1.0):
            most = " and at most 1" if name in _SHARES else ""
            raise ValueError(f"{name} cannot be {value:g}; give {least}{most}")
        unit = getattr(assumptions, name).unit
        known[name] = Assumption(value, value, value, unit, source)
    return replace(assumptions, **known)


@dataclass(frozen=True, slots=True)
class Watered:
    """What the records tell of a period.

    Attributes
    ----------
    given : Water given. NaN where nobody wrote any down. [m³]
    area_days : Areas of the plots, each times the days that it grew in the season. [m² d]
    plots : Those with records of watering.
    plot_days : Their days in the season. [d]
    days : Of the period, which the costs are counted for. [d]
    """

    given: float
    area_days: float
    plots: int
    plot_days: float
    days: float


@dataclass(frozen=True, slots=True)
class Range:
    """With the likeliest assumptions, and what 80 % of the draws lie between."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Payback:
    """What is spared; negative where more was given than by the timer.

    Attributes
    ----------
    timer_water, water : Given by the timer, and spared. [m³]
    energy : [kWh]
    hours : [h]
    benefit, cost, euros : Worth of what is spared, costs of the period, and what remains. [EUR]
    years : Until the investment has come back; inf where it never does. [a]
    """

    timer_water: Range
    water: Range
    energy: Range
    hours: Range
    benefit: Range
    cost: Range
    euros: Range
    years: Range


def payback(watered: Watered, assumptions: Assumptions, *, shifted: float = 0.0) -> Payback:
    """Reckon what advised watering spared in a period.

    Parameters
    ----------
    shifted : Value of the energy moved into the surplus of the sun in the period. [EUR]
    """
    likeliest = _reckoned(watered, {n: getattr(assumptions, n).value for n in NAMES}, shifted)
    drawn = _reckoned(watered, draw(assumptions), shifted)
    return Payback(**{name: _range(likeliest[name], drawn[name]) for name in likeliest})


def draw(assumptions: Assumptions, draws: int = DRAWS, seed: int = SEED) -> dict[str, Array]:
    """Assumptions drawn from triangular distributions over their ranges. (draws,) each"""
    generator = np.random.default_rng(seed)
    levels = (np.arange(draws) + 0.5) / draws
    return {
        name: triangular(generator.permutation(levels), getattr(assumptions, name))
        for name in NAMES
    }


def triangular(chance: ArrayLike, one: Assumption) -> Array:
    """Quantiles of the triangular distribution of an assumption."""
    u, width = np.asarray(chance, float), one.high - one.low
    if width <= 0.0:
        return np.full(u.shape, one.value)
    turn = (one.value - one.low) / width
    rising = one.low + np.sqrt(u * width * (one.value - one.low))
    falling = one.high - np.sqrt((1.0 - u) * width * (one.high - one.value))
    return np.where(u <= turn, rising, falling)


def _reckoned(
    watered: Watered, by: Mapping[str, float] | Mapping[str, Array], shifted: float
) -> dict[str, ArrayLike]:
    """Each result, of one set of assumptions or of many."""
    timer_water = by["timer_depth"] * by["timer_days"] * watered.area_days / 1000.0
    water = timer_water - watered.given
    energy = water * WEIGHT * by["head"] / by["pump_efficiency"] / JOULES
    hours = by["checks_spared"] * by["check_minutes"] / 60.0 * watered.plot_days / 7.0
    benefit = (
        water * by["water_price"] + energy * by["energy_price"] + hours * by["hour_cost"] + shifted
    )
    share = watered.days / 365.25
    invested = by["investment"] * watered.plots
    running = by["running"] * watered.plots * share
    cost = invested / by["lifetime"] * share + running
    yearly = np.asarray((benefit - running) / share if share > 0.0 else np.nan * benefit)
    returns = np.where(yearly > 0.0, yearly, np.nan)
    years = np.where(np.isnan(yearly), np.nan, np.where(yearly > 0.0, invested / returns, np.inf))
    return {
        "timer_water": timer_water,
        "water": water,
        "energy": energy,
        "hours": hours,
        "benefit": benefit,
        "cost": cost,
        "euros": benefit - cost,
        "years": years,
    }


def _range(likeliest: ArrayLike, drawn: ArrayLike) -> Range:
    """Quantiles that are draws themselves, so that an endless time stays endless."""
    values = np.sort(np.broadcast_to(np.asarray(drawn, float), (DRAWS,)))
    low, high = (float(values[round(share * (DRAWS - 1))]) for share in QUANTILES)
    return Range(low, float(np.asarray(likeliest)), high)
