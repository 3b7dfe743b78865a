"""Weather files of every kind: our names, our units, and a line for what cannot be right."""

import gzip
import json
from datetime import date
from math import isnan, log
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from sensors.errors import FeedError
from sensors.feeds.weather import WeatherTable, read, to_days

PLAIN = """date,tmin,tmax,rh_min,rh_max,wind_10m,solar_radiation,rain
2026-07-06,12.3,21.5,63,84,2.78,22.07,0
2026-07-07,12.0,,60,,3.0,20.1,1.2
2026-07-08,13.1,25.0,50,90,,19.0,
"""
TO_2M = 4.87 / log(67.8 * 10 - 5.42)


def lines(table: WeatherTable) -> list[str]:
    return [fault.line("w.csv") for fault in table.problems]


# plain CSV


def test_plain_days_keep_their_numbers_and_their_gaps() -> None:
    table = read(PLAIN)
    assert (table.step, table.source, table.problems, table.gaps) == ("day", "plain", (), ())
    assert list(table.frame.index) == [date(2026, 7, day) for day in (6, 7, 8)]
    first = table.frame.loc[date(2026, 7, 6)]
    assert first["solar_radiation"] == 22.07
    assert first["wind_2m"] == pytest.approx(2.079, abs=5e-4)
    assert isnan(table.frame["tmax"].iloc[1])
    assert isnan(table.frame["rain"].iloc[2])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: "\ufeff" + text, id="BOM"),
        pytest.param(lambda text: text.replace(",", ";").replace(".", ","), id="decimal comma"),
        pytest.param(lambda text: text.replace(",", "\t"), id="tab"),
        pytest.param(lambda text: text.replace("\n", "\r\n\r\n"), id="blank lines"),
        pytest.param(lambda text: "# a remark\n" + text, id="remark"),
        pytest.param(lambda text: text.replace("2026-07-", "202607"), id="compact dates"),
        pytest.param(lambda text: text.replace("tmin", " TMin (°C) "), id="unit in brackets"),
    ],
)
def test_the_same_table_however_it_was_saved(change: object, tmp_path: Path) -> None:
    file = tmp_path / "w.txt"
    file.write_text(change(PLAIN), encoding="utf-8")  # type: ignore[operator]
    pd.testing.assert_frame_equal(read(file).frame, read(PLAIN).frame)


def test_gzip_and_windows_encoding_are_read() -> None:
    body = "date;tmin;tmax;remarque\n2026-07-06;1,5;2;été\n".encode("cp1252")
    assert read(gzip.compress(body)).frame["tmin"].iloc[0] == 1.5


def test_order_of_rows_and_columns_does_not_matter() -> None:
    head, *rows = PLAIN.strip().splitlines()
    turned = "\n".join(",".join(reversed(row.split(","))) for row in (head, *reversed(rows)))
    pd.testing.assert_frame_equal(
        read(turned).frame.sort_index(axis=1), read(PLAIN).frame.sort_index(axis=1)
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2026-07-09,25,21,50,90,2,20,0", "row 5, tmin: 25 °C is above tmax 21 °C; swap"),
        ("2026-07-09,12,21,50,130,2,20,0", "row 5, rh_max: 130 % is not within 0 to 100 %"),
        ("2026-07-09,12,21,90,50,2,20,0", "row 5, rh_min: 90 % is above rh_max 50 %"),
        ("2026-07-09,12,21,50,90,2,20,-1", "row 5, rain: -1 mm is not within 0"),
        ("2026-07-09,12,21,50,90,2,210,0", "row 5, solar_radiation: 210 MJ m⁻² is not"),
        ("2026-07-09,warm,21,50,90,2,20,0", "row 5, tmin: 'warm' is not a number"),
        ("2026-07-09,12,1e400,50,90,2,20,0", "row 5, tmax: '1e400' is not a number"),
        ("2026-07-09,0x1F,21,50,90,2,20,0", "row 5, tmin: '0x1F' is not a number"),
        ("09/07/2026,12,21,50,90,2,20,0", "row 5, date: '09/07/2026' is not a date; write"),
        ("2026-02-30,12,21,50,90,2,20,0", "row 5, date: '2026-02-30' is not a date"),
        (",12,21,50,90,2,20,0", "row 5, date: '' is not a date"),
        ("2026-07-08,12,21,50,90,2,20,0", "row 5, date: 2026-07-08 is in row 4 already"),
        ("2026-07-09,12,21", "row 5: has 3 cells where the header has 8"),
        ("2026-07-09,12,21,50,90,2,20,0,7", "row 5: has 9 cells where the header has 8"),
    ],
)
def test_a_row_that_cannot_be_is_told_and_the_others_stay(row: str, told: str) -> None:
    table = read(PLAIN + row + "\n")
    assert len(lines(table)) == 1
    assert told in lines(table)[0]
    assert lines(table)[0].count(";") == 1, "what is wrong; what to do"
    pd.testing.assert_frame_equal(table.frame, read(PLAIN).frame)


