"""Fourteen real trials through the command, beside what R says of them."""

import json
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from agro.cli import run_command

_DATA = Path(__file__).parents[3] / "../shared/data/trials"

pytestmark = pytest.mark.skipif(
    not _DATA.is_dir(), reason="the reference trials are not beside this checkout"
)


@dataclass(frozen=True)
class Case:
    """A trial, the options that describe it, and the reference analyses that then must come."""

    trial: str
    response: str
    options: str
    analyses: tuple[str, ...]


_CASES = (
    Case(
        *("cochran_crd", "inf", "--treatment trt --design crd"),
        ("anova_strata", "emm_trt", "pairs_trt", "cld_trt"),
    ),
    Case(
        *("gomez_seedrate", "yield", "--treatment rate --design rcbd --block rep"),
        ("anova_strata", "emm_rate", "pairs_rate", "cld_rate"),
    ),
    Case(
        *("gomez_splitsplit", "yield"),
        "--treatment nitro,management,gen --design split-split-plot --block rep",
        (
            *("anova_strata", "emm_nitro", "emm_management", "emm_gen", "emm_nitro_gen"),
            *("pairs_nitro", "pairs_management", "pairs_gen", "cld_gen"),
        ),
    ),
    Case(
        *("gomez_stripplot", "yield", "--treatment gen,nitro --design strip-plot --block rep"),
        (
            *("anova_strata", "emm_gen", "emm_nitro", "emm_gen_nitro"),
            *("pairs_gen", "pairs_nitro", "cld_gen"),
        ),
    ),
    Case(
        *("goulden_latin", "yield", "--treatment trt --design latin-square --row row --column col"),
        ("anova_strata", "emm_trt", "pairs_trt", "cld_trt"),
    ),
    Case(
        *("john_alpha", "yield", "--treatment gen --design alpha-lattice --block rep/block"),
        ("lmm", "emm_gen", "pairs_gen", "cld_gen"),
    ),
    Case(
        *("kling_augmented", "tsw", "--treatment entry --design augmented --block block"),
        ("emm_entry",),
    ),
    Case(
        *("npk", "yield", "--treatment N,P,K --design factorial --block block"),
        ("anova_strata", "emm_N", "emm_K", "emm_N_K", "pairs_N", "cld_K"),
    ),
    Case(
        *("omer_sorghum", "yield"),
        "--treatment gen --design multi-environment --environment env --block rep",
        ("anova_strata", "emm_gen", "cld_gen"),
    ),
    Case(
        *("pearce_apple", "yield"),
        "--treatment trt --design rcbd --block block --covariate prev",
        ("lmm", "emm_lmm_trt"),
    ),
    Case(
        *("stroup_nin", "yield", "--treatment gen --design rcbd --block rep"),
        ("emm_gen_rcb",),
    ),
    Case(
        *("yates_missing", "y", "--treatment n,p,k --design factorial --block block"),
        ("lmm", "emm_lmm_n"),
    ),
    Case(
        *("yates_oats", "yield", "--treatment gen,nitro --design split-plot --block block"),
        (
            *("anova_strata", "emm_gen", "emm_nitro", "emm_gen_nitro"),
            *("pairs_gen", "pairs_nitro", "cld_gen", "cld_nitro"),
        ),
    ),
)
_EACH = [
    pytest.param(case, name, id=f"{case.trial} {name}") for case in _CASES for name in case.analyses
]


@cache
def _reference(trial: str) -> dict[str, Any]:
    return json.loads((_DATA / "reference" / f"{trial}.json").read_text("utf-8"))


def _of_reference(trial: str, name: str) -> dict[str, Any]:
    return next(one for one in _reference(trial)["analyses"] if one["id"] == name)


_DONE: dict[str, dict[str, Any]] = {}


