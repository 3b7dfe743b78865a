"""What the tests of `sensors.quality` flag in real series, most of which are good.

Read from ../shared/data; skipped without it. The five longest stretches of each test go to
var/quality_stretches.csv, for a person to judge.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from sensors import quality
from sensors.quality import Context, Rain

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
STRETCHES = ROOT / "var" / "quality_stretches.csv"
HOUR, DAY = 3600.0, 86400.0
JUDGED = (quality.GOOD, quality.SUSPECT, quality.FAIL)
FALSE_ALARMS = 0.01  # at most, per test, on good series
Floats = np.ndarray


class Series(NamedTuple):
    """A datastream and what is known besides."""

    name: str
    quantity: str
    times: Floats
    values: Floats
    context: Context


def each_test(one: Series) -> dict[quality.Test, quality.Assessed]:
    """By each test alone, so that none hides behind a worse flag."""
    return {
        test: quality.assess(one.quantity, one.values, one.times, one.context, tests=test)
        for test in quality.Test
    }


def epoch(labels: pd.Series) -> Floats:
    return pd.to_datetime(labels).to_numpy().astype("datetime64[s]").astype(float)


def normals(lowest: pd.Series, highest: pd.Series, days: pd.Series) -> quality.Normals:
    month = pd.to_datetime(days).dt.month.to_numpy()
    return quality.Normals(
        tuple(lowest.groupby(month).mean()), tuple(highest.groupby(month).mean())
    )


def sydney() -> Iterator[Series]:
    """13 probes in an irrigated city park, hourly; no gauge, so no rain response."""
    frame = pd.read_csv(DATA / "soil/sydney_park_vwc_pct_hourly_2022_2023.csv")
    for name in frame.columns[1:]:
        values = frame[name].to_numpy(float) / 100.0
        yield Series(f"Sydney {name}", "soil_moisture", epoch(frame.time_utc), values, Context())


def manhattan() -> Iterator[Series]:
    """A USCRN station in Kansas, daily: soil, its own rain, air."""
    frame = pd.read_csv(DATA / "soil/uscrn_manhattan_ks_daily.csv.gz")
    times = epoch(frame.date)
    climate = normals(frame.tmin_c, frame.tmax_c, frame.date)
    base = Context(interval=DAY, normals=climate)
    for depth in (5, 10, 20, 50, 100):
        warm = frame[f"tsoil_{depth}cm"].to_numpy(float)
        at = replace(base, depth_cm=float(depth))
        one = replace(at, resolution=0.1)
        yield Series(f"Manhattan {depth} cm", "soil_temperature", times, warm, one)
        moist = frame[f"vwc_{depth}cm"].to_numpy(float)
        if np.isfinite(moist).any():
            rain = Rain(times, frame.rain_mm.to_numpy(float), DAY)
            wet = replace(at, rain=rain, resolution=0.001, others={"soil_temperature": warm})
            yield Series(f"Manhattan {depth} cm", "soil_moisture", times, moist, wet)
    for name in ("tmax_c", "tmin_c"):
        yield Series(
            f"Manhattan {name}", "air_temperature", times, frame[name].to_numpy(float), base
        )


def drummondville() -> Iterator[Series]:
    """Four probes in Quebec, daily; no soil temperature: the air's stands for it."""
    frame = pd.read_csv(DATA / "soil/drummondville_qc_daily_2018_2021.csv.gz")
    times = epoch(frame.date)
    cold = np.where(frame.snow_depth_cm > 0, 0.0, np.maximum(frame.tmean_c, 0.0))
    context = Context(
        interval=DAY,
        depth_cm=7.5,
        resolution=0.001,
        rain=Rain(times, frame.rain_mm.to_numpy(float), DAY),
        others={"soil_temperature": cold},
    )
    for name in frame.columns[1:5]:
        values = frame[name].to_numpy(float)
        yield Series(f"Drummondville {name}", "soil_moisture", times, values, context)


def quebec_weather() -> Iterator[Series]:
    """The hourly weather station beside them, its time as labelled (local, with summer time)."""
    frame = pd.read_csv(DATA / "weather/drummondville_qc_hourly_2018_2021.csv.gz")
    times, days = epoch(frame.time_local), pd.to_datetime(frame.time_local).dt.floor("D")
    daily = frame.t_air_c.groupby(days)
    climate = normals(daily.min(), daily.max(), pd.Series(daily.min().index))
    for quantity, values, context in (
        ("air_temperature", frame.t_air_c, Context(normals=climate)),
        ("relative_humidity", frame.rh_pct, Context()),
        ("air_pressure", frame.pressure_kpa, Context()),
        ("wind_speed", frame.wind_kmh / 3.6, Context()),
        ("rain", frame.precip_mm, Context()),
        ("solar_radiation", frame.srad_w_m2, Context()),
    ):
        yield Series("Drummondville", quantity, times, values.to_numpy(float), context)


def sun_of_quebec(*, corrected: bool) -> Series:
    """Its solar radiation: by its label, or by the sun (labelled by the end, summer time twice)."""
    frame = pd.read_csv(DATA / "weather/drummondville_qc_hourly_2018_2021.csv.gz")
    label = pd.to_datetime(frame.time_local)
    is_summer = (
        label.dt.tz_localize("America/Toronto", ambiguous=True, nonexistent="shift_forward")
        .map(lambda at: bool(at.dst()))
        .to_numpy()
    )
    hours = (
        np.where(is_summer, 3.0, 5.0) - 0.5 if corrected else np.where(is_summer, 4.0, 5.0) + 0.5
    )
    context = Context(latitude=45.88, longitude=-72.48)
    values, name = frame.srad_w_m2.to_numpy(float), "Drummondville, by the sun" * corrected
    times = epoch(frame.time_local) + hours * HOUR
    return Series(name or "Drummondville, by its label", "solar_radiation", times, values, context)


