"""Mixed models against R 4.2.2: lme4 for the fit, pbkrtest and lmerTest for the tests."""

import csv
import json
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.trials import kenward_roger, means, mixed, spatial
from models.trials.means import Model
from models.trials.model import Term, crossed, term_name
from models.trials.sheet import Array, Trial, factor

# Trial and reference fit, then response, fixed terms, random terms and covariates.
FITS: dict[tuple[str, str], tuple[str, Sequence[Term], Sequence[Term], tuple[str, ...]]] = {
    ("gomez_seedrate", "lmm"): ("yield", [("rate",)], [("rep",)], ()),
    ("gomez_splitsplit", "lmm"): (
        "yield",
        crossed(("nitro", "management", "gen")),
        [("rep",), ("rep", "nitro"), ("rep", "nitro", "management")],
        (),
    ),
    ("gomez_stripplot", "lmm"): (
        "yield",
        crossed(("gen", "nitro")),
        [("rep",), ("rep", "gen"), ("rep", "nitro")],
        (),
    ),
    ("goulden_latin", "lmm"): ("yield", [("trt",)], [("row",), ("col",)], ()),
    ("john_alpha", "lmm"): ("yield", [("gen",), ("rep",)], [("rep", "block")], ()),
    ("john_alpha", "lmm_gen_random"): ("yield", [("rep",)], [("gen",), ("rep", "block")], ()),
    ("kling_augmented", "lmm_random_entry"): ("tsw", [("block",)], [("entry",)], ()),
    ("npk", "lmm"): ("yield", crossed(("N", "P", "K"))[:-1], [("block",)], ()),
    ("omer_sorghum", "lmm"): (
        "yield",
        [("gen",)],
        [("env",), ("env", "rep"), ("gen", "env")],
        (),
    ),
    ("omer_sorghum", "lmm_gen_random"): (
        "yield",
        [("env",)],
        [("env", "rep"), ("gen",), ("gen", "env")],
        (),
    ),
    ("pearce_apple", "lmm"): ("yield", [("trt",), ("prev",)], [("block",)], ("prev",)),
    ("stroup_nin", "lmm_rcb"): ("yield", [("gen",)], [("rep",)], ()),
    ("yates_missing", "lmm"): ("y", crossed(("n", "p", "k")), [("block",)], ()),
    ("yates_oats", "lmm"): (
        "yield",
        crossed(("gen", "nitro")),
        [("block",), ("block", "gen")],
        (),
    ),
    ("yates_oats", "lmm_col_covariate"): (
        "yield",
        [*crossed(("gen", "nitro")), ("col",)],
        [("block",), ("block", "gen")],
        ("col",),
    ),
}
# lmerTest turns this hypothesis into another set of contrasts: see the README of the trials.
LOOSE = 0.15


def _rows(data: Path, name: str, response: str) -> list[dict[str, str]]:
    file = data / "trials" / f"{name}.csv"
    if not file.exists():
        pytest.skip("the trials are not beside the project")
    with file.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row[response]]


def _reference(data: Path, name: str, which: str) -> dict[str, Any]:
    file = data / "trials" / "reference" / f"{name}.json"
    if not file.exists():
        pytest.skip("the reference results are not beside the project")
    analyses = json.loads(file.read_text(encoding="utf-8"))["analyses"]
    return next(one for one in analyses if one["id"] == which)


def _fitted(data: Path, case: tuple[str, str]) -> Model:
    response, fixed, random, covariates = FITS[case]
    rows = _rows(data, case[0], response)
    names = {name for term in (*fixed, *random) for name in term} - set(covariates)
    trial = Trial(
        np.array([float(row[response]) for row in rows]),
        {name: factor(row[name] for row in rows) for name in names},
        {name: np.array([float(row[name]) for row in rows]) for name in covariates},
        response,
    )
    return means.fitted(trial, fixed, random)


def _treatment_coded(fitted: Model) -> Array:
    """The columns of R's `contr.treatment`, in which lme4 states its criterion."""
    trial = fitted.fixed.trial

    def columns(name: str) -> Array:
        if name in trial.covariates:
            return trial.covariates[name][:, None]
        one = trial.factors[name]
        return np.eye(len(one.levels))[one.codes][:, 1:]

    parts = [np.ones((len(trial.response), 1))]
    for term in fitted.fixed.terms:
        blocks = [columns(name) for name in term]
        parts.append(
            reduce(lambda a, b: (a[:, :, None] * b[:, None, :]).reshape(len(a), -1), blocks)
        )
    return np.hstack(parts)


