"""The command line itself, devices, imports and advice."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from agro.cli.processes import free_port

COMMANDS = (
    *((name,) for name in ("et0", "balance", "decode", "models", "advise", "demo", "serve")),
    *(("collect",), ("doctor",), ("broker-files",), ("device",), ("device", "add"), ("import",)),
    *(("import", "weather"), ("import", "readings"), ("import", "logbook")),
)
ADVICE_KEYS = {
    *("site", "plot", "issued_at", "decision", "when", "depth_mm", "litres", "minutes", "reason"),
    *("depletion_mm", "raw_mm", "taw_mm", "chance_of_stress", "sources", "data_age_h", "plan"),
}
SITE = "potager-des-ducs"


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(agro: Any, words: tuple[str, ...]) -> None:
    done = agro(*words, "--help")
    assert (done.code, done.lines) == (0, [])
    assert "Usage: agro " + " ".join(words) in done.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("watr",), "agro: No such command 'watr'"),
        (("models", "--jsn"), "agro models: No such option: --jsn"),
        (("decode", "00", "--model", "x", "--port", "two"), "Invalid value for '--port'"),
        (("demo", "--days", "0"), "Invalid value for '--days'"),
    ],
)
def test_a_wrong_command_line_is_one_line(agro: Any, words: tuple[str, ...], told: str) -> None:
    done = agro(*words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]
    assert done.lines[0].endswith("--help")


def test_settings_that_cannot_be_are_one_line(agro: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_PORT", "dashboard")
    done = agro("advise")
    assert (done.code, len(done.lines)) == (2, 1)
    assert done.lines[0].startswith("AGRO_PORT: 'dashboard' cannot be used")


def test_a_database_that_cannot_be_is_one_line(agro: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_DATABASE_URL", "mysql://localhost/agro")
    done = agro("advise")
    assert (done.code, len(done.lines)) == (1, 1)
    assert "SQLite or PostgreSQL" in done.lines[0]


@pytest.mark.service
def test_help_comes_at_once_and_colours_can_be_refused() -> None:
    environment = {**os.environ, "FORCE_COLOR": "", "NO_COLOR": "1"}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "agro.cli", "--help"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert time.monotonic() - started < 10
    slow = ("pandas", "sqlalchemy", "numpy", "streamlit", "pydantic")
    assert not re.search(rf"\| +({'|'.join(slow)})$", done.stderr, re.MULTILINE)
    assert "\x1b[3" not in done.stdout


@pytest.mark.service
def test_who_reads_only_the_beginning_gets_no_traceback() -> None:
    command = f"{sys.executable} -m agro.cli models --json | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


# devices


def test_decode_answers_in_our_names(agro: Any) -> None:
    payload = "0d 4d 7f ff 08 7d 09 c4 02 06 10"
    done = agro("decode", "--model", "dragino/lse01", "--port", 2, payload, "--json")
    assert (done.code, done.lines) == (0, [])
    assert set(done.json) == {"readings", "problems"}
    assert all(
        list(row) == ["quantity", "value", "unit", "depth_cm", "offset_s"]
        for row in done.json["readings"]
    )
    found = {row["quantity"]: row for row in done.json["readings"]}
    assert found["soil_moisture"]["value"] == pytest.approx(0.2173)
    assert found["soil_moisture"]["unit"] == "m³ m⁻³"
    assert found["soil_temperature"]["value"] == pytest.approx(25.0)
    shown = agro("decode", "--model", "dragino/lse01", "--port", 2, "0x" + payload.replace(" ", ""))
    assert "soil_moisture" in shown.out


@pytest.mark.parametrize(
    ("model", "payload", "reason", "told"),
    [
        ("dragino/lse01", "0d4d", "short_payload", "dragino/lse01, port 2: short_payload"),
        ("dragino/lse1", "0d4d", "unknown_model", "did you mean dragino/lse01"),
    ],
)
def test_what_cannot_be_decoded_is_a_problem(
    agro: Any, model: str, payload: str, reason: str, told: str
) -> None:
    done = agro("decode", "--model", model, "--port", 2, payload, "--json")
    assert (done.code, len(done.lines)) == (2, 1)
    assert done.json["readings"] == []
    assert [problem["reason"] for problem in done.json["problems"]] == [reason]
    assert told in done.lines[0]


@pytest.mark.parametrize("payload", ["0d4", "zz", "0d4g"])
def test_what_is_no_payload_is_told(agro: Any, payload: str) -> None:
    done = agro("decode", "--model", "dragino/lse01", "--port", 2, payload, "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert done.lines[0].startswith(f"HEX: '{payload}'")


def test_models_are_listed(agro: Any) -> None:
    models = {row["model"]: row for row in agro("models", "--json").json}
    assert {"dragino/lse01", "decentlab/dl-trs12", "milesight/em500-smtc"} <= models.keys()
    assert set(models["dragino/lse01"]) == {"model", "vendor", "name", "quantities"}
    assert "soil_moisture" in models["dragino/lse01"]["quantities"]
    assert "dragino/lse01" in agro("models").out


def test_a_device_is_registered_once(dijon: Any) -> None:
    words = ("device", "add", "probe-9", "--model", "dragino/lse01", "--site", SITE)
    assert dijon(*words, "--depths", "20", "--eui", "A84041000181BF5A").code == 0
    assert dijon(*words, "--depths", "30").code == 0
    wrong = ("--model", "dragino/lse1", "--site", "ducs", "--eui", "12", "--depths", "10")
    done = dijon("device", "add", "probe-9", *wrong)
    assert done.code == 2
    assert [line.partition(":")[0] for line in done.lines] == ["--model", "--site", "--eui"]


# imports


def test_good_weather_is_stored_and_bad_rows_are_told(dijon: Any, tmp_path: Path) -> None:
    file = tmp_path / "w.csv"
    file.write_text(
        "date,tmin,tmax,rain\n2026-07-01,10,20,0\n2026-07-02,30,20,0\n2026-07-04,9,19,1\n"
    )
    done = dijon("import", "weather", file, "--site", SITE)
    assert (done.code, done.out) == (2, "2 days stored\n")
    assert any("row 3, tmin: 30 °C is above tmax" in line for line in done.lines)
    assert any("2026-07-02 to 2026-07-03 (2 days) are missing" in line for line in done.lines)
    file.write_text("date,tmin,tmax,rain\n2026-07-01,10,20,0\n")
    assert dijon("import", "weather", file, "--site", SITE).code == 0
    done = dijon("import", "weather", file, "--site", "potager")
    assert (done.code, len(done.lines)) == (2, 1)
    assert f"did you mean {SITE}" in done.lines[0]


@pytest.mark.parametrize("name", ["dijon_daily_1999_2018", "synop_nice_3h_2023_2025"])
def test_recorded_weather_is_imported(dijon: Any, data: Path, name: str) -> None:
    done = dijon("import", "weather", data / "weather" / f"{name}.csv.gz", "--site", SITE)
    assert done.code == 0
    assert int(done.out.split()[0]) > 700


def test_readings_are_stored_and_bad_rows_are_told(dijon: Any, tmp_path: Path) -> None:
    add = ("device", "add", "probe-9", "--model", "dragino/lse01", "--site", SITE)
    assert dijon(*add, "--depths", "20").code == 0
    file = tmp_path / "r.csv"
    file.write_text(
        "time,device,quantity,depth_cm,value\n"
        "2026-07-01T05:00:00Z,probe-9,soil_moisture,20,0.25\n"
        "2026-07-01T06:00:00Z,probe-9,soil_moisture,20,\n"
        "2026-07-01T07:00:00Z,probe-8,soil_moisture,20,0.25\n"
        "2026-07-01T08:00:00Z,probe-9,soil_wetness,20,0.25\n"
        "yesterday,probe-9,soil_moisture,-2,wet\n"
    )
    done = dijon("import", "readings", file)
    assert (done.code, done.out) == (2, "2 readings stored\n")
    assert [re.search(r"row (\d), (\w+):", line).groups() for line in done.lines] == [  # type: ignore[union-attr]
        ("4", "device"),
        ("5", "quantity"),
        ("6", "time"),
        ("6", "value"),
        ("6", "depth_cm"),
    ]


LOGBOOK = [
    ["date", "type", "plot", "crop", "variety", "quantity", "unit", "notes"],
    ["2026-07-01", "irrigation", "planche-1", "", "", 120, "litres", "in the evening"],
    ["2026-07-02T18:30", "harvest", "planche-1", "tomato", "", 3.5, "kg", ""],
    ["2026-07-03", "observation", "", "", "", "", "", "aphids"],
]


def test_a_logbook_is_imported_once_from_csv_and_xlsx(dijon: Any, tmp_path: Path) -> None:
    file, book = tmp_path / "log.csv", tmp_path / "log.xlsx"
    file.write_text("\n".join(",".join(str(cell) for cell in row) for row in LOGBOOK) + "\n")
    done = dijon("import", "logbook", file, "--site", SITE)
    assert (done.code, done.out, done.lines) == (0, "3 new entries stored\n", [])
    workbook = openpyxl.Workbook()
    for row in LOGBOOK:
        workbook.active.append(row)
    workbook.save(book)
    done = dijon("import", "logbook", book, "--site", SITE)
    assert (done.code, done.out) == (0, "0 new entries (3 were there already) stored\n")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2026-07-01,watering,planche-1,,,1,L,", "row 2, type: 'watering' is not a type; did you"),
        ("2026-07-01,irrigation,planche-99,,,1,L,", "row 2, plot: 'planche-99' is not on"),
        ("1er juillet,irrigation,planche-1,,,1,L,", "row 2, date: '1er juillet' is not a date"),
        ("2026-07-01,irrigation,planche-1,,,much,L,", "row 2, quantity: 'much' is not a number"),
        ("2026-07-01,irrigation,planche-1,,,-1,L,", "row 2, quantity: '-1' is not 0 or more"),
        ("2026-07-01,irrigation,planche-1,,,1,kg,", "row 2, unit: 'kg' does not measure water"),
        ("2026-07-01,harvest,planche-1,,,1,,", "row 2, unit: is missing"),
    ],
)
def test_logbook_rows_that_cannot_be(dijon: Any, tmp_path: Path, row: str, told: str) -> None:
    file = tmp_path / "log.csv"
    file.write_text(f"{','.join(str(cell) for cell in LOGBOOK[0])}\n{row}\n")
    done = dijon("import", "logbook", file, "--site", SITE)
    assert (done.code, done.out, len(done.lines)) == (2, "0 new entries stored\n", 1)
    assert told in done.lines[0]


# advice and doctor


def test_advice_has_the_contract_s_keys(dijon: Any) -> None:
    done = dijon("advise", "--site", SITE, "--at", "2026-07-20T05:00:00Z", "--json")
    assert (done.code, done.lines) == (0, [])
    assert len(done.json) > 3
    for advice in done.json:
        assert advice.keys() >= ADVICE_KEYS
        assert advice["site"] == SITE
        assert advice["issued_at"] == "2026-07-20T05:00:00Z"
        assert advice["decision"] in ("irrigate", "wait", "forbidden", "unknown")
    assert SITE in dijon("advise", "--at", "2026-07-20T05:00:00Z").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--site", "ducs"), f"--site: 'ducs' does not exist; did you mean {SITE}"),
        (("--at", "morning"), "--at: 'morning' is not a time"),
        (("--at", "2026-07-20T05:00"), "has no time zone; write it as 2026-07-20T05:00Z"),
    ],
)
def test_questions_that_cannot_be_answered(dijon: Any, words: tuple[str, ...], told: str) -> None:
    done = dijon("advise", *words, "--json")
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


def test_an_empty_store_takes_in_its_city(agro: Any) -> None:
    done = agro("advise", "--json")
    assert done.code == 0
    assert done.lines == ["the store was empty; it now knows the city dijon"]
    assert {one["site"] for one in done.json} >= {"potager-des-ducs", "domaine-de-la-cras"}
    growing = [one for one in done.json if one["reason"] != "no_crop"]
    assert {one["confidence"] for one in growing} == {"low"}  # nothing was measured
    assert not agro("advise", "--json").lines


def test_the_doctor_names_what_is_away(dijon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGRO_BROKER_URL", f"mqtt://127.0.0.1:{free_port()}")
    done = dijon("doctor", "--json")
    found = {row["check"]: row for row in done.json}
    assert done.code == 1
    assert found["database"]["ok"]
    assert found["city"]["ok"]
    assert not found["broker"]["ok"]
    assert "does not answer" in found["broker"]["found"]
    assert any(line.startswith("broker: ") for line in done.lines)
