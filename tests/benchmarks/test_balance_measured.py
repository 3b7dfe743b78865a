"""`agro balance` beside measured root-zone water and beside pyfao56, on the same blind inputs.

Nothing is fitted: crop and soil are taken by name, the weather as a file. Prairie at Manhattan,
Kansas (USCRN, Konza Prairie): a grazed sward; Tully soils of the prairie's low ground are silty
clay loams (USDA-NRCS series description); probes at 5, 10 and 20 cm. Drummondville,
Québec: probes at 7.5 cm in a sward; the region's plain is sandy (loamy sand to sandy loam), which
of the two the spots are is not told, so both are run. Seasons of April to October; two starts: at
field capacity, or with the water that the probes show on the first day.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyfao56
import pytest
from numpy.typing import NDArray

from agro.cli import run_command
from models.irrigation.state import layer_weights
from models.water import tables

Array = NDArray[np.float64]

FITTED = 0.5  # of a season's readings, which the fit sees; the others judge it


@dataclass(frozen=True)
class Site:
    """`weather` by date as our command reads it; `water` m³ m⁻³ of the top `depth` m, by date."""

    name: str
    weather: pd.DataFrame
    water: "pd.Series[float]"
    depth: float
    soil: str
    latitude: float
    elevation: float


def manhattan(data: Path, depth: float, soil: str) -> Site:
    file = data / "soil" / "uscrn_manhattan_ks_daily.csv.gz"
    table = pd.read_csv(file, parse_dates=["date"], index_col="date")
    names = {
        "tmin": "tmin_c",
        "tmax": "tmax_c",
        "rh_min": "rhmin_pct",
        "rh_max": "rhmax_pct",
        "solar_radiation": "srad_mj_m2",
        "rain": "rain_mm",
    }
    depths = [0.05, 0.10, 0.20]
    levels = table[[f"vwc_{100 * d:.0f}cm" for d in depths]].to_numpy()
    weights = layer_weights(depths, depth)
    used = weights > 0.0
    water = pd.Series(levels[:, used] @ weights[used], table.index)
    weather = pd.DataFrame({ours: table[theirs] for ours, theirs in names.items()})
    return Site(f"Manhattan 0-{100 * depth:.0f} cm", weather, water, depth, soil, 39.1, 347.0)


def drummondville(data: Path, depth: float, soil: str) -> Site:
    file = data / "soil" / "drummondville_qc_daily_2018_2021.csv.gz"
    table = pd.read_csv(file, parse_dates=["date"], index_col="date")
    weather = pd.DataFrame(
        {
            "tmin": table["tmin_c"].fillna(table["tmean_c"] - 5.0),
            "tmax": table["tmax_c"].fillna(table["tmean_c"] + 5.0),
            "rh_mean": table["rh_pct"],
            "wind_2m": table["wind2_ms"],
            "solar_radiation": table["srad_w_m2"] * 0.0864,
            "rain": table["rain_mm"],
        }
    )
    spots = table[["vwc_E1_F", "vwc_E1_S", "vwc_E2_F", "vwc_E3_F"]]
    name = f"Drummondville 0-{100 * depth:.0f} cm"
    return Site(name, weather, spots.mean(axis=1, skipna=False), depth, soil, 45.87, 82.0)


def seasons(site: Site) -> list[tuple[pd.DataFrame, "pd.Series[float]"]]:
    """Weather and measured water of each year that has most of both; small gaps are filled."""
    found = []
    for _, year in site.weather.groupby(pd.DatetimeIndex(site.weather.index).year):
        months = pd.DatetimeIndex(year.index).month
        sky = year[(months >= 4) & (months <= 10)]
        water = site.water.reindex(sky.index)
        first = water.first_valid_index()
        if first is None or water.notna().sum() < 90 or sky["tmax"].notna().mean() < 0.9:
            continue
        sky, water = sky.loc[first:].asfreq("D"), water.loc[first:].asfreq("D")
        sky = sky.assign(rain=sky["rain"].fillna(0.0))
        found.append((sky.interpolate(limit_direction="both"), water))
    return found


def command(site: Site, sky: pd.DataFrame, folder: Path, capsys: Any, *options: object) -> Any:
    """The command's answer for a season, as anyone would call it."""
    file, crop = folder / "weather.csv", folder / "crop.csv"
    sky.round(4).rename_axis("date").to_csv(file)
    header = "key,root_depth_min,root_depth_irrigated,root_depth_max"
    crop.write_text(f"{header}\npasture,{site.depth},{site.depth},{site.depth}\n")
    words: list[object] = ["balance", file, "--crop", "pasture", "--crop-file", crop]
    words += ["--soil", site.soil, "--latitude", site.latitude, "--elevation", site.elevation]
    capsys.readouterr()
    code = run_command([str(word) for word in (*words, *options, "--json")])
    told = capsys.readouterr()
    assert code == 0, told.err
    return json.loads(told.out)


