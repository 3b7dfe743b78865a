"""The season's balance corrected by the probes day by day: an ensemble Kalman filter.

A reading moves everything the members differ in, each as far as the members show that it goes with
the reading (square-root filter without perturbed readings [1], parameters as states [2]). Without
readings the members keep spreading, which is what is then known; the first reading after weeks
without one is set against everything that the bed may have done unseen.

Readings far above what the members explain tell of water that nobody noted: the depletion then
follows as far as all probes of the bed agree, and no further. Readings far below tell that a probe
is not what it was: the depletion follows to what it says by itself, and its offset is learned anew.
A probe that keeps falling faster than soil can dry or drain has failed.

References
----------
[1] Whitaker, Hamill (2002), Ensemble data assimilation without perturbed observations.
    doi:10.1175/1520-0493(2002)130<1913:EDAWPO>2.0.CO;2
[2] Evensen (2009), The ensemble Kalman filter for combined state and parameter estimation.
    doi:10.1109/MCS.2009.932223
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.irrigation.members import (
    DEPLETION,
    FIXED,
    MEMBERS,
    UNNAMED,
    Array,
    Ensemble,
    Weather,
    blindness,
    columns,
    forecast,
    start,
    within,
)
from models.water import balance

READING_ERROR = 0.006  # m³ m⁻³, of a day's mean beside the constant part
TIMING_ERROR = 0.3  # of the day's rain and watering, whose hour a daily mean does not tell
BOUND = 3.0  # standard errors beyond which a reading tells of water nobody noted
UNEXPLAINED_ERROR = 0.3  # of that water, how ill it is known

_FAR = 1e9

FALL = 4.0  # standard errors by which a reading falls that no soil can follow
FALLS, LOOKED_BACK = 3, 10  # so many such falls among the latest readings: it has failed


@dataclass(frozen=True, slots=True)
class Readings:
    """What the probes said.

    Attributes
    ----------
    water_content : (days, beds, probes)  Mean of the day over the root zone, NaN = none. [m³ m⁻³]
    offset, offset_error : (beds, probes)  What each probe is thought to read too much, and the
        standard error of that. [m³ m⁻³]
    """

    water_content: Array
    offset: Array
    offset_error: Array


@dataclass(frozen=True, slots=True)
class Assimilated:
    """The season as balance and probes know it together.

    Attributes
    ----------
    last : Ensemble  After the last day.
    depletion, error : (days, beds)  Mean and standard deviation of the members. [mm]
    innovation : (days, beds, probes)  Reading less what was expected, in standard errors. [-]
    """

    last: Ensemble
    depletion: Array
    error: Array
    innovation: Array


def assimilate(
    weather: Weather,
    beds: balance.Beds,
    readings: Readings,
    *,
    irrigation: ArrayLike,
    initial_depletion: ArrayLike,
    seed: int,
    members: int = MEMBERS,
) -> Assimilated:
    """Run the season's balance as an ensemble and correct it on every day with readings.

    Parameters
    ----------
    weather : (days,)
    beds : (beds,)
    readings : (days, beds, probes); `probes` may be 0.
    irrigation : (days, beds)  As it reaches the soil. [mm]
    initial_depletion : (beds,)  Before the first day. [mm]
    seed, members : The same seed gives the same members.
    """
    water = np.asarray(readings.water_content, float)
    days, size, probes = water.shape
    now = start(
        beds,
        depletion=initial_depletion,
        offset=readings.offset,
        offset_error=readings.offset_error,
        seed=seed,
        members=members,
    )
    depletion, error = np.empty((days, size)), np.empty((days, size))
    innovation = np.full((days, size, probes), np.nan)
    tall = columns(beds)
    given = np.broadcast_to(np.asarray(irrigation, float), (days, size))
    for day, sky in enumerate(weather.days()):
        before = now.water_content
        now = forecast(now, tall, sky, day=day, irrigation=given[day], seed=seed)
        if not np.isnan(water[day]).all():
            # A day's mean lies half-way between the day's ends.
            seen = (before + now.water_content) / 2.0
            fallen = sky.rain * np.asarray(beds.rain_share, float) + given[day]
            noise = reading_error(fallen, now.root_depth)
            now, innovation[day] = update(now, seen, water[day], noise)
        depletion[day] = now.depletion.mean(axis=1)
        error[day] = now.depletion.std(axis=1)
    return Assimilated(now, depletion, error, innovation)


def reading_error(fallen: ArrayLike, root_depth: ArrayLike) -> Array:
    """Standard error of a reading beside the probe's offset. [m³ m⁻³]

    Parameters
    ----------
    fallen : (beds,)  Rain and watering about the reading's time, which may not be in it yet. [mm]
    root_depth : (beds,)  [m]
    """
    wet = TIMING_ERROR * np.asarray(fallen, float) / (1000.0 * np.asarray(root_depth, float))
    return np.hypot(READING_ERROR, wet)


def update(
    now: Ensemble, seen: Array, water_content: Array, noise: ArrayLike
) -> tuple[Ensemble, Array]:
    """The members after the readings of some moment.

    Parameters
    ----------
    seen : (beds, members)  Root-zone water content that the readings show. [m³ m⁻³]
    water_content : (beds, probes)  The readings, NaN = none. [m³ m⁻³]
    noise : (beds,)  Standard error of a reading beside its constant offset. [m³ m⁻³]

    Returns
    -------
    The ensemble, and (beds, probes) the innovations in standard errors.

    References
    ----------
    Whitaker and Hamill [1], eq. 10–13, one reading after the other.
    """
    rows = np.concatenate([now.values, seen[None]])
    readings = np.asarray(water_content, float).T
    heard = ~np.isnan(readings).all(axis=0)
    missed = np.where(heard[:, None], blindness(now), 0.0)
    rows[DEPLETION] += missed
    rows[-1] -= missed / (1000.0 * now.root_depth[:, None])
    expected = rows[FIXED:-1] + seen
    spread = np.sqrt(expected.var(axis=2) + np.asarray(noise, float) ** 2)
    difference = readings - expected.mean(axis=2)
    beyond = difference - np.clip(difference, -BOUND * spread, BOUND * spread)
    for probe, reading in enumerate(readings):
        _correct(rows, FIXED + probe, reading, noise, now.root_depth)
    # No soil falls beyond all bounds: then a probe counts as it stands, and not as it was known.
    fall = np.minimum(_mean(readings - now.offset.T) - rows[-1].mean(axis=1), 0.0)
    jump = np.maximum(_common(beyond), fall)
    _follow(rows, jump, now.root_depth)
    rows[FIXED:-1] += np.nan_to_num(beyond - jump)[:, :, None]  # what remains is the probe's own
    after = replace(now, values=rows[:-1].copy(), unseen=np.where(heard, 0.0, now.unseen))
    return within(after), (difference / spread).T


def _common(beyond: Array) -> Array:
    """What all probes of a bed agree on: the least of their excesses. (probes, beds) → (beds,)"""
    if not len(beyond):
        return np.zeros(beyond.shape[1])
    low = np.min(np.where(np.isnan(beyond), _FAR, beyond), axis=0)
    high = np.max(np.where(np.isnan(beyond), -_FAR, beyond), axis=0)
    agreed = np.maximum(low, 0.0) + np.minimum(high, 0.0)
    return np.where(np.isnan(beyond).all(axis=0), 0.0, agreed)


def _mean(readings: Array) -> Array:
    """Mean of what was heard, 0 where nothing was. (probes, beds) → (beds,)"""
    heard = ~np.isnan(readings)
    return np.nan_to_num(readings).sum(axis=0) / np.maximum(heard.sum(axis=0), 1)


def _follow(rows: Array, jump: Array, root_depth: Array) -> None:
    """Take a jump of the water content as true; in place. (beds,) [m³ m⁻³]"""
    members = rows.shape[2]
    levels = np.sqrt(3.0) * (2.0 * (np.arange(members) + 0.5) / members - 1.0)  # variance 1
    risen = jump[:, None] * (1.0 + UNEXPLAINED_ERROR * levels)
    rows[DEPLETION] -= 1000.0 * root_depth[:, None] * risen
    rows[-1] += risen


def _correct(rows: Array, offset: int, reading: Array, noise: ArrayLike, root_depth: Array) -> None:
    """One probe's reading; the last of `rows` is what it sees, `offset` what it adds; in place."""
    expected = rows[-1] + rows[offset]
    centre = expected.mean(axis=1)
    apart = expected - centre[:, None]
    variance = np.asarray(noise, float) ** 2
    total = (apart**2).mean(axis=1) + variance
    most = BOUND * np.sqrt(total)
    told = np.where(np.isnan(reading), 0.0, np.clip(reading - centre, -most, most))
    gain = np.einsum("rbm,bm->rb", rows, apart)  # `apart` sums to 0: no mean to take off
    gain *= ~np.isnan(reading) / (total * apart.shape[1])
    # A wetter reading never dries the root zone, nor fills it by more than the reading rose.
    gain[DEPLETION] = np.clip(gain[DEPLETION], -1000.0 * root_depth, 0.0)
    gain[-1] = np.clip(gain[-1], 0.0, 1.0)
    gain[UNNAMED] = 0.0  # what has no name has no rule to learn, either: it only widens
    shrink = 1.0 / (1.0 + np.sqrt(variance / total))
    rows += gain[:, :, None] * (told[:, None] - shrink[:, None] * apart)


def failing(innovation: Array) -> NDArray[np.bool_]:
    """Probes that keep falling faster than soil can dry or drain.

    A rise can be a watering nobody noted; a fall of `FALL` standard errors has no such cause.

    Parameters
    ----------
    innovation : (days, beds, probes)  In standard errors, NaN = no reading. [-]

    Returns
    -------
    (beds, probes)  Whether `FALLS` of the `LOOKED_BACK` latest readings fell so.
    """
    heard = ~np.isnan(innovation)
    after = np.cumsum(heard[::-1], axis=0)[::-1]  # readings from this day on, itself included
    fell = heard & (innovation < -FALL) & (after <= LOOKED_BACK)
    return fell.sum(axis=0) >= FALLS
