"""`agro et0` and `agro balance` on files good and bad."""

import json
from datetime import date, timedelta
from math import sin
from pathlib import Path
from typing import Any

import pytest

HEAD = "date,tmin,tmax,rh_min,rh_max,wind_10m,sunshine,rain\n"
BRUSSELS = HEAD + "2026-07-06,12.3,21.5,63,84,2.7778,9.25,0\n"
PLACE = ("--latitude", 50.8, "--elevation", 100)
BALANCE_KEYS = [
    *("date", "et0", "kcb", "ke", "ks", "crop_et", "actual_et", "rain", "irrigation", "runoff"),
    *("deep_percolation", "depletion", "taw", "raw", "root_depth", "closure"),
]


def season(days: int = 60) -> str:
    rows = ["date,et0,rain"]
    for n in range(days):
        day, rain = date(2026, 5, 1) + timedelta(days=n), 12 if n % 11 == 5 else 0
        rows.append(f"{day},{4 + sin(n) / 2:.2f},{rain}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def weather(tmp_path: Path) -> Any:
    def write(text: str, name: str = "w.csv") -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


# et0


def test_et0_of_a_day_is_the_book_s(agro: Any, weather: Any) -> None:
    done = agro("et0", weather(BRUSSELS), *PLACE, "--json")
    assert (done.code, done.lines) == (0, [])
    (day,) = done.json["days"]
    assert day["date"] == "2026-07-06"
    assert day["et0"] == pytest.approx(3.88, abs=0.005)  # FAO-56 ex. 18, p. 72
    assert (day["radiation"], day["humidity"]) == ("sunshine", "rh_min, rh_max")


def test_et0_without_json_is_a_table(agro: Any, weather: Any) -> None:
    done = agro("et0", weather(BRUSSELS), *PLACE)
    assert "2026-07-06" in done.out
    assert "3.88" in done.out
    assert "\x1b" not in done.out


def test_et0_falls_back_and_says_so(agro: Any, weather: Any) -> None:
    done = agro("et0", weather(HEAD + "2026-07-06,12.3,21.5,,,,,\n"), *PLACE, "--json")
    (day,) = done.json["days"]
    assert day["et0"] > 0
    assert day["radiation"] == "temperature span"
    assert day["humidity"] == "tmin as dewpoint"
    assert day["wind"] == "calm"


def test_et0_of_a_day_without_temperature_is_null(agro: Any, weather: Any) -> None:
    done = agro("et0", weather(BRUSSELS + "2026-07-07,,21.5,63,84,2,9,0\n"), *PLACE, "--json")
    assert done.code == 0
    assert done.json["days"][1]["et0"] is None
    assert "no ET₀ for 2026-07-07" in done.lines[0]


@pytest.mark.parametrize(
    ("latitude", "elevation", "code"),
    [(91, 100, 2), (-90.5, 100, 2), (50, 99999, 2), (31.5, -400, 0), (-33.9, 10, 0), (90, 0, 0)],
)
def test_places_on_earth(
    agro: Any, weather: Any, latitude: float, elevation: float, code: int
) -> None:
    file = weather(BRUSSELS)
    done = agro("et0", file, "--latitude", latitude, "--elevation", elevation, "--json")
    assert done.code == code
    if code:
        assert done.out == ""
        assert len(done.lines) == 1
        assert done.lines[0].startswith(("--latitude:", "--elevation:"))


def test_a_place_that_nobody_tells(agro: Any, weather: Any) -> None:
    done = agro("et0", weather(BRUSSELS), "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 2)
    assert "give --latitude" in done.lines[0]


def test_hours_are_answered_by_the_hour(agro: Any, weather: Any) -> None:
    # N'Diaye, 16°13' N 16°15' W, 1 October, 14 to 15 h; the two hours before it are alike.
    rows = [f"2026-10-01T{hour}:00Z,38,52,3.3,{2.45 / 0.0036:.4f}" for hour in (13, 14, 15)]
    text = "\n".join(["time,temperature,rh_mean,wind_2m,solar_radiation", *rows])
    place = ("--latitude", 16.2167, "--longitude", -16.25, "--elevation", 8)
    done = agro("et0", weather(text), *place, "--json")
    hours = done.json["hours"]
    assert hours[1]["time"] == "2026-10-01T14:00:00Z"
    assert hours[1]["et0"] == pytest.approx(0.63, abs=0.005)  # FAO-56 ex. 19, p. 75


def test_the_longitude_of_an_hourly_file_is_seen_in_its_radiation(agro: Any, weather: Any) -> None:
    noon = 12 - 5.0 / 15  # UTC, at 5° E, give or take the season
    sun = [max(0.0, 800 - 22 * (hour + 0.5 - noon) ** 2) for hour in range(24)]
    rows = [
        f"2026-06-{day:02d}T{hour:02d}:00Z,20,60,2,{sun[hour]:.1f}"
        for day in (12, 13, 14)
        for hour in range(24)
    ]
    file = weather("\n".join(["time,tmean,rh_mean,wind_2m,solar_radiation", *rows]))
    done = agro("et0", file, "--latitude", 47, "--elevation", 250, "--json")
    assert "longitude taken as 4.9° from the radiation" in done.lines[0]
    known = agro("et0", file, "--latitude", 47, "--longitude", 5, "--elevation", 250, "--json")
    for ours, theirs in zip(done.json["hours"], known.json["hours"], strict=True):
        assert ours["et0"] == pytest.approx(theirs["et0"], abs=0.005)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2026-07-07,25,21.5,63,84,2,9,0", "w.csv, row 3, tmin: 25 °C is above tmax 21.5 °C; swap"),
        ("2026-07-07,12,21.5,63,184,2,9,0", "w.csv, row 3, rh_max: 184 %"),
        ("2026-07-07,warm,21.5,63,84,2,9,0", "w.csv, row 3, tmin: 'warm' is not a number; write"),
        ("7 juillet,12,21.5,63,84,2,9,0", "w.csv, row 3, date: '7 juillet' is not a date; write"),
        ("2026-07-06,12,21.5,63,84,2,9,0", "row 3, date: 2026-07-06 is in row 2 already; keep"),
    ],
)
def test_faults_are_one_line_each_and_nothing_is_answered(
    agro: Any, weather: Any, row: str, told: str
) -> None:
    for command in (("et0",), ("balance", "--crop", "tomato", "--soil", "loam")):
        done = agro(*command, weather(BRUSSELS + row + "\n"), *PLACE, "--json")
        assert (done.code, done.out, len(done.lines)) == (2, "", 1)
        assert told in done.lines[0]