def test_every_fault_of_a_row_is_told() -> None:
    assert len(lines(read(PLAIN + "2026-07-09,30,20,-5,130,2,20,-1\n"))) == 4


def test_missing_days_are_gaps() -> None:
    table = read(PLAIN + "2026-07-10,1,2,50,90,2,20,0\n2026-07-14,1,2,50,90,2,20,0\n")
    told = [gap.line("w.csv") for gap in table.gaps]
    assert told[0].startswith("w.csv, row 5, date: 2026-07-09 is missing before this row; add")
    assert "2026-07-11 to 2026-07-13 (3 days) are missing" in told[1]
    assert table.problems == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("date,tmin\n", "has a header and no rows"),
        ("day_of_year,tmin\n1,2\n", "no column is named date or time"),
        ("date,colour\n2026-07-06,2\n", "no column tells of the weather"),
        ("date,tmin,tmin\n2026-07-06,2,2\n", "column 'tmin' is there twice"),
        ("{]", "is not JSON"),
        ("{}", "has neither hourly nor daily"),
        ("[1, 2]", "is neither an Open-Meteo answer nor"),
        ('{"error": true, "reason": "no such variable"}', "no such variable"),
        ('[{"hourly": {}}, {"hourly": {}}]', "holds 2 places"),
        ("site,date,tmin\na,2026-07-06,1\nb,2026-07-06,2\n", "choose one with --where site=a"),
    ],
)
def test_a_file_of_which_nothing_can_be_used(text: str, told: str) -> None:
    with pytest.raises(FeedError, match=told):
        read(text)


def test_a_broken_gzip_is_told() -> None:
    with pytest.raises(FeedError, match="gzip is broken"):
        read(gzip.compress(PLAIN.encode())[:-20])
    with pytest.raises(FeedError, match="is not text"):
        read(b"\x00\x01\x02")


# columns named by quantity and unit


def test_units_in_names_are_converted() -> None:
    text = (
        "time_utc,t_air_k,t_dew_c,rh_pct,wind_kmh,wind_gust_kmh,wind_dir_deg,srad_w_m2,precip_mm\n"
        "2023-07-01T12:00Z,294.05,10,85,36,99,340,500,1.5\n"
        "2023-07-01T13:00Z,295.05,10,85,36,99,340,-3,0\n"
    )
    table = read(text)
    row = table.frame.iloc[0]
    assert table.step == "hour"
    assert row["tmean"] == pytest.approx(20.9)
    assert row["wind_2m"] == pytest.approx(10 * TO_2M)
    assert row["solar_radiation"] == pytest.approx(1.8)
    assert row["vapour_pressure"] == pytest.approx(1.2280, abs=1e-4)
    assert table.frame["solar_radiation"].iloc[1] == 0.0, "the offset of an unlit pyranometer"
    assert any("wind at 10 m" in note for note in table.notes)
    assert any("not used: wind_gust_kmh, wind_dir_deg" in note for note in table.notes)


