"""`agro logbook` and `agro import logbook`: imports, corrections, undoing, all by command."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

SITE = "potager-des-ducs"
FILE = """date,type,plot,crop,variety,quantity,unit,notes
2026-07-01,harvest,planche-1,tomato,Marmande,17,POUND,
2026-07-02,harvest,planche-1,tomato,Marmande,-3,kg,
2026-07-03,harvest,planche-1,tomato,Marmande,250,g,after rain
2206-07-03,harvest,planche-1,tomato,,1,kg,
2026-07-04,irrigation,planche-1,,,40,L,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A logbook file with three good rows and two bad ones."""
    path = tmp_path / "log.csv"
    path.write_text(FILE)
    return path


def _entries(dijon: Any, *words: object) -> Any:
    return dijon("logbook", "list", *words, "--json").json


def test_a_file_is_looked_at_before_it_is_stored(dijon: Any, file: Path) -> None:
    done = dijon("import", "logbook", file, "--site", SITE, "--dry-run")
    assert done.code == 2
    assert "3 good rows, 2 refused" in done.out
    assert "7.96" in done.out  # kg of tomatoes: 17 lb and 250 g
    assert [line.partition("row ")[2][:12] for line in done.lines] == [
        "3, quantity:",
        "5, date: '22",
    ]
    assert _entries(dijon) == []
    assert dijon("logbook", "batches", "--json").json == []


def test_good_rows_are_kept_and_the_whole_is_undone(dijon: Any, file: Path) -> None:
    done = dijon("import", "logbook", file, "--site", SITE, "--who", "Ana", "--json")
    told = done.json
    assert (done.code, told["new"], told["refused"], told["rows"]) == (2, 3, 2, 5)
    assert [one["row"] for one in told["problems"]] == [3, 5]
    assert told["problems"][0]["message"] == "'-3' is not 0 or more; correct it"
    (kept,) = dijon("logbook", "batches", "--site", SITE, "--json").json
    assert (kept["number"], kept["new"], kept["refused"]) == (told["batch"], 3, 2)
    assert (kept["who"], kept["file"], kept["undone_at"]) == ("Ana", "log.csv", None)
    assert (
        dijon("logbook", "undo", told["batch"]).out == "import 1 is undone: 3 entries are struck\n"
    )
    assert _entries(dijon) == []
    assert len(_entries(dijon, "--struck")) == 3
    assert (
        dijon("logbook", "redo", told["batch"]).out == "import 1 is back: 3 entries stand again\n"
    )
    assert len(_entries(dijon, "--batch", told["batch"])) == 3
    assert "log.csv" in dijon("logbook", "batches").out


def test_a_wrong_entry_is_corrected_and_its_history_told(dijon: Any, file: Path) -> None:
    dijon("import", "logbook", file, "--site", SITE)
    (number,) = [one["number"] for one in _entries(dijon) if one["notes"] == "after rain"]
    words = ("--set", "quantity=2,5", "--set", "unit=kg", "--who", "Ana", "--reason", "misread")
    assert dijon("logbook", "correct", number, *words).out == f"entry {number} is corrected\n"
    assert "says that already" in dijon("logbook", "correct", number, *words).out
    (change,) = dijon("logbook", "history", number, "--json").json
    assert (change["who"], change["reason"], change["action"]) == ("Ana", "misread", "corrected")
    assert change["before"] == {"quantity": 0.25, "details": {"written": "250 g"}}
    assert change["after"] == {"quantity": 2.5, "details": {}}
    assert "misread" in dijon("logbook", "history", number).out
    (total,) = dijon("logbook", "totals", "--type", "harvest", "--json").json
    assert total["quantity"] == pytest.approx(17 * 0.45359237 + 2.5)
    assert "tomato" in dijon("logbook", "totals").out
    # The file once more: what was corrected stays so.
    assert "0 new entries" in dijon("import", "logbook", file, "--site", SITE).out
    assert dijon("logbook", "strike", number, "--who", "Bob").out == f"entry {number} is struck\n"
    assert "already" in dijon("logbook", "strike", number).out
    assert dijon("logbook", "restore", number).out == f"entry {number} stands again\n"
    assert "already" in dijon("logbook", "restore", number).out
    assert "corrected" in dijon("logbook", "list").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("correct", "1", "--set", "quantity=-1"), "entry 1, quantity: '-1' is not 0 or more"),
        (("correct", "1", "--set", "weight=1"), "--set: 'weight' is no field; known: date, type"),
        (("correct", "1"), "--set: says nothing"),
        (("correct", "99", "--set", "quantity=1"), "no entry 99 in the logbook"),
        (("history", "99"), "no entry 99 in the logbook"),
        (("strike", "99"), "no entry 99 in the logbook"),
        (("undo", "99"), "no import 99; agro logbook batches lists them"),
        (("redo", "99"), "no import 99; agro logbook batches lists them"),
        (("list", "--site", "nowhere"), "--site: 'nowhere' does not exist"),
        (("list", "--type", "harvst"), "--type: 'harvst' is not a type; did you mean harvest?"),
        (("totals", "--type", "x"), "--type: 'x' is not a type; known: compost, delivery"),
        (("export", "log.csv", "--type", "seding"), "did you mean seeding?"),
        (("list", "--from", "yesterday"), "--from: 'yesterday' is not a day"),
        (("export", "log.txt"), "log.txt: is neither .csv nor .xlsx"),
        (("export", "no/folder/log.csv"), "no such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    dijon: Any, file: Path, words: tuple[str, ...], told: str
) -> None:
    dijon("import", "logbook", file, "--site", SITE)
    done = dijon("logbook", *words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--type", "harvst"), "--type: 'harvst' is not a type; did you mean harvest?"),
        (("--unit", "zork"), "--unit: 'zork' is not a known unit"),
        (("--column", "date"), "--column: 'date' is not name=value"),
        (("--column", "dat=date"), "--column: 'dat' is no field; did you mean date?"),
        (("--site", "nowhere"), "--site: 'nowhere' does not exist"),
    ],
)
def test_options_that_cannot_be(dijon: Any, file: Path, words: tuple[str, ...], told: str) -> None:
    done = dijon("import", "logbook", file, "--site", SITE, *words)
    assert (done.code, done.out, len(done.lines)) == (2, "", 1)
    assert told in done.lines[0]


def test_an_export_comes_back_as_it_went(dijon: Any, file: Path, tmp_path: Path) -> None:
    dijon("import", "logbook", file, "--site", SITE)
    for name in ("out.csv", "out.xlsx"):
        done = dijon("logbook", "export", tmp_path / name, "--site", SITE, "--to", "2026-07-03")
        assert done.out == f"2 entries written to {tmp_path / name}\n"
        again = dijon("import", "logbook", tmp_path / name, "--site", SITE)
        assert (again.code, again.out) == (0, "0 new entries (2 were there already) stored\n")
    header = [
        cell.value for cell in next(openpyxl.load_workbook(tmp_path / "out.xlsx").active.rows)
    ]
    assert header[:8] == FILE.splitlines()[0].split(",")


def test_foreign_files_need_only_their_type(dijon: Any, tmp_path: Path) -> None:
    file = tmp_path / "garden.csv"
    file.write_text("vegetable,DateHarvested,weight,units\nkale,07/25/2026,3,pounds\n")
    done = dijon("import", "logbook", file, "--site", SITE, "--type", "harvest")
    assert (done.code, done.out) == (0, "1 new entries stored\n")
    assert "date from DateHarvested" in done.lines[0]
    (kept,) = _entries(dijon)
    assert (kept["crop"], kept["unit"], kept["time"]) == ("kale", "kg", "2026-07-25T10:00:00Z")
    file.write_text("when,bed,what\n2026-07-25,New bed,kale\n")
    columns = ("--column", "date=when", "--column", "crop=what", "--type", "récolte")
    done = dijon("import", "logbook", file, "--site", SITE, *columns)
    assert done.code == 2
    assert "plot: 'New bed' is not on" in done.lines[-1]
    done = dijon("import", "logbook", file, "--site", SITE, *columns, "--plots", "make")
    assert done.code == 0
    assert _entries(dijon, "--plot", "new-bed")[0]["crop"] == "kale"
