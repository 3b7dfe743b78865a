"""Trials of R's own packages through the command, beside what a careful biometrician's R says.

`trials_of_r.json` holds each trial, its source, the call and its figures.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from agro.cli import run_command

_FILE = Path(__file__).with_name("trials_of_r.json")
_TRIALS: list[dict[str, Any]] = json.loads(_FILE.read_text("utf-8"))["trials"]


def _sheet(lines: list[str]) -> str:
    """The trial as CSV: a dot is an empty cell, a hyphen no row at all."""
    names, measured, *levels = (part.split() for part in lines[0].split(" | "))
    rows = [[*names, *measured]]
    for line in lines[1:]:
        outer, inner = (part.split() for part in line.split(" | "))
        along = levels[0] if levels else [""] * len(inner)
        for level, cell in zip(along, inner, strict=True):
            rows.append([*outer, *([level, cell] if levels else cell.split(":"))])
    laid_out = [row for row in rows if row[-1] != "-"]
    return "\n".join(",".join("" if cell == "." else cell for cell in row) for row in laid_out)


@pytest.fixture
def found(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A trial of the file and what the command answers."""
    trial = request.param
    file = tmp_path / f"{trial['name']}.csv"
    file.write_text(_sheet(trial["sheet"]), encoding="utf-8")
    words = ["trial", "analyse", str(file), "--response", trial["response"]]
    assert run_command([*words, *trial["options"].split(), "--json"]) == 0
    return trial, dict(json.loads(capsys.readouterr().out))


def _those_with(part: str) -> pytest.MarkDecorator:
    """The trials of which R's figures of this part are typed in."""
    known = [pytest.param(one, id=one["name"]) for one in _TRIALS if one[part]]
    return pytest.mark.parametrize("found", known, indirect=True)


@_those_with("anova")
def test_analysis_of_variance(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Strata to the digits that are typed, Kenward and Roger as near as two optimisers come."""
    trial, answer = found
    table = {(row["stratum"], row["term"]): row for row in answer["anova"]}
    for stratum, term, df, ddf, f, p in trial["anova"]:
        got, exact = table[stratum, term], stratum is not None
        assert got["df"] == df
        assert got.get("ddf") == (None if ddf is None else pytest.approx(ddf, rel=1e-3))
        assert got["f"] == pytest.approx(f, rel=1e-8 if exact else 1e-4)
        assert got["p"] == pytest.approx(p, rel=1e-6 if exact else 1e-3, abs=1e-9)


@_those_with("means")
def test_adjusted_means(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    trial, answer = found
    means = {
        ", ".join(f"{name} {level}" for name, level in sorted(one["levels"].items())): one
        for one in answer["means"]
    }
    for levels, mean, se, df in trial["means"]:
        assert means[levels]["mean"] == pytest.approx(mean, rel=1e-6, abs=1e-4 * se)
        assert means[levels]["se"] == pytest.approx(se, rel=1e-4)
        assert means[levels]["df"] == pytest.approx(df, rel=1e-3)


@_those_with("pairs")
def test_differences(found: tuple[dict[str, Any], dict[str, Any]]) -> None:
    trial, answer = found
    rounded = 2e-4 if "--control" in trial["options"] else 1e-5  # R draws Dunnett's at random
    pairs = {(one["term"], one["a"], one["b"]): one for one in answer["comparisons"]}
    for term, a, b, difference, se, p in trial["pairs"]:
        turned = (term, a, b) not in pairs
        got = pairs[term, b, a] if turned else pairs[term, a, b]
        sign = -1.0 if turned else 1.0
        assert sign * got["difference"] == pytest.approx(difference, rel=1e-6, abs=1e-4 * se)
        assert got["se"] == pytest.approx(se, rel=1e-4)
        assert got["p"] == pytest.approx(p, rel=1e-3, abs=rounded)