def test_a_file_that_is_not_there(agro: Any) -> None:
    done = agro("et0", "nowhere.csv", *PLACE)
    assert (done.code, done.lines) == (
        2,
        ["nowhere.csv: no such file or directory; check the name"],
    )


# balance


def test_a_balance_has_the_contract_s_keys_and_closes(agro: Any, weather: Any) -> None:
    done = agro("balance", weather(season()), "--crop", "tomato", "--soil", "loam", "--json")
    assert (done.code, done.lines) == (0, [])
    days = done.json["days"]
    assert len(days) == 60
    assert all(list(day) == BALANCE_KEYS for day in days)
    before = 0.0
    for day in days:
        change = day["actual_et"] + day["runoff"] + day["deep_percolation"]
        change -= day["rain"] + day["irrigation"]
        assert day["depletion"] == pytest.approx(before + change, abs=1e-9)
        assert abs(day["closure"]) < 1e-9
        assert 0 <= day["depletion"] <= day["taw"] + 1e-9
        before = day["depletion"]
    assert (days[0]["date"], days[-1]["date"]) == ("2026-05-01", "2026-06-29")


def test_et0_is_computed_where_the_file_has_none(agro: Any, weather: Any) -> None:
    file, bed = weather(BRUSSELS), ("--crop", "tomato", "--soil", "loam")
    done = agro("balance", file, *bed, *PLACE, "--json")
    assert done.json["days"][0]["et0"] == pytest.approx(3.88, abs=0.005)
    asked = agro("balance", file, *bed, "--json")
    assert asked.code == 2
    assert "give --latitude" in asked.lines[0]


def test_irrigation_and_start_are_counted(agro: Any, weather: Any) -> None:
    bed = ("--crop", "tomato", "--soil", "loam", "--json")
    given = weather("date;irrigation\n2026-05-10;12,5\n2026-05-10;2,5\n", "i.csv")
    done = agro("balance", weather(season()), *bed, "--irrigation", given, "--initial-depletion", 5)
    days = done.json["days"]
    assert days[9]["irrigation"] == 15.0
    assert days[0]["depletion"] > 5.0
    plain = agro("balance", weather(season()), *bed).json["days"]
    assert plain[9]["depletion"] > days[9]["depletion"]