def test_the_first_of_several_columns_is_taken_and_another_can_be_chosen() -> None:
    text = "date,rain_dijon_longvic_mm,precip_seine_mm,tmean_seine_c\n2018-01-01,1,2,5\n"
    table = read(text)
    assert table.frame["rain"].iloc[0] == 1.0
    assert "choose with --column rain=precip_seine_mm" in table.notes[0]
    assert read(text, columns={"rain": "precip_seine_mm"}).frame["rain"].iloc[0] == 2.0
    with pytest.raises(FeedError, match="snow is not a quantity"):
        read(text, columns={"snow": "precip_seine_mm"})
    with pytest.raises(FeedError, match="nowhere is not a column"):
        read(text, columns={"rain": "nowhere"})


def test_one_station_of_many_is_chosen() -> None:
    text = "station,date,tmin\na,2026-07-06,1\nb,2026-07-06,2\n"
    assert read(text, where={"station": "b"}).frame["tmin"].tolist() == [2.0]
    with pytest.raises(FeedError, match="no row has station c; there are a, b"):
        read(text, where={"station": "c"})


def test_synoptic_rain_is_of_the_hours_before() -> None:
    rows = [
        f"2023-07-01T{hour:02d}:00Z,290,{hour},{rain}" for hour, rain in ((0, 9), (3, -0.1), (6, 2))
    ]
    table = read("\n".join(["time_utc,t_air_k,rr1_mm,rr3_mm", *rows]))
    assert table.step_hours == 3.0
    assert table.frame["rain"].tolist()[:2] == [0.0, 2.0]
    assert isnan(table.frame["rain"].iloc[2])


def test_a_clock_that_is_moved_and_one_that_is_not() -> None:
    zone = ZoneInfo("Europe/Paris")
    autumn = ("01:00", "2:00", "02:00", "03:00")
    moved = "time,tmean\n" + "".join(f"2026-10-25 {clock},1\n" for clock in autumn)
    times = read(moved, zone=zone).frame.index
    assert (np.diff(times) == np.timedelta64(1, "h")).all()
    fixed = "time,tmean\n" + "".join(f"2026-03-29 {hour:02d}:00,1\n" for hour in range(5))
    times = read(fixed, zone=zone).frame.index
    assert len(times) == 5
    assert times[0] == pd.Timestamp("2026-03-28T23:00Z")


# hours to days


def test_hours_become_days_of_the_clock_asked_for() -> None:
    start = pd.Timestamp("2026-07-05T22:00Z")
    rows = [
        f"{start + pd.Timedelta(hours=n):%Y-%m-%dT%H:%MZ},{10 + n % 24},{50 + n % 24},100,0.5"
        for n in range(48 + 5)
    ]
    table = read("\n".join(["time,temperature,rh,solar_radiation,rain", *rows]))
    days = to_days(table, ZoneInfo("Europe/Paris"))
    assert list(days.frame.index) == [date(2026, 7, 6), date(2026, 7, 7)]
    day = days.frame.iloc[0]
    assert (day["tmin"], day["tmax"], day["rain"]) == (10.0, 33.0, 12.0)
    assert day["solar_radiation"] == pytest.approx(24 * 0.36)
    assert "1 incomplete days left out: 2026-07-08" in days.notes[-1]
    assert to_days(days) is days


# EPW


def epw(rows: list[str]) -> str:
    head = "LOCATION,Dijon,-,FRA,TMYx,072800,47.27,5.08,1.0,227.0"
    return "\n".join([head, *["X"] * 6, "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31", *rows])


def epw_row(year: int, hour: int, **given: object) -> str:
    cells = ["0"] * 35
    cells[:6] = [str(year), "7", "6", str(hour), "60", "?9?9"]
    base = {6: 20.0, 7: 10.0, 8: 60, 13: 500, 21: 5.0, 33: 0.2}
    for column, value in {**base, **{int(key[1:]): one for key, one in given.items()}}.items():
        cells[column] = str(value)
    return ",".join(cells)


