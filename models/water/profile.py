"""A season on a soil of layers, with dry soil below the roots and a crop that is looked at.

One bed, day by day through `balance.step`: each day has the water contents of the depth that the
roots have reached, brings them what is missing there, and the crop as it was seen, where it was.

References
----------
[1] Allen, Pereira, Raes, Smith (1998). FAO Irrigation and Drainage Paper 56, chapters 8 and 9.
[2] Thorp (2022). pyfao56: FAO-56 evapotranspiration in Python. SoftwareX 19, 101208.
    doi:10.1016/j.softx.2022.101208. Its soil profile brings roots what lies below them alike.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike

from models.water import balance, canopy
from models.water.balance import Beds, DailyWeather, Fluxes, Season, State
from models.water.et0 import CALM, Array
from models.water.fluxes import RH_MIN

_DEEPEST = 100.0  # m: the last layer goes on below every root
_ALWAYS = 1e9  # d, a first stage that no season ends


@dataclass(frozen=True, slots=True)
class Layers:
    """A soil from the surface down, (layers,) each: `bottom` [m], water contents [m³ m⁻³].

    `initial` is the water before the first day, NaN = field capacity.
    """

    bottom: Array
    field_capacity: Array
    wilting_point: Array
    initial: Array

    def held(self, depth: ArrayLike) -> Array:
        """Available water above a depth [m], at field capacity. [mm]  Eq. 82 [1], by layers."""
        return self._above(self.field_capacity - self.wilting_point, depth)

    def missing(self, depth: ArrayLike) -> Array:
        """Water missing above a depth [m] before the first day; 0 where it is wetter. [mm]"""
        lacks = self.field_capacity - np.maximum(self.initial, self.wilting_point)
        return self._above(np.maximum(np.where(np.isnan(lacks), 0.0, lacks), 0.0), depth)

    def mean(self, content: Array, depth: ArrayLike) -> Array:
        """Mean of a content of the layers above a depth [m]. [m³ m⁻³]"""
        return self._above(content, depth) / (1000.0 * np.asarray(depth, float))

    def _above(self, content: Array, depth: ArrayLike) -> Array:
        edges = np.concatenate([[0.0], self.bottom])
        edges[-1] = max(edges[-1], _DEEPEST)
        sums = np.concatenate([[0.0], np.cumsum(1000.0 * content * np.diff(edges))])
        return np.interp(np.asarray(depth, float), edges, sums)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of the crop, (days,) each, NaN = nothing: K_cb, cover [-], height [m]."""

    kcb: Array
    canopy_cover: Array
    crop_height: Array


@dataclass(frozen=True, slots=True)
class ProfileSeason:
    """A season, and the water missing between the roots' end and their greatest depth. [mm]

    `depletion_below` (days,); what roots grow into comes to `season.depletion`, and what drains
    from them fills it.
    """

    season: Season
    depletion_below: Array


def between(days: Array, values: ArrayLike) -> Array:
    """Values of days from those of a few, straight between them, NaN before and after. [-]"""
    given = np.asarray(values, float)
    known = np.isfinite(given)
    if not known.any():
        return np.full(days.shape, np.nan)
    return np.interp(days, days[known], given[known], left=np.nan, right=np.nan)


def uniform(beds: Beds) -> Layers:
    """The soil of a bed as one layer at field capacity."""
    contents = (beds.field_capacity, beds.wilting_point, np.nan)
    return Layers(np.array([_DEEPEST]), *(np.array([_first(content)]) for content in contents))


def run(
    weather: DailyWeather,
    beds: Beds,
    *,
    layers: Layers | None = None,
    seen: Seen | None = None,
    irrigation: ArrayLike = 0.0,
    wetted_fraction: ArrayLike = np.nan,
    initial_depletion: float | None = None,
) -> ProfileSeason:
    """A season of one bed.

    Parameters
    ----------
    weather : (days,)
    beds : (1,)
    layers : Of the soil; without them the bed's own soil at every depth.
    seen : Of the crop; days without are the crop's own.
    irrigation : (days,)  As it reaches the soil. [mm]
    wetted_fraction : (days,)  Of a day's irrigation, NaN = the bed's own. [-]
    initial_depletion : Before the first day; what the first roots do not reach lies below them.
        Without it what `layers` lack. [mm]

    Returns
    -------
    ProfileSeason  `season` (days, 1), `depletion_below` (days,).

    Raises
    ------
    ValueError  `initial_depletion` is negative.
    BalanceError  A day does not close to 1e-9 mm.
    """
    number = np.arange(float(np.shape(weather.et0)[0]))
    soil = layers or uniform(beds)
    sky = _sky(weather, number.size)
    water = np.broadcast_to(np.asarray(irrigation, float), number.shape)
    each = _beds_of_days(beds, soil, number, wetted_fraction, seen, sky)
    roots = root_depth(beds, number)
    deepest = max(_first(beds.root_depth_max), roots[0])
    held_below = soil.held(deepest) - soil.held(roots)
    state, below = _start(each[0], soil, roots[0], deepest, initial_depletion)
    cover = np.full(number.shape, np.nan) if seen is None else seen.canopy_cover
    rows: list[tuple[State, Fluxes]] = []
    missing = np.empty(number.size)
    for day in range(number.size):
        before = held_below[max(day - 1, 0)]
        grown = below * (1.0 - held_below[day] / before) if before > 0.0 else below
        state = replace(state, depletion=state.depletion + grown)
        state, fluxes = balance.step(
            state,
            day=day,
            beds=each[day],
            irrigation=water[day],
            canopy_cover=cover[day],
            **{name: values[day] for name, values in sky.items()},
        )
        below = max(below - grown - float(fluxes.deep_percolation[0]), 0.0)
        rows.append((state, fluxes))
        missing[day] = below
    return ProfileSeason(_season(rows), missing)