def test_planting_later_leaves_bare_soil_before(agro: Any, weather: Any) -> None:
    bed = ("--crop", "lettuce", "--soil", "loam", "--planted", "2026-05-21", "--json")
    days = agro("balance", weather(season()), *bed).json["days"]
    assert days[19]["kcb"] == 0.0
    assert days[20]["kcb"] > 0.0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--crop", "tomatoe", "--soil", "loam"), "did you mean tomato"),
        (("--crop", "tomato", "--soil", "loom"), "did you mean loam"),
        (("--crop", "tomato", "--soil", "loam", "--planted", "soon"), "--planted: 'soon' is not a"),
        (("--crop", "tomato", "--soil", "loam", "--initial-depletion", "-3"), "must be 0 or more"),
        (("--crop", "tomato", "--soil", "loam", "--initial-depletion", "nan"), "must be 0 or more"),
        (("--crop", "tomato"), "Missing option '--soil'; see agro balance --help"),
        (("--crop", "tomato", "--soil", "loam", "--irrigation", "no.csv"), "no.csv: no such file"),
    ],
)
def test_options_that_cannot_be(
    agro: Any, weather: Any, options: tuple[str, ...], told: str
) -> None:
    done = agro("balance", weather(season()), *options, "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "date,et0,rain\n2026-07-06,4,0\n2026-07-08,4,0\n",
            "2026-07-07 is missing before this row",
        ),
        ("date,et0,rain\n2026-07-06,4,\n2026-07-07,4,0\n", "2026-07-06, rain: is missing; write 0"),
        ("date,et0\n2026-07-06,4\n", "no column tells of rain"),
        ("date,et0,rain\n2026-07-06,4,-2\n", "row 2, rain: -2 mm"),
    ],
)
def test_a_season_must_be_whole(agro: Any, weather: Any, text: str, told: str) -> None:
    done = agro("balance", weather(text), "--crop", "tomato", "--soil", "loam", "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,irrigation\n2027-01-01,3\n", "2027-01-01: is outside the weather"),
        ("date,irrigation\n2026-05-02,-3\n", "row 2, irrigation: -3 mm is below 0"),
        ("date,irrigation\n2026-05-02,much\n", "row 2, irrigation: 'much' is not a number"),
        ("day,depth\n2026-05-02,3\n", "name them date and irrigation"),
    ],
)
def test_irrigation_that_cannot_be(agro: Any, weather: Any, text: str, told: str) -> None:
    bed = ("--crop", "tomato", "--soil", "loam", "--json")
    done = agro("balance", weather(season()), *bed, "--irrigation", weather(text, "i.csv"))
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


CROP = {
    "key": "amaranth",
    "kcb_ini": 0.15,
    "kcb_mid": 1.0,
    "kcb_end": 0.7,
    "height": 1.2,
    "root_depth_min": 0.2,
    "root_depth_max": 0.8,
    "depletion_fraction": 0.45,
    "length_ini": 10,
    "length_dev": 20,
    "length_mid": 30,
    "length_late": 20,
}
SOIL = {"texture": "garden", "field_capacity": 0.3, "wilting_point": 0.14, "rew": 9, "tew": 22}


def as_csv(entry: dict[str, object]) -> str:
    return f"{','.join(entry)}\n{','.join(map(str, entry.values()))}\n"


def as_toml(entry: dict[str, object]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in entry.items())


@pytest.mark.parametrize(
    ("suffix", "write"), [("csv", as_csv), ("toml", as_toml), ("json", json.dumps)]
)
def test_crops_and_soils_of_one_s_own(agro: Any, weather: Any, suffix: str, write: Any) -> None:
    crops = weather(write(CROP), f"crop.{suffix}")
    soils = weather(write(SOIL), f"soil.{suffix}")
    own = ("--crop", "amaranth", "--crop-file", crops, "--soil", "garden", "--soil-file", soils)
    done = agro("balance", weather(season()), *own, "--json")
    assert (done.code, done.lines) == (0, [])
    assert done.json["days"][0]["taw"] == pytest.approx(1000 * 0.16 * 0.2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"wilting_point": 0.4},
            "soil.json, garden, wilting_point: 0.4 is not below field_capacity",
        ),
        ({"rew": 30}, "soil.json, garden, rew: 30 is not below tew 22 mm"),
        ({"field_capacity": "wet"}, "soil.json, field_capacity: 'wet' is not a number"),
        ({"field_capacity": 25}, "soil.json, field_capacity: 25 is not within 0 to 0.9"),
        ({"texture": "peat"}, "soil.json, texture: 'garden' is not in the file; known: peat"),
    ],
)
def test_soils_that_cannot_be(agro: Any, weather: Any, change: dict[str, Any], told: str) -> None:
    file = weather(json.dumps({**SOIL, **change}), "soil.json")
    bed = ("--crop", "tomato", "--soil", "garden", "--soil-file", file)
    done = agro("balance", weather(season()), *bed, "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


def test_a_crop_file_may_change_part_of_a_known_crop(agro: Any, weather: Any) -> None:
    file = weather("[tomato]\nkcb_mid = 0.9\n", "crop.toml")
    bed = ("--crop", "tomato", "--crop-file", file, "--soil", "loam")
    assert agro("balance", weather(season()), *bed, "--json").code == 0
    missing = {name: value for name, value in CROP.items() if name not in ("height", "kcb_end")}
    file = weather(json.dumps([missing]), "crop.json")
    bed = ("--crop", "amaranth", "--crop-file", file, "--soil", "loam")
    done = agro("balance", weather(season()), *bed, "--json")
    assert [line.partition(": ")[0].rpartition(" ")[2] for line in done.lines] == [
        "kcb_end",
        "height",
    ]


def test_the_years_of_dijon_run(agro: Any, data: Path) -> None:
    file = data / "weather" / "dijon_daily_1999_2018.csv.gz"
    done = agro("balance", file, "--crop", "tomato", "--soil", "loam", "--json")
    assert done.code == 0
    assert len(done.json["days"]) == 7305
    assert any("--column rain=" in line for line in done.lines)
