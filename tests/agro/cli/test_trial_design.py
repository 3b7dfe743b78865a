"""`agro trial design` and `agro trial power`: field books, and what is said of bad requests."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

ASKED = ("--treatments", "a,b,c,d,e,f,g,h,i", "--blocks", 3, "--seed", 7)
FACTORS = {
    "factorial": ("--factors", "f=1,2;g=x,y", "--blocks", 3, "--seed", 7),
    "split-plot": ("--treatments", "V1,V2", "--factors", "irrigation=no,full", *ASKED[2:]),
    "split-split-plot": ("--factors", "f=1,2;g=x,y;h=p,q", *ASKED[2:]),
    "strip-plot": ("--factors", "f=1,2;g=x,y", *ASKED[2:]),
    "latin-square": ("--treatments", "a,b,c", *ASKED[2:]),
}
DESIGNS = (
    *("crd", "rcbd", "latin-square", "split-plot", "split-split-plot", "strip-plot", "factorial"),
    *("alpha-lattice", "augmented", "row-column", "multi-environment", "repeated"),
)


def book(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_gives_the_contract_s_field_book(
    agro: Any, tmp_path: Path, design: str
) -> None:
    file = tmp_path / "book.csv"
    done = agro("trial", "design", "--design", design, *FACTORS.get(design, ASKED), "--out", file)
    assert done.code == 0, done.lines
    rows = book(file)
    assert list(rows[0])[:5] == ["plot", "row", "column", "block", "treatment"]
    assert all(row["plot"].isdigit() and row["treatment"] for row in rows)
    made = json.loads((tmp_path / "book.design.json").read_text(encoding="utf-8"))
    assert made["request"]["seed"] == 7
    assert made["sha256_of_csv"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_treatments_of_a_split_plot_lie_on_its_small_plots(agro: Any, tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    agro("trial", "design", "--design", "split-plot", *FACTORS["split-plot"], "--out", file)
    held = Counter((row["main_plot"], row["irrigation"]) for row in book(file))
    assert set(held.values()) == {2}
    assert len(held) == 6


def test_a_workbook_has_numbers_and_room_to_write(agro: Any, tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    done = agro("trial", "design", "--design", "rcbd", *ASKED, "--measure", "yield", "--out", file)
    assert done.code == 0
    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    assert rows[0] == ("plot", "row", "column", "block", "treatment", "yield")
    assert rows[1][0] == 101
    assert rows[1][5] is None
    assert len(rows) == 1 + 27


def test_without_a_seed_one_is_drawn_and_told(agro: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    done = agro("trial", "design", "--design", "rcbd", *ASKED[:4], "--out", file)
    assert done.code == 0
    seed = next(line for line in done.lines if line.startswith("--seed:")).split("; ")[1].split()[0]
    first = file.read_text(encoding="utf-8")
    agro("trial", "design", "--design", "rcbd", *ASKED[:4], "--seed", seed, "--out", file)
    assert file.read_text(encoding="utf-8") == first


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("latin-square", "--treatments", "a,b,c", "--blocks", 4),
         "--blocks: a Latin square of 3 treatments has 3 rows, not 4; use 3 or leave it out"),
        (("latin", *ASKED[:4]), "--design: 'latin' is not known; did you mean latin-square?"),
        (("rcbd", "--treatments", "a", "--blocks", 4), "--treatments: a; a trial compares two"),
        (("rcbd", "--treatments", "a,b,a", "--blocks", 4), "--treatments: a is named twice"),
        (("rcbd", *ASKED[:2]), "--blocks: not given; say how many"),
        (("rcbd", "--factors", "f", "--blocks", 2), "--factors: 'f' has no levels"),
        (("alpha-lattice", *ASKED[:4], "--block-size", 8), "--block-size: 8 for 9 treatments"),
        (("rcbd", *ASKED[:4], "--measure", "plot"), "--measure: plot is a column of the book"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_line_and_writes_nothing(
    agro: Any, tmp_path: Path, options: tuple[Any, ...], line: str
) -> None:
    file = tmp_path / "book.csv"
    done = agro("trial", "design", "--seed", 1, "--out", file, "--design", *options)
    assert done.code == 2
    assert len(done.lines) == 1
    assert done.lines[0].startswith(line)
    assert not file.exists()


def test_a_folder_that_is_not_there_is_said(agro: Any, tmp_path: Path) -> None:
    out = tmp_path / "none" / "book.csv"
    done = agro("trial", "design", "--design", "rcbd", *ASKED, "--out", out)
    assert done.code == 2
    assert "cannot be written" in done.lines[0]


def test_power_of_a_design_and_the_blocks_it_needs(agro: Any) -> None:
    asked = ("trial", "power", "--design", "rcbd", "--treatments", "a,b,c,d", "--sd", 1)
    needed = agro(*asked, "--difference", 1.5, "--json").json
    assert needed["terms"][0]["power_f"] >= 0.8
    fewer = agro(*asked, "--difference", 1.5, "--blocks", needed["blocks"] - 1, "--json").json
    assert fewer["terms"][0]["power_f"] < 0.8


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_has_its_power(agro: Any, design: str) -> None:
    asked = FACTORS.get(design, ASKED)[:-2]
    told = agro(
        "trial", "power", "--design", design, *asked, "--difference", 2, "--sd", 1, "--json"
    )
    assert told.code == 0, told.lines
    assert all(0.05 <= one["power_f"] <= 1.0 for one in told.json["terms"])
    assert told.json["terms"]


def test_power_of_figures_that_cannot_be(agro: Any) -> None:
    asked = ("trial", "power", "--design", "rcbd", "--treatments", "a,b", "--difference", 1)
    done = agro(*asked, "--sd", -1, "--alpha", 2)
    assert done.code == 2
    assert [line.split(":")[0] for line in done.lines] == ["--alpha", "--sd"]
    unknown = agro(*asked, "--sd", 1, "--term", "gen")
    assert unknown.lines == ["--term: 'gen' is not tested here; known: treatment"]


def test_power_of_a_design_without_degrees_of_freedom_for_error(agro: Any) -> None:
    """Six plots less three treatments, two rows and three columns: nothing is left."""
    asked = ("--design", "row-column", "--treatments", "a,b,c", "--blocks", 2)
    done = agro("trial", "power", *asked, "--difference", 1, "--sd", 1)
    assert done.code == 2
    assert done.lines == ["--blocks: 2 leave no degrees of freedom for error; use more"]
