"""The assimilated balance on real soils, and what a site's season costs.

Root-zone water 1, 3 and 7 days ahead with the rain known, against persistence. The soil is taken
from the series' own first year (field capacity after rains, the least reading), what is scored
comes after it. ET₀ of the days ahead is that of the last week.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from models.irrigation.assimilation import (
    READING_ERROR,
    Readings,
    assimilate,
    reading_error,
    update,
)
from models.irrigation.calibration import field_capacity_seen
from models.irrigation.members import FIXED, MEMBERS, Ensemble, Sky, Weather, forecast, start
from models.irrigation.state import layer_weights
from models.water import balance, et0, tables

Array = NDArray[np.float64]

HORIZONS = (1, 3, 7)
AHEAD_ET0_ERROR = 0.3  # log, of last week's mean for a day ahead
FIRST_YEAR = 365


@dataclass(frozen=True)
class Series:
    """`theta` (days, spots) m³ m⁻³ of a root zone of `depth` m; frozen days have none."""

    name: str
    theta: Array
    et0: Array
    rain: Array
    depth: float


def manhattan(data: Path) -> Series:
    """Prairie at Manhattan, Kansas: probes at 5, 10 and 20 cm stand for the top 30 cm."""
    table = pd.read_csv(data / "soil" / "uscrn_manhattan_ks_daily.csv.gz", parse_dates=["date"])
    table = table[table["date"] >= "2009-08-01"]
    days = table["date"].dt.day_of_year.to_numpy()
    columns = {
        "tmin": "tmin_c",
        "tmax": "tmax_c",
        "rh_min": "rhmin_pct",
        "rh_max": "rhmax_pct",
        "solar_radiation": "srad_mj_m2",
    }
    given = {name: table[column].to_numpy() for name, column in columns.items()}
    evaporates = et0.daily_with_methods(
        latitude=39.1, elevation=347.0, day_of_year=days, **given
    ).et0
    levels = table[["vwc_5cm", "vwc_10cm", "vwc_20cm"]].to_numpy()
    theta = (levels * layer_weights([0.05, 0.10, 0.20], 0.3)).sum(axis=1)
    theta[table["tsoil_5cm"].to_numpy() < 1.0] = np.nan
    return _series("Manhattan 0–30 cm", theta[:, None], evaporates, table["rain_mm"], 0.3)


def drummondville(data: Path) -> Series:
    """Four spots at Drummondville, Québec: a probe at 7.5 cm stands for the top 15 cm."""
    file = data / "soil" / "drummondville_qc_daily_2018_2021.csv.gz"
    table = pd.read_csv(file, parse_dates=["date"])
    days = table["date"].dt.day_of_year.to_numpy()
    evaporates = et0.daily_with_methods(
        latitude=45.87,
        elevation=82.0,
        day_of_year=days,
        tmin=table["tmin_c"].fillna(table["tmean_c"] - 5.0).to_numpy(),
        tmax=table["tmax_c"].fillna(table["tmean_c"] + 5.0).to_numpy(),
        rh_mean=table["rh_pct"].to_numpy(),
        wind_2m=table["wind2_ms"].to_numpy(),
        solar_radiation=table["srad_w_m2"].to_numpy() * 0.0864,
    ).et0
    theta = table[["vwc_E1_F", "vwc_E1_S", "vwc_E2_F", "vwc_E3_F"]].to_numpy()
    theta[~table["date"].dt.month.between(5, 11).to_numpy()] = np.nan
    return _series("Drummondville 0–15 cm", theta, evaporates, table["rain_mm"], 0.15)


def _series(name: str, theta: Array, et: Array, rain: "pd.Series[float]", depth: float) -> Series:
    whole = pd.Series(et).ffill().fillna(2.0).to_numpy()
    return Series(name, theta, whole, rain.fillna(0.0).to_numpy(), depth)


def grass(series: Series) -> balance.Beds:
    """A sward (FAO-56 Table 17, rotated grazing) on the soil that the first year shows."""
    capacity, least = [], []
    for theta in series.theta[:FIRST_YEAR].T:
        seen = field_capacity_seen(theta, series.rain[:FIRST_YEAR])
        capacity.append(seen.water_content if seen.events else np.nanquantile(theta, 0.9))
        least.append(np.nanmin(theta))
    fc = np.maximum(capacity, np.array(least) + 0.06)
    size = len(fc)
    numbers = {
        "kcb_ini": 0.8,
        "kcb_mid": 0.8,
        "kcb_end": 0.8,
        "height": 0.15,
        "root_depth_min": series.depth,
        "root_depth_max": series.depth,
        "depletion_fraction": 0.55,
        "length_ini": 1.0,
        "length_dev": 1.0,
        "length_mid": 1e5,
        "length_late": 1.0,
        "rew": 9.0,
        "tew": 20.0,
    }
    columns = {name: np.full(size, value) for name, value in numbers.items()}
    return balance.Beds(field_capacity=fc, wilting_point=np.array(least), **columns)


def scored(series: Series) -> pd.DataFrame:
    """Every forecast after the first year: horizon, errors [mm], whether the interval held."""
    beds = grass(series)
    size = series.theta.shape[1]
    now = start(
        beds,
        depletion=np.full(size, 20.0),
        offset=np.zeros((size, 1)),
        offset_error=np.full((size, 1), 0.035),
        seed=1,
    )
    skies = list(Weather(series.et0, series.rain).days())
    week = pd.Series(series.et0).rolling(7, min_periods=1).mean().to_numpy()
    rows: list[tuple[int, float, float, bool]] = []
    for day, sky in enumerate(skies[: -max(HORIZONS)]):
        before = now.water_content
        now = forecast(now, beds, sky, day=day, irrigation=np.zeros(size), seed=1)
        told = series.theta[day]
        if np.isnan(told).all():
            continue
        seen = (before + now.water_content) / 2.0
        now, _ = update(now, seen, told[:, None], reading_error(sky.rain, now.root_depth))
        if day > FIRST_YEAR:
            rows += _ahead(series, beds, now, skies, day, week[day])
    return pd.DataFrame(rows, columns=["days", "model", "persistence", "held"])


def _ahead(
    series: Series, beds: balance.Beds, now: Ensemble, skies: list[Sky], day: int, et: float
) -> list[tuple[int, float, float, bool]]:
    rows, mm = [], 1000.0 * series.depth
    for ahead in range(1, max(HORIZONS) + 1):
        known = skies[day + ahead]
        sky = Sky(et, known.rain, known.wind_2m, known.rh_min, AHEAD_ET0_ERROR, known.rain_error)
        before = now.water_content
        now = forecast(
            now, beds, sky, day=day + ahead, irrigation=np.zeros(len(now.root_depth)), seed=2
        )
        if ahead not in HORIZONS:
            continue
        noise = np.random.default_rng((3, day, ahead)).normal(
            0.0, READING_ERROR, now.depletion.shape
        )
        members = (before + now.water_content) / 2.0 + now.values[FIXED] + noise
        for spot, truth in enumerate(series.theta[day + ahead]):
            last = series.theta[day, spot]
            if np.isnan(truth) or np.isnan(last):
                continue
            low, high = np.quantile(members[spot], [0.1, 0.9])
            error = members[spot].mean() - truth
            rows.append((ahead, mm * error, mm * (last - truth), bool(low <= truth <= high)))
    return rows


@pytest.mark.parametrize("read", [manhattan, drummondville], ids=["manhattan", "drummondville"])
def test_forecasts_beat_persistence_and_state_their_error(
    data: Path, read: Callable[[Path], Series]
) -> None:
    series = read(data)
    found = scored(series).groupby("days")
    rmse = found[["model", "persistence"]].agg(lambda e: float(np.sqrt(np.mean(e**2))))
    held = found["held"].mean()
    print(f"\n{series.name}, {int(found.size().iloc[0])} forecasts, rain known; RMSE in mm")
    for days in HORIZONS:
        print(
            f"  {days} d: balance with probes {rmse.loc[days, 'model']:5.1f}"
            f"   persistence {rmse.loc[days, 'persistence']:5.1f}"
            f"   80 % interval held {100 * held[days]:.0f} %"
        )
    assert (rmse["model"] < rmse["persistence"]).all()
    assert held.between(0.60, 0.95).all()


def test_a_sites_season_is_assimilated_at_once() -> None:
    """Twenty-two beds with a probe each, four months."""
    days, size = 120, 22
    rng = np.random.default_rng(1)
    soil = tables.Soil("loam", 0.25, 0.12, 9.0, 19.0, "test")
    beds = balance.beds([balance.Bed(tables.crop("tomato"), soil, root_limit=0.5)] * size)
    sky = Weather(np.full(days, 4.5), np.where(rng.random(days) < 0.2, 8.0, 0.0))
    water = rng.normal(0.22, 0.01, (days, size, 1))
    read = Readings(water, np.zeros((size, 1)), np.full((size, 1), 0.035))
    given = np.where(rng.random((days, size)) < 0.25, 12.0, 0.0)
    alone = _least(lambda: balance.run(balance.DailyWeather(sky.et0, sky.rain), beds))
    both = _least(
        lambda: assimilate(sky, beds, read, irrigation=given, initial_depletion=5.0, seed=1)
    )
    print(
        f"\n{size} beds × {days} days × {MEMBERS} members: {1000 * both:.0f} ms of processor,"
        f" {both / alone:.1f} × the season without members"
    )
    assert both < 10.0 * alone


def _least(run: Callable[[], object]) -> float:
    """Processor seconds of the quickest of five. [s]"""
    took = []
    for _ in range(5):
        began = process_time()
        run()
        took.append(process_time() - began)
    return min(took)
