"""`agro plan list|add|end` on Dijon's pack."""

import csv
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

_CLOCK = "2026-07-10T08:00:00Z@"
_HERE = ("--site", "potager-des-ducs", "--plot", "planche-8")


@pytest.fixture
def plan(dijon: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`agro plan …` on 10 July 2026."""
    from time import time

    monkeypatch.setenv("AGRO_CLOCK", f"{_CLOCK}{time():.0f}")
    return lambda *words: dijon("plan", *words)


def test_the_plan_of_a_site(plan: Any) -> None:
    done = plan("list", "--site", "potager-des-ducs", "--json")
    assert done.code == 0
    rows = {(row["plot"], row["crop"]): row for row in done.json}
    tomato = rows["planche-1", "tomato"]
    assert tomato["family"] == "Solanaceae"
    assert tomato["planted"] == "2026-05-14"
    assert tomato["earliest"] <= tomato["likely"] <= tomato["latest"]
    # Nobody measured the weather of this store, and it says so.
    assert "weather_guessed" in tomato["cautions"]
    assert "no_forecast" in tomato["cautions"]


def test_the_plan_as_files(plan: Any, tmp_path: Path) -> None:
    for name in ("plan.csv", "plan.xlsx"):
        assert plan("list", "--site", "potager-des-ducs", "--out", tmp_path / name).code == 0
    with (tmp_path / "plan.csv").open(encoding="utf-8") as file:
        read = list(csv.DictReader(file))
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx").active
    assert len(read) == sheet.max_row - 1 == 18
    assert plan("list", "--site", "potager-des-ducs", "--out", tmp_path / "plan.pdf").code == 2


def test_a_crop_is_planned_with_its_window_and_rotation(plan: Any) -> None:
    words = (*_HERE, "--crop", "tomate", "--planted", "2027-05-15", "--who", "Inès")
    tried = plan("add", *words, "--dry-run")
    assert tried.code == 0
    assert "would be planted" in tried.out
    assert "first harvest about 2027-0" in tried.out
    assert any("Solanaceae comes back 0.8 years after potato" in line for line in tried.lines)
    done = plan("add", *words, "--json")
    assert done.code == 0
    assert (done.json["crop"], done.json["kept"]) == ("tomato", True)
    assert done.json["rotation_after"] == "potato 2026-04-08"
    rows = plan("list", "--site", "potager-des-ducs", "--json").json
    kept = next(row for row in rows if row["planted"] == "2027-05-15")
    assert (kept["stage"], kept["who"], kept["source"]) == ("planned", "Inès", "person")


def test_what_cannot_be_planned(plan: Any) -> None:
    done = plan("add", *_HERE, "--crop", "carrot", "--planted", "2026-07-20")
    assert done.code == 2
    assert done.lines == [
        "plot: planche-8 still bears potato, planted 2026-04-08; end that first, choose another "
        "day or plot, or give the areas of both"
    ]
    same = plan("add", *_HERE, "--crop", "carrot", "--planted", "2026-07-20", "--dry-run")
    assert (same.code, same.lines) == (2, done.lines)


def test_all_that_is_wrong_is_told_in_one_go(plan: Any) -> None:
    done = plan("add", "--site", "x", "--plot", "y", "--crop", "tomatto", "--planted", "mai")
    assert done.code == 2
    assert len(done.lines) == 3
    assert "did you mean tomato" in done.lines[0]
    assert done.lines[1] == "--planted: 'mai' is not a date; write it as 2026-05-15"
    assert done.lines[2].startswith("--site: 'x' does not exist")


def test_an_end_is_kept(plan: Any) -> None:
    bed = ("--site", "potager-des-ducs", "--plot", "planche-6", "--crop", "fraise")
    done = plan("end", *bed, "--on", "2026-07-09", "--who", "Paul")
    assert (done.code, done.out.strip()) == (
        0,
        "strawberry of 2025-04-02 on planche-6 ends on 2026-07-09",
    )
    rows = plan("list", "--site", "potager-des-ducs", "--ended", "--json").json
    kept = next(row for row in rows if row["plot"] == "planche-6")
    assert (kept["stage"], kept["removed"], kept["who"]) == ("ended", "2026-07-09", "Paul")
    again = plan("end", *bed, "--on", "2026-07-09")
    assert again.code == 2
    assert "no 'strawberry' stands on planche-6" in again.lines[0]


def test_an_unknown_site_is_named_with_its_neighbours(plan: Any) -> None:
    done = plan("list", "--site", "potager", "--json")
    assert done.code == 2
    assert "did you mean potager-des-ducs" in done.lines[0]
