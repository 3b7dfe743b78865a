"""The yield model on recorded tables, every year held out once, beside the best figures known.

Reference: RMSE of the better of a group mean, ridge and gradient boosting on the same rows, in the
table's unit; places are the fourteen arable départements of the weather file with fifteen years of
the crop at least.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.harvest.yield_table.skill import YieldSkill, judge
from models.harvest.yield_table.table import YieldTable

CROPS = {
    "Blé": 7.59,
    "Orge et escourgeon": 5.99,
    "Colza grain et navette": 3.94,
    "Tournesol": 3.55,
    "Maïs grain et maïs semence": 9.76,
    "Pommes de terre de consommation": 49.6,
    "Betterave industrielle": 80.0,
}
MOUNTAINS = ("04", "05", "06", "2A", "74")  # in the weather file, and hardly arable
FEWEST = 15  # years of a département
SITE_MEAN = 0.662  # t/ha, Minnesota barley


def codes(values: "pd.Series[str]") -> np.ndarray:
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)


def yield_table(
    rows: pd.DataFrame, *, target: str, group: str, year: str, features: list[str]
) -> YieldTable:
    named = not pd.api.types.is_numeric_dtype(rows[year])
    when = np.full(len(rows), np.nan) if named else rows[year].to_numpy(float)
    none = np.empty((len(rows), 0), dtype=np.int64)
    numbers = rows[features].to_numpy(float)
    target_values = rows[target].to_numpy(float)
    return YieldTable(
        target_values,
        codes(rows[group]),
        codes(rows[year]),
        when,
        numbers,
        tuple(features),
        none,
        (),
    )


def crop(folder: Path, name: str) -> YieldTable:
    yields = pd.read_csv(folder / "yields/agreste_saa_yields_departement_2000_2020.csv.gz")
    sky = pd.read_csv(
        folder / "yields/safran_monthly_features_by_dep_harvestyear.csv", dtype={"dep": str}
    )
    rows = yields[yields["crop"] == name].dropna(subset=["yield_q_ha"]).astype({"dep": str})
    rows = rows.merge(sky[~sky["dep"].isin(MOUNTAINS)], on=["dep", "year"])
    rows = rows[rows.groupby("dep")["year"].transform("size") >= FEWEST]
    features = [str(column) for column in sky.columns if column not in ("dep", "year")]
    return yield_table(rows, target="yield_q_ha", group="dep", year="year", features=features)


def shown(name: str, table: YieldTable, reference: float) -> YieldSkill:
    began = time.monotonic()
    found = judge(table)
    print(f"\n{name}: {len(table.target)} rows, {table.years} years, ", end="")
    print(
        f"{time.monotonic() - began:.0f} s; reference {reference:g}; chosen {found.chosen}; ",
        end="",
    )
    print(f"coverage {found.coverage_80:.3f}, width {found.width_80:.3g}")
    for one in found.candidates:
        interval = f"[{one.skill.low:+.2f}, {one.skill.high:+.2f}]"
        print(
            f"  {one.name:17s} {one.rmse:8.3f}  R² {one.r2:+.2f}  {one.skill.value:+.2f} {interval}"
        )
    return found


def rmse(found: YieldSkill) -> dict[str, float]:
    return {one.name: one.rmse for one in found.candidates}


@pytest.mark.parametrize("name", CROPS)
def test_crop_of_fourteen_departements(data: Path, name: str) -> None:
    found = shown(name, crop(data, name), CROPS[name])
    said = rmse(found)
    assert said[found.chosen] <= min(CROPS[name], said["group-mean"], said["trend"])
    assert 0.75 <= found.coverage_80 <= 0.85


def minnesota(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "yields/minnesota_barley_1927_1936.csv.gz")


def test_minnesota_sites_have_no_weather_skill(data: Path) -> None:
    rows = minnesota(data).drop(columns=["gen_name", "gen", "yield"])
    means = rows.groupby(["site", "year"], as_index=False).mean().dropna(subset=["yield_t_ha"])
    features = [str(column) for column in means.columns if str(column)[-2:].isdigit()]
    table = yield_table(means, target="yield_t_ha", group="site", year="year", features=features)
    found = shown("Minnesota barley, site means", table, SITE_MEAN)
    assert rmse(found)[found.chosen] <= SITE_MEAN
    assert 0.75 <= found.coverage_80 <= 0.85


def test_minnesota_cultivars(data: Path) -> None:
    rows = minnesota(data).dropna(subset=["yield_t_ha"])
    features = [str(column) for column in rows.columns if str(column)[-2:].isdigit()]
    table = yield_table(rows, target="yield_t_ha", group="site", year="year", features=features)
    found = shown("Minnesota barley, cultivars", table, float("nan"))
    assert rmse(found)[found.chosen] <= rmse(found)["group-mean"]


def test_tomato_in_eighteen_environments(data: Path) -> None:
    rows = pd.read_csv(data / "yields/ortiz_tomato_18env.csv").dropna(subset=["yield"])
    features = [str(name) for name in rows if name not in ("env", "gen", "yield", "weight")]
    table = yield_table(rows, target="yield", group="gen", year="env", features=features)
    found = shown("tomato, environments held out", table, float("nan"))
    assert rmse(found)[found.chosen] <= rmse(found)["group-mean"]
