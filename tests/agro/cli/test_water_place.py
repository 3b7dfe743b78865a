"""`agro balance` with what a place adds: options, columns of files, what cannot be."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from math import sin
from pathlib import Path
from typing import Any

import pytest

BED = ("--crop", "tomato", "--soil", "loam", "--planted", "2026-05-01")
DAYS = 90


@pytest.fixture
def weather(tmp_path: Path) -> Path:
    rows = ["date,et0,rain"]
    for n in range(DAYS):
        day, rain = date(2026, 5, 1) + timedelta(days=n), 12 if n % 11 == 5 else 0
        rows.append(f"{day},{4 + sin(n) / 2:.2f},{rain}")
    file = tmp_path / "w.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def balance(agro: Any, weather: Path) -> Any:
    def run(*options: object, bed: Sequence[str] = BED) -> list[dict[str, Any]]:
        done = agro("balance", weather, *bed, *options, "--json")
        assert done.code == 0, done.lines
        return list(done.json["days"])

    return run


def total(days: Sequence[dict[str, Any]], name: str) -> float:
    return float(sum(day[name] for day in days))


def test_options_that_add_nothing_change_no_figure(balance: Any) -> None:
    plain = balance()
    assert balance("--et0-share", 1) == plain
    assert balance("--mulch", "organic", "--mulch-cover", 0) == plain
    assert balance("--soil-salinity", 0) == plain
    assert balance("--drainage-days", 0) == plain
    assert balance("--cut", "2027-01-01") == plain


def test_no_rain_falls_under_cover_and_the_demand_is_a_share(balance: Any) -> None:
    plain, covered = balance(), balance("--covered")
    assert total(plain, "rain") > 0
    assert total(covered, "rain") == 0
    share = balance("--et0-share", 0.64)
    assert share[0]["crop_et"] == pytest.approx(0.64 * plain[0]["crop_et"])


def test_mulch_holds_back_evaporation_and_plastic_some_of_the_crop_s(balance: Any) -> None:
    plain, straw = balance(), balance("--mulch", "organic")
    film = balance("--mulch", "plastic", "--mulch-cover", 0.5)
    assert straw[0]["ke"] == pytest.approx(0.5 * plain[0]["ke"])
    assert film[0]["ke"] == pytest.approx((1 - 0.5 * 0.65) * plain[0]["ke"])
    assert [day["kcb"] for day in straw] == [day["kcb"] for day in plain]
    assert film[80]["kcb"] == pytest.approx(0.95 * plain[80]["kcb"], rel=0.01)


def test_water_rises_and_drains_slowly(balance: Any, tmp_path: Path) -> None:
    dry, near = balance("--covered"), balance("--covered", "--water-table", 1.6)
    assert near[-1]["depletion"] < dry[-1]["depletion"] - 5
    flood = tmp_path / "i.csv"
    flood.write_text("date,irrigation\n2026-06-10,80\n", encoding="utf-8")
    watered = ("--irrigation", flood)
    slow, fast = balance(*watered, "--drainage-days", 3), balance(*watered)
    assert slow[40]["depletion"] < slow[41]["depletion"] < 0 <= fast[40]["depletion"]


def test_salt_alone_is_enough_for_a_crop_of_table_23(balance: Any) -> None:
    """FAO-56 eq. 89: beans at 2 dS m⁻¹, K_s 0.83."""
    beans = ("--crop", "green_bean", "--soil", "loam")
    assert balance("--soil-salinity", 2, bed=beans)[0]["ks"] == pytest.approx(0.83, abs=0.005)


def test_cuts_by_their_dates_or_their_days(balance: Any) -> None:
    forage = ("--crop", "alfalfa", "--soil", "loam")
    by_date = balance("--cut", "2026-06-30", "--cut", "2026-05-31", bed=forage)
    by_days = balance("--first-cut", 30, "--cutting-interval", 30, bed=forage)
    assert [day["kcb"] for day in by_date] == pytest.approx([day["kcb"] for day in by_days])
    assert by_date[30]["kcb"] < by_date[29]["kcb"]


def test_trees_by_their_crown(balance: Any) -> None:
    orchard = ("--crop", "apple", "--soil", "loam")
    plain = balance(bed=orchard)
    young = balance("--canopy-cover", 0.2, "--tree", bed=orchard)
    assert young[85]["kcb"] == pytest.approx(0.15 + (plain[85]["kcb"] - 0.15) * 0.4, abs=0.05)
    assert balance("--tree", bed=orchard) != plain


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--et0-share", 64), "--et0-share: 64 must be 0 to 2, the share of the ET₀ outside"),
        (("--et0-share", 0), "--et0-share: 0 must be 0 to 2"),
        (("--et0-share", "nan"), "--et0-share: nan must be 0 to 2"),
        (("--mulch", "straw"), "--mulch: 'straw' is not a mulch; write organic or plastic"),
        (("--mulch-cover", 0.5), "--mulch-cover: needs --mulch, organic or plastic"),
        (("--mulch", "organic", "--mulch-cover", 80), "--mulch-cover: 80 must be 0 to 1"),
        (("--water-table", -1), "--water-table: -1 must be 0 or more, metres below the surface"),
        (("--drainage-days", 99), "--drainage-days: 99 must be 0 to 60, days"),
        (("--soil-salinity", -2), "--soil-salinity: -2 must be 0 to 60, dS m⁻¹"),
        (("--canopy-cover", 1.5), "--canopy-cover: 1.5 must be 0 to 1"),
        (("--cut", "soon"), "--cut: 'soon' is not a date; write it as 2026-05-01"),
        (("--cut", "2026-04-01"), "--cut: 2026-04-01 must be after planting on 2026-05-01"),
        (("--cut", "2026-06-01", "--first-cut", 20), "--cut: stands beside --first-cut"),
        (("--first-cut", 0), "--first-cut: 0 must be 1 or more, days after planting"),
        (("--cutting-interval", 20), "--cutting-interval: needs --first-cut"),
    ],
)
def test_a_place_that_cannot_be_is_one_line(
    agro: Any, weather: Path, options: tuple[object, ...], told: str
) -> None:
    done = agro("balance", weather, *BED, *options, "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert done.lines[0].startswith(told)


def test_every_fault_of_a_place_is_told_at_once(agro: Any, weather: Path) -> None:
    done = agro("balance", weather, *BED, "--et0-share", 9, "--mulch", "sand", "--water-table", -1)
    assert (done.code, len(done.lines)) == (2, 3)


def test_salt_under_a_crop_without_tolerance_is_named(agro: Any, weather: Path) -> None:
    bed = ("--crop", "sunflower", "--soil", "loam")
    done = agro("balance", weather, *bed, "--soil-salinity", 3)
    assert (done.code, len(done.lines)) == (2, 1)
    assert "FAO-56 Table 23 has no salt tolerance of 'sunflower'; give salt_thr" in done.lines[0]


# Columns of files


def _file(folder: Path, name: str, content: dict[str, object]) -> Path:
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder / name


def test_files_tell_the_same_as_options(agro: Any, balance: Any, tmp_path: Path) -> None:
    soil = {"texture": "loam", "water_table": 1.6, "drainage_tau": 3, "soil_salinity": 4}
    own = ("--soil-file", _file(tmp_path, "s.json", {**soil, "curve_number": 80}))
    options = ("--water-table", 1.6, "--drainage-days", 3, "--soil-salinity", 4)
    assert balance(*own) == balance(*options, "--curve-number", 80)
    assert balance(*own, "--soil-salinity", 0, "--curve-number", 60) == balance(
        *options[:4], "--curve-number", 60
    )
    crop = ("--crop-file", _file(tmp_path, "c.json", {"key": "tomato", "canopy_cover": 0.3}))
    assert balance(*crop) == balance("--canopy-cover", 0.3)


def test_a_table_of_soils_tells_each_its_own(balance: Any, tmp_path: Path) -> None:
    table = "texture,water_table,saturation\nclay,0.9,\nloam,1.6,0.46\n"
    (tmp_path / "s.csv").write_text(table, encoding="utf-8")
    assert balance("--soil-file", tmp_path / "s.csv") == balance("--water-table", 1.6)


def test_a_crop_of_one_s_own_states_its_salt_tolerance(
    agro: Any, weather: Path, tmp_path: Path
) -> None:
    crop = {"key": "sunflower", "salt_threshold": 2.0, "salt_slope": 10.0}
    own = ("--crop", "sunflower", "--soil", "loam", "--crop-file", _file(tmp_path, "c.json", crop))
    done = agro("balance", weather, *own, "--soil-salinity", 4, "--json")
    assert done.json["days"][0]["ks"] == pytest.approx(1 - 0.1 * 2 / 0.95, abs=1e-6)
    bad = _file(tmp_path, "c.json", {**crop, "salt_slope": -5})
    done = agro("balance", weather, *own[:4], "--crop-file", bad)
    assert (done.code, len(done.lines)) == (2, 1)
    assert "salt_slope: -5 is not within 0 to 100 % per dS m⁻¹; correct it" in done.lines[0]


def test_a_soil_of_one_s_own_rises_like_its_nearest_texture(
    agro: Any, weather: Path, tmp_path: Path
) -> None:
    soil = {"name": "mine", "FC": 0.25, "WP": 0.12, "REW": 9}
    own = ("--crop", "tomato", "--soil", "mine", "--soil-file", _file(tmp_path, "s.json", soil))
    done = agro("balance", weather, *own, "--water-table", 1.2, "--json")
    assert done.code == 0
    assert "the water table: water rises in 'mine' as in loam, near to it" in done.lines[0]


@pytest.mark.parametrize(
    ("soil", "told"),
    [
        ({"water_table": -1}, "water_table: -1 must be 0 or more, metres below the surface; corr"),
        ({"saturation": 40}, "saturation: 40 must be 0 to 0.95, m³ m⁻³; correct it"),
        ({"ECe": "much"}, "soil_salinity: 'much' is not a number; write one"),
    ],
)
def test_columns_that_cannot_be_are_named(
    agro: Any, weather: Path, tmp_path: Path, soil: dict[str, object], told: str
) -> None:
    own = _file(tmp_path, "s.json", {"texture": "loam", **soil})
    done = agro("balance", weather, *BED, "--soil-file", own, "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert done.lines[0].startswith(f"{own}, loam, {told}")


def test_help_keeps_places_apart(agro: Any) -> None:
    done = agro("balance", "--help")
    assert done.code == 0
    assert "What the place adds" in done.out
    assert "Forage, lawn and herbs that are cut" in done.out