def test_epw_hours_start_at_their_beginning_in_the_file_s_clock() -> None:
    table = read(epw([epw_row(2015, 1), epw_row(2015, 2)]))
    assert (table.latitude, table.longitude, table.elevation) == (47.27, 5.08, 227.0)
    assert table.frame.index[0] == pd.Timestamp("2015-07-05T23:00Z")
    row = table.frame.iloc[0]
    assert row["solar_radiation"] == pytest.approx(1.8)
    assert row["wind_2m"] == pytest.approx(5 * TO_2M)
    assert (row["tmean"], row["rh_mean"], row["rain"]) == (20.0, 60.0, 0.2)


def test_epw_sentinels_are_missing() -> None:
    gone = {"c6": 99.9, "c7": 99.9, "c8": 999, "c13": 9999, "c21": 999, "c33": 999}
    assert read(epw([epw_row(2015, 1), epw_row(2015, 2, **gone)])).frame.iloc[1].isna().all()


def test_epw_faults_are_told_with_their_row() -> None:
    rows = [epw_row(2015, 1), epw_row(2015, 25), epw_row(2015, 3, c8=130), "2015,7,6,4"]
    told = lines(read(epw(rows)))
    assert ["row 10, time" in told[0], "row 11, rh_mean" in told[1]] == [True, True]
    assert "row 12: has 4 cells of 35" in told[2]


def test_a_typical_year_is_put_into_one_year() -> None:
    table = read(epw([epw_row(year, n + 1) for n, year in enumerate((2004, 2011, 2016))]))
    assert set(table.frame.index.year) == {2011}
    assert "a typical year" in table.notes[0]
    with pytest.raises(FeedError, match="LOCATION does not tell"):
        read("LOCATION,Dijon\nDATA PERIODS\n")


# Open-Meteo


def open_meteo(**more: object) -> str:
    hourly = {
        "time": ["2026-05-01T00:00", "2026-05-01T01:00", "2026-05-01T02:00"],
        "temperature_2m": [11.2, 10.0, None],
        "relative_humidity_2m": [80, 82, 84],
        "wind_speed_10m": [36.0, 18.0, 18.0],
        "shortwave_radiation": [0, 100, 200],
        "precipitation": [9.0, 0.5, 0.0],
        "soil_moisture_9_to_27cm": [0.29, 0.29, 0.29],
    }
    document = {"latitude": 47.3, "longitude": 5.0, "elevation": 245.0, "utc_offset_seconds": 7200}
    return json.dumps({**document, "hourly": hourly, **more})


def test_open_meteo_hours_are_utc_and_amounts_start_their_hour() -> None:
    table = read(open_meteo(hourly_units={"wind_speed_10m": "km/h", "shortwave_radiation": "W/m²"}))
    assert table.frame.index[0] == pd.Timestamp("2026-04-30T22:00Z")
    assert table.frame["wind_2m"].iloc[0] == pytest.approx(10 * TO_2M)
    assert table.frame["solar_radiation"].tolist()[:2] == pytest.approx([0.36, 0.72])
    assert table.frame["rain"].iloc[0] == 0.5
    assert isnan(table.frame["tmean"].iloc[2])
    assert (table.elevation, table.utc_offset) == (245.0, 2.0)
    assert "soil_moisture_9_to_27cm" in table.notes[0]


def test_open_meteo_units_are_believed() -> None:
    table = read(open_meteo(hourly_units={"wind_speed_10m": "m/s", "temperature_2m": "°F"}))
    assert table.frame["wind_2m"].iloc[0] == pytest.approx(36 * TO_2M)
    assert table.frame["tmean"].iloc[0] == pytest.approx((11.2 - 32) / 1.8)


def test_open_meteo_days() -> None:
    daily = {
        "time": ["2026-05-01", "2026-05-02"],
        "temperature_2m_min": [5.0, 6.0],
        "temperature_2m_max": [15.0, 16.0],
        "shortwave_radiation_sum": [20.1, 21.0],
        "sunshine_duration": [36000.0, 18000.0],
        "precipitation_sum": [0.0, 1.0],
    }
    table = read(json.dumps({"latitude": 47.3, "daily": daily, "utc_offset_seconds": 7200}))
    assert table.step == "day"
    assert table.frame["sunshine"].tolist() == [10.0, 5.0]
    assert table.frame.index[0] == date(2026, 5, 1)


