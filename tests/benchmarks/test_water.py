"""Bed-days and station-days a second on one core, beside the peers and the limit, in one run.

Times are of the thread's own processor, so that a neighbour on the machine counts less.
"""

import importlib.util
import time
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from models.water import balance, et0, et0_kernel, kernel, tables
from models.water.balance import Bed, Beds, DailyWeather
from models.water.et0 import Array
from tests.benchmarks import bare_water

DAYS = 365


def _seconds(act: Callable[[], Any], *, repeat: int = 5) -> float:
    """The best of some runs; the first, which may compile, is not counted."""
    act()
    best = np.inf
    for _ in range(repeat):
        began = time.thread_time()
        act()
        best = min(best, time.thread_time() - began)
    return best


def _weather(*members: int) -> DailyWeather:
    rng = np.random.default_rng(1)
    shape = (DAYS, 1, *members) if members else (DAYS,)
    return DailyWeather(
        rng.uniform(0.3, 7, shape),
        rng.gamma(0.3, 8.0, shape),
        wind_2m=rng.uniform(0.5, 5, DAYS),
        rh_min=rng.uniform(20, 90, DAYS),
    )


def _beds(count: int, **place: Any) -> Beds:
    """Beds of every crop on every soil, planted in spring and cleared in autumn."""
    rng = np.random.default_rng(2)
    crops, soils = list(tables.CROPS.values()), list(tables.SOILS.values())
    rows = [
        Bed(
            crops[rng.integers(len(crops))],
            soils[rng.integers(len(soils))],
            planted=float(rng.integers(60, 150)),
            removed=float(rng.integers(200, 320)),
            wetted_fraction=float(rng.choice([0.3, 1.0])),
            drip=bool(rng.integers(2)),
            **place,
        )
        for _ in range(min(count, 1000))
    ]
    few = balance.beds(rows)
    columns = {f.name: np.resize(getattr(few, f.name), count) for f in fields(few)}
    return replace(few, **columns)


_EVERYTHING = {
    "curve_number": 75.0, "mulch_cover": 0.5, "water_table": 2.0, "drainage_tau": 2.0,
    "saturation": 0.5, "soil_salinity": 3.0, "salt_threshold": 1.7, "salt_slope": 12.0,
    "first_cut": 60.0, "cutting_interval": 30.0, "et0_share": 0.9,
}  # fmt: skip


def test_bed_days_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    weather, rates = _weather(), dict[str, tuple[float, float]]()
    for count in (1, 100, 10_000, 100_000):
        beds = _beds(count)
        took = _seconds(lambda beds=beds: kernel.stream(weather, beds))
        rates[f"kernel, {count} beds"] = (count * DAYS, took)
    beds, size = _beds(20_000), 20_000
    irrigation = np.random.default_rng(3).choice([0.0] * 9 + [15.0], (DAYS, size))
    runs: dict[str, tuple[float, Callable[[], Any]]] = {
        "kernel, irrigated": (1, lambda: kernel.stream(weather, beds, irrigation=irrigation)),
        "kernel, depletion of each day kept": (
            1,
            lambda: kernel.stream(weather, beds, keep=("depletion",)),
        ),
    }
    full = _beds(size, **_EVERYTHING)
    runs["kernel, every option on every bed"] = (1, lambda: kernel.stream(weather, full))
    always = replace(beds, removed=np.full(size, np.inf))
    runs["kernel, crops growing to the year's end"] = (1, lambda: kernel.stream(weather, always))
    members = _weather(50)
    some = _beds(1024)
    runs["kernel, 1024 beds × 50 members"] = (
        1024 * 50 / size,
        lambda: kernel.stream(members, some),
    )
    whole = _beds(2000)
    runs["reference, 2000 beds"] = (2000 / size, lambda: _plain(weather, whole))
    for what, (part, act) in runs.items():
        repeat = 1 if what.startswith("reference") else 5
        rates[what] = (part * size * DAYS, _seconds(act, repeat=repeat))
    rates |= _limits(weather, beds) | _peers()
    best, limit = _rate(rates["kernel, 100000 beds"]), _rate(rates["bare loop, blocks"])
    alike = _rate(rates["kernel, crops growing to the year's end"])
    with capsys.disabled():
        print(
            f"\n{DAYS} days, one core; last column: the kernel at 100 000 beds is that many times"
        )
        for what, rate in rates.items():
            print(
                f"  {what:40} {rate[1] * 1e3:10,.1f} ms {_rate(rate) / 1e6:12,.4f} M bed-days/s"
                f" {best / _rate(rate):14,.2f} ×"
            )
        _print_memory()
    assert limit / alike < 4
    assert best / _rate(rates["reference, 2000 beds"]) > 10
    if "pyfao56" in rates:
        assert best / _rate(rates["pyfao56"]) > 20_000


