"""`agro trial share` and `agro trial again`: one file, and the same numbers from it."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agro.store import open_store, trials, writing
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.trials.planning import draw
from models.trials.layout import Request

SITE, SLUG = "domaine-de-la-cras", "doses-2027"
SHARE = ("trial", "share", SLUG, "--site", SITE, "--trait", "yield_t_ha")


def stored(tmp_path: Path) -> PlannedTrial:
    """A trial of four doses in four blocks, with a lost plot, in the store of the test."""
    trial = PlannedTrial(
        SITE,
        SLUG,
        "Doses",
        "",
        plot="moutarde",
        contact="Marie Dupont, INRAE",
        traits=(Trait("yield_t_ha", "Rendement", "t/ha"), Trait("stand")),
    )
    trial = draw(trial, Request("rcbd", ("0", "50", "100", "150"), blocks=4, seed=11))
    rng = np.random.default_rng(3)
    values = [
        PlotValue(
            one.number or 0, "yield_t_ha", float(rng.normal(6.0 + 0.01 * float(one.treatment)))
        )
        for one in trial.plots[:-1]
    ]
    with writing(open_store(f"sqlite:///{tmp_path / 'var' / 'agro.sqlite'}")) as c:
        trials.save(c, trial)
        trials.enter(c, SITE, SLUG, [*values, PlotValue(trial.plots[-1].number or 0, "yield_t_ha",
                                                        float("nan"))])  # fmt: skip
    return trial


def test_a_trial_is_shared_and_computed_again_without_a_store(
    dijon: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(tmp_path)
    file = tmp_path / "x.zip"
    done = dijon(*SHARE, "--out", file)
    assert done.code == 0, done.lines
    assert any("Organism: MIAPPE asks for it" in line for line in done.lines)
    monkeypatch.setenv("AGRO_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    done = dijon("trial", "again", file)
    assert done.code == 0, done.lines
    assert "figures computed again; largest relative deviation 0" in done.out
    assert "the seed draws the same layout again" in done.out
    told = dijon("trial", "again", file, "--json").json
    assert told["holds"] is True
    assert told["differs"] == []
    assert told["versions"] == []


def test_the_shared_table_analysed_as_a_sheet_says_the_same(dijon: Any, tmp_path: Path) -> None:
    stored(tmp_path)
    file = tmp_path / "x.zip"
    dijon(*SHARE, "--control", "0", "--alpha", "0.1", "--out", file)
    with zipfile.ZipFile(file) as shared:
        shared.extract("data.csv", tmp_path)
        result = json.loads(shared.read("result.json"))
    parts = ("--treatment", "treatment", "--block", "block", "--row", "row", "--column", "column")
    asked = ("--response", "yield_t_ha", "--design", "rcbd", "--control", "0", "--alpha", "0.1")
    told = dijon("trial", "analyse", tmp_path / "data.csv", *asked, *parts, "--json").json
    assert result["comparisons"][0]["adjust"] == "dunnett"
    assert {name: told[name] for name in result} == result
    assert set(told) == set(result)


def test_everything_that_can_be_asked_is_asked_again(dijon: Any, tmp_path: Path) -> None:
    stored(tmp_path)
    file = tmp_path / "x.zip"
    asked = ("--quantitative", "treatment", "--price-ratio", "0.002", "--contrast", "0 vs 50,100")
    done = dijon(*SHARE, *asked, "--transform", "sqrt", "--blocks", "fixed", "--out", file)
    assert done.code == 0, done.lines
    with zipfile.ZipFile(file) as shared:
        result = json.loads(shared.read("result.json"))
        options = json.loads(shared.read("options.json"))
    assert (options["scale"], options["blocks"]) == ("sqrt", "fixed")
    assert result["contrasts"]
    assert result["trend"]
    assert dijon("trial", "again", file, "--json").json["largest_deviation"] == 0.0


def test_a_shared_file_that_was_changed_fails_with_a_line_each(dijon: Any, tmp_path: Path) -> None:
    stored(tmp_path)
    file, other = tmp_path / "x.zip", tmp_path / "y.zip"
    dijon(*SHARE, "--out", file)
    with zipfile.ZipFile(file) as shared, zipfile.ZipFile(other, "w") as changed:
        for name in shared.namelist():
            text = shared.read(name)
            if name == "result.json":
                said = json.loads(text)
                said["means"][1]["mean"] *= 1.01
                said["means"][2]["letters"] = "z"
                text = json.dumps(said).encode()
            changed.writestr(name, text)
    done = dijon("trial", "again", other)
    assert done.code == 1
    told = [line for line in done.lines if str(other) in line]
    assert [line.partition(", ")[2].partition(":")[0] for line in told] == [
        "means[1].mean",
        "means[2].letters",
    ]
    assert "was z, is " in told[1]
    assert dijon("trial", "again", other, "--json").json["largest_deviation"] == pytest.approx(
        0.01 / 1.01
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("trial", "share", "none", "--site", SITE, "--trait", "y", "--out", "x.zip"),
         "domaine-de-la-cras has no trial 'none'; agro trial list names them"),
        (("trial", "share", SLUG, "--site", SITE, "--trait", "yeld", "--out", "x.zip"),
         "--trait: 'yeld' is not measured in doses-2027; did you mean yield_t_ha?"),
        ((*SHARE, "--covariate", "stands", "--out", "x.zip"),
         "--covariate: 'stands' is neither a trait nor told by sensors; did you mean stand?"),
        (("trial", "share", SLUG, "--site", SITE, "--trait", "stand", "--out", "x.zip"),
         "doses-2027: no plot has a value of stand; enter at least one"),
        ((*SHARE, "--control", "70", "--out", "x.zip"),
         "doses-2027: no treatment has a level 70: name a level of the control"),
        ((*SHARE, "--report", "none.pdf", "--out", "x.zip"),
         "none.pdf: no such file or directory; check the name"),
        ((*SHARE, "--out", "none/x.zip"),
         "--out: none/x.zip cannot be written (No such file or directory)"),
        (("trial", "again", "none.zip"), "none.zip: no such file or directory; check the name"),
    ],
)  # fmt: skip
def test_what_cannot_be_shared_is_told(
    dijon: Any, tmp_path: Path, words: tuple[object, ...], line: str
) -> None:
    stored(tmp_path)
    done = dijon(*words)
    assert done.code == 2
    assert done.lines == [line]
    assert not Path("x.zip").exists()


def test_a_report_and_the_language_are_those_asked_for(dijon: Any, tmp_path: Path) -> None:
    stored(tmp_path)
    (tmp_path / "r.pdf").write_bytes(b"%PDF-1.7")
    file = tmp_path / "x.zip"
    dijon(*SHARE, "--report", "r.pdf", "--language", "en", "--out", file)
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as shared:
        assert shared.read("report.pdf") == b"%PDF-1.7"
        assert "The same numbers" in shared.read("README.txt").decode()
        study = json.loads(shared.read("brapi/studies.json"))["result"]["data"][0]
        person = shared.read("miappe/person.csv").decode()
    assert study["growthFacility"]["description"] == "open field"
    assert study["locationName"].startswith("Domaine de la Cras")
    assert "Marie Dupont" in person
