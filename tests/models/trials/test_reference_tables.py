"""Fourteen published trials against R 4.2.2: tables, means and lost plots by least squares."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.trials import layout_checks, least_squares, strata
from models.trials.model import Roles, Term, crossed
from models.trials.results import AnovaRow
from models.trials.sheet import Trial, factor

EXACT = 1e-8  # df, sums of squares, F, means and errors; the tolerance of the references
PROBABLE = 1e-6
STRATA = [
    "cochran_crd",
    "gomez_seedrate",
    "gomez_splitsplit",
    "gomez_stripplot",
    "goulden_latin",
    "npk",
    "omer_sorghum",
    "yates_oats",
]
LEAST_SQUARES = [
    "cochran_crd",
    "gomez_seedrate",
    "goulden_latin",
    "john_alpha",
    "kling_augmented",
    "npk",
    "pearce_apple",
    "stroup_nin",
    "yates_missing",
]
MEANS = ["gomez_splitsplit", "gomez_stripplot", "yates_oats"]


def reference(data: Path, trial: str) -> dict[str, Any]:
    file = data / "trials" / "reference" / f"{trial}.json"
    if not file.is_file():
        pytest.skip("the reference results are not beside the project")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def loaded(data: Path, told: dict[str, Any]) -> Trial:
    """The trial's plots that have every factor: rows of a border have none."""
    with (data / "trials" / Path(told["data"]["file"]).name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    roles = {column["name"]: column["role"] for column in told["data"]["columns"]}
    named = [name for name, role in roles.items() if "factor" in role]
    rows = [row for row in rows if all(row[name] for name in named)]
    placed = [name for name, role in roles.items() if role == "layout"]
    factors = {name: factor(row[name] for row in rows) for name in (*named, *placed)}
    if checks := told["design"].get("checks"):
        factors["check"] = factor(row["entry"] if row["entry"] in checks else "new" for row in rows)
    numbers = {
        name: np.array([float(row[name] or "nan") for row in rows])
        for name, role in roles.items()
        if role in ("covariate", "response")
    }
    response = numbers.pop(told["data"]["response"])
    return Trial(response, factors, numbers, told["data"]["response"])


def terms(formula: str) -> list[Term]:
    """The terms of an R formula, main effects first as R orders them."""
    found: list[Term] = []
    for part in formula.split("~")[1].split(" + Error")[0].split(" + "):
        found += crossed([name.strip() for name in part.split("*")]) if "*" in part else []
        found += [] if "*" in part else [tuple(part.strip().split(":"))]
    return sorted(found, key=len)


def errors(formula: str) -> list[Term]:
    """The error terms: `a/b` is a, then a:b."""
    if "Error(" not in formula:
        return []
    found: list[Term] = []
    for part in formula.split("Error(")[1].rstrip(")").split(" + "):
        names = part.split("/")
        found += [tuple(names[:size]) for size in range(1, len(names) + 1)]
    return [tuple(name for part in term for name in part.split(":")) for term in found]


def of_kind(told: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    found = [one for one in told["analyses"] if one["kind"] == kind]
    assert found, f"{told['trial']} has no {kind}"
    yield from found


def agrees(found: Sequence[AnovaRow], wanted: list[dict[str, Any]]) -> None:
    assert [row.term for row in found] == [row["term"] for row in wanted]
    for row, told in zip(found, wanted, strict=True):
        assert row.df == told["df"]
        assert row.sum_sq == pytest.approx(told["ss"], rel=EXACT)
        assert row.mean_sq == pytest.approx(told["ms"], rel=EXACT)
        if told["F"] is None:
            assert math.isnan(row.f)
            assert math.isnan(row.p)
        else:
            assert row.f == pytest.approx(told["F"], rel=EXACT)
            assert row.p == pytest.approx(told["p"], rel=PROBABLE)


@pytest.mark.parametrize("trial", STRATA)
def test_error_strata(data: Path, trial: str) -> None:
    told = reference(data, trial)
    for one in of_kind(told, "anova_strata"):
        fit = strata.strata(loaded(data, told), terms(one["formula"]), errors(one["formula"]))
        found = strata.anova(fit)
        named = [stratum["stratum"] for stratum in one["strata"] for _ in stratum["rows"]]
        assert [row.stratum for row in found] == named
        agrees(found, [row for stratum in one["strata"] for row in stratum["rows"]])
        assert strata.orthogonal(fit)


@pytest.mark.parametrize("trial", LEAST_SQUARES)
def test_least_squares(data: Path, trial: str) -> None:
    told = reference(data, trial)
    for one in of_kind(told, "anova_ls"):
        fitted = least_squares.fit(loaded(data, told), terms(one["formula"]))
        agrees(least_squares.anova(fitted, one["ss_type"]), one["rows"])
        if "sigma" in one:
            assert math.sqrt(fitted.sigma2) == pytest.approx(one["sigma"], rel=EXACT)
            assert fitted.df == one["df_resid"]
            assert fitted.r2 == pytest.approx(one["r2"], rel=EXACT)
            assert fitted.cv_percent == pytest.approx(one["cv_percent"], rel=EXACT)


@pytest.mark.parametrize("trial", LEAST_SQUARES)
def test_adjusted_means(data: Path, trial: str) -> None:
    told = reference(data, trial)
    models = {one["id"]: one["formula"] for one in of_kind(told, "anova_ls")}
    wanted = [one for one in of_kind(told, "emmeans") if one["model"] in models]
    assert wanted
    for one in wanted:
        fitted = least_squares.fit(loaded(data, told), terms(models[one["model"]]))
        means = least_squares.adjusted_means(fitted, tuple(one["factors"]))
        place = {levels: at for at, levels in enumerate(means.levels)}
        assert len(place) == len(one["rows"])
        at = [place[tuple(row["levels"][name] for name in one["factors"])] for row in one["rows"]]
        assert means.df == one["rows"][0]["df"]
        for found, key in ((means.mean, "mean"), (means.se, "se")):
            np.testing.assert_allclose(found[at], [row[key] for row in one["rows"]], rtol=EXACT)


@pytest.mark.parametrize("trial", MEANS)
def test_means_by_stratum(data: Path, trial: str) -> None:
    told = reference(data, trial)
    (one,) = of_kind(told, "anova_strata")
    fit = strata.strata(loaded(data, told), terms(one["formula"]), errors(one["formula"]))
    for wanted in of_kind(told, "strata_means"):
        means = strata.stratum_means(fit, (wanted["factor"],))
        assert (means.stratum, means.df) == (wanted["stratum"], wanted["df"])
        assert means.levels == tuple((row["level"],) for row in wanted["means"])
        assert set(means.plots) == {wanted["n_per_level"]}
        assert means.mean_sq == pytest.approx(wanted["ms_error"], rel=EXACT)
        assert means.sed[0, 1] == pytest.approx(wanted["sed"], rel=EXACT)
        assert means.lsd[0, 1] == pytest.approx(wanted["lsd_05"], rel=PROBABLE)
        mean = {levels[0]: value for levels, value in zip(means.levels, means.mean, strict=True)}
        for row in wanted["rows"]:
            difference = mean[row["a"]] - mean[row["b"]]
            scale = float(np.abs(means.mean).max())
            assert difference == pytest.approx(row["estimate"], rel=EXACT, abs=1e-9 * scale)


def test_lost_plots(data: Path) -> None:
    told = reference(data, "yates_missing")
    (one,) = of_kind(told, "missing_plot_estimates")
    found = least_squares.missing_plots(loaded(data, told), (("block",), ("trt",)))
    estimates = {(p.levels["block"], p.levels["trt"]): p.estimate for p in found}
    assert len(estimates) == len(one["rows"]) == told["data"]["n_missing_response"]
    for row in one["rows"]:
        wanted = pytest.approx(row["estimate"], rel=EXACT)
        assert estimates[row["block"], row["trt"]] == wanted


def test_errors_of_differences_in_augmented_blocks(data: Path) -> None:
    told = reference(data, "kling_augmented")
    (wanted,) = of_kind(told, "sed_classes")
    trial = loaded(data, told)
    means = least_squares.adjusted_means(
        least_squares.fit(trial, (("block",), ("entry",))), ("entry",)
    )
    blocks, entries = trial.factors["block"], trial.factors["entry"]
    home = {entries.levels[e]: b for e, b in zip(entries.codes, blocks.codes, strict=True)}
    check = np.array([name in told["design"]["checks"] for (name,) in means.levels])
    block = np.array([home[name] for (name,) in means.levels])
    new, same = ~check, block[:, np.newaxis] == block
    apart = ~np.eye(len(check), dtype=bool)
    for kind, pairs in (
        ("check_vs_check", np.outer(check, check) & apart),
        ("new_vs_new_same_block", np.outer(new, new) & same & apart),
        ("new_vs_new_different_block", np.outer(new, new) & ~same),
        ("new_vs_check", np.outer(new, check)),
    ):
        np.testing.assert_allclose(means.sed[pairs], wanted[kind], rtol=1e-7)  # 10 digits printed


@pytest.mark.parametrize(
    ("trial", "roles", "wanted"),
    [
        ("goulden_latin", Roles("latin-square", ("trt",), row="row", column="col"), []),
        ("gomez_seedrate", Roles("rcbd", ("rate",), block="rep"), []),
        (
            "gomez_stripplot",
            Roles("strip-plot", ("gen", "nitro"), block="rep", row="row", column="col"),
            [],
        ),
        (
            "gomez_splitsplit",
            Roles(
                "split-split-plot",
                ("nitro", "management", "gen"),
                block="rep",
                main_plot="nitro",
                row="row",
                column="col",
            ),
            [],
        ),
        ("stroup_nin", Roles("rcbd", ("gen",), block="rep", row="row", column="col"), []),
        (
            "yates_oats",
            Roles("rcbd", ("gen", "nitro"), block="block", row="row", column="col"),
            ["looks_like_split_plot"],
        ),
        ("npk", Roles("factorial", ("N", "P", "K"), block="block"), ["blocks_incomplete"]),
        (
            "john_alpha",
            Roles(
                "alpha-lattice", ("gen",), block="block", replicate="rep", row="row", column="col"
            ),
            [],
        ),
        (
            "omer_sorghum",
            Roles("multi-environment", ("gen",), block="rep", environment="env"),
            [],
        ),
    ],
)
def test_layouts(data: Path, trial: str, roles: Roles, wanted: list[str]) -> None:
    plots = loaded(data, reference(data, trial))
    assert [one.code for one in layout_checks.findings(plots, roles)] == wanted
