"""Seasons of many beds and many members of the weather, by the compiled twin of `balance.step`.

`run` gives what `balance.run` gives, to 1e-12; `stream` keeps only what is asked for, so that a
city's memory stays flat. The compiler is loaded on the first call, not on import.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import BalanceError
from models.water import balance, canopy, soil
from models.water.balance import Beds, DailyWeather, Season, State
from models.water.et0 import CALM, Array
from models.water.parameters import cut_days, shape_of

_MUST_BE = tuple(
    f.name
    for f in fields(Beds)
    if f.name.startswith(("kcb_", "length_", "root_depth_", "height"))
    or f.name in {"depletion_fraction", "field_capacity", "wilting_point", "rew", "tew", "planted"}
)
_CROWD = 512  # beds a station, from which blocks of one station are worth more than of one season
_NO_LIMIT = 1e300  # mm m⁻¹, in place of infinity, which times 0 is no number


@dataclass(frozen=True, slots=True)
class Run:
    """The end of a run, and the days of what was kept.

    `last` holds (beds,) or (beds, members); `daily` (days, beds) or (days, beds, members) by the
    names of `balance.Season`.
    """

    last: State
    daily: dict[str, Array]


def run(
    weather: DailyWeather,
    beds: Beds,
    *,
    irrigation: ArrayLike = 0.0,
    initial_depletion: ArrayLike = 0.0,
    initial_state: State | None = None,
) -> Season:
    """A season of all beds at once: `balance.run`, compiled. Arguments and errors as there."""
    names = tuple(f.name for f in fields(Season))
    done = stream(
        weather,
        beds,
        irrigation=irrigation,
        initial_depletion=initial_depletion,
        initial_state=initial_state,
        keep=names,
    )
    return Season(**done.daily)


def stream(
    weather: DailyWeather,
    beds: Beds,
    *,
    stations: ArrayLike | None = None,
    irrigation: ArrayLike = 0.0,
    initial_depletion: ArrayLike = 0.0,
    initial_state: State | None = None,
    keep: Sequence[str] = (),
) -> Run:
    """Days of all beds under one or many weathers, keeping only what is asked for.

    Parameters
    ----------
    weather : `et0` and `rain` (days,), (days, stations) or (days, stations, members); `wind_2m`
        and `rh_min` the same without members.
    beds : (beds,)
    stations : (beds,)  The station of each bed; without it the only one, or one for each bed.
    irrigation : (days,), (days, beds) or (days, beds, members). As it reaches the soil. [mm]
    initial_depletion : (beds,)  Before the first day. [mm]
    initial_state : Instead of `initial_depletion`: (beds,) or (beds, members).
    keep : Names of `balance.Season`.

    Raises
    ------
    ValueError  A number is missing, negative or of the wrong shape; a name is unknown.
    BalanceError  A day does not close to 1e-9 mm.
    """
    from models.water import compiled

    unknown = set(keep) - compiled.ROWS.keys()
    if unknown:
        raise ValueError(f"keep knows {sorted(compiled.ROWS)}, not {sorted(unknown)}")
    climate, et0, rain = _sky(weather)
    days, members, count = et0.shape
    size = _size(beds, count if stations is None else np.size(stations))
    where = _stations(stations, size, count)
    # Rows for each bed, kept or given, would be read and written all over in another order.
    by_bed = bool(keep) or np.ndim(irrigation) > 1
    order = None if by_bed else _order(beds, where, count)
    table, features = _table(beds, size, compiled.PARAMETERS, order)
    state = _state(beds, initial_depletion, initial_state, members, size, order)
    water = _irrigation(irrigation, days, size, members)
    out = np.empty((len(keep), days, members, size)) if keep else None
    worst = compiled.season(
        table,
        features,
        _frozen(_cuts(beds, size, order)),
        _frozen(climate),
        _frozen(et0),
        _frozen(rain),
        _frozen(where if order is None else where[order]),
        None if water is None else _frozen(water),
        state,
        np.array([compiled.ROWS[name] for name in keep], np.int64),
        out,
    )
    if worst > balance.TOLERANCE * max(1.0, float(np.abs(state[0]).max(initial=0.0)) / 1e3):
        raise BalanceError(f"the water balance of a day misses {worst:.3g} mm")
    if order is not None:
        state[..., order] = state.copy()
    single = np.ndim(weather.et0) < 3 and np.ndim(weather.rain) < 3
    kept = zip(keep, out if out is not None else (), strict=True)
    last = State(*(_shaped(part, single) for part in state))
    return Run(last, {name: _shaped(array, single) for name, array in kept})


def _shaped(array: Array, single: bool) -> Array:
    """(…, members, beds) as (…, beds) under a single weather, else (…, beds, members)."""
    return array[..., 0, :] if single else np.swapaxes(array, -1, -2)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array read-only and in order: one compiled form for whatever the caller holds."""
    frozen = np.ascontiguousarray(array).view()
    frozen.flags.writeable = False
    return frozen


