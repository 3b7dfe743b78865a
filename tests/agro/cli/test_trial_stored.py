"""A trial from its plan to its conclusion on the command line."""

import csv
from pathlib import Path

import pytest

from tests.agro.cli.conftest import Agro, Done

_SITE = ("--site", "domaine-de-la-cras")
_SLUG = "varietes-2027"


def _plan(dijon: Agro, *more: str, trait: str = "yield_t_ha:t/ha:0:8") -> Done:
    return dijon(
        *("trial", "plan", *_SITE, "--plot", "moutarde", "--name", "Variétés 2027"),
        *("--design", "rcbd", "--treatments", "A,B,C", "--blocks", "4", "--seed", "3"),
        *("--trait", trait, *more),
    )


def _filled(file: Path, *, line: int = 0, **cells: str) -> Path:
    """The field book with a yield on each plot, and other cells on one line of the file."""
    rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    for place, row in enumerate(rows[1:]):
        row[5] = f"{3.0 + 'ABC'.index(row[4]) + 0.1 * int(row[3]) + 0.07 * (place % 3):.2f}"
    for name, cell in cells.items():
        rows[line - 1][[one.partition(" ")[0] for one in rows[0]].index(name)] = cell
    back = file.with_name("retour.csv")
    back.write_text("\n".join(";".join(row) for row in rows), encoding="cp1252")
    return back


@pytest.fixture
def book(dijon: Agro, tmp_path: Path) -> Path:
    """The field book of a trial that is kept."""
    assert _plan(dijon).code == 0
    file = tmp_path / "carnet.csv"
    assert dijon("trial", "book", _SLUG, *_SITE, "--out", file).code == 0
    return file


def test_a_trial_is_planned_and_listed(dijon: Agro) -> None:
    done = _plan(dijon, "--sown", "2027-03-01", "--objective", "Rendement", "--json")
    assert done.code == 0
    assert (done.json["slug"], done.json["plots"], done.json["seed"]) == (_SLUG, 12, 3)
    listed = dijon("trial", "list", *_SITE, "--json").json
    assert [one["slug"] for one in listed] == [_SLUG, "moutarde-2026"]
    assert (listed[0]["sown"], listed[0]["objective"]) == ("2027-03-01", "Rendement")
    assert listed[0]["traits"] == [
        {"name": "yield_t_ha", "label": "", "unit": "t/ha", "low": 0.0, "high": 8.0}
    ]
    assert [one["plots"] for one in listed] == [12, 16]
    assert _SLUG in dijon("trial", "list").out


def test_a_second_trial_of_a_name_gets_a_slug_of_its_own(dijon: Agro) -> None:
    assert _plan(dijon, "--json").json["slug"] == _SLUG
    assert _plan(dijon, "--json").json["slug"] == f"{_SLUG}-2"


def test_a_book_goes_out_and_back_and_is_judged(dijon: Agro, book: Path) -> None:
    back = _filled(book)
    tried = dijon("trial", "enter", _SLUG, back, *_SITE, "--dry-run")
    assert (tried.code, tried.out.startswith("nothing stored: 12 values")) == (0, True)
    entered = dijon("trial", "enter", _SLUG, back, *_SITE, "--json")
    assert (entered.code, entered.json["sheet"], len(entered.json["values"])) == (0, 1, 12)
    again = dijon("trial", "enter", _SLUG, back, *_SITE, "--json")
    assert (again.json["sheet"], again.json["known"], again.json["values"]) == (None, 12, [])
    judged = dijon("trial", "judge", _SLUG, *_SITE, "--trait", "yield_t_ha", "--json")
    assert judged.code == 0
    assert (judged.json["n"], judged.json["kept"]) == (12, 1)
    means = {one["levels"]["treatment"]: one["mean"] for one in judged.json["means"]}
    assert means["C"] - means["A"] == pytest.approx(2.0, abs=0.15)
    shown = dijon("trial", "judge", _SLUG, *_SITE, "--trait", "yield_t_ha")
    assert "Means of treatment" in shown.out
    assert "kept as analysis 2" in shown.out


def test_the_same_figures_come_from_the_written_book(
    dijon: Agro, book: Path, tmp_path: Path
) -> None:
    dijon("trial", "enter", _SLUG, _filled(book), *_SITE)
    written = tmp_path / "plein.xlsx"
    assert dijon("trial", "book", _SLUG, *_SITE, "--out", written).code == 0
    free = dijon(
        *("trial", "analyse", written, "--response", "yield_t_ha", "--treatment", "treatment"),
        *("--design", "rcbd", "--block", "block", "--json"),
    ).json
    stored = dijon(
        "trial", "judge", _SLUG, *_SITE, "--trait", "yield_t_ha", "--no-keep", "--json"
    ).json
    assert stored["kept"] is None
    assert stored["anova"] == free["anova"]
    assert stored["means"] == free["means"]


def test_a_bad_row_is_told_and_the_others_are_kept(dijon: Agro, book: Path) -> None:
    back = _filled(book, line=4, treatment="Z")
    done = dijon("trial", "enter", _SLUG, back, *_SITE)
    assert done.code == 2
    assert "sheet 1: 11 values" in done.out
    (line,) = [one for one in done.lines if "row 4" in one]
    assert f"{back}, row 4, treatment: 'Z' does not stand on plot 103" in line


