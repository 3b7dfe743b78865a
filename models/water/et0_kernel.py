"""Reference evapotranspiration of many days and stations, by the compiled twin of `et0.daily`.

Equal to 1e-12. The compiler is loaded on the first call, not on import.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from models.water import et0
from models.water.et0 import _WEATHER, Array

_DAYS = np.arange(367.0)
_BOUNDS = {
    "tmin": (-90.0, 65.0),
    "tmax": (-90.0, 65.0),
    "day_of_year": (0.0, 366.0),
    **{name: (least, most) for name, (_, least, most) in _WEATHER.items()},
}


def daily(
    *,
    tmin: ArrayLike,
    tmax: ArrayLike,
    latitude: ArrayLike,
    elevation: ArrayLike,
    day_of_year: ArrayLike,
    krs: ArrayLike = et0.KRS_INTERIOR,
    soil_heat_flux: ArrayLike = 0.0,
    **weather: ArrayLike | None,
) -> Array:
    """Reference evapotranspiration of days: `et0.daily`, compiled. [mm d⁻¹]

    Parameters
    ----------
    tmin, tmax, latitude, elevation, day_of_year : Whatever broadcasts: (days,), (days, stations)
        with latitude and elevation (stations,). Days of the year are whole.
    **weather : As of `et0.daily`, with the same fall-backs where a value is missing.

    Raises
    ------
    ValueError  An argument is unknown, or a value cannot be: which, where, and its unit.
    """
    from models.water import et0_compiled

    unknown = weather.keys() - _WEATHER.keys()
    if unknown:
        raise ValueError(f"unknown weather {sorted(unknown)}; known: {sorted(_WEATHER)}")
    given: dict[str, Any] = {"tmin": tmin, "tmax": tmax, "day_of_year": day_of_year, "krs": krs}
    given |= {"heat": soil_heat_flux} | _place(latitude, elevation)
    given |= {name: np.nan if weather.get(name) is None else weather[name] for name in _WEATHER}
    arrays = [np.asarray(given[name], float) for name in et0_compiled.INPUTS]
    shape = np.broadcast_shapes((1,), *(array.shape for array in arrays))
    lines = (int(np.prod(shape[:-1])), shape[-1])
    inputs = tuple(_flat(array, shape) for array in arrays)
    bounds = np.array([_BOUNDS[name] for name in et0_compiled.INPUTS if name in _BOUNDS])
    out = np.empty(lines)
    known = _whole(day_of_year) and not (np.abs(np.asarray(latitude, float)) > 90.0).any()
    if known and not et0_compiled.days(inputs, _sun(), bounds, out):
        return out.reshape(shape)
    # A value that cannot be is rare; the plain way says which and where.
    return et0.daily(
        tmin=tmin,
        tmax=tmax,
        latitude=latitude,
        elevation=elevation,
        day_of_year=day_of_year,
        tmean=np.nan,
        krs=krs,
        soil_heat_flux=soil_heat_flux,
        **weather,
    )


def _flat(array: Array, shape: tuple[int, ...]) -> Array:
    """(lines or 1, days or 1), read-only: one compiled form for whatever the caller holds."""
    array = array.reshape((1,) * (len(shape) - array.ndim) + array.shape)
    if array.size > array.shape[-1] and array.shape[:-1] != shape[:-1]:
        array = np.broadcast_to(array, (*shape[:-1], array.shape[-1]))
    flat = np.ascontiguousarray(array.reshape(-1, array.shape[-1])).view()
    flat.flags.writeable = False
    return flat


def _place(latitude: ArrayLike, elevation: ArrayLike) -> dict[str, Array]:
    phi = np.radians(np.asarray(latitude, float))
    return {
        "sine": np.sin(phi),
        "cosine": np.cos(phi),
        "tangent": np.tan(phi),
        "clear": et0.clear_sky_radiation(1.0, elevation),
        "psychrometric": et0.psychrometric_constant(elevation),
    }


def _sun() -> Array:
    declination = et0.solar_declination(_DAYS)
    parts = (np.sin(declination), np.cos(declination), np.tan(declination))
    return np.array([et0.inverse_relative_distance(_DAYS), *parts])


def _whole(day_of_year: ArrayLike) -> bool:
    days = np.asarray(day_of_year, float)
    return bool((days == np.floor(days)).all())
