"""A morning of a whole city on arrays: the season behind, the water now, the week ahead, in blocks.

A block holds beds of one station. It is decided by itself, from its own arrays alone, so that
memory stays flat and the numbers are the same wherever a block is decided, and in which order.

References
----------
[1] Allen, Pereira, Raes, Smith (1998), Crop evapotranspiration, FAO Irrigation and Drainage 56.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.irrigation import plan
from models.irrigation.ahead import Beds, Water, of_season
from models.irrigation.ensemble import Ahead
from models.irrigation.plan import Rules
from models.water import balance, kernel
from models.water.et0 import CALM

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Beds whose 50 members stay under 128 kB: from there on the C library of a Dask worker asks the
# system for fresh memory with every array, which takes five times as long.
BLOCK = 256
RECENT = 2  # days whose rain explains a decision
REASONS = (
    "enough_water", "depletion_above_raw", "stress_soon", "deficit_on_purpose", "rain_fell",
    "dose_too_small", "rain_expected", "tank_low", "window_full",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Station:
    """The weather that many beds share.

    Attributes
    ----------
    past : `et0`, `rain` (days,) or (days, members), `wind_2m`, `rh_min` (days,).
    ahead : The same for `LOOK_AHEAD` days from today on, with members.
    first_share : Share of today's evapotranspiration that is still to come. [-]
    """

    past: balance.DailyWeather
    ahead: balance.DailyWeather
    first_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Block:
    """Beds of one station that are decided together.

    Attributes
    ----------
    rows : (beds,)  Where they stand in the city.
    irrigation : (days, beds) or a number, as it reached the soil. [mm]
    initial_depletion : (beds,) or a number, before the first day. [mm]
    """

    rows: Indices
    station: Station
    beds: balance.Beds
    rules: Rules
    irrigation: ArrayLike = 0.0
    initial_depletion: ArrayLike = 0.0


@dataclass(frozen=True, slots=True)
class Decided:
    """What beds need, all (beds,), `rows` telling which; see `plan.Plan`.

    `reason` counts in `REASONS`; `depletion` and `error` are the mean and the standard deviation of
    the members now, `taw` and `raw` today's. [mm]
    """

    rows: Indices
    irrigate: NDArray[np.bool_]
    depth: Array
    chance: Array
    days_to_raw: Array
    day: NDArray[np.int_]
    reason: NDArray[np.int8]
    depletion: Array
    error: Array
    taw: Array
    raw: Array


def blocks(
    stations: Sequence[Station],
    which: ArrayLike,
    beds: balance.Beds,
    rules: Rules,
    *,
    irrigation: ArrayLike = 0.0,
    initial_depletion: ArrayLike = 0.0,
    size: int = BLOCK,
) -> Iterable[Block]:
    """A city in blocks, made one after the other.

    Parameters
    ----------
    which : (beds,)  The station of each bed.
    beds, rules : (beds,), or (days, beds), or numbers. `rules.first_share` is the stations'.
    """
    place = np.asarray(which, dtype=int)
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(stations) + 1))
    for number, station in enumerate(stations):
        for start in range(ends[number], ends[number + 1], size):
            rows = order[start : min(start + size, ends[number + 1])]
            yield Block(
                rows,
                station,
                _of_rows(beds, rows, place.size),
                replace(_of_rows(rules, rows, place.size), first_share=station.first_share),
                _part(irrigation, rows, place.size),
                _part(initial_depletion, rows, place.size),
            )


Columns = TypeVar("Columns", balance.Beds, Rules)


def _of_rows(table: Columns, rows: Indices, size: int) -> Columns:
    parts = {f.name: _part(getattr(table, f.name), rows, size) for f in fields(table)}
    return replace(table, **parts)


def _part(values: Any, rows: Indices, size: int) -> Any:
    """The columns of some beds; what all beds share as it is."""
    array = np.asarray(values)
    return array[..., rows] if array.ndim and array.shape[-1] == size else values


def decide(block: Block) -> Decided:
    """The season of a block's beds to this morning, and what each needs."""
    station, size = block.station, len(block.rows)
    past, sky = _one_station(station.past), station.ahead
    days = len(np.asarray(past.et0))
    now = kernel.stream(
        past,
        block.beds,
        stations=np.zeros(size, int),
        irrigation=block.irrigation,
        initial_depletion=block.initial_depletion,
    ).last
    weather = Ahead(_with_members(sky.rain), _with_members(sky.et0))
    members = weather.rain.shape[1]
    water = Water(_wide(now.depletion, members), _wide(now.surface_depletion, members))
    wetted = now.wetted_fraction if now.wetted_fraction.ndim == 1 else now.wetted_fraction[:, 0]
    ahead = beds_ahead(sky, replace(block.beds, planted=block.beds.planted - days), wetted)
    recent = np.asarray(past.rain)[-RECENT:].mean(axis=(1, 2)).sum() if days else 0.0
    found = plan.plan(
        water, ahead, weather, block.rules, recent_rain=ahead.rain_share * float(recent)
    )
    return Decided(
        rows=block.rows,
        irrigate=found.irrigate,
        depth=found.depth,
        chance=found.chance,
        days_to_raw=found.days_to_raw,
        day=found.day,
        reason=np.array([REASONS.index(code) for code in found.reasons], dtype=np.int8),
        depletion=water.depletion.mean(axis=1),
        error=water.depletion.std(axis=1),
        taw=ahead.taw[0],
        raw=ahead.raw[0],
    )


