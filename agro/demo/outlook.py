"""Forecasts for the simulated season: the truth, blurred more the further ahead.

A forecast never sees the exact truth: every quantity has an error that grows with lead time, some
rain is missed, some is announced and does not fall.
"""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd

from agro.demo.farm import Farm
from sensors.simulated.stations import Sky

SOURCE = "simulated"
LEAD_DAYS = 8
ISSUED_AT = time(4, 0)  # UTC
_SAME_SEASON = 12  # days either side from which a wrong forecast takes its rain


def daily_truth(farm: Farm, sky: Sky) -> pd.DataFrame:
    """The weather of each local day: FAO-56 names and units, index `day`."""
    w = sky.weather
    local = pd.to_datetime(w.time.astype("int64"), unit="s", utc=True).tz_convert(farm.zone)
    hours = pd.DataFrame(
        {
            "day": local.date,
            "temperature": w.air_temperature,
            "rh": w.relative_humidity,
            "vapour_pressure": w.vapour_pressure,
            "wind": w.wind_speed,
            "solar": w.solar_radiation * 0.0036,
            "rain": w.rain,
        }
    )
    return hours.groupby("day").agg(
        tmin=("temperature", "min"),
        tmax=("temperature", "max"),
        tmean=("temperature", "mean"),
        rh_mean=("rh", "mean"),
        vapour_pressure=("vapour_pressure", "mean"),
        wind_2m=("wind", "mean"),
        solar_radiation=("solar", "sum"),
        rain=("rain", "sum"),
    )


def issue(truth: pd.DataFrame, day: date, *, seed: int) -> pd.DataFrame:
    """The forecast issued on the morning of `day`, for it and the days after: frame with `day`."""
    known = truth.loc[day : day + timedelta(days=LEAD_DAYS - 1)]
    rng = np.random.default_rng((seed, day.toordinal()))
    lead = np.arange(len(known), dtype=float)
    kick = rng.standard_normal((6, len(known)))
    warmer = (0.7 + 0.3 * lead) * kick[0]
    wrong = 0.7 * (0.7 + 0.3 * lead)
    brighter = np.exp((0.08 + 0.04 * lead) * kick[3])
    rain, low, high = _rain(truth, day, known["rain"].to_numpy(float), lead, rng)
    tmin = known["tmin"] + warmer + wrong * kick[1]
    return pd.DataFrame(
        {
            "day": known.index,
            "tmin": tmin,
            "tmax": np.maximum(known["tmax"] + warmer + wrong * kick[2], tmin + 1.0),
            "rh_mean": (known["rh_mean"] + (4.0 + 1.2 * lead) * kick[4]).clip(20.0, 100.0),
            "wind_2m": known["wind_2m"] * np.exp((0.12 + 0.04 * lead) * kick[5]),
            "solar_radiation": known["solar_radiation"] * brighter.clip(0.4, 1.6),
            "rain": rain,
            "rain_low": low,
            "rain_high": high,
        }
    )


def _rain(
    truth: pd.DataFrame,
    day: date,
    fallen: np.ndarray[tuple[int], np.dtype[np.float64]],
    lead: np.ndarray[tuple[int], np.dtype[np.float64]],
    rng: np.random.Generator,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Expected rain and its 80 % bounds: right in part, less sure with every day. [mm]"""
    around = truth.loc[
        day - timedelta(days=_SAME_SEASON) : day + timedelta(days=_SAME_SEASON), "rain"
    ].to_numpy(float)
    mistaken = rng.random(len(lead)) < 0.04 + 0.05 * lead
    seen = np.where(mistaken, rng.choice(around, len(lead)), fallen)
    seen = seen * np.exp((0.25 + 0.06 * lead) * rng.standard_normal(len(lead)))
    trust = 1.0 - 0.09 * lead
    usual = around.mean()
    rain = trust * seen + (1.0 - trust) * usual
    low = np.where(seen < 0.5, 0.0, rain * (0.5 - 0.06 * lead).clip(0.0))
    high = rain * (1.5 + 0.12 * lead) + 0.3 + 0.35 * lead
    return rain.round(1), low.round(1), high.round(1)


def issue_times(start: datetime, end: datetime) -> list[datetime]:
    """Each morning's time of issue in [start, end]."""
    first = datetime.combine(start.astimezone(UTC).date(), ISSUED_AT, UTC)
    days = (end - first).days + 1
    times = [first + timedelta(days=n) for n in range(days + 1)]
    return [at for at in times if start <= at <= end]