def nice() -> Iterator[Series]:
    """Three-hourly reports of Nice airport."""
    frame = pd.read_csv(DATA / "weather/synop_nice_3h_2023_2025.csv.gz")
    frame["at"] = pd.to_datetime(frame.time_utc).dt.tz_localize(None)
    times, air, dew = epoch(frame["at"]), frame.t_air_k - 273.15, frame.t_dew_k - 273.15
    daily = air.groupby(frame["at"].dt.floor("D"))
    climate = normals(daily.min(), daily.max(), pd.Series(daily.min().index))
    vapour = (0.6108 * np.exp(17.27 * dew / (dew + 237.3))).to_numpy()
    base = Context(interval=3.0 * HOUR, normals=climate)
    moist = replace(
        base, others={"air_temperature": air, "vapour_pressure": vapour}, resolution=1.0
    )
    yield Series("Nice", "air_temperature", times, air.to_numpy(), base)
    yield Series("Nice", "relative_humidity", times, frame.rh_pct.to_numpy(float), moist)
    yield Series("Nice", "vapour_pressure", times, vapour, replace(moist, resolution=0.01))
    pressure = frame.pressure_pa.to_numpy(float) / 1000.0
    yield Series("Nice", "air_pressure", times, pressure, base)
    yield Series("Nice", "wind_speed", times, frame.wind_ms.to_numpy(float), base)


def burgundy() -> Series:
    """Dijon's gauge against areas 50 to 120 km away, as if they were near: the worst case.

    The range is that of one message, not of a day.
    """
    frame = pd.read_csv(DATA / "weather/dijon_daily_1999_2018.csv.gz")
    areas = pd.read_csv(DATA / "weather/safran_catchments_daily_1999_2018.csv.gz")
    aube = areas[areas.catchment == "H120101001"].set_index("date").precip_mm
    others = [frame.precip_seine_mm, frame.precip_arroux_mm, frame.date.map(aube)]
    times = epoch(frame.date)
    around = quality.Neighbours(times, np.array(others, float), (1.0, 1.0, 1.0))
    context = Context(interval=DAY, neighbours=around)
    return Series("Dijon-Longvic", "rain", times, frame.rain_dijon_longvic_mm.to_numpy(), context)


def stretches(one: Series, test: quality.Test, flagged: Floats) -> Iterator[dict[str, object]]:
    """Runs of flagged values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flagged.astype(int), [0]))))
    for first, end in edges.reshape(-1, 2):
        yield {
            "test": test.name,
            "series": one.name,
            "quantity": one.quantity,
            "from": str(pd.Timestamp(one.times[first], unit="s")),
            "to": str(pd.Timestamp(one.times[end - 1], unit="s")),
            "count": end - first,
            "before": one.values[max(first - 1, 0)],
            "values": " ".join(f"{value:.4g}" for value in one.values[first : min(end, first + 8)]),
            "after": one.values[min(end, one.values.size - 1)],
        }


def save_longest(rows: list[dict[str, object]]) -> None:
    """The five longest stretches of each test."""
    longest = pd.DataFrame(rows).sort_values(["test", "count"], ascending=[True, False])
    STRETCHES.parent.mkdir(exist_ok=True)
    longest.groupby("test").head(5).to_csv(STRETCHES, index=False)


@pytest.mark.skipif(not DATA.exists(), reason="no ../shared/data")
def test_real_series_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    good = [*sydney(), *manhattan(), *drummondville(), *quebec_weather(), *nice()]
    strange = [sun_of_quebec(corrected=True), sun_of_quebec(corrected=False), burgundy()]
    wet = [one for one in good if one.name == "Manhattan 20 cm" and "moisture" in one.quantity]
    strange += [
        one._replace(
            name="Manhattan 20 cm, porosity 0.50", context=replace(one.context, porosity=0.5)
        )
        for one in wet
    ]
    # What its soil is told to be: a silty clay loam of FAO-56 Table 19.
    good += [
        one._replace(
            name=f"{one.name}, wilting point 0.205",
            context=replace(one.context, wilting_point=0.205),
        )
        for one in good
        if one.name.startswith("Manhattan") and "moisture" in one.quantity
    ]
    rows: list[dict[str, object]] = []
    counts: list[dict[str, object]] = []
    for one in (*good, *strange):
        is_good = any(one is other for other in good)
        for test, found in each_test(one).items():
            flagged, judged = found.tests > 0, np.isin(found.flags, JUDGED)
            rows += stretches(one, test, flagged)
            counts.append(
                {"series": one.name, "quantity": one.quantity, "test": str(test.name)}
                | {"good": is_good, "flagged": int(flagged.sum()), "judged": int(judged.sum())}
            )
    table = pd.DataFrame(counts).query("judged > 0")
    table["share"] = table.flagged / table.judged
    save_longest(rows)
    with capsys.disabled():
        print("\ngood real series, by quantity and test: worst share of a series in %")
        worst = table[table.good].pivot_table("share", "quantity", "test", "max", observed=True)
        print((100.0 * worst).round(3).to_string(na_rep="-"))
        print("values judged")
        sums = table[table.good].pivot_table("judged", "quantity", "test", "sum", observed=True)
        print(sums.astype("Int64").to_string(na_rep="-"))
        print("every series with a flag")
        shown = table[table.flagged > 0].assign(share=lambda t: (100.0 * t.share).round(2))
        print(shown.to_string(index=False))
        print(f"the longest stretches of each test: {STRETCHES}")
    assert table[table.good].share.max() < FALSE_ALARMS