def _size(beds: Beds, least: int) -> int:
    shape = shape_of(beds)
    if len(shape) > 1:
        raise ValueError(f"beds must be (beds,) or scalar, not {shape}; members are of the weather")
    return max(int(np.prod(shape)), least)


def _members(values: ArrayLike, name: str) -> Array:
    """(days, members, stations) from (days,), (days, stations) or (days, stations, members)."""
    array = np.asarray(values, float)
    if not 1 <= array.ndim <= 3:
        raise ValueError(f"{name} must be (days,), (days, stations) or with members: {array.shape}")
    array = array.reshape(array.shape + (1,) * (3 - array.ndim))
    _must_be_whole(array, name)
    return np.swapaxes(array, 1, 2)


def _must_be_whole(array: Array, name: str) -> None:
    if not array.size or (array.min() >= 0.0 and array.max() < np.inf):
        return
    day, bed, member = np.argwhere(~np.isfinite(array) | (array < 0.0))[0]
    raise ValueError(
        f"{name} must be 0 or more on every day: {array[day, bed, member]:g} mm on day {day} "
        f"of bed {bed}; fill the gap first"
    )


def _sky(weather: DailyWeather) -> tuple[Array, Array, Array]:
    """`climate` (days, 1, stations), `et0` and `rain` (days, members, stations).

    `climate` is what the day's wind and dry air add to coefficients, but for the crop's height.
    """
    et0, rain = _members(weather.et0, "et0"), _members(weather.rain, "rain")
    wind, humid = _filled(weather.wind_2m, CALM), _filled(weather.rh_min, balance.RH_MIN)
    climate = 0.04 * (np.clip(wind, 1.0, 6.0) - 2.0) - 0.004 * (np.clip(humid, 20.0, 80.0) - 45.0)
    days, members, count = np.broadcast_shapes(et0.shape, rain.shape, climate.shape)
    if et0.shape[0] != days:
        raise ValueError(f"et0 must have the days of the weather, {days}: {et0.shape[0]}")
    full = (days, members, count)
    return (
        np.broadcast_to(climate, (days, 1, count)),
        np.broadcast_to(et0, full),
        np.broadcast_to(rain, full),
    )


def _filled(values: ArrayLike, fallback: float) -> Array:
    """(days or 1, 1, stations or 1), NaN replaced."""
    array = np.asarray(values, float)
    array = array.reshape(array.shape + (1,) * (2 - array.ndim))
    return np.where(np.isnan(array), fallback, array)[:, None, :]


def _stations(stations: ArrayLike | None, size: int, count: int) -> NDArray[np.int64]:
    if stations is None:
        if count not in (1, size):
            raise ValueError(f"stations of {size} beds must be given: the weather has {count}")
        return np.arange(size) if count > 1 else np.zeros(size, np.int64)
    index = np.ascontiguousarray(np.broadcast_to(np.asarray(stations), size), np.int64)
    if index.size and (index.min() < 0 or index.max() >= count):
        raise ValueError(f"stations must be 0 to {count - 1}: {index.min()} to {index.max()}")
    return index


