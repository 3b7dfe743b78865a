"""`agro balance` on layered soils, dry starts, crops that were seen, and pyfao56's own files."""

import json
from datetime import date, timedelta
from math import sin
from pathlib import Path
from typing import Any

import pandas as pd
import pyfao56
import pytest

DAYS = [date(2022, 5, 1) + timedelta(days=n) for n in range(100)]
BED = ("--crop", "maize", "--soil", "field")
LAYERS = "name,bottom_cm,FC,WP,theta0\nfield,30,0.28,0.13,0.22\nfield,150,0.22,0.10,0.16\n"


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(text: str, name: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def weather(**columns: Any) -> str:
    """100 days; a column more for each keyword, of day numbers to cells ("" elsewhere)."""
    rows = [",".join(("date", "et0", "rain", *columns))]
    for n, day in enumerate(DAYS):
        more = [str(cells.get(n, "")) for cells in columns.values()]
        rows.append(",".join((str(day), f"{5 + sin(n):.2f}", "9" if n % 9 == 4 else "0", *more)))
    return "\n".join(rows) + "\n"


def run(agro: Any, file: Any, soil: str, *options: object, sky: str = "") -> Any:
    soils = file(soil, "soil.json" if soil.startswith(("{", "[")) else "soil.csv")
    given = file(sky or weather(), "w.csv")
    return agro("balance", given, *BED, "--soil-file", soils, *options, "--json")


# Layers


def test_available_water_is_that_of_the_layers_the_roots_have_reached(agro: Any, file: Any) -> None:
    done = run(agro, file, LAYERS)
    assert done.code == 0
    assert any("field has 2 layers down to 1.5 m" in line for line in done.lines)
    for day in (done.json["days"][0], done.json["days"][-1]):
        depth = day["root_depth"]
        below = max(0.0, depth - 0.3) * 120
        assert day["taw"] == pytest.approx(min(depth, 0.3) * 150 + below)
    assert done.json["days"][-1]["root_depth"] > 0.3


def test_a_dry_start_is_met_by_the_roots(agro: Any, file: Any) -> None:
    dry = run(agro, file, LAYERS).json["days"]
    wet = run(agro, file, LAYERS.replace(",0.22\n", ",0.28\n").replace(",0.16\n", ",0.22\n"))
    assert dry[0]["depletion"] > 0.2 * 60
    assert dry[0]["depletion_below"] > 60
    assert dry[70]["depletion"] > wet.json["days"][70]["depletion"] + 20
    assert min(day["ks"] for day in dry) < min(day["ks"] for day in wet.json["days"])


@pytest.mark.parametrize(
    "soil",
    [
        pytest.param(
            "layer,depth (cm),theta_fc,theta_wp,initial_vwc\nA,0-30,0.28,0.13,0.22\n"
            "B,30-150,0.22,0.10,0.16\n",
            id="ranges of depth",
        ),
        pytest.param(
            "texture,thickness_cm,fc,wp,theta0\nfield,30,0.28,0.13,0.22\nfield,120,0.22,0.1,0.16\n",
            id="thickness",
        ),
        pytest.param(
            json.dumps(
                {
                    "layers": [
                        {"bottom_m": 0.3, "fc": 0.28, "wp": 0.13, "theta0": 0.22},
                        {"bottom_m": 1.5, "fc": 0.22, "wp": 0.10, "theta0": 0.16},
                    ]
                }
            ),
            id="JSON",
        ),
    ],
)
def test_layers_however_they_are_written(agro: Any, file: Any, soil: str) -> None:
    done = run(agro, file, soil)
    assert done.code == 0, done.lines
    for one, other in zip(done.json["days"], run(agro, file, LAYERS).json["days"], strict=True):
        assert one == pytest.approx(other)


def test_one_soil_may_tell_its_water_at_the_start(agro: Any, file: Any) -> None:
    soil = {"thetaFC": 0.28, "thetaWP": 0.13, "theta0": 0.20, "REW": 8}
    days = run(agro, file, json.dumps(soil)).json["days"]
    plain = run(agro, file, json.dumps({**soil, "theta0": 0.28})).json["days"]
    assert days[0]["depletion"] > plain[0]["depletion"] + 5
    # Said on the command line, the depletion outweighs the file's.
    stated = run(agro, file, json.dumps(soil), "--initial-depletion", 0).json["days"]
    assert stated[0]["depletion"] == pytest.approx(plain[0]["depletion"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("150,0.22", "20,0.22"), "layer 2: ends at 0.2 m, not below 0.3 m"),
        (("0.22,0.10", "0.22,0.30"), "layer 2 to 1.5 m: wilting_point 0.3, field_capacity 0.22"),
        (("0.13,0.22", "0.13,22"), "layer 1 to 0.3 m, theta0: 22 is not within 0 to 0.95"),
        (("0.28", "wet"), "field_capacity: 'wet' is not a number"),
        (("field,150", "field,"), "some layers have no depth"),
    ],
)
def test_layers_that_cannot_be(agro: Any, file: Any, change: tuple[str, str], told: str) -> None:
    done = run(agro, file, LAYERS.replace(*change))
    assert (done.code, done.out) == (2, "")
    assert any(told in line for line in done.lines), done.lines