@pytest.mark.parametrize("case", sorted(FITS), ids=lambda case: f"{case[0]}-{case[1]}")
def test_fit_is_that_of_lme4(case: tuple[str, str], data: Path) -> None:
    wanted, found = _reference(data, *case), _fitted(data, case)
    fit = found.fit
    assert fit.converged
    assert fit.singular == wanted["singular"]
    known = {one["group"]: one["variance"] for one in wanted["varcomp"]}
    renamed = {":".join(sorted(name.split(":"))): value for name, value in known.items()}
    assert set(fit.components) == set(renamed)
    for name, value in zip(fit.components, fit.variances, strict=True):
        assert value == pytest.approx(renamed[name], rel=1e-4, abs=1e-4 * fit.variances[-1])
    ours = found.fixed.matrix[:, found.kept]
    logdets = [np.linalg.slogdet(x.T @ x)[1] for x in (_treatment_coded(found), ours)]
    criterion = -2.0 * fit.loglik + logdets[0] - logdets[1]
    assert criterion == pytest.approx(wanted["reml_criterion"], abs=1e-5)


@pytest.mark.parametrize("case", sorted(FITS), ids=lambda case: f"{case[0]}-{case[1]}")
def test_kenward_roger_is_that_of_pbkrtest(case: tuple[str, str], data: Path) -> None:
    found = _fitted(data, case)
    by_name = {term_name(term): term for term in found.fixed.terms}
    for row in _reference(data, *case).get("anova_kenward_roger", []):
        test = means.wald(found, by_name[row["term"]])
        assert test.df == row["ndf"]
        assert test.ddf == pytest.approx(row["ddf"], rel=1e-3)
        assert test.f == pytest.approx(row["F"], rel=1e-4)
        assert test.p == pytest.approx(row["p"], rel=1e-3)


@pytest.mark.parametrize("case", sorted(FITS), ids=lambda case: f"{case[0]}-{case[1]}")
def test_satterthwaite_is_that_of_lmertest(case: tuple[str, str], data: Path) -> None:
    found = _fitted(data, case)
    for row in _reference(data, *case)["anova_satterthwaite"]:
        (place,) = [i for i, t in enumerate(found.fixed.terms) if term_name(t) == row["term"]]
        columns = np.eye(len(found.kept))[found.fixed.spans[place]]
        test = kenward_roger.satterthwaite(found.fit, found.known, columns)
        assert test.df == row["ndf"]
        assert test.f == pytest.approx(row["F"], rel=1e-4)
        assert test.ddf == pytest.approx(row["ddf"], rel=1e-3 if row["ndf"] == 1 else LOOSE)


def test_new_lines_are_random_beside_fixed_checks(data: Path) -> None:
    # R: lmer(tsw ~ check + (1 | block) + (0 + isnew | entry)); checks have no random effect.
    rows = _rows(data, "kling_augmented", "tsw")
    checks = ("MF183", "Ross", "Starlight")
    kind = factor(row["entry"] if row["entry"] in checks else "new" for row in rows)
    entry = factor(row["entry"] for row in rows)
    new = np.array([entry.levels[code] not in checks for code in entry.codes])
    x = np.column_stack([np.ones(len(rows)), np.eye(4)[kind.codes][:, 1:]])
    y = np.array([float(row["tsw"]) for row in rows])
    codes = {
        "entry": np.where(new, entry.codes, -1),
        "block": factor(row["block"] for row in rows).codes,
    }
    fit = mixed.fit(y, x, codes)
    wanted = _reference(data, "kling_augmented", "lmm_random_new")
    known = {one["group"]: one["variance"] for one in wanted["varcomp"]}
    for name, value in zip(fit.components, fit.variances, strict=True):
        assert value == pytest.approx(known[name], rel=1e-4, abs=1e-5)
    assert -2.0 * fit.loglik == pytest.approx(wanted["reml_criterion"], abs=1e-6)
    (row,) = wanted["anova_satterthwaite"]
    columns = np.eye(4)[1:]
    test = kenward_roger.satterthwaite(fit, kenward_roger.adjusted(fit), columns)
    assert test.f == pytest.approx(row["F"], rel=1e-4)
    assert test.ddf == pytest.approx(row["ddf"], rel=LOOSE)