def _order(beds: Beds, stations: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Beds that grow at the same time side by side: a block whose soil is bare takes less work.

    Where a station has many beds they also stay together. No bed's numbers depend on it.
    """
    leaf = np.broadcast_to(np.asarray(beds.planted, float) + beds.length_ini, stations.size)
    crowded = stations.size >= _CROWD * count
    return np.lexsort((leaf, stations)) if crowded else np.argsort(leaf, kind="stable")


def _irrigation(values: ArrayLike, days: int, size: int, members: int) -> Array | None:
    """(days, members or 1, beds or 1); None where nothing is given."""
    array = np.asarray(values, float)
    if not array.any():
        return None
    if array.ndim == 0:
        array = np.full(days, float(array))
    array = array.reshape(array.shape + (1,) * (3 - array.ndim))
    _must_be_whole(array, "irrigation")
    columns = np.shape(array)[1]
    if np.shape(array)[0] != days or columns not in (1, size) or len(array.T) not in (1, members):
        raise ValueError(
            f"irrigation must be (days, beds, members) or fewer: {array.shape}, "
            f"not {(days, size, members)}"
        )
    return np.swapaxes(array, 1, 2)


def _state(
    beds: Beds,
    depletion: ArrayLike,
    given: State | None,
    members: int,
    size: int,
    order: NDArray[np.intp] | None,
) -> Array:
    """(3, members, beds) before the first day."""
    first = given or balance.first_state(beds, depletion, size)
    parts = (first.depletion, first.surface_depletion, first.wetted_fraction)
    state = np.empty((3, members, size))
    for row, part in enumerate(parts):
        array = np.asarray(part, float)
        state[row] = array.T if array.ndim == 2 else array
    return state if order is None else state[..., order]


def _table(
    beds: Beds, size: int, names: Sequence[str], order: NDArray[np.intp] | None
) -> tuple[Array, tuple[bool, ...]]:
    """Parameters as the compiled loop wants them, (parameters, beds); cuts? runoff? rise?"""
    given = {f.name: np.asarray(getattr(beds, f.name), float) for f in fields(beds)}
    for name in _MUST_BE:
        wrong = np.argwhere(~np.isfinite(given[name]))
        if len(wrong):
            value, bed = given[name][tuple(wrong[0])], wrong[0][0] if given[name].ndim else 0
            raise ValueError(f"{name} must be a number: {value} in bed {bed}")
    columns = given | _stages(given) | _reservoirs(given)
    table = np.empty((len(names), size))
    for row, name in enumerate(names):
        column = np.asarray(columns[name])
        if order is None or column.size == 1:
            table[row] = column
        else:
            np.take(column, order, out=table[row], mode="clip")
    features = (
        np.isfinite(given["first_cut"]),
        ~np.isnan(given["curve_number"]),
        ~np.isnan(given["water_table"]),
    )
    return table, tuple(bool(has.any()) for has in features)


def _cuts(beds: Beds, size: int, order: NDArray[np.intp] | None) -> Array:
    """(2, cuts, beds): the day of each cut, and the pace of the cycle after it."""
    days = cut_days(beds)
    days = days[np.isfinite(days).any(axis=tuple(range(1, days.ndim)))]
    table = np.empty((2, len(days), size))
    for cut, (day, pace) in enumerate(zip(days, canopy.paces(days), strict=True)):
        table[0, cut], table[1, cut] = day, pace
    return table if order is None else table[..., order]


def _stages(beds: dict[str, Array]) -> dict[str, Array]:
    ini, dev, mid, late = (beds[f"length_{x}"] for x in ("ini", "dev", "mid", "late"))
    rise = (np.clip(beds["height"], 0.1, 10.0) / 3.0) ** 0.3
    first, every = beds["first_cut"], beds["cutting_interval"]
    first_day = np.where(np.isfinite(first), first, canopy.NEVER)
    interval = np.where(np.isfinite(every), every, canopy.NEVER)
    return {
        "per_dev": 1.0 / np.maximum(dev, 1e-9),
        "per_late": 1.0 / np.maximum(late, 1e-9),
        "per_growth": 1.0 / np.maximum(ini + dev, 1e-9),
        "length_past": ini + dev + mid,
        "rise_mid": np.where(beds["kcb_mid"] > 0.45, rise, 0.0),
        "rise_end": np.where(beds["kcb_end"] > 0.45, rise, 0.0),
        "height_span": beds["height"] - beds["height_min"],
        "first_cut": first_day,
        "cutting_interval": interval,
        "pace": np.where(np.isfinite(every), first_day / interval, 1.0),
        "reach": np.maximum(beds["root_depth_max"] - beds["root_depth_min"], 0.0),
    }


def _reservoirs(beds: dict[str, Array]) -> dict[str, Array]:
    tew, rew, number = beds["tew"], beds["rew"], beds["curve_number"]
    none, dry = np.isnan(number), np.isnan(beds["water_table"])
    pores = 1000.0 * np.maximum(beds["saturation"] - beds["field_capacity"], 0.0)
    return {
        "held": 1000.0 * (beds["field_capacity"] - beds["wilting_point"]),
        "pores": np.where(np.isnan(pores), _NO_LIMIT, pores),
        "half_rew": 0.5 * rew,
        "per_runoff_span": 1.0 / np.maximum(0.2 * rew + 0.3 * tew, 1e-9),
        "per_reduced": 1.0 / np.maximum(tew - rew, 1e-9),
        "per_wetted": 1.0 / np.maximum(beds["wetted_fraction"], 0.01),
        "drip_shade": np.where(beds["drip"] > 0.0, 2.0 / 3.0, 0.0),
        "evaporates": soil.mulch_share(beds["mulch_cover"], beds["mulch_reduction"]),
        "drained_share": soil.drained_share(beds["drainage_tau"]),
        "dry_number": np.where(none, 0.0, soil.dry_curve_number(number)),
        "wet_number": np.where(none, 0.0, soil.wet_curve_number(number)),
        "water_table": np.where(dry, -1.0, beds["water_table"]),
        "capillary_a": np.where(dry, -1.0, beds["capillary_a"]),
        "capillary_b": np.where(dry, 0.0, beds["capillary_b"]),
        "salt": soil.ks_salinity(
            beds["soil_salinity"],
            threshold=beds["salt_threshold"],
            slope=beds["salt_slope"],
            yield_response=beds["yield_response"],
        ),
    }