def _rate(of: tuple[float, float]) -> float:
    return of[0] / of[1]


def _plain(weather: DailyWeather, beds: Beds) -> Any:
    size = np.size(beds.kcb_ini)
    first = balance.first_state(beds, 0.0, size)
    return balance.plain(weather, beds, first, irrigation=0.0, size=size)


def _limits(weather: DailyWeather, beds: Beds) -> dict[str, tuple[float, float]]:
    """Bare loops with the book's arithmetic, on the crops of the same beds growing all year."""
    size = 19_968
    columns = {f.name: np.asarray(getattr(beds, f.name))[:size] for f in fields(beds)}
    given = columns | kernel._stages(columns) | kernel._reservoirs(columns)
    given |= {"rise": given["rise_mid"], "p": given["depletion_fraction"]}
    table = np.array([given[name] for name in bare_water.NAMES])
    climate = kernel._sky(weather)[0][:, 0, 0].copy()
    et0_days, rain = np.asarray(weather.et0), np.asarray(weather.rain)
    found, took = [], {}
    for what, loop in (("scalar", bare_water.scalar), ("blocks", bare_water.blocked)):
        depletion = np.zeros(size)
        loop(table, climate, et0_days, rain, depletion)
        found.append(depletion.copy())
        seconds = _seconds(lambda: loop(table, climate, et0_days, rain, depletion), repeat=3)  # noqa: B023
        took[f"bare loop, {what}"] = (size * DAYS, seconds)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-9)
    return took


def _peers() -> dict[str, tuple[float, float]]:
    found = {}
    for name, prepare in (("pyfao56", _pyfao56), ("aquacrop", _aquacrop)):
        if importlib.util.find_spec(name):
            found[name] = (DAYS, _seconds(prepare(), repeat=2))
    return found


def _pyfao56() -> Callable[[], Any]:
    import pyfao56 as fao  # type: ignore[import-untyped]

    weather = _weather()
    parameters = fao.Parameters(Kcbini=0.15, Kcbmid=1.1, Kcbend=0.7, Lini=30, Ldev=40, Lmid=45)
    wth = fao.Weather()
    wth.rfcrp = "S"
    rows = {}
    for day in range(DAYS):
        key = (date(2026, 1, 1) + timedelta(day)).strftime("%Y-%j")
        wind, rain = np.asarray(weather.wind_2m)[day], np.asarray(weather.rain)[day]
        rh, demand = np.asarray(weather.rh_min)[day], np.asarray(weather.et0)[day]
        rows[key] = [20.0, 25.0, 10.0, np.nan, 10.0, 90.0, rh, wind, rain, demand, "M"]
    wth.wdata = wth.wdata.from_dict(rows, orient="index", columns=wth.wdata.columns)
    return lambda: fao.Model("2026-001", "2026-365", parameters, wth).run()


