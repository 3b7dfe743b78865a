"""The soil-moisture forecast on recorded series, beside the best figures known for them.

Reference: a plain mean of bucket, linear and boosted forecasts, refitted on the past, with the rain
known; RMSE in m³ m⁻³ after 1, 3 and 7 days.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.irrigation.moisture_scores import judge
from models.irrigation.moisture_series import Probe, panel
from models.irrigation.moisture_skill import roll

REFERENCE = {"manhattan": (0.017, 0.026, 0.034), "drummondville": (0.017, 0.025, 0.032)}
PRINTED = 0.0005  # half of the reference's last digit

World = tuple[list[Probe], dict[str, dict[str, np.ndarray]], pd.DatetimeIndex]


def manhattan(folder: Path) -> World:
    file = folder / "soil/uscrn_manhattan_ks_daily.csv.gz"
    frame = pd.read_csv(file, parse_dates=["date"], index_col="date").asfreq("D")
    frame = frame[frame.index >= "2009-07-01"]
    names = {"rain": "rain_mm", "tmean": "tmean_c", "solar_radiation": "srad_mj_m2"}
    sky = {name: frame[column].to_numpy(float) for name, column in names.items()}
    probes = [Probe("m", d, frame[f"vwc_{d}cm"].to_numpy(float)) for d in (5, 10, 20)]
    return probes, {"m": sky}, pd.DatetimeIndex(frame.index)


def drummondville(folder: Path) -> World:
    file = folder / "soil/drummondville_qc_daily_2018_2021.csv.gz"
    frame = pd.read_csv(file, parse_dates=["date"], index_col="date").asfreq("D")
    sky = {
        "rain": frame["rain_mm"].to_numpy(float),
        "tmean": frame["tmean_c"].to_numpy(float),
        "solar_radiation": frame["srad_w_m2"].to_numpy(float) * 0.0864,
    }
    growing = np.isin(frame.index.month, range(5, 12))
    columns = [name for name in frame if str(name).startswith("vwc_")]
    probes = [Probe(str(n), 7.5, frame[n].where(growing).to_numpy(float)) for n in columns]
    return probes, {probe.site: sky for probe in probes}, pd.DatetimeIndex(frame.index)


@pytest.mark.parametrize("rain", ["known", "none"])
@pytest.mark.parametrize("name", ["manhattan", "drummondville"])
def test_soil_skill(data: Path, name: str, rain: str) -> None:
    probes, sky, days = {"manhattan": manhattan, "drummondville": drummondville}[name](data)
    series = panel(probes, sky, days.day_of_year.to_numpy(float))
    began = time.monotonic()
    _, overall = judge(series, roll(series, rain_known=rain == "known"))
    print(f"\n{name}, rain {rain}: {len(days)} days x {len(series)} probes, ", end="")
    print(f"{time.monotonic() - began:.0f} s")
    for one, reference in zip(overall, REFERENCE[name], strict=True):
        told = "  ".join(f"{key} {value:.4f}" for key, value in one.rmse.items())
        beside = f"reference {reference:.3f}" if rain == "known" else "2 % over persistence at most"
        print(f"  {one.days} d, n {one.n}: {told}  coverage {one.coverage_80:.3f}  ({beside})")
        assert 0.75 <= one.coverage_80 <= 0.85
        if rain == "known":
            assert one.rmse["chosen"] < reference + PRINTED
        else:
            assert one.rmse["chosen"] <= 1.02 * one.rmse["persistence"]
