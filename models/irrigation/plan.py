"""When to water and how much: the smallest irrigation that keeps beds from stress, and the week.

A bed is watered at its next chance when, left alone until the chance after, it would pass its
readily available water more likely than `risk`. Later days of the week are planned
on even odds: by then the probes will have told more. Choice and dose are monotone: a drier bed
never waits longer, and more rain never asks for more water.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.irrigation.ahead import Beds, Water, dried, walk, wetted
from models.irrigation.ensemble import Ahead

Array = NDArray[np.float64]

RISK = 0.3  # accepted chance of stress
EVEN = 0.5  # the same for planned days
COUNTED_AHEAD = 3  # days whose likely rain a dose leaves room for
DAYS = 7  # days of the plan
LOOK_AHEAD = DAYS + COUNTED_AHEAD - 1  # days of weather that a plan needs
COUNTED_RAIN = 2.0  # mm of recent rain below which it explains no decision
NEVER = 10_000  # day of a chance to water that never comes


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides.

    Attributes
    ----------
    minimum_dose : (beds,)  Below which watering is not worth starting. [mm]
    first_chance : (beds,)  Day of the next chance to water: 0 today, 1 tomorrow; `NEVER` without
        the means.
    stands : (beds,)  Days after that of a missed chance that end before the next one: 0 for a
        chance in the morning, 1 in the evening, whose next day's sun comes first.
    greatest_dose : (beds,)  What a day's watering can bring at most. [mm]
    risk : Accepted chance of stress. [-]
    first_share : Share of today's evapotranspiration that is still to come. [-]
    """

    minimum_dose: Array
    first_chance: NDArray[np.int_]
    stands: NDArray[np.int_]
    greatest_dose: Array | float = np.inf
    risk: float = RISK
    first_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Need:
    """What beds need on one day, all (beds,): is it time, how much [mm], chance of stress [-]."""

    due: NDArray[np.bool_]
    too_small: NDArray[np.bool_]
    depth: Array
    chance: Array


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
        enough_water.
    irrigate : Whether to water at the next chance.
    depth : How much; 0 when not. [mm]
    chance : Chance of stress between the next chance to water and the one after, when nothing is
        done. [-]
    days_to_raw : Days until the median passes raw when nothing is done; NaN beyond `LOOK_AHEAD`.
    """

    reasons: tuple[str, ...]
    irrigate: NDArray[np.bool_]
    depth: Array
    chance: Array
    days_to_raw: Array
    week: Week


def need(
    water: Water, beds: Beds, weather: Ahead, rules: Rules, day: int = 0, *, risk: float
) -> Need:
    """Whether beds must be watered on `day`, or at their first chance after it, and how much.

    The dose refills the median to field capacity less the rain that is as likely as not, and is at
    least what keeps the chance of stress under `risk`; never below `minimum_dose`, never above
    the depletion or what a day can bring: the rest waits for the next chance.
    """
    worst, before = _left_alone(water, beds, weather, rules, day)
    median = np.median(before, axis=1)
    chance = np.asarray((worst > 0.0).mean(axis=1))
    stressed = np.median(water.depletion, axis=1) > beds.raw[day]
    wanted = (chance > risk) | stressed
    too_small = wanted & (median < rules.minimum_dose) & ~stressed
    rain = beds.rain_share * np.median(weather.rain[day : day + COUNTED_AHEAD].sum(axis=0))
    safe = np.quantile(worst, 1.0 - risk, axis=1)
    dose = np.maximum(np.maximum(median - rain, safe), rules.minimum_dose)
    depth = np.minimum(np.minimum(dose, median), rules.greatest_dose)
    return Need(wanted & ~too_small, too_small, depth, chance)


def _left_alone(
    water: Water, beds: Beds, weather: Ahead, rules: Rules, day: int
) -> tuple[Array, Array]:
    """What happens when nothing is done, (beds, members) each. [mm]

    By how much raw is passed between the next chance to water and the one after (before the next
    chance no watering can change anything any more), and the depletion just before that chance.
    """
    beds_now = len(beds.rain_share)
    chance = np.where(rules.first_chance < NEVER, np.maximum(rules.first_chance, day), day)
    last = chance + rules.stands
    days = int(last.max()) - day + 1
    course = walk(
        water,
        beds,
        weather,
        irrigation=np.zeros((days, beds_now)),
        first=day,
        first_share=rules.first_share,
    ).depletion
    over = course - beds.raw[day : day + days, :, None]
    number = np.arange(day, day + days)[:, None]
    counts = (chance <= number) & (number <= last)
    states = np.concatenate([water.depletion[None], course])
    before = states[chance - day, np.arange(beds_now)]
    return np.where(counts[:, :, None], over, -np.inf).max(axis=0), before


def plan(
    water: Water,
    beds: Beds,
    weather: Ahead,
    rules: Rules,
    *,
    recent_rain: Array,
) -> Plan:
    """The decision for the next chance to water, why, and the week that follows from it.

    Parameters
    ----------
    water : State now, (beds, members). [mm]
    weather : At least `LOOK_AHEAD` days; day 0 is what remains of today.
    recent_rain : (beds,)  Rain of the last days that reached the root zone. [mm]
    """
    now = need(water, beds, weather, rules, risk=rules.risk)
    due = now.due & (rules.first_chance < NEVER)
    week = _week(water, beds, weather, rules, due)
    chosen = np.minimum(rules.first_chance, DAYS - 1)
    return Plan(
        reasons=_reasons(water, beds, weather, rules, now, recent_rain),
        irrigate=due,
        depth=np.where(due, week.irrigation[chosen, np.arange(len(due))], 0.0),
        chance=now.chance,
        days_to_raw=_days_to_raw(water, beds, weather, rules),
        week=week,
    )


def _reasons(
    water: Water, beds: Beds, weather: Ahead, rules: Rules, now: Need, recent_rain: Array
) -> tuple[str, ...]:
    """Why, by asking what the decision would have been without the rain that fell or will fall."""
    above = np.median(water.depletion, axis=1) > beds.raw[0]
    before = np.minimum(water.depletion + recent_rain[:, None], beds.taw[0][:, None])
    drier = Water(before, water.surface_depletion)
    dry_sky = Ahead(np.zeros_like(weather.rain), weather.et0)
    counted = recent_rain >= COUNTED_RAIN
    codes = {
        "depletion_above_raw": now.due & above,
        "stress_soon": now.due,
        "rain_fell": counted & need(drier, beds, weather, rules, risk=rules.risk).due,
        "dose_too_small": now.too_small,
        "rain_expected": need(water, beds, dry_sky, rules, risk=rules.risk).due,
    }
    chosen = np.select(list(codes.values()), list(codes), "enough_water")
    return tuple(str(code) for code in chosen)


def _week(
    water: Water, beds: Beds, weather: Ahead, rules: Rules, decided: NDArray[np.bool_]
) -> Week:
    """Day by day: what was decided at the first chance, afterwards water where it is time."""
    ets, depths, states = [], [], []
    for day in range(DAYS):
        ask = need(water, beds, weather, rules, day, risk=EVEN)
        later = (day > rules.first_chance) & ask.due
        depth = np.where(later | (decided & (day == rules.first_chance)), ask.depth, 0.0)
        water = wetted(water, beds, rain=weather.rain[day], irrigation=depth)
        share = rules.first_share if day == 0 else 1.0
        water, et = dried(water, beds, day, et0=weather.et0[day], share=share)
        ets.append(np.median(et, axis=1))
        depths.append(depth)
        states.append(water.depletion)
    low, middle, high = np.quantile(np.stack(states), [0.1, 0.5, 0.9], axis=2)
    rain = beds.rain_share * weather.rain[:DAYS].mean(axis=1)[:, None]
    return Week(np.stack(ets), rain, np.stack(depths), middle, low, high)


def _days_to_raw(water: Water, beds: Beds, weather: Ahead, rules: Rules) -> Array:
    """Days until the median passes raw when nothing is done: 0 when it has, NaN beyond sight."""
    days = min(len(weather.et0), len(beds.raw))
    nothing = np.zeros((days, len(beds.rain_share)))
    course = walk(water, beds, weather, irrigation=nothing, first_share=rules.first_share)
    above = np.median(course.depletion, axis=2) > beds.raw[:days]
    first = np.where(above.any(axis=0), above.argmax(axis=0).astype(float), np.nan)
    now = np.median(water.depletion, axis=1) > beds.raw[0]
    return np.where(now, 0.0, first)