def _aquacrop() -> Callable[[], Any]:
    import pandas as pd
    from aquacrop import AquaCropModel, Crop, InitialWaterContent, Soil  # type: ignore

    weather, days = _weather(), pd.date_range("2026-01-01", periods=DAYS)
    frame = pd.DataFrame(
        {
            "MinTemp": 12.0,
            "MaxTemp": 25.0,
            "Precipitation": np.asarray(weather.rain),
            "ReferenceET": np.asarray(weather.et0),
            "Date": days,
        }
    )
    crop, full = Crop("Tomato", planting_date="04/01"), InitialWaterContent(value=["FC"])
    span = ("2026/01/01", "2026/12/31")
    return lambda: AquaCropModel(*span, frame, Soil("Loam"), crop, full).run_model(
        till_termination=True
    )


def _print_memory() -> None:
    """What a bed costs: the parameters in order and its state, whatever the number of days."""
    import tracemalloc

    for count in (10_000, 100_000):
        weather, beds = _weather(), _beds(count)
        tracemalloc.start()
        kernel.stream(weather, beds)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"  memory, {count} beds: {peak / count:,.0f} bytes a bed beyond its parameters")


def test_station_days_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    lines, stations = 1000, 1000
    rng, count = np.random.default_rng(4), lines * stations
    tmin = rng.uniform(-5, 18, (lines, stations))
    weather: dict[str, Array] = {
        "tmin": tmin,
        "tmax": tmin + rng.uniform(4, 16, (lines, stations)),
        "solar_radiation": rng.uniform(5, 25, (lines, stations)),
        "vapour_pressure": rng.uniform(0.3, 1.5, (lines, stations)),
        "wind_2m": rng.uniform(0.5, 5, (lines, stations)),
    }
    place: dict[str, Array] = {
        "latitude": rng.uniform(30, 60, stations),
        "elevation": rng.uniform(0, 800, stations),
        "day_of_year": (np.arange(lines) % 365 + 1)[:, None].astype(float),
    }
    took = {
        "compiled": _seconds(lambda: et0_kernel.daily(**weather, **place)),
        "NumPy": _seconds(lambda: et0.daily(**weather, **place), repeat=1),
    }
    if importlib.util.find_spec("refet"):
        took["refet"] = _seconds(lambda: _refet(weather, place), repeat=3)
    if importlib.util.find_spec("pyet"):
        took["pyet"] = _seconds(lambda: _pyet(weather, place), repeat=1)
    with capsys.disabled():
        print(f"\n{count:,} station-days of ET₀, one core; the compiled one is that many times")
        for what, seconds in took.items():
            print(
                f"  {what:10} {count / seconds / 1e6:8.2f} M station-days/s"
                f" {seconds / took['compiled']:8.2f} ×"
            )
    assert took["NumPy"] / took["compiled"] > 5
    if "refet" in took:
        assert took["refet"] / took["compiled"] > 3


def _refet(weather: dict[str, Array], place: dict[str, Array]) -> Any:
    import refet  # type: ignore[import-untyped]

    return refet.Daily(
        tmin=weather["tmin"],
        tmax=weather["tmax"],
        ea=weather["vapour_pressure"],
        rs=weather["solar_radiation"],
        uz=weather["wind_2m"],
        zw=2.0,
        elev=place["elevation"],
        lat=place["latitude"],
        doy=place["day_of_year"],
    ).eto()


def _pyet(weather: dict[str, Array], place: dict[str, Array]) -> Any:
    import pandas as pd
    import pyet  # type: ignore[import-untyped]
    import xarray as xr

    days = pd.date_range("2026-01-01", periods=len(weather["tmin"]))
    dims = {"time": days, "station": np.arange(len(place["latitude"]))}
    data = {name: xr.DataArray(values, dims) for name, values in weather.items()}
    spot = {
        name: xr.DataArray(place[name], {"station": dims["station"]})
        for name in ("latitude", "elevation")
    }
    return pyet.pm_fao56(
        (data["tmin"] + data["tmax"]) / 2,
        data["wind_2m"],
        rs=data["solar_radiation"],
        elevation=spot["elevation"],
        lat=spot["latitude"] * np.pi / 180,
        tmax=data["tmax"],
        tmin=data["tmin"],
        ea=data["vapour_pressure"],
    )
