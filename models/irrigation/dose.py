"""Whether a bed must be watered, and how much: the rules, and what follows from them on one day.

Choice and dose are monotone: a drier bed never waits longer, and more rain never asks for more
water.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.irrigation.ahead import Beds, Water, walk
from models.irrigation.ensemble import Ahead
from models.irrigation.strategies import RISKS, allowed_depletion

Array = NDArray[np.float64]

RISK = RISKS["balanced"]  # accepted chance of stress
COUNTED_AHEAD = 3  # days whose likely rain a dose leaves room for
DAYS = 7  # days of the plan
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
    greatest_dose : (beds,) or (days, beds)  What a day's watering can bring at most. [mm]
    risk : (beds,)  Accepted chance of stress. [-]
    first_share : Share of today's evapotranspiration that is still to come. [-]
    least_ks : (days, beds)  Stress coefficient that is accepted; 1 where no stress is meant. [-]
    open_days : (days, beds)  Whether watering is allowed on a day; None: on all. Days after the
        last are open.
    """

    minimum_dose: Array
    first_chance: NDArray[np.int_]
    stands: NDArray[np.int_]
    greatest_dose: Array | float = np.inf
    risk: Array | float = RISK
    first_share: float = 1.0
    least_ks: Array | float = 1.0
    open_days: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What beds need on one day, all (beds,).

    Attributes
    ----------
    due, too_small : Whether it is time; whether so little is missing that it is not worth it.
    depth : How much. [mm]
    chance : Chance of passing the allowed depletion. [-]
    loss : Share of its transpiration that the crop would then lose, in the mean of members. [-]
    """

    due: NDArray[np.bool_]
    too_small: NDArray[np.bool_]
    depth: Array
    chance: Array
    loss: Array


def need(
    water: Water,
    beds: Beds,
    weather: Ahead,
    rules: Rules,
    day: int = 0,
    *,
    risk: Array | float,
) -> Need:
    """Whether beds must be watered on `day`, or at their first chance after it, and how much.

    The dose refills the median to field capacity less the rain that is as likely as not, and is at
    least what keeps the chance of stress under `risk`; never below `minimum_dose`, never above
    the depletion or what a day can bring: the rest waits for the next chance.
    """
    limit = allowed(beds, rules, day)
    chance_day = _chances(rules, day, len(beds.raw))[0]
    worst, before = _left_alone(water, beds, weather, rules, day)
    median = np.median(before, axis=1)
    chance = np.asarray((worst > 0.0).mean(axis=1))
    room = np.maximum(beds.taw[day] - limit, 1e-9)[:, None]
    stressed = np.median(water.depletion, axis=1) > limit
    wanted = (chance > risk) | stressed
    too_small = wanted & (median < rules.minimum_dose) & ~stressed
    rain = beds.rain_share * np.median(weather.rain[day : day + COUNTED_AHEAD].sum(axis=0), axis=-1)
    dose = np.maximum(np.maximum(median - rain, _quantile(worst, 1.0 - risk)), rules.minimum_dose)
    depth = np.minimum(np.minimum(dose, median), _greatest(rules, chance_day))
    loss = np.clip(worst / room, 0.0, 1.0).mean(axis=1)
    return Need(wanted & ~too_small, too_small, depth, chance, loss)


def allowed(beds: Beds, rules: Rules, day: int) -> Array:
    """Allowed depletion of a day. (beds,) [mm]"""
    least = np.asarray(rules.least_ks)
    return allowed_depletion(beds.taw[day], beds.raw[day], least[day] if least.ndim == 2 else least)


def allowed_on(beds: Beds, rules: Rules, days: slice) -> Array:
    """Allowed depletion of some days. (days, beds) [mm]"""
    least = np.asarray(rules.least_ks)
    part = least[days] if least.ndim == 2 else least
    return allowed_depletion(beds.taw[days], beds.raw[days], part)


def _greatest(rules: Rules, day: NDArray[np.int_]) -> Array:
    """The greatest dose of each bed on its own day. (beds,) [mm]"""
    most = np.asarray(rules.greatest_dose, float)
    if most.ndim < 2:
        return most
    return most[np.minimum(day, len(most) - 1), np.arange(most.shape[1])]


def _quantile(values: Array, q: Array | float) -> Array:
    """The quantile of each row at its own `q`, linear between members. (beds,)"""
    members = values.shape[1]
    ordered = np.sort(values, axis=1)
    place = np.broadcast_to(np.asarray(q, float) * (members - 1), len(values))
    low = np.clip(np.floor(place).astype(int), 0, members - 1)
    high = np.minimum(low + 1, members - 1)
    rows = np.arange(len(values))
    part = place - low
    return ordered[rows, low] * (1.0 - part) + ordered[rows, high] * part


def _chances(rules: Rules, day: int, horizon: int) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Days of the first chance from `day` on and of the one after, both (beds,).

    A bed without a chance in sight is looked at as if it had one on `day`.
    """
    first = np.where(rules.first_chance < NEVER, np.maximum(rules.first_chance, day), day)
    if rules.open_days is None:
        return first, first + 1
    following = _next_open(rules.open_days, horizon)
    beds = np.arange(len(first))
    chance = following[np.minimum(first, horizon), beds]
    chance = np.where(chance < horizon, chance, day)
    return chance, following[np.minimum(chance + 1, horizon), beds]