def test_balanced_blocks_give_the_classical_figures() -> None:
    # Gomez & Gomez 1984, table 2.5; R: lmer(yield ~ rate + (1 | rep)): rep 89593.64, residual
    # 110558.41, F 2.1678 on 5 and 15 df, p 0.11281.
    plots = np.array(
        [
            (5113, 5398, 5307, 4678),
            (5346, 5952, 4719, 4264),
            (5272, 5713, 5483, 4749),
            (5164, 4831, 4986, 4410),
            (4804, 4848, 4432, 4748),
            (5254, 4542, 4919, 4098),
        ],
        dtype=float,
    )
    rate, rep = np.indices(plots.shape)
    x = np.column_stack([np.ones(24), np.eye(6)[rate.ravel()][:, 1:]])
    fit = mixed.fit(plots.ravel(), x, {"rep": rep.ravel()})
    assert fit.variances == pytest.approx([89593.6444, 110558.4111], rel=1e-8)
    test = kenward_roger.wald(fit, kenward_roger.adjusted(fit), np.eye(6)[1:])
    assert (test.df, test.ddf) == (5, pytest.approx(15.0, rel=1e-9))
    assert test.f == pytest.approx(2.1677786815, rel=1e-8)
    assert test.p == pytest.approx(0.1128094126, rel=1e-7)


def test_without_random_terms_it_is_least_squares() -> None:
    rng = np.random.default_rng(7)
    x = np.column_stack([np.ones(30), rng.normal(size=(30, 3))])
    y = x @ [3.0, 1.0, -2.0, 0.5] + rng.normal(size=30)
    fit = mixed.fit(y, x, {})
    beta, left, _, _ = np.linalg.lstsq(x, y, rcond=None)
    assert fit.beta == pytest.approx(beta, rel=1e-10)
    assert fit.variances[0] == pytest.approx(left[0] / 26.0, rel=1e-10)
    known = kenward_roger.adjusted(fit)
    assert known.covariance == pytest.approx(fit.covariance, rel=1e-10)
    assert kenward_roger.single_df(known, np.eye(4)) == pytest.approx(np.full(4, 26.0))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_no_variances_beside_the_found_ones_are_likelier(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = {"a": rng.integers(0, 6, 60), "b": rng.integers(0, 9, 60)}
    y = rng.normal(size=60)
    for name, size in (("a", rng.choice([0.0, 1.0])), ("b", rng.choice([0.0, 0.7]))):
        y += size * rng.normal(size=9)[codes[name]]
    x = np.column_stack([np.ones(60), rng.normal(size=60)])
    fit = mixed.fit(y, x, codes)
    assert fit.converged
    about = mixed.design(y - y.mean(), x, codes)
    best = mixed.evaluate(about, fit.variances).loglik
    for _ in range(10):
        near = fit.variances * np.exp(rng.normal(0.0, 0.2, 3))
        near[:2] += rng.choice([0.0, 0.01], 2)
        assert mixed.evaluate(about, near).loglik <= best + 1e-7


def test_a_model_needs_more_plots_than_coefficients() -> None:
    with pytest.raises(ValueError, match="more plots than fixed coefficients: 3 plots"):
        mixed.fit(np.array([1.0, 2.0, 4.0]), np.eye(3), {})


@pytest.mark.parametrize(("which", "nugget"), [("ar1xar1", False), ("ar1xar1_nugget", True)])
def test_neighbours_are_those_of_a_dense_reml(which: str, nugget: bool, data: Path) -> None:
    rows = _rows(data, "stroup_nin", "yield")
    wanted = _reference(data, "stroup_nin", which)
    gen = factor(row["gen"] for row in rows)
    x = np.eye(len(gen.levels))[gen.codes]
    y = np.array([float(row["yield"]) for row in rows])
    places = [spatial.position(factor(row[name] for row in rows)) for name in ("row", "col")]
    found = spatial.fit(y, x, *places, nugget=nugget)
    assert found.variance == pytest.approx(wanted["variance"], rel=1e-4)
    assert found.rho_row == pytest.approx(wanted["rho_row"], rel=1e-4)
    assert found.rho_column == pytest.approx(wanted["rho_col"], rel=1e-4)
    assert found.nugget == pytest.approx(wanted["nugget_fraction"], rel=1e-4)
    assert found.loglik == pytest.approx(wanted["reml_loglik"], abs=1e-6)