def test_a_sheet_is_undone_and_brought_back(dijon: Agro, book: Path) -> None:
    dijon("trial", "enter", _SLUG, _filled(book), *_SITE, "--who", "Léa")
    assert "12 values" in dijon("trial", "undo", "1").out
    assert dijon("trial", "judge", _SLUG, *_SITE, "--trait", "yield_t_ha").code == 2
    (sheet,) = dijon("trial", "sheets", _SLUG, *_SITE, "--json").json
    assert (sheet["who"], sheet["new"], sheet["undone_at"] is None) == ("Léa", 12, False)
    assert dijon("trial", "undo", "1").code == 2
    assert "12 values" in dijon("trial", "redo", "1").out
    assert dijon("trial", "redo", "1").code == 2
    assert dijon("trial", "judge", _SLUG, *_SITE, "--trait", "yield_t_ha").code == 0


def test_a_trial_is_put_away_and_brought_back(dijon: Agro, book: Path) -> None:
    assert dijon("trial", "put-away", _SLUG, *_SITE).code == 0
    listed = dijon("trial", "list", *_SITE, "--json").json
    assert {one["slug"]: one["put_away"] for one in listed}[_SLUG] is True
    assert dijon("trial", "bring-back", _SLUG, *_SITE).code == 0
    listed = dijon("trial", "list", *_SITE, "--json").json
    assert {one["slug"]: one["put_away"] for one in listed}[_SLUG] is False


def test_a_trait_is_added_to_a_trial_of_the_city_pack(dijon: Agro, tmp_path: Path) -> None:
    done = dijon(
        *("trial", "trait", "moutarde-2026", *_SITE, "--trait", "yield_t_ha:t/ha::6", "--json")
    )
    assert done.json == [
        {"name": "yield_t_ha", "label": "", "unit": "t/ha", "low": None, "high": 6.0}
    ]
    file = tmp_path / "b.csv"
    assert dijon("trial", "book", "moutarde-2026", *_SITE, "--out", file).code == 0
    lines = file.read_text("utf-8-sig").splitlines()
    assert lines[0].endswith(",yield_t_ha (t/ha)")
    assert len(lines) == 17


def test_a_summary_that_all_plots_share_is_refused_as_a_covariate(dijon: Agro, book: Path) -> None:
    dijon("trial", "enter", _SLUG, _filled(book), *_SITE)
    asked = ("trial", "judge", _SLUG, *_SITE, "--trait", "yield_t_ha", "--covariate")
    undated = dijon(*asked, "rain")
    assert (undated.code, "--from: '' is not a day" in undated.lines[-1]) == (2, True)
    strange = dijon(*asked, "rian", "--from", "2026-01-01", "--to", "2026-02-01")
    assert "did you mean rain" in strange.lines[-1]
    turned = dijon(*asked, "rain", "--from", "2026-02-01", "--to", "2026-01-01")
    assert "exchange them" in turned.lines[-1]
    shared = dijon(*asked, "irrigation", "--from", "2026-05-01", "--to", "2026-06-01")
    assert shared.code == 2
    assert "all plots have the same source ('moutarde')" in "\n".join(shared.lines)


# What cannot be, and a part of the line that says so.
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("plan", *_SITE, "--plot", "nulle-part", "--name", "N", "--design", "rcbd",
          "--treatments", "A,B", "--blocks", "2", "--seed", "1"), "--plot: 'nulle-part'"),
        (("plan", "--site", "x", "--plot", "moutarde", "--name", "N", "--design", "rcbd",
          "--treatments", "A,B", "--blocks", "2", "--seed", "1"), "--site: 'x' does not exist"),
        (("plan", *_SITE, "--plot", "moutarde", "--name", "!", "--design", "rcbd",
          "--treatments", "A,B", "--blocks", "2", "--seed", "1"), "has no letters"),
        (("plan", *_SITE, "--plot", "moutarde", "--name", "N", "--design", "rcbd",
          "--treatments", "A,B", "--blocks", "2", "--seed", "1", "--sown", "hier"),
         "--sown: 'hier' is not a day"),
        (("trait", "moutarde-2026", *_SITE, "--trait", "block:t"), "is a column already"),
        (("trait", "moutarde-2026", *_SITE, "--trait", "a:t/ha:zero:8"), "is not a number"),
        (("trait", "moutarde-2026", *_SITE, "--trait", "a:t/ha:8:0"), "in the wrong order"),
        (("trait", "moutarde-2026", *_SITE, "--trait", "a:b:0:8:9"), "is not NAME:UNIT:LOW:HIGH"),
        (("book", "rien", *_SITE, "--out", "a.csv"), "has no trial 'rien'"),
        (("book", "moutarde-2026", *_SITE, "--out", "a.ods"), "neither .csv nor .xlsx"),
        (("enter", "moutarde-2026", "rien.csv", *_SITE), "no such file"),
        (("judge", "moutarde-2026", *_SITE, "--trait", "yield"), "is not measured"),
        (("put-away", "rien", *_SITE), "has no trial 'rien'"),
    ],
)  # fmt: skip
def test_bad_input_is_told(dijon: Agro, words: tuple[str, ...], told: str) -> None:
    done = dijon("trial", *words)
    assert done.code == 2
    assert told in "\n".join(done.lines)