def _next_open(open_days: NDArray[np.bool_], horizon: int) -> NDArray[np.int_]:
    """For each day the first open one from it on; `horizon` when there is none. (horizon + 1, beds)

    Days that `open_days` does not tell are open.
    """
    beds = open_days.shape[1]
    following = np.full((horizon + 1, beds), horizon)
    for day in range(horizon - 1, -1, -1):
        known = open_days[day] if day < len(open_days) else np.ones(beds, dtype=bool)
        following[day] = np.where(known, day, following[day + 1])
    return following


def _left_alone(
    water: Water, beds: Beds, weather: Ahead, rules: Rules, day: int
) -> tuple[Array, Array]:
    """What happens when nothing is done, (beds, members) each. [mm]

    By how much the allowed depletion is passed between the next chance to water and the one after
    (before the next chance no watering can change anything any more), and the depletion just
    before that chance.
    """
    beds_now, horizon = len(beds.rain_share), len(beds.raw)
    chance, after = _chances(rules, day, horizon)
    last = np.maximum(np.minimum(after - 1 + rules.stands, horizon - 1), chance)
    days = int(last.max()) - day + 1
    course = walk(
        water,
        beds,
        weather,
        irrigation=np.zeros((days, beds_now)),
        first=day,
        first_share=rules.first_share,
    ).depletion
    over = course - allowed_on(beds, rules, slice(day, day + days))[:, :, None]
    number = np.arange(day, day + days)[:, None]
    counts = (chance <= number) & (number <= last)
    states = np.concatenate([water.depletion[None], course])
    before = states[chance - day, np.arange(beds_now)]
    return np.where(counts[:, :, None], over, -np.inf).max(axis=0), before


def first_days(rules: Rules, horizon: int) -> NDArray[np.int_]:
    """Day of the first chance to water; `NEVER` where none is within the week. (beds,)"""
    if rules.open_days is None:
        return rules.first_chance
    following = _next_open(rules.open_days, horizon)
    found = following[np.minimum(rules.first_chance, horizon), np.arange(len(rules.first_chance))]
    return np.where(found < min(DAYS, horizon), found, NEVER)


def is_open(rules: Rules, day: int) -> NDArray[np.bool_]:
    """Whether each bed may be watered on a day. (beds,)"""
    if rules.open_days is None or day >= len(rules.open_days):
        return np.ones(len(rules.first_chance), dtype=bool)
    return rules.open_days[day]