def beds_ahead(weather: balance.DailyWeather, beds: balance.Beds, wetted: Array) -> Beds:
    """What the plan needs of the days ahead, when crops will be as the calendar says.

    The surface stays wetted as far as it was.

    Parameters
    ----------
    weather : `et0` (days,) or (days, members); `wind_2m`, `rh_min` (days,).
    beds : (beds,), `planted` counted from the first of these days.
    wetted : (beds,)  Share of the surface that the last wetting reached. [-]
    """
    et0 = np.asarray(weather.et0, float)
    mean = et0.mean(axis=1) if et0.ndim == 2 else et0
    wind, humid = (np.broadcast_to(np.asarray(x, float), mean.shape) for x in _air(weather))
    calm = balance.DailyWeather(et0=mean, rain=np.zeros_like(mean), wind_2m=wind, rh_min=humid)
    kept = ("kcb", "canopy_cover", "taw")
    run = kernel.stream(calm, _for_all(beds, len(wetted)), keep=kept).daily
    return of_season(calm, beds, **{name: run[name] for name in kept}, wetted=wetted)


def _air(weather: balance.DailyWeather) -> tuple[Array, Array]:
    """Wind and least humidity; the tables' climate where they are not known."""
    wind, humid = np.asarray(weather.wind_2m, float), np.asarray(weather.rh_min, float)
    return np.where(np.isnan(wind), CALM, wind), np.where(np.isnan(humid), balance.RH_MIN, humid)


def _for_all(beds: balance.Beds, size: int) -> balance.Beds:
    """One column for each bed, where all beds share every parameter."""
    return replace(beds, planted=np.broadcast_to(np.asarray(beds.planted, float), size))


def _one_station(weather: balance.DailyWeather) -> balance.DailyWeather:
    """(days,) or (days, members) as (days, 1, members)."""
    wide = {name: _with_members(getattr(weather, name))[:, None, :] for name in ("et0", "rain")}
    return replace(weather, **wide)


def _with_members(values: ArrayLike) -> Array:
    array = np.asarray(values, float)
    return array[:, None] if array.ndim == 1 else array


def _wide(values: Array, members: int) -> Array:
    """(beds,) or (beds, 1) for all members."""
    array = values[:, None] if values.ndim == 1 else values
    return np.ascontiguousarray(np.broadcast_to(array, (len(array), members)))


def joined(
    decided: Iterable[Decided], size: int, *, told: Callable[[int], None] | None = None
) -> Decided:
    """All beds of a city in their own order; `told` hears how many are decided."""
    found: dict[str, Any] = {}
    done = 0
    for one in decided:
        for f in fields(one):
            values = getattr(one, f.name)
            found.setdefault(f.name, np.zeros(size, values.dtype))[one.rows] = values
        done += len(one.rows)
        if told:
            told(done)
    if done != size:
        raise ValueError(f"{done} of {size} beds are decided; every bed needs its station")
    return Decided(**found)
