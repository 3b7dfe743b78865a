"""A shared trial: the same bytes every time, and the same numbers from its file alone."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from math import nan
from typing import Any

import numpy as np
import pytest

from agro.errors import BadInput
from agro.store.trials import PlannedTrial, PlotValue, Trait
from agro.trials.judging import Judged, Options, judge
from agro.trials.planning import draw, times
from agro.trials.sharing import again, bundle
from agro.words import say
from models.trials.layout import Request

NINE = tuple("abcdefghi")
FACTORS = {"f": ("1", "2"), "g": ("x", "y", "z")}
REQUESTS = {
    "crd": Request("crd", NINE, blocks=3, seed=1),
    "rcbd": Request("rcbd", NINE, blocks=3, seed=1, border=True),
    "latin-square": Request("latin-square", NINE[:4], seed=2),
    "split-plot": Request("split-plot", NINE[:3], {"variety": ("V1", "V2")}, blocks=4, seed=3),
    "split-split-plot": Request("split-split-plot", NINE[:2], FACTORS, blocks=3, seed=3),
    "strip-plot": Request("strip-plot", (), FACTORS, blocks=3, seed=3),
    "factorial": Request("factorial", (), FACTORS, blocks=3, seed=3),
    "alpha-lattice": Request("alpha-lattice", NINE, blocks=3, block_size=3, seed=3),
    "augmented": Request("augmented", (*NINE, "C1", "C2"), blocks=3, checks=("C1", "C2"), seed=3),
    "row-column": Request("row-column", NINE, blocks=3, rows=3, seed=3),
    "multi-environment": Request(
        "multi-environment", NINE, blocks=3, environments=("Dijon", "Cras"), seed=3
    ),
    "repeated": Request("repeated", NINE, blocks=3, times=("mai", "juin", "juillet"), seed=3),
}
VERSIONS = {"python": "3.11.0", "agro": "0.1.0", "numpy": "2.0.0", "scipy": "1.0.0"}


def planned(design: str) -> PlannedTrial:
    traits = (Trait("yield_t_ha", "Rendement", "t/ha", 0.0, 15.0), Trait("stand", "", "m⁻²"))
    trial = PlannedTrial(
        "cras", "blé-2027", "Blé d’automne", "", plot="champ", crop="wheat", traits=traits
    )
    return draw(trial, REQUESTS[design])


def measured(trial: PlannedTrial, *, lost: int = 1) -> list[PlotValue]:
    """Both traits on all plots but the first `lost`, of which the yield is said to be none."""
    rng = np.random.default_rng(7)
    numbers = [one.number for one in trial.plots if one.number is not None]
    day = date(2027, 7, 20)
    return [
        PlotValue(
            number,
            trait,
            nan if trait == "yield_t_ha" and place < lost else float(rng.normal(6.0, 1.0)),
            visit,
            day=day,
            who="someone@example.org",
        )
        for visit in times(trial)
        for place, number in enumerate(numbers)
        for trait in ("yield_t_ha", "stand")
    ]


def shared(design: str = "rcbd", **options: Any) -> tuple[PlannedTrial, Judged, bytes]:
    trial = planned(design)
    values = measured(trial, lost=0 if design == "augmented" else 1)
    judged = judge(trial, values, "yield_t_ha", Options(**options))
    return trial, judged, bundle(trial, values, judged, versions=VERSIONS, language="en")


def opened(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        return {one.filename: file.read(one) for one in file.infolist()}


def changed(body: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The zip with one of its files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for one, content in opened(body).items():
            text = change(content.decode()) if one == name else content
            file.writestr(one, text)
    return out.getvalue()


@pytest.mark.parametrize("design", REQUESTS)
def test_every_design_is_computed_again_to_the_last_digit(design: str) -> None:
    trial, judged, body = shared(design)
    found = again(body, "x.zip")
    assert found.holds
    assert found.compared.largest == 0.0
    assert found.compared.figures > 100
    assert found.same_layout is True
    rows = list(csv.DictReader(io.StringIO(opened(body)["data.csv"].decode())))
    assert len(rows) == len([one for one in trial.plots if one.number]) * len(times(trial))
    assert len(judged.analysis.means) > 1


@pytest.mark.parametrize(
    "options",
    [
        {"adjust": "dunnett", "control": "c"},
        {"adjust": "none", "alpha": 0.1},
        {"covariates": ("stand",)},
    ],
    ids=str,
)
def test_the_options_of_the_analysis_come_along(options: dict[str, Any]) -> None:
    _, judged, body = shared("rcbd", **options)
    found = again(body, "x.zip")
    assert found.holds
    plain = again(shared("rcbd")[2], "x.zip")
    assert found.compared.figures != plain.compared.figures or judged.options.alpha == 0.1
    told = json.loads(opened(body)["options.json"])
    assert {name: told[name] for name in options} == json.loads(json.dumps(options))


def test_the_same_trial_gives_the_same_bytes() -> None:
    body = shared()[2]
    assert shared()[2] == body
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        names = file.namelist()
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert "report.pdf" not in names


def test_a_report_travels_along() -> None:
    trial = planned("rcbd")
    values = measured(trial)
    judged = judge(trial, values, "yield_t_ha", Options())
    body = bundle(trial, values, judged, versions=VERSIONS, report_pdf=b"%PDF-1.7")
    assert opened(body)["report.pdf"] == b"%PDF-1.7"
    assert "report.pdf" in opened(body)["README.txt"].decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_text_for_people_names_every_file(language: str) -> None:
    trial = planned("rcbd")
    values = measured(trial)
    judged = judge(trial, values, "yield_t_ha", Options())
    found = opened(bundle(trial, values, judged, versions=VERSIONS, language=language))
    text = found["README.txt"].decode()
    for name in found:
        assert name.partition("/")[0] in text or name == "README.txt"
    assert say(language).t("trial_share.readme.again") in text
    assert "agro trial again blé-2027-yield_t_ha.zip" in text
    assert "numpy 2.0.0" in text


def test_who_typed_a_value_is_not_sent() -> None:
    assert not [name for name, one in opened(shared()[2]).items() if b"someone" in one]


def test_the_tables_are_described_column_by_column() -> None:
    found = opened(shared(covariates=("stand",))[2])
    package = json.loads(found["datapackage.json"])
    assert package["name"] == "cras-bl-2027"
    assert [one["path"] for one in package["resources"]] == ["data.csv", "layout.csv"]
    for resource in package["resources"]:
        rows = list(csv.DictReader(io.StringIO(found[resource["path"]].decode())))
        fields = {one["name"]: one for one in resource["schema"]["fields"]}
        assert list(fields) == list(rows[0])
        assert all(one["description"] for one in fields.values())
        for row in rows:
            for name, text in row.items():
                kind = {"integer": int, "number": float, "string": str}[fields[name]["type"]]
                assert text == "" or kind(text) is not None
        keys = {tuple(row[name] for name in resource["schema"]["primaryKey"]) for row in rows}
        assert len(keys) == len(rows)
        assert resource["bytes"] == len(found[resource["path"]])
    data = {one["name"]: one for one in package["resources"][0]["schema"]["fields"]}
    assert data["yield_t_ha"] == {
        "name": "yield_t_ha", "type": "number", "description": "Rendement", "unit": "t/ha"
    }  # fmt: skip
    assert data["stand"]["type"] == "number"
    assert data["block"]["type"] == "integer"


def test_a_value_that_was_changed_is_found() -> None:
    _, judged, body = shared()
    value = next(row["yield_t_ha"] for row in judged.table if row["yield_t_ha"] > 0)
    found = again(changed(body, "data.csv", lambda text: text.replace(str(value), "9.5")), "x")
    assert not found.same_data
    assert not found.holds
    assert found.compared.largest > 0.01


def test_a_figure_that_was_changed_is_found() -> None:
    _, judged, body = shared()
    mean = judged.analysis.means[0].mean
    other = changed(
        body, "result.json", lambda text: text.replace(repr(mean), repr(mean * 1.001), 1)
    )
    found = again(other, "x")
    assert [one.where for one in found.compared.differs] == ["means[0].mean"]
    assert found.compared.largest == pytest.approx(0.001 / 1.001)
    assert found.same_data
    assert again(other, "x", tolerance=0.01).holds


def test_a_seed_that_draws_another_layout_is_found() -> None:
    body = changed(shared()[2], "design.json", lambda text: text.replace('"seed": 1', '"seed": 2'))
    found = again(body, "x")
    assert found.same_layout is False
    assert not found.holds
    assert not found.compared.differs


def test_a_layout_that_was_not_drawn_here_is_not_judged() -> None:
    def elsewhere(text: str) -> str:
        return json.dumps(json.loads(text) | {"request": None})

    found = again(changed(shared()[2], "design.json", elsewhere), "x")
    assert found.same_layout is None
    assert found.holds


def test_the_programs_that_changed_since_are_told() -> None:
    found = again(shared()[2], "x")
    assert found.versions["numpy"] == ("2.0.0", np.__version__)


def _without(body: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for one, content in opened(body).items():
            if one != name:
                file.writestr(one, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda _: b"plot,yield\n1,2\n", "x.zip: is not a whole zip"),
        (lambda body: body[:-30], "x.zip: is not a whole zip"),
        (lambda body: _without(body, "data.csv"), "x.zip: has no data.csv"),
        (lambda body: changed(body, "options.json", lambda text: text[:-5]),
         "x.zip: options.json is not JSON"),
        (lambda body: changed(body, "result.json", lambda _: "[1]"),
         "x.zip: result.json holds no fields"),
        (lambda body: changed(body, "options.json", lambda text: text.replace("alpha", "alfa")),
         "x.zip: options.json: alfa is not known; use the version in versions.json"),
        (lambda body: changed(body, "options.json", lambda text: text.replace("0.05", '"low"')),
         "x.zip: options.json: alpha: 'low' cannot be"),
        (lambda body: changed(body, "options.json", lambda text: text.replace("rcbd", "rcb")),
         "x.zip: options.json: 'rcb' is no design"),
        (lambda body: changed(body, "options.json", lambda text: text.replace('"block"', '"bloc"')),
         "x.zip: options.json: bloc is not known"),
        (lambda body: changed(body, "data.csv", lambda text: text.replace("block", "bloc")),
         "x.zip: options.json: block is no column of data.csv"),
        (lambda body: changed(body, "data.csv", lambda text: text.replace("yield_t_ha", "y")),
         "x.zip: data.csv has no column yield_t_ha"),
        (lambda body: changed(body, "data.csv", lambda text: text.rstrip("\n") + "x\n"),
         "x.zip: data.csv, row 28: could not convert string to float"),
        (lambda body: changed(body, "design.json", lambda text: text.replace('"blocks"', '"b"')),
         "x.zip: design.json or layout.csv cannot be"),
        (lambda body: changed(body, "layout.csv", lambda _: ""),
         "x.zip: design.json or layout.csv cannot be"),
        (lambda body: changed(body, "data.csv", lambda _: ""),
         "x.zip: data.csv has no column yield_t_ha"),
        (lambda body: changed(body, "data.csv", lambda text: text.partition("\n")[0] + "\n"),
         "x.zip: data.csv has no column yield_t_ha"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_is_told_in_a_line(make: Callable[[bytes], bytes], line: str) -> None:
    body = make(shared()[2])
    with pytest.raises(BadInput) as told:
        again(body, "x.zip")
    assert told.value.lines[0].startswith(line)