def _found(case: Case, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the command answers; each trial is analysed once."""
    if case.trial not in _DONE:
        words = ["trial", "analyse", str(_DATA / f"{case.trial}.csv"), "--response", case.response]
        assert run_command([*words, *case.options.split(), "--json"]) == 0
        _DONE[case.trial] = json.loads(capsys.readouterr().out)
    return _DONE[case.trial]


def _near(got: float | None, wanted: float | None, *, rel: float, of: float = 0.0) -> bool:
    """Within rel of the reference plus `of`, or both not defined."""
    if wanted is None or got is None:
        return got is wanted
    return abs(got - wanted) <= rel * abs(wanted) + of


@pytest.mark.parametrize(("case", "name"), _EACH)
def test_as_r_says(case: Case, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = _of_reference(case.trial, name)
    compare = {
        "anova_strata": _strata,
        "emmeans": _means,
        "pairwise": _pairs,
        "cld": _letters,
        "lmm_reml": _mixed,
    }
    compare[wanted["kind"]](_found(case, capsys), wanted)


def _strata(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    got = {(row["stratum"], row["term"]): row for row in found["anova"]}
    rows = [(part["stratum"], row) for part in wanted["strata"] for row in part["rows"]]
    assert {(stratum, row["term"]) for stratum, row in rows} == set(got)
    for stratum, row in rows:
        mine = got[stratum, row["term"]]
        for key, name in (("df", "df"), ("sum_sq", "ss"), ("mean_sq", "ms"), ("f", "F")):
            assert _near(mine[key], row[name], rel=1e-8, of=1e-9), (stratum, row["term"], key)
        assert _near(mine["p"], row["p"], rel=1e-6, of=1e-9)


def _means(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    got = {tuple(sorted(one["levels"].items())): one for one in found["means"]}
    for row in wanted["rows"]:
        mine = got[tuple(sorted(row["levels"].items()))]
        spread = 1e-4 * row["se"]
        assert _near(mine["mean"], row["mean"], rel=1e-6, of=spread), row["levels"]
        assert _near(mine["se"], row["se"], rel=1e-4), row["levels"]
        assert _near(mine["df"], row["df"], rel=1e-3), row["levels"]
        for end in ("lower", "upper"):
            assert _near(mine[end], row[end], rel=1e-4, of=10 * spread), row["levels"]


def _pairs(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    term = ":".join(sorted(wanted["factors"]))
    got = {}
    for one in found["comparisons"]:
        if one["term"] == term:
            got[one["a"], one["b"]] = (one, 1.0)
            got[one["b"], one["a"]] = (one, -1.0)
    assert len(got) == 2 * wanted["family_size"]
    for row in wanted["rows"]:
        a, b = (":".join(row[side][name] for name in sorted(row[side])) for side in "ab")
        mine, sign = got[a, b]
        assert _near(sign * mine["difference"], row["estimate"], rel=1e-6, of=1e-4 * row["se"])
        assert _near(mine["se"], row["se"], rel=1e-4)
        assert _near(mine["df"], row["df"], rel=1e-3)
        assert _near(mine["p"], row["p_tukey"], rel=1e-3, of=5e-6), (a, b)


def _letters(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Two levels share a letter if and only if they do not differ; the largest mean has `a`."""
    rows = wanted["rows"]
    term = ":".join(sorted(rows[0]["levels"]))
    mine = {
        tuple(sorted(one["levels"].items())): one for one in found["means"] if one["term"] == term
    }
    top = max(mine.values(), key=lambda one: one["mean"])
    assert "a" in top["letters"]
    theirs = {tuple(sorted(row["levels"].items())): row["letters"] for row in rows}
    for one, other in combinations(theirs, 2):
        share = bool(set(theirs[one].strip()) & set(theirs[other].strip()))
        assert bool(set(mine[one]["letters"]) & set(mine[other]["letters"])) == share, (one, other)


def _mixed(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    got = {row["term"]: row for row in found["anova"]}
    for row in wanted["anova_kenward_roger"]:
        mine = got[row["term"]]
        assert mine["stratum"] is None
        assert mine["df"] == row["ndf"]
        assert _near(mine["ddf"], row["ddf"], rel=1e-3)
        assert _near(mine["f"], row["F"], rel=1e-4, of=1e-6)
        assert _near(mine["p"], row["p"], rel=1e-3, of=1e-7)


def test_by_compares_as_r_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Varieties within each dose of the oats: pairs within, with their mixed errors."""
    wanted = _of_reference("yates_oats", "pairs_gen_within_nitro")
    words = ["trial", "analyse", str(_DATA / "yates_oats.csv"), "--response", "yield"]
    options = "--treatment gen,nitro --design split-plot --block block --by nitro --json"
    assert run_command([*words, *options.split()]) == 0
    found = json.loads(capsys.readouterr().out)
    got = {
        (one["by"]["nitro"], frozenset((one["a"], one["b"]))): one for one in found["comparisons"]
    }
    assert len(got) == len(wanted["rows"])
    for row in wanted["rows"]:
        mine = got[row["a"]["nitro"], frozenset((row["a"]["gen"], row["b"]["gen"]))]
        assert _near(mine["se"], row["se"], rel=1e-4)
        assert _near(mine["df"], row["df"], rel=1e-3)
        assert _near(mine["p"], row["p_tukey"], rel=1e-3, of=5e-6)


@pytest.mark.parametrize(
    ("trial", "options", "control"),
    [
        pytest.param("cochran_crd", "--response inf --treatment trt --design crd", "O", id="crd"),
        pytest.param(
            "goulden_latin",
            "--response yield --treatment trt --design latin-square --row row --column col",
            "",
            id="latin square",
        ),
    ],
)
def test_dunnett_as_r_does(
    trial: str, options: str, control: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = _of_reference(trial, "dunnett_trt")
    words = ["trial", "analyse", str(_DATA / f"{trial}.csv"), *options.split()]
    assert run_command([*words, "--control", control or wanted["control"], "--json"]) == 0
    got = {one["a"]: one for one in json.loads(capsys.readouterr().out)["comparisons"]}
    assert {one["adjust"] for one in got.values()} == {"dunnett"}
    for row in wanted["rows"]:
        mine = got[row["level"]]
        assert _near(mine["difference"], row["estimate"], rel=1e-8, of=1e-8)
        assert _near(mine["p"], row["p"], rel=0.0, of=2e-4)
        assert _near(mine["lower"], row["lower"], rel=1e-3, of=1e-3)


def test_the_traps_are_not_fallen_in(capsys: pytest.CaptureFixture[str]) -> None:
    """Each number is what the tempting wrong analysis gives."""
    found = {case.trial: _found(case, capsys) for case in _CASES}

    def f(trial: str, term: str) -> float:
        row = next(one for one in found[trial]["anova"] if one["term"] == term)
        return float(row["f"])

    wrong = {
        ("gomez_seedrate", "rate"): 1.19742046116605,  # blocks forgotten
        ("gomez_splitsplit", "nitro"): 34.4011178444514,  # one pooled residual
        ("gomez_splitsplit", "management"): 47.9244122532315,
        ("goulden_latin", "trt"): 11.0787540008114,  # rows and columns forgotten
        ("yates_oats", "gen"): 3.51342693213921,  # main plots judged by sub-plots
    }
    for (trial, term), value in wrong.items():
        assert abs(f(trial, term) / value - 1.0) > 0.05, (trial, term)
    rate = next(one for one in found["gomez_seedrate"]["anova"] if one["term"] == "rate")
    assert rate["df"] == 5  # a factor, though its levels are numbers
    confounded = [one for one in found["npk"]["anova"] if one["term"] == "K:N:P"]
    assert [one["stratum"] for one in confounded] == ["block"]
    lines = {one["levels"].get("entry"): one["mean"] for one in found["kling_augmented"]["means"]}
    assert abs(lines["100"] - 9.63) > 0.05  # adjusted for its block, not as weighed


def test_environments_with_unlike_errors_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    case = next(one for one in _CASES if one.trial == "omer_sorghum")
    assert any("error variances" in one for one in _found(case, capsys)["warnings"])


def test_plots_without_value_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    for trial in ("stroup_nin", "yates_missing"):
        case = next(one for one in _CASES if one.trial == trial)
        wanted = _reference(trial)["data"]
        found = _found(case, capsys)
        assert found["missing"] == wanted["n_missing_response"]
        assert found["n"] + found["missing"] == wanted["n_rows"]
