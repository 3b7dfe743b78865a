"""`agro report trial` as its callers meet it: the PDF, the lines, the exit codes."""

import hashlib
import inspect
import json
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from agro.cli import report, trial
from agro.store import open_store, trials, writing
from agro.store.trials import PlannedTrial, PlotValue, Trait, TrialPlot

_ASKED = ("--response", "yield", "--treatment", "gen", "--design", "rcbd", "--block", "block")
_SITE, _SLUG = "domaine-de-la-cras", "varietes-2027"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Three varieties in four blocks, their yields made up."""
    yields = {"A": (4.1, 4.6, 5.0, 4.4), "B": (5.2, 5.9, 5.8, 5.6), "C": (4.0, 4.9, 4.8, 4.1)}
    lines = [f"{n},{gen},{value}" for gen, row in yields.items() for n, value in enumerate(row)]
    file = tmp_path / "essai varietes.csv"
    file.write_text("\n".join(("block,gen,yield", *lines)), encoding="utf-8")
    return file


def _text(file: Path) -> str:
    pages = PdfReader(BytesIO(file.read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def test_a_sheet_becomes_a_report_in_french(agro: Any, sheet: Path, tmp_path: Path) -> None:
    out = tmp_path / "essai.pdf"
    done = agro("report", "trial", sheet, *_ASKED, "--unit", "t/ha", "--out", out)
    assert (done.code, done.lines) == (0, [])
    assert str(out) in done.out
    found = _text(out)
    assert "Ce que l’essai montre" in found
    assert hashlib.sha256(sheet.read_bytes()).hexdigest() in found
    assert str(tmp_path) not in found  # a folder of this computer is nobody's business


def test_the_printed_command_gives_the_printed_figures(
    agro: Any, sheet: Path, tmp_path: Path
) -> None:
    out = tmp_path / "trial.pdf"
    more = ("--control", "A", "--alpha", "0.1", "--language", "en")
    assert agro("report", "trial", sheet, *_ASKED, *more, "--out", out).code == 0
    found = _text(out)
    command = found[found.index("agro trial analyse") : found.index("--json") + len("--json")]
    again = agro(*shlex.split(command)[1:])
    assert again.code == 0
    told = json.loads(again.out)
    assert told["comparisons"][0]["adjust"] == "dunnett"
    for one in told["means"]:
        assert f"{one['mean']:.2f}" in found
    for one in told["comparisons"]:
        assert f"{one['p']:.4f}" in found or "< 0.0001" in found


def test_it_takes_every_option_of_the_analysis() -> None:
    analysed = inspect.signature(trial.analyse).parameters
    taken = inspect.signature(report.trial).parameters
    assert set(analysed) - set(taken) == {"file", "as_json"}


def test_bad_rows_are_told_and_the_good_ones_reported(
    agro: Any, sheet: Path, tmp_path: Path
) -> None:
    text = sheet.read_text(encoding="utf-8").replace("5.9", "n=5,9 kg")
    sheet.write_text(text, encoding="utf-8")
    out = tmp_path / "trial.pdf"
    done = agro("report", "trial", sheet, *_ASKED, "--out", out)
    assert done.code == 2
    assert any("row 7" in line for line in done.lines)
    assert "Ce qui a été relevé dans la feuille" in _text(out)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("none.csv", *_ASKED, "--out", "x.pdf"), "none.csv: no such file or directory"),
        (("sheet", *_ASKED, "--out", "x.doc"), "--out: 'x.doc' is no .pdf; name one"),
        (("sheet", "--out", "x.pdf"), "--design: a sheet does not say it; name it"),
        (("sheet", *_ASKED, "--out", "no/x.pdf"), "--out: no/x.pdf cannot be written"),
        (("moutarde-2062", "--out", "x.pdf"), "moutarde-2062: neither a file nor a trial"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    dijon: Any, sheet: Path, words: tuple[str, ...], line: str
) -> None:
    done = dijon("report", "trial", *(sheet if word == "sheet" else word for word in words))
    assert done.code == 2
    assert any(told.startswith(line) for told in done.lines)


def _stored(url: str) -> None:
    """Two varieties in three blocks, stored with their yields."""
    plots = tuple(
        TrialPlot(100 * block + place, block, place, block, gen, {"gen": gen})
        for block in (1, 2, 3)
        for place, gen in enumerate("AB", start=1)
    )
    planned = PlannedTrial(
        *(_SITE, _SLUG, "Variétés de moutarde", "rcbd", "moutarde", ("A", "B"), 3),
        objective="Choisir une variété",
        made_at=None,
        plots=plots,
        traits=(Trait("yield_t_ha", "rendement", "t/ha"),),
    )
    said = [
        PlotValue(one.number or 0, "yield_t_ha", 2.0 + 0.3 * (one.treatment == "B") + one.row / 10)
        for one in plots
    ]
    said[0] = PlotValue(101, "yield_t_ha", 2.16)
    engine = open_store(url)
    with writing(engine) as c:
        trials.save(c, planned)
        trials.enter(c, _SITE, _SLUG, said)
    engine.dispose()


def test_a_stored_trial_is_reported_by_its_slug(dijon: Any, tmp_path: Path) -> None:
    _stored(f"sqlite:///{(tmp_path / 'var' / 'agro.sqlite').as_posix()}")
    out = tmp_path / "trial.pdf"
    done = dijon("report", "trial", _SLUG, "--out", out)
    assert (done.code, done.lines) == (0, [])
    found = _text(out)
    for said in ("Variétés de moutarde", "Choisir une variété", "rendement (t/ha)"):
        assert said in found
    assert f"agro report trial {_SLUG} --site {_SITE} --response yield_t_ha" in found


def test_a_stored_trial_knows_its_own_layout(dijon: Any, tmp_path: Path) -> None:
    _stored(f"sqlite:///{(tmp_path / 'var' / 'agro.sqlite').as_posix()}")
    out = tmp_path / "trial.pdf"
    done = dijon("report", "trial", _SLUG, "--design", "crd", "--out", out)
    assert done.lines == ["--design: a stored trial knows it; leave it out"]
    done = dijon("report", "trial", _SLUG, "--response", "weight", "--out", out)
    assert done.lines[0].startswith(f"--response: 'weight' is no trait of {_SLUG}")
    assert (done.code, out.exists()) == (2, False)


def test_a_garden_becomes_a_report(agro: Any, tmp_path: Path) -> None:
    out = tmp_path / "jardin.pdf"
    span = ("--from", "2026-01-01", "--to", "2026-06-30")
    done = agro("report", "site", "potager-des-ducs", *span, "--lang", "en", "--out", out)
    assert (done.code, str(out) in done.out) == (0, True)
    found = _text(out)
    assert "Indicators report" in found
    assert "--scope site:potager-des-ducs --from 2026-01-01 --to 2026-06-30" in found
    assert "The communes" not in found  # one garden is compared with nobody


def test_the_city_lays_its_23_communes_side_by_side(agro: Any, tmp_path: Path) -> None:
    out = tmp_path / "ville.pdf"
    span = ("--from", "2026-01-01", "--to", "2026-06-30", "--assume", "water_price=4.5")
    assert agro("report", "city", *span, "--out", out).code == 0
    found = _text(out)
    for name in ("Ahuy", "Chevigny-Saint-Sauveur", "Talant", "Aucun arrosage noté"):
        assert name in found


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (("city", "--out", "a.txt"), "--out: 'a.txt' is no .pdf; name one"),
        (("site", "potager-des-duc", "--out", "a.pdf"), "potager-des-duc: no such site"),
        (("city", "--from", "soon", "--out", "a.pdf"), "--from: 'soon' is not a day"),
        (("city", "--assume", "rain=1", "--out", "a.pdf"), "'rain' is no assumption"),
    ],
)
def test_bad_input_of_a_report_is_a_line(agro: Any, asked: tuple[str, ...], line: str) -> None:
    done = agro("report", *asked)
    assert done.code == 2
    assert line in done.lines[-1]