def test_more_than_the_first_roots_reach_lies_below_them(agro: Any, file: Any) -> None:
    plain = ("--crop", "maize", "--soil", "loam", "--json")
    done = agro("balance", file(weather(), "w.csv"), *plain, "--initial-depletion", 90)
    assert "the rest lies below" in done.lines[0]
    days = done.json["days"]
    assert days[0]["depletion_below"] == pytest.approx(90 - days[0]["taw"], abs=0.5)
    wet = agro("balance", file(weather(), "w.csv"), *plain).json["days"]
    assert "depletion_below" not in wet[0]
    assert days[60]["depletion"] > wet[60]["depletion"] + 20


# What was seen of the crop


def test_a_crop_that_was_seen(agro: Any, file: Any) -> None:
    plain = ("--crop", "maize", "--soil", "loam", "--json")
    sky = weather(kcb={20: 0.3, 60: 0.7}, canopy_cover={20: 10, 60: 60})
    done = agro("balance", file(sky, "w.csv"), *plain)
    assert done.code == 0
    told = "\n".join(done.lines)
    assert "kcb as seen on 2 days, straight between them" in told
    assert "canopy_cover is above 1: taken as percent" in told
    days = done.json["days"]
    assert days[40]["kcb"] == pytest.approx(0.5)
    own = agro("balance", file(weather(), "w.csv"), *plain).json["days"]
    assert days[19]["kcb"] == own[19]["kcb"]
    assert days[61]["kcb"] == own[61]["kcb"]
    seen = "date;fc;h\n" + "".join(f"{DAYS[n]};{n / 100:.2f};1,5\n" for n in (30, 60)).replace(
        "0.", "0,"
    )
    beside = agro(
        "balance", file(weather(), "w.csv"), *plain, "--crop-observations", file(seen, "o.csv")
    )
    assert beside.code == 0
    assert beside.json["days"][45]["kcb"] != own[45]["kcb"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,kcb\n2022-05-20,3\n", "row 2, kcb: 3 is not within 0 to 2"),
        ("date,canopy_cover\n2022-05-20,130\n", "row 2, canopy_cover: 130 is not within 0 to 1"),
        ("date,leaves\n2022-05-20,3\n", "name them date and kcb, canopy_cover or crop_height"),
        ("date,kcb\n2022-05-20,much\n", "row 2, kcb: 'much' is not a number"),
    ],
)
def test_observations_that_cannot_be(agro: Any, file: Any, text: str, told: str) -> None:
    bed = ("--crop", "maize", "--soil", "loam", "--json")
    done = agro(
        "balance", file(weather(), "w.csv"), *bed, "--crop-observations", file(text, "o.csv")
    )
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