def theirs(site: Site, sky: pd.DataFrame, et0: Array, depletion: float) -> Array:
    """Depletion by pyfao56 on the same ET₀, rain, crop and soil. [mm]"""
    crop, ground = tables.crop("pasture"), tables.soil(site.soil)
    par = pyfao56.Parameters(
        Kcbini=crop.kcb_ini,
        Kcbmid=crop.kcb_mid,
        Kcbend=crop.kcb_end,
        Lini=crop.length_ini,
        Ldev=crop.length_dev,
        Lmid=crop.length_mid,
        Lend=crop.length_late,
        hini=0.05,
        hmax=crop.height,
        thetaFC=ground.field_capacity,
        thetaWP=ground.wilting_point,
        theta0=ground.field_capacity - depletion / (1000.0 * site.depth),
        Zrini=site.depth,
        Zrmax=site.depth + 1e-6,
        pbase=crop.depletion_fraction,
        Ze=0.10,
        REW=ground.rew,
    )
    weather = pyfao56.Weather()
    weather.rfcrp, weather.z, weather.lat = "S", site.elevation, site.latitude
    weather.wndht = 2.0
    keys = [day.strftime("%Y-%j") for day in sky.index]
    columns = {name: np.full(len(keys), math.nan) for name in weather.cnames}
    columns |= {"ETref": et0, "Rain": sky["rain"].to_numpy()}
    columns |= {"Tmax": sky["tmax"].to_numpy(), "Tmin": sky["tmin"].to_numpy()}
    if "rh_min" in sky:
        columns["RHmin"] = sky["rh_min"].to_numpy()
    weather.wdata = pd.DataFrame(columns, index=keys)
    run = pyfao56.Model(keys[0], keys[-1], par, weather)
    run.run()
    return run.odata["Dr"].to_numpy(float)


OPTIONS: dict[str, tuple[object, ...]] = {
    "ours": (),
    "ours, runoff CN 75": ("--curve-number", 75),
    "ours, drains in 1 d": ("--drainage-days", 1),
    "ours, drains in 3 d": ("--drainage-days", 3),
    "ours, water table 1.5 m": ("--water-table", 1.5),
    "ours, table and 3 d": ("--water-table", 1.5, "--drainage-days", 3),
}
SITES = {
    "manhattan": lambda data: manhattan(data, 0.3, "silty clay loam"),
    "drummondville sandy loam": lambda data: drummondville(data, 0.15, "sandy loam"),
    "drummondville loamy sand": lambda data: drummondville(data, 0.15, "loamy sand"),
}


@pytest.mark.parametrize("start", ["field capacity", "measured"])
@pytest.mark.parametrize("name", SITES)
def test_balance_beside_measured_water(
    data: Path, tmp_path: Path, capsys: Any, name: str, start: str
) -> None:
    site = SITES[name](data)
    ground = tables.soil(site.soil)
    full = 1000.0 * site.depth * ground.field_capacity
    errors: dict[str, list[Array]] = {}
    for sky, water in seasons(site):
        measured = 1000.0 * site.depth * water.to_numpy(float)
        taw = 1000.0 * site.depth * (ground.field_capacity - ground.wilting_point)
        known = start == "measured"
        depletion = round(float(np.clip(full - measured[0], 0.0, taw)), 3) if known else 0.0
        for label, options in OPTIONS.items():
            start_of = ("--initial-depletion", depletion)
            done = command(site, sky, tmp_path, capsys, *start_of, *options)
            days = pd.DataFrame(done["days"])
            errors.setdefault(label, []).append(full - days["depletion"].to_numpy() - measured)
            if label == "ours":
                et0 = days["et0"].to_numpy()
        other = full - theirs(site, sky, et0, depletion)
        errors.setdefault("pyfao56", []).append(other - measured)
        errors.setdefault("first reading held", []).append(measured[0] - measured)
    rows = {label: _scored(np.concatenate(parts)) for label, parts in errors.items()}
    with capsys.disabled():
        print(f"\n{site.name}, {site.soil}, start {start}; {len(errors['ours'])} seasons; mm")
        for label, (n, rmse, bias, spread) in rows.items():
            print(f"  {label:28s} n {n:5d}  RMSE {rmse:6.1f}  bias {bias:+6.1f}  sd {spread:5.1f}")
    assert rows["ours"][1] < 1.1 * rows["pyfao56"][1]


@pytest.mark.parametrize("name", SITES)
def test_a_fit_to_the_first_half_of_a_season_is_judged_on_the_second(
    data: Path, tmp_path: Path, capsys: Any, name: str
) -> None:
    """With the option `--measured`; beside it the last reading that the fit has seen, held on."""
    site = SITES[name](data)
    squares: dict[str, list[Array]] = {}
    for sky, water in seasons(site):
        known = water.dropna()
        until = known.index[int(FITTED * len(known))]
        probes = tmp_path / "probes.csv"
        rows = [
            f"{day:%Y-%m-%d},{100 * site.depth / 2},{value:.4f}" for day, value in known.items()
        ]
        probes.write_text("\n".join(["date,depth_cm,vwc", *rows]))
        options = ("--measured", probes, "--fit-until", f"{until:%Y-%m-%d}")
        fit = command(site, sky, tmp_path, capsys, *options)["fit"]["held_out"]
        later = known[known.index > until].to_numpy()
        assert len(later) == fit["readings"]
        held = 1000.0 * site.depth * (later - known[until])
        for label, rmse in (("before", fit["rmse_before"]), ("after", fit["rmse_after"])):
            squares.setdefault(label, []).append(np.full(len(later), rmse**2))
        squares.setdefault("last reading held", []).append(held**2)
    rmse = {label: math.sqrt(np.concatenate(parts).mean()) for label, parts in squares.items()}
    with capsys.disabled():
        told = "   ".join(f"{label} {value:.1f}" for label, value in rmse.items())
        print(f"\n{site.name}, {site.soil}, held out, RMSE mm: {told}")
    assert rmse["after"] < rmse["before"]


def _scored(errors: Array) -> tuple[int, float, float, float]:
    seen = errors[np.isfinite(errors)]
    rmse, bias = float(np.sqrt(np.mean(seen**2))), float(np.mean(seen))
    return len(seen), rmse, bias, float(np.std(seen))
