"""`agro et0` and `agro balance` on files in the shapes that strangers give."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from math import sin
from pathlib import Path
from typing import Any

import pytest

PLACE = ("--latitude", 47.3, "--elevation", 245)
BED = ("--crop", "tomato", "--soil", "loam")
HEADER = ("date", "tmin", "tmax", "rh_min", "rh_max", "wind_2m", "solar_radiation", "rain")
DAYS = [date(2026, 5, 1) + timedelta(days=n) for n in range(40)]


def cells(day: date) -> list[str]:
    n = (day - DAYS[0]).days
    rain = 11 if n % 9 == 4 else 0
    return [
        str(day),
        f"{11 + 3 * sin(n):.1f}",
        f"{23 + 4 * sin(n):.1f}",
        "45",
        "92",
        "2.1",
        "20.5",
        str(rain),
    ]


def text(header: tuple[str, ...] = HEADER, separator: str = ",") -> str:
    lines = [header, *(cells(day) for day in DAYS)]
    return "".join(separator.join(line) + "\n" for line in lines)


def dated(write: Callable[[date], str]) -> str:
    lines = [HEADER, *([write(day), *cells(day)[1:]] for day in DAYS)]
    return "".join(",".join(line) + "\n" for line in lines)


def split(names: tuple[str, ...], write: Callable[[date], tuple[int, ...]]) -> str:
    lines = [(*names, *HEADER[1:]), *([*map(str, write(d)), *cells(d)[1:]] for d in DAYS)]
    return "".join(",".join(line) + "\n" for line in lines)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "w.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


SHAPES = {
    "BOM and CRLF": "\ufeff" + text().replace("\n", "\r\n"),
    "semicolons and decimal commas": text(separator=";").replace(".", ","),
    "tabs": text(separator="\t"),
    "capitals": text(tuple(name.upper() for name in HEADER)),
    "units in the names": text(
        (
            "Date",
            "Tmin (°C)",
            "Tmax (°C)",
            "RHmin (%)",
            "RHmax (%)",
            "u2 (m/s)",
            "Rs (MJ/m2/d)",
            "Precip (mm)",
        )
    ),
    "French names": text(
        (
            "jour",
            "température min",
            "température max",
            "HR min",
            "HR max",
            "u2",
            "rayonnement",
            "pluie",
        )
    ),
    "day first": dated(lambda day: f"{day:%d/%m/%Y}"),
    "day first with dots": dated(lambda day: f"{day:%d.%m.%Y}"),
    "month first": dated(lambda day: f"{day:%m/%d/%Y}"),
    "slashes": dated(lambda day: f"{day:%Y/%m/%d}"),
    "day of year": dated(lambda day: f"{day:%Y-%j}"),
    "year and day of year": split(("year", "doy"), lambda day: (day.year, day.timetuple().tm_yday)),
    "year, month, day": split(("Year", "Month", "Day"), lambda day: (day.year, day.month, day.day)),
    "newest first": "".join([",".join(HEADER) + "\n", *reversed(text().splitlines(True)[1:])]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_days_however_they_are_written(agro: Any, file: Any, shape: str) -> None:
    plain = agro("balance", file(text(), "plain.csv"), *BED, *PLACE, "--json").json["days"]
    done = agro("balance", file(SHAPES[shape]), *BED, *PLACE, "--json")
    assert (done.code, done.lines) == (0, [])
    assert done.json["days"] == plain


def test_the_first_days_of_a_year_are_read_as_days_that_follow_each_other(
    agro: Any, file: Any
) -> None:
    """12 days whose number could be a month: read so that they lie together."""
    rows = ["date,et0,rain", *(f"{day:02d}/05/2026,4,0" for day in range(1, 13))]
    done = agro("balance", file("\n".join(rows)), *BED, "--json")
    assert [day["date"] for day in done.json["days"]] == [f"2026-05-{d:02d}" for d in range(1, 13)]


def test_humidity_in_shares_is_taken_in_percent_and_told(agro: Any, file: Any) -> None:
    shares = text().replace(",45,92,", ",0.45,0.92,")
    done = agro("et0", file(shares), *PLACE, "--json")
    plain = agro("et0", file(text(), "plain.csv"), *PLACE, "--json")
    assert done.json == plain.json
    assert "rh_min is at most 1: taken as a share" in done.lines[0]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("tmin", "31", "tmin: 31 °C is above tmax"),
        ("rh_max", "130", "rh_max: 130 % is not within 0 to 100 %"),
        ("rain", "-2", "rain: -2 mm is not within"),
        ("wind_2m", "calm", "wind_2m: 'calm' is not a number"),
        ("date", "2026-05-32", "date: '2026-05-32' is not a date"),
        ("date", "2026-05-01", "date: 2026-05-01 is in row 2 already"),
        ("rain", "", "2026-05-12, rain: is missing; write 0"),
        ("tmax", "", "2026-05-12, et0: is missing; give tmin and tmax, or et0, of that day"),
    ],
)
def test_one_wrong_cell_is_one_line(agro: Any, file: Any, name: str, value: str, told: str) -> None:
    lines = text().splitlines()
    row = lines[12].split(",")
    row[HEADER.index(name)] = value
    lines[12] = ",".join(row)
    done = agro("balance", file("\n".join(lines)), *BED, *PLACE, "--json")
    assert (done.code, done.out) == (2, "")
    assert len([line for line in done.lines if told in line]) == 1
    # A day that is there twice lacks the other date: that is a second thing to mend.
    assert len(done.lines) == (2 if value == "2026-05-01" else 1)


def test_a_place_below_the_sea_is_a_place_and_latitude_91_is_not(agro: Any, file: Any) -> None:
    there = agro("balance", file(text()), *BED, "--latitude", 31.5, "--elevation", -430, "--json")
    assert there.code == 0
    nowhere = agro("balance", file(text()), *BED, "--latitude", 91, "--elevation", 0, "--json")
    assert (nowhere.code, nowhere.out) == (2, "")
    assert nowhere.lines == ["--latitude: 91 ° is not within -90 to 90 °; correct it"]


def test_a_mean_temperature_serves_where_the_radiation_is_measured(agro: Any, file: Any) -> None:
    rows = ["date,tmean,rh_mean,solar_radiation,rain", *(f"{day},17,60,20,0" for day in DAYS)]
    done = agro("et0", file("\n".join(rows)), *PLACE, "--json")
    assert done.code == 0
    assert all(3 < day["et0"] < 5 for day in done.json["days"])


def test_a_mean_temperature_alone_is_not_enough(agro: Any, file: Any) -> None:
    rows = ["date,tmean,rain", *(f"{day},17,0" for day in DAYS)]
    done = agro("et0", file("\n".join(rows)), *PLACE, "--json")
    assert (done.code, len(done.lines)) == (2, 1)
    assert "no day has tmin and tmax" in done.lines[0]


# Crops and soils under the names of other programs

OURS = {
    "key": "mine",
    "kcb_ini": 0.15,
    "kcb_mid": 1.1,
    "kcb_end": 0.5,
    "height": 1.2,
    "root_depth_min": 0.2,
    "root_depth_max": 1.4,
    "depletion_fraction": 0.5,
    "length_ini": 5,
    "length_dev": 10,
    "length_mid": 10,
    "length_late": 5,
}
PYFAO56 = {
    "Kcbini": 0.15,
    "Kcbmid": 1.1,
    "Kcbend": 0.5,
    "hmax": 1.2,
    "Zrini": 0.2,
    "Zrmax": 1.4,
    "pbase": 0.5,
    "Lini": 5,
    "Ldev": 10,
    "Lmid": 10,
    "Lend": 5,
}
GROUND = {"texture": "here", "field_capacity": 0.25, "wilting_point": 0.10, "rew": 8, "tew": 20}


def run(agro: Any, file: Any, crop: str, soil: str) -> Any:
    own = ("--crop-file", file(crop, "crop.txt"), "--soil-file", file(soil, "soil.txt"))
    return agro("balance", file(text()), "--crop", "mine", "--soil", "here", *own, *PLACE, "--json")


@pytest.mark.parametrize(
    ("crop", "soil"),
    [
        pytest.param(
            json.dumps(PYFAO56),
            json.dumps({"thetaFC": 0.25, "thetaWP": 0.10, "Ze": 0.1, "REW": 8}),
            id="pyfao56",
        ),
        pytest.param(
            "parameter,value\n" + "".join(f"{k},{v}\n" for k, v in PYFAO56.items()),
            "parameter;value\nFC;0,25\nWP;0,10\nREW;8\n",
            id="one name to a row",
        ),
        pytest.param(
            ",".join(PYFAO56) + "\n" + ",".join(map(str, PYFAO56.values())),
            "name,theta_FC (m3/m3),theta_WP (m3/m3),REW (mm)\nhere,0.25,0.10,8\n",
            id="units in brackets",
        ),
    ],
)
def test_other_programs_names_are_known(agro: Any, file: Any, crop: str, soil: str) -> None:
    plain = run(agro, file, json.dumps(OURS), json.dumps(GROUND))
    done = run(agro, file, crop, soil)
    assert (done.code, done.lines) == (0, [])
    assert done.json == plain.json


def test_what_a_file_does_not_give_is_taken_and_told(agro: Any, file: Any) -> None:
    single = {"kc_ini": 0.4, "kc_mid": 1.15, "kc_end": 0.7, **dict(list(PYFAO56.items())[3:])}
    del single["Zrini"]
    done = run(agro, file, json.dumps(single), json.dumps({"sand": 40, "clay": 20}))
    assert done.code == 0
    told = "\n".join(done.lines)
    assert "kcb_ini 0.15, kcb_mid 1.10, kcb_end 0.65 taken beside its K_c" in told
    assert "root_depth_min is taken as 0.2 m" in told
    assert "here is a loam: field_capacity 0.280, wilting_point 0.137" in told
    assert done.json["days"][0]["taw"] == pytest.approx(1000 * 0.2 * (0.2798 - 0.1372), abs=0.05)


def test_rew_of_a_soil_that_has_none_is_that_of_its_like(agro: Any, file: Any) -> None:
    soil = {"field_capacity": 0.30, "wilting_point": 0.14}
    done = run(agro, file, json.dumps(OURS), json.dumps(soil))
    assert done.code == 0
    assert done.lines == [
        f"{file(json.dumps(soil), 'soil.txt')}: rew is taken as 9.5 mm, that of silt loam; "
        "give rew to choose"
    ]


@pytest.mark.parametrize(
    ("soil", "told"),
    [
        ({"sand": 70, "clay": 40}, "sand and clay together must be 0 to 100 %: 110 %; correct it"),
        ({"sand": "much", "clay": 40}, "sand: 'much' is not a number; write a number"),
        (
            {"thetaFC": 0.1, "thetaWP": 0.3, "REW": 2},
            "here, wilting_point: 0.3 is not below field_capacity 0.1 m³ m⁻³",
        ),
    ],
)
def test_soils_that_cannot_be(agro: Any, file: Any, soil: dict[str, Any], told: str) -> None:
    done = run(agro, file, json.dumps(OURS), json.dumps(soil))
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


# Options of the balance


def test_heavy_rain_runs_off_by_the_curve_number(agro: Any, file: Any) -> None:
    heavy = file(text().replace(",11\n", ",60\n"))
    none = agro("balance", heavy, *BED, *PLACE, "--json").json["days"]
    some = agro("balance", heavy, *BED, *PLACE, "--curve-number", 80, "--json").json["days"]
    assert sum(day["runoff"] for day in none) == 0
    assert sum(day["runoff"] for day in some) > 20


def test_a_shallow_soil_limits_the_roots(agro: Any, file: Any) -> None:
    late = ("--planted", "2026-02-01")
    days = agro("balance", file(text()), *BED, *late, *PLACE, "--root-limit", 0.25, "--json")
    assert days.json["days"][-1]["root_depth"] == 0.25


def test_stages_follow_the_temperatures_where_asked(agro: Any, file: Any) -> None:
    done = agro("balance", file(text()), *BED, *PLACE, "--thermal", "--json")
    assert done.code == 0
    assert "--thermal: the stages last" in done.lines[0]
    none = ("--crop", "radish", "--soil", "loam")
    asked = agro("balance", file(text()), *none, *PLACE, "--thermal", "--json")
    assert (asked.code, len(asked.lines)) == (2, 1)
    assert "crop 'radish' has no thermal time" in asked.lines[0]


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--curve-number", 0, "--curve-number: 0 must be above 0, at most 100"),
        ("--root-limit", -1, "--root-limit: -1 m must be above 0"),
        ("--wetted-fraction", 1.5, "--wetted-fraction: 1.5 must be above 0, at most 1"),
    ],
)
def test_options_out_of_range(agro: Any, file: Any, option: str, value: float, told: str) -> None:
    done = agro("balance", file(text()), *BED, *PLACE, option, value, "--json")
    assert (done.code, done.lines) == (2, [told])