# Irrigation that does not all reach the soil, or not all of it


def test_efficiency_and_wetted_share_of_each_irrigation(agro: Any, file: Any) -> None:
    bed = ("--crop", "maize", "--soil", "loam", "--json", "--irrigation")
    text = "date,depth,fw,ieff\n2022-05-07,20,0.4,80\n2022-05-20,30,1.0,100\n"
    done = agro("balance", file(weather(), "w.csv"), *bed, file(text, "i.csv"))
    assert done.code == 0
    days = done.json["days"]
    assert days[6]["irrigation"] == pytest.approx(16.0)
    assert days[19]["irrigation"] == pytest.approx(30.0)
    whole = agro(
        "balance", file(weather(), "w.csv"), *bed, file(text.replace("0.4", "1.0"), "i.csv")
    )
    assert sum(d["ke"] for d in days[6:9]) < sum(d["ke"] for d in whole.json["days"][6:9])
    wrong = file(text.replace("0.4,80", "1.4,180"), "i.csv")
    bad = agro("balance", file(weather(), "w.csv"), *bed, wrong)
    assert (bad.code, len(bad.lines)) == (2, 2)
    assert "row 2, ieff: 180 % is above 100" in bad.lines[0]


# Dry air where no rh_min is given


def test_the_lowest_humidity_follows_from_what_there_is(agro: Any, file: Any) -> None:
    bed = ("--crop", "maize", "--soil", "loam", "--planted", "2022-02-01", "--json")
    given = dict.fromkeys(range(100), 10), dict.fromkeys(range(100), 34)
    humid = dict(zip(("tmin", "tmax"), given, strict=True))
    moist, dry = (dict.fromkeys(range(100), e) for e in (2.4, 0.6))
    kcb = [
        agro("balance", file(weather(**humid, vapour_pressure=air), "w.csv"), *bed).json["days"][0]
        for air in (moist, dry)
    ]
    assert kcb[0]["kcb"] + 0.08 < kcb[1]["kcb"]


# pyfao56's own files


def test_files_of_pyfao56_are_read_as_they_are(agro: Any, tmp_path: Path) -> None:
    par = pyfao56.Parameters(thetaFC=0.28, thetaWP=0.13, theta0=0.22, REW=8.0)
    sky = pyfao56.Weather()
    sky.rfcrp, sky.z, sky.lat, sky.wndht = "S", 250.0, 47.3, 2.0
    keys = [day.strftime("%Y-%j") for day in DAYS]
    row = [20.0, 27.0, 12.0, float("nan"), float("nan"), 90.0, 45.0, 2.0, 0.0, float("nan"), "M"]
    sky.wdata = pd.DataFrame([row] * len(keys), index=keys, columns=sky.cnames)
    water = pyfao56.Irrigation()
    water.addevent(2022, 150, 25.0, 1.0, 90.0)
    ground = pyfao56.SoilProfile()
    ground.sdata = pd.DataFrame(
        {"thetaFC": [0.28, 0.22], "thetaWP": [0.13, 0.10], "theta0": [0.22, 0.16]}, index=[30, 150]
    )
    seen = pyfao56.Update()
    seen.udata.loc["2022-160"] = [0.8, 0.9, 0.55]
    saved = {"m.par": par, "m.wth": sky, "m.irr": water, "m.sol": ground, "m.upd": seen}
    for name, one in saved.items():
        one.savefile(str(tmp_path / name))
    own = ("--crop", "mine", "--crop-file", "m.par", "--soil", "mine")
    done = agro("balance", "m.wth", *own, "--soil-file", "m.par", "--irrigation", "m.irr", "--json")
    assert done.code == 0, done.lines
    days = {one["date"]: one for one in done.json["days"]}
    assert len(days) == len(DAYS)
    assert days["2022-05-30"]["irrigation"] == pytest.approx(22.5)
    assert days["2022-05-01"]["taw"] == pytest.approx(0.2 * 150)
    assert days["2022-05-01"]["depletion"] > 0.2 * 60
    layered = agro(
        "balance", "m.wth", *own, "--soil-file", "m.sol", "--crop-observations", "m.upd", "--json"
    )
    assert layered.code == 0, layered.lines
    days = {one["date"]: one for one in layered.json["days"]}
    assert days["2022-06-09"]["kcb"] == pytest.approx(0.8)
    assert days["2022-08-01"]["taw"] < 1000 * 0.15 * days["2022-08-01"]["root_depth"]