def root_depth(beds: Beds, day: ArrayLike) -> Array:
    """Depth of one bed's roots on days of the season. [m]  Chapter 8 [1]."""
    since = np.asarray(day, float) - beds.planted
    grown = canopy.growth(since, length_ini=beds.length_ini, length_dev=beds.length_dev)
    reach = np.maximum(np.asarray(beds.root_depth_max, float) - beds.root_depth_min, 0.0)
    return np.asarray(beds.root_depth_min + reach * grown)


def kcb_seen(beds: Beds, seen: Seen, day: Array, wind_2m: Array, rh_min: Array) -> Array:
    """K_cb of the days: as seen, else from the cover that was seen, else NaN. [-]  Eq. 98 [1]."""
    height = _height(beds, seen, day)
    full = canopy.adjusted_kcb(_first(beds.kcb_mid), wind_2m, rh_min, _first(beds.height))
    of_cover = canopy.kcb_from_cover(full, seen.canopy_cover, crop_height=height)
    return np.where(np.isnan(seen.kcb), of_cover, seen.kcb)


def _height(beds: Beds, seen: Seen, day: Array) -> Array:
    since = day - _first(beds.planted)
    grown = canopy.growth(since, length_ini=beds.length_ini, length_dev=beds.length_dev)
    own = beds.height_min + (np.asarray(beds.height, float) - beds.height_min) * grown
    return np.where(np.isnan(seen.crop_height), own, seen.crop_height)


def _beds_of_days(
    beds: Beds,
    soil: Layers,
    day: Array,
    wetted_fraction: ArrayLike,
    seen: Seen | None,
    sky: dict[str, Array],
) -> list[Beds]:
    """The bed as it is on each day: the soil its roots have reached, the crop that was seen."""
    roots = root_depth(beds, day)
    wetted = np.broadcast_to(np.asarray(wetted_fraction, float), day.shape)
    full, dry = soil.mean(soil.field_capacity, roots), soil.mean(soil.wilting_point, roots)
    wet = np.where(np.isnan(wetted), _first(beds.wetted_fraction), wetted)
    each = [
        replace(beds, field_capacity=full[[n]], wilting_point=dry[[n]], wetted_fraction=wet[[n]])
        for n in range(day.size)
    ]
    if seen is None:
        return each
    kcb = kcb_seen(beds, seen, day, sky["wind_2m"], sky["rh_min"])
    height = _height(beds, seen, day)
    for n in np.flatnonzero(np.isfinite(kcb)):
        each[n] = replace(
            each[n],
            kcb_ini=kcb[[n]],
            length_ini=np.array([_ALWAYS]),
            height_min=height[[n]],
            height=height[[n]],
            root_depth_min=roots[[n]],
            root_depth_max=roots[[n]],
        )
    return each


def _start(
    beds: Beds, soil: Layers, roots: float, deepest: float, depletion: float | None
) -> tuple[State, float]:
    """The state before the first day, and the water missing below the roots. [mm]"""
    if depletion is None:
        of_roots = float(soil.missing(roots))
        return balance.first_state(beds, of_roots, 1), float(soil.missing(deepest)) - of_roots
    below = max(depletion - float(soil.held(roots)), 0.0)
    most = float(soil.held(deepest) - soil.held(roots))
    return balance.first_state(beds, depletion, 1), min(below, most)


def _sky(weather: DailyWeather, days: int) -> dict[str, Array]:
    fallbacks = {"wind_2m": CALM, "rh_min": RH_MIN}
    found = {}
    for name in ("et0", "rain", "wind_2m", "rh_min"):
        values = np.broadcast_to(np.asarray(getattr(weather, name), float), (days,))
        found[name] = np.where(np.isnan(values), fallbacks.get(name, np.nan), values)
    return found


def _season(rows: list[tuple[State, Fluxes]]) -> Season:
    parts = {f.name: np.array([getattr(s, f.name) for s, _ in rows]) for f in fields(State)}
    flows = {
        f.name: np.array([np.broadcast_to(getattr(flux, f.name), (1,)) for _, flux in rows])
        for f in fields(Fluxes)
    }
    return Season(**parts, **flows)


def _first(value: ArrayLike) -> float:
    return float(np.ravel(np.asarray(value, float))[0])
