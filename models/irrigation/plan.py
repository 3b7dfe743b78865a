"""When to water and how much: the smallest irrigation that keeps beds from stress, and the week.

A bed is watered at its next chance when, left alone until the chance after, it would pass its
allowed depletion more likely than the farmer accepts. That is the readily available water, or more
where stress is meant. Later days of the week are planned on even odds: by then the probes will
have told more. Choice and dose are monotone: a drier bed never waits longer, and more rain never
asks for more water. Beds that share a tap or a tank get their doses from `shared`.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.irrigation.ahead import Beds, Water, dried, walk, wetted
from models.irrigation.dose import (
    COUNTED_AHEAD,
    DAYS,
    NEVER,
    RISK,
    Need,
    Rules,
    allowed,
    allowed_on,
    first_days,
    is_open,
    need,
)
from models.irrigation.ensemble import Ahead
from models.irrigation.shared import CODES, WHOLE, Granted, Supply, grant, refilled

__all__ = ["DAYS", "LOOK_AHEAD", "NEVER", "RISK", "Need", "Plan", "Rules", "Week", "need", "plan"]

Array = NDArray[np.float64]

EVEN = 0.5  # the same for planned days
LOOK_AHEAD = DAYS + COUNTED_AHEAD - 1  # days of weather that a plan needs
COUNTED_RAIN = 2.0  # mm of recent rain below which it explains no decision


@dataclass(frozen=True, slots=True)
class Week:
    """The days ahead, all (DAYS, beds): medians, and the 80 % range of depletion. [mm]"""

    et: Array
    rain: Array
    irrigation: Array
    depletion: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Plan:
    """The decision, all (beds,), and the week.

    Attributes
    ----------
    reasons : depletion_above_raw, stress_soon | dose_too_small, rain_fell, rain_expected,
        deficit_on_purpose, enough_water; tank_low, window_full where beds share and one got less
        than it needs, or nothing.
    irrigate : Whether to water at the next chance.
    depth : How much; 0 when not. [mm]
    chance : Chance of passing the allowed depletion between the next chance to water and the one
        after, when nothing is done. [-]
    days_to_raw : Days until the median passes the allowed depletion when nothing is done; NaN
        beyond `LOOK_AHEAD`.
    day : Day of the next chance to water; `NEVER` where none is in sight.
    start, end : Of its watering, minutes after that day's midnight; NaN where nobody shares. [min]
    """

    reasons: tuple[str, ...]
    irrigate: NDArray[np.bool_]
    depth: Array
    chance: Array
    days_to_raw: Array
    week: Week
    day: NDArray[np.int_]
    start: Array
    end: Array


def plan(
    water: Water,
    beds: Beds,
    weather: Ahead,
    rules: Rules,
    *,
    recent_rain: Array,
    supply: Supply | None = None,
) -> Plan:
    """The decision for the next chance to water, why, and the week that follows from it.

    Parameters
    ----------
    water : State now, (beds, members). [mm]
    weather : At least `LOOK_AHEAD` days; day 0 is what remains of today.
    recent_rain : (beds,)  Rain of the last days that reached the root zone. [mm]
    supply : The taps and tanks that beds share; None where each has its own.
    """
    now = need(water, beds, weather, rules, risk=rules.risk)
    day = first_days(rules, len(beds.raw))
    due = now.due & (day < NEVER)
    week, given = _week(water, beds, weather, rules, due, day, supply)
    own = np.arange(len(due))
    chosen = np.minimum(day, DAYS - 1)
    depth = np.where(due, week.irrigation[chosen, own], 0.0)
    reasons = _reasons(water, beds, weather, rules, now, recent_rain)
    start = end = np.full(len(due), np.nan)
    if given:
        short = np.stack([one.short for one in given])[chosen, own]
        codes = np.asarray(CODES)[short]
        reasons = np.where(due & (short != WHOLE), codes, reasons)
        start = np.where(depth > 0.0, np.stack([one.start for one in given])[chosen, own], np.nan)
        end = np.where(depth > 0.0, np.stack([one.end for one in given])[chosen, own], np.nan)
    return Plan(
        reasons=tuple(str(code) for code in reasons),
        irrigate=due & (depth > 0.0) if given else due,
        depth=depth,
        chance=now.chance,
        days_to_raw=_days_to_raw(water, beds, weather, rules),
        week=week,
        day=day,
        start=start,
        end=end,
    )


def _reasons(
    water: Water, beds: Beds, weather: Ahead, rules: Rules, now: Need, recent_rain: Array
) -> NDArray[np.str_]:
    """Why, by asking what the decision would have been without the rain that fell or will fall."""
    above = np.median(water.depletion, axis=1) > allowed(beds, rules, 0)
    before = np.minimum(water.depletion + recent_rain[:, None], beds.taw[0][:, None])
    drier = Water(before, water.surface_depletion)
    dry_sky = Ahead(np.zeros_like(weather.rain), weather.et0)
    counted = recent_rain >= COUNTED_RAIN
    codes = {
        "depletion_above_raw": now.due & above,
        "stress_soon": now.due,
        "deficit_on_purpose": _meant(water, beds, weather, rules),
        "rain_fell": counted & need(drier, beds, weather, rules, risk=rules.risk).due,
        "dose_too_small": now.too_small,
        "rain_expected": need(water, beds, dry_sky, rules, risk=rules.risk).due,
    }
    return np.select(list(codes.values()), list(codes), "enough_water")


def _meant(water: Water, beds: Beds, weather: Ahead, rules: Rules) -> NDArray[np.bool_]:
    """Whether only the strategy keeps from watering. (beds,)"""
    if not np.any(np.asarray(rules.least_ks) < 1.0):
        return np.zeros(len(beds.rain_share), dtype=bool)
    return need(water, beds, weather, replace(rules, least_ks=1.0), risk=rules.risk).due


def _week(
    water: Water,
    beds: Beds,
    weather: Ahead,
    rules: Rules,
    decided: NDArray[np.bool_],
    first: NDArray[np.int_],
    supply: Supply | None,
) -> tuple[Week, list[Granted]]:
    """Day by day: what was decided at the first chance, afterwards water where it is time."""
    ets, depths, states, given = [], [], [], list[Granted]()
    level = supply.level if supply else np.zeros(0)
    for day in range(DAYS):
        ask = need(water, beds, weather, rules, day, risk=EVEN)
        later = (day > first) & ask.due & is_open(rules, day)
        depth = np.where(later | (decided & (day == first)), ask.depth, 0.0)
        if supply:
            least, urgency = rules.minimum_dose, supply.weight * ask.loss
            given.append(
                grant(supply, day, wanted=depth, least=least, urgency=urgency, level=level)
            )
            depth, level = given[-1].depth, refilled(supply, day, given[-1].level)
        water = wetted(water, beds, rain=weather.rain[day], irrigation=depth)
        share = rules.first_share if day == 0 else 1.0
        water, et = dried(water, beds, day, et0=weather.et0[day], share=share)
        ets.append(np.median(et, axis=1))
        depths.append(depth)
        states.append(water.depletion)
    low, middle, high = np.quantile(np.stack(states), [0.1, 0.5, 0.9], axis=2)
    mean = weather.rain[:DAYS].mean(axis=-1)
    rain = beds.rain_share * (mean[:, None] if mean.ndim == 1 else mean)
    return Week(np.stack(ets), rain, np.stack(depths), middle, low, high), given


def _days_to_raw(water: Water, beds: Beds, weather: Ahead, rules: Rules) -> Array:
    """Days until the median passes the allowed depletion when nothing is done.

    0 when it has, NaN beyond sight.
    """
    days = min(len(weather.et0), len(beds.raw))
    nothing = np.zeros((days, len(beds.rain_share)))
    course = walk(water, beds, weather, irrigation=nothing, first_share=rules.first_share)
    above = np.median(course.depletion, axis=2) > allowed_on(beds, rules, slice(days))
    first = np.where(above.any(axis=0), above.argmax(axis=0).astype(float), np.nan)
    now = np.median(water.depletion, axis=1) > allowed(beds, rules, 0)
    return np.where(now, 0.0, first)