# Water that was measured


def measured_from(days: list[dict[str, Any]], full: float, every: int) -> str:
    """What a probe would have told of a season: the mean of the root zone."""
    rows = ["date,depth_cm,vwc"]
    for day in days[2::every]:
        content = full - day["depletion"] / (1000 * day["root_depth"])
        rows += [f"{day['date']},{depth},{content:.4f}" for depth in (20, 60)]
    return "\n".join(rows) + "\n"


def test_a_season_is_fitted_to_measured_water_and_judged_on_what_it_has_not_seen(
    agro: Any, file: Any
) -> None:
    bed = ("--crop", "maize", "--soil", "loam", "--json")
    heavier = {"field_capacity": 0.31, "wilting_point": 0.15, "rew": 9, "tew": 19}
    truth = run(agro, file, json.dumps(heavier), "--initial-depletion", 10).json["days"]
    probes = file(measured_from(truth, 0.31, 3), "p.csv")
    sky = file(weather(), "w.csv")
    done = agro("balance", sky, *bed, "--measured", probes, "--fit-until", "2022-07-05")
    assert done.code == 0, done.lines
    fit = done.json["fit"]
    assert fit["field_capacity_shift"] == pytest.approx(0.06, abs=0.02)
    for part in ("fitted", "held_out"):
        assert fit[part]["readings"] > 9
        assert fit[part]["rmse_after"] < 0.35 * fit[part]["rmse_before"]
    assert "readings held out, RMSE" in done.lines[-1]
    assert "fit" not in agro("balance", sky, *bed).json


def test_what_comes_after_the_last_day_of_the_fit_changes_nothing(agro: Any, file: Any) -> None:
    bed = ("--crop", "maize", "--soil", "loam", "--json", "--fit-until", "2022-06-10")
    sky = file(weather(), "w.csv")
    plain = agro("balance", sky, *bed[:-2]).json["days"]
    text = measured_from(plain, 0.27, 4)
    kept = [row for row in text.splitlines() if row <= "2022-06-10~" or row.startswith("date")]
    all_of_it = agro("balance", sky, *bed, "--measured", file(text, "p.csv"))
    part = agro("balance", sky, *bed, "--measured", file("\n".join(kept), "q.csv"))
    assert all_of_it.json["days"] == part.json["days"]
    assert all_of_it.json["fit"]["held_out"]["readings"] > 0
    assert part.json["fit"]["held_out"] == {
        "readings": 0,
        **dict.fromkeys(("rmse_before", "bias_before", "rmse_after", "bias_after")),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,depth_cm,vwc\n2022-05-20,20,-0.3\n", "row 2: -0.3 is not a water content"),
        ("date,depth_cm,vwc\n2022-05-20,20,wet\n", "vwc: 'wet' is not a number"),
        ("date,water\n2022-05-20,20\n", "name them date, depth_cm and vwc"),
        ("date,vwc_20cm\n2020-05-20,0.2\n", "no reading to fit to"),
    ],
)
def test_measured_water_that_cannot_be(agro: Any, file: Any, text: str, told: str) -> None:
    bed = ("--crop", "maize", "--soil", "loam", "--json")
    done = agro("balance", file(weather(), "w.csv"), *bed, "--measured", file(text, "p.csv"))
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]