def test_open_meteo_lists_must_be_as_long_as_the_times() -> None:
    with pytest.raises(FeedError, match="precipitation has 1 values for 2 times"):
        read(json.dumps({"hourly": {"time": ["2026-05-01T00:00"] * 2, "precipitation": [1]}}))


# Météo-France


def test_meteo_france_days() -> None:
    text = (
        "NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJ;RR;QRR;TN;QTN;TX;QTX;TM;QTM;FFM;QFFM;INST;GLOT;UM\n"
        "21473001;DIJON-LONGVIC;47.267833;5.088333;219;20240701;0.2;1;12.1;1;24.5;1;18;1;2.5;1;540;2150;65\n"
        "21473001;DIJON-LONGVIC;47.267833;5.088333;219;20240702;;;12.1;2;24.5;1;18;1;2.5;1;;;65\n"
    )
    table = read(text)
    day = table.frame.loc[date(2024, 7, 1)]
    assert (day["tmin"], day["tmax"], day["rain"], day["sunshine"]) == (12.1, 24.5, 0.2, 9.0)
    assert day["solar_radiation"] == pytest.approx(21.5)
    assert day["wind_2m"] == pytest.approx(2.5 * TO_2M)
    assert isnan(table.frame["tmin"].iloc[1]), "code 2: doubtful"
    assert (table.elevation, table.source) == (219.0, "meteo-france")
    with pytest.raises(FeedError, match="--where NUM_POSTE="):
        read(text + text.splitlines()[1].replace("21473001", "21001001") + "\n")


def test_meteo_france_hours() -> None:
    rows = [
        f"21473001;DIJON;47.2;5.0;219;20240701{hour:02d};{hour}.5;15;80;3;{hour * 10}"
        for hour in (4, 5)
    ]
    table = read("\n".join(["NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJHH;RR1;T;U;FF;GLO", *rows]))
    assert table.frame.index[0] == pd.Timestamp("2024-07-01T04:00Z")
    assert table.frame["rain"].iloc[0] == 5.5, "the rain from 4 to 5 h"
    assert table.frame["solar_radiation"].iloc[0] == pytest.approx(0.5)


def test_meteo_france_packet_is_in_kelvin() -> None:
    records = [
        {"lat": 47.6, "lon": 6.8, "geo_id_insee": "90035001", "t": 276.35, "u": 97, "ff": 0.7,
         "rr1": hour, "validity_time": f"2025-02-20T0{hour}:00:00Z", "td": None}
        for hour in (6, 7)
    ]  # fmt: skip
    table = read(json.dumps(records))
    assert table.frame["tmean"].iloc[0] == pytest.approx(3.2)
    assert table.frame["rain"].iloc[0] == 7.0
    assert table.latitude == 47.6


# recorded files


@pytest.mark.parametrize(
    ("file", "step", "rows"),
    [
        ("dijon_daily_1999_2018.csv.gz", "day", 7305),
        ("synop_nice_3h_2023_2025.csv.gz", "hour", 6231),
        ("drummondville_qc_hourly_2018_2021.csv.gz", "hour", 27575),
    ],
)
def test_recorded_files_are_read(file: str, step: str, rows: int, data: Path) -> None:
    table = read(data / "weather" / file)
    assert (table.step, len(table.frame)) == (step, rows)
    assert table.frame.index.is_unique
    assert table.frame.index.is_monotonic_increasing


def test_recorded_answers_are_read(data: Path) -> None:
    assert read(data / "city" / "openmeteo_forecast.shape.json").elevation == 245.0
    packet = read(data / "city" / "meteofrance_dppaquetobs_horaire.json")
    assert packet.frame["tmean"].iloc[0] == pytest.approx(3.2)
