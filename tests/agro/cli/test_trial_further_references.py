"""What is asked of a trial beyond means and letters, beside what R says of the reference trials.

The trials and R's answers lie beside the checkout; the call stands with them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agro.cli import run_command

_DATA = Path(__file__).parents[3] / "../shared/data/trials"
_needs_data = pytest.mark.skipif(
    not _DATA.is_dir(), reason="the reference trials are not beside this checkout"
)

Json = dict[str, Any]


@cache
def _reference(trial: str) -> Json:
    found: Json = json.loads((_DATA / "reference" / f"{trial}.json").read_text("utf-8"))
    return {one["id"]: one for one in found["analyses"]}


def _of_trial(trial: str, options: str, capsys: pytest.CaptureFixture[str], *more: str) -> Json:
    words = ["trial", "analyse", str(_DATA / f"{trial}.csv"), *options.split(), *more, "--json"]
    assert run_command(words) == 0
    found: Json = json.loads(capsys.readouterr().out)
    return found


def _same_contrasts(found: Json, wanted: Json, part: str) -> None:
    got = {one["name"]: one for one in found[part]}
    for row in wanted["rows"]:
        mine = got[row["name"]]
        for key in ("estimate", "se", "t", "lower", "upper"):
            assert mine[key] == pytest.approx(row[key], rel=1e-6, abs=1e-7), (row["name"], key)
        assert mine["df"] == pytest.approx(row["df"], rel=1e-3)
        assert mine["p"] == pytest.approx(row["p"], rel=1e-5)


@_needs_data
def test_contrasts_of_the_references(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = _reference("cochran_crd")["contrasts_trt"]
    options = "--response inf --treatment trt --design crd"
    levels = ("F12", "F3", "F6", "O", "S12", "S3", "S6")
    written = [
        f"{name}={','.join(repr(weight) for weight in weights)}"
        for name, weights in wanted["coefficients"].items()
    ]
    more = [word for one in written for word in ("--contrast", one)]
    found = _of_trial("cochran_crd", options, capsys, *more)
    assert tuple(found["contrasts"][0]["weights"]) == levels
    _same_contrasts(found, wanted, "contrasts")


@_needs_data
@pytest.mark.parametrize(
    ("trial", "analysis", "options"),
    [
        (
            "gomez_seedrate",
            "polynomial_rate",
            "--treatment rate --design rcbd --block rep --quantitative rate",
        ),
        (
            "yates_oats",
            "polynomial_nitro",
            "--treatment gen,nitro --design split-plot --block block --quantitative nitro",
        ),
    ],
)
def test_trends_of_the_references(
    trial: str, analysis: str, options: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _of_trial(trial, f"--response yield {options}", capsys)
    _same_contrasts(found, _reference(trial)[analysis], "trend")


@_needs_data
def test_a_parabola_within_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = _reference("gomez_seedrate")["quadratic"]
    options = "--response yield --treatment rate --design rcbd --block rep --quantitative rate"
    found = _of_trial("gomez_seedrate", options, capsys)["curves"]
    bent = next(one for one in found if one["shape"] == "quadratic")
    assert bent["parameters"]["linear"] == pytest.approx(wanted["coefficients"]["rate"])
    assert bent["parameters"]["quadratic"] == pytest.approx(wanted["coefficients"]["rate2"])
    assert bent["parameters"]["linear_se"] == pytest.approx(wanted["se"]["rate"], rel=1e-8)
    assert bent["parameters"]["quadratic_se"] == pytest.approx(wanted["se"]["rate2"], rel=1e-8)
    assert bent["optimum"] == pytest.approx(wanted["optimum"], rel=1e-8)
    assert bent["lack_of_fit"] == pytest.approx(wanted["lack_of_fit"]["p"], rel=1e-6)


@_needs_data
def test_curves_of_the_references(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = _reference("engelstad_nitro")["response_curves"]
    ratio = wanted["prices"]["nitrogen"] / wanted["prices"]["grain"]
    options = (
        "--response yield --treatment nitro --design multi-environment --environment loc,year "
        f"--quantitative nitro --by loc:year --price-ratio {ratio!r}"
    )
    found = _of_trial("engelstad_nitro", options, capsys)["curves"]
    got = {(one["by"]["loc:year"], one["shape"]): one for one in found}
    names = {"intercept": "intercept", "slope": "slope", "M": "join", "plateau": "plateau",
             "ymax": "ymax", "k": "k"}  # fmt: skip
    for row in wanted["rows"]:
        at = f"{row['loc']}:{row['year']}"
        bent = got[at, "quadratic"]
        for key in ("intercept", "linear", "quadratic"):
            assert bent["parameters"][key] == pytest.approx(row["quadratic"][key], rel=1e-7)
        assert bent["rss"] == pytest.approx(row["quadratic"]["rss"], rel=1e-7)
        if row["quadratic"]["concave"]:
            assert bent["optimum"] == pytest.approx(row["quadratic"]["optimum"], rel=1e-7)
        for shape in ("quadratic_plateau", "linear_plateau"):
            mine, told = got[at, shape.replace("_", "-")], row[shape]
            assert mine["identified"] == told["identified"], (at, shape)
            assert mine["rss"] == pytest.approx(told["rss"], rel=1e-5)
            if told["identified"]:
                for key in names.keys() & told.keys():
                    near = pytest.approx(told[key], rel=1e-4)
                    assert mine["parameters"][names[key]] == near, (at, shape, key)
            if told.get("economic_optimum") is not None and told["identified"]:
                best = pytest.approx(told["economic_optimum"], rel=1e-4)
                assert mine["economic_optimum"] == best


@_needs_data
def test_heritability_of_the_references(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--response yield --treatment gen --design alpha-lattice --block rep/block"
    found = _of_trial("john_alpha", options, capsys)["heritability"]
    wanted = _reference("john_alpha")["heritability"]
    for mine, theirs in (
        ("genetic_variance", "sigma2_gen"),
        ("residual_variance", "sigma2_residual"),
        ("mean_variance_blue", "mean_vd_blue"),
        ("mean_variance_blup", "mean_vd_blup"),
        ("cullis", "h2_cullis"),
        ("piepho", "h2_piepho_adhoc"),
        ("broad_sense", "h2_plot_standard"),
    ):
        assert found[mine] == pytest.approx(wanted[theirs], rel=1e-4), mine
    effects = {one["level"]: one["effect"] for one in found["blups"]}
    for row in _reference("john_alpha")["blup_gen"]["rows"]:
        assert effects[row["level"]] == pytest.approx(row["blup"], abs=1e-5)


@_needs_data
def test_predictions_of_an_augmented_trial(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--response tsw --treatment entry --design augmented --block block"
    found = _of_trial("kling_augmented", options, capsys)["heritability"]
    effects = {one["level"]: one["effect"] for one in found["blups"]}
    for row in _reference("kling_augmented")["blup_entry"]["rows"]:
        assert effects[row["level"]] == pytest.approx(row["blup"], abs=1e-4)


@_needs_data
def test_stability_of_the_references(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--response yield --treatment gen --design multi-environment --environment env --block rep"
    )
    found = _of_trial("omer_sorghum", options, capsys)["stability"]
    told = _reference("omer_sorghum")
    lines = {one["level"]: one for one in found["genotypes"]}
    for row in told["finlay_wilkinson"]["rows"]:
        for key in ("mean", "slope", "slope_se", "deviation_ms", "r2"):
            assert lines[row["gen"]][key] == pytest.approx(row[key], rel=1e-8)
    for row in told["stability"]["rows"]:
        for mine, theirs in (
            ("ecovalence", "wricke_ecovalence"),
            ("shukla", "shukla_variance"),
            ("superiority", "lin_binns_superiority"),
            ("cv_percent", "cv_francis"),
        ):
            assert lines[row["gen"]][mine] == pytest.approx(row[theirs], rel=1e-8)
    for axis, test in zip(found["axes"], told["ammi"]["gollob_tests"], strict=True):
        assert (axis["axis"], axis["df"]) == (test["axis"], test["df"])
        assert axis["sum_sq"] == pytest.approx(test["ss"], rel=1e-8)
        assert axis["f"] == pytest.approx(test["F"], rel=1e-8)
        assert axis["p"] == pytest.approx(test["p"], rel=1e-6)
    scores = {(one["kind"], one["level"]): one for one in found["scores"]}
    for kind, key, of in (("genotype", "gen", "gen_scores"), ("environment", "env", "env_scores")):
        for row in told["ammi"][of]:
            mine = scores[kind, row[key]]
            assert mine["first"] == pytest.approx(row["ipca1"], rel=1e-7, abs=1e-7)
            assert mine["second"] == pytest.approx(row["ipca2"], rel=1e-7, abs=1e-7)
    assert found["gge_percent"][: len(told["gge"]["percent"])] == pytest.approx(
        told["gge"]["percent"], rel=1e-8
    )
    places = {one["level"]: one for one in found["environments"]}
    for row in told["by_environment"]["rows"]:
        for mine, theirs in (("mean", "mean"), ("residual_ms", "ms_residual"), ("f", "F_gen"),
                             ("cv_percent", "cv_percent")):  # fmt: skip
            assert places[row["env"]][mine] == pytest.approx(row[theirs], rel=1e-8)


@_needs_data
def test_neighbours_beside_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--response yield --treatment gen --design rcbd --block rep --row row --column col "
        "--spatial"
    )
    found = _of_trial("stroup_nin", options, capsys)
    told = _reference("stroup_nin")
    models = {one["model"]: one for one in found["spatial"]["models"]}
    for name, of in (("ar1×ar1", "ar1xar1"), ("ar1×ar1 + nugget", "ar1xar1_nugget")):
        wanted, mine = told[of], models[name]["estimates"]
        assert models[name]["loglik"] == pytest.approx(wanted["reml_loglik"], abs=1e-4)
        assert mine["rho_row"] == pytest.approx(wanted["rho_row"], rel=1e-4)
        assert mine["rho_column"] == pytest.approx(wanted["rho_col"], rel=1e-4)
        assert mine["variance"] == pytest.approx(wanted["variance"], rel=1e-3)
        assert mine["nugget"] == pytest.approx(wanted["nugget_fraction"], rel=1e-3, abs=1e-9)
    alone = told["corexp_nugget"]["rows"][0]
    assert models["independent"]["loglik"] == pytest.approx(alone["loglik"], abs=1e-6)
    assert models["independent"]["aic"] == pytest.approx(alone["aic"], abs=1e-5)
    assert models["blocks (rep)"]["loglik"] == pytest.approx(told["lmm_rcb"]["loglik"], abs=1e-6)
    assert [one["model"] for one in models.values() if one["chosen"]] == ["ar1×ar1 + nugget"]
    assert found["residuals"][0]["row"] is not None


@_needs_data
@pytest.mark.parametrize(
    ("trial", "options", "table", "means"),
    [
        (
            "yates_missing",
            "--response y --treatment trt --design rcbd --block block",
            "anova_trt_type2",
            "emm_trt",
        ),
        (
            "yates_missing",
            "--response y --treatment n,p,k --design factorial --block block",
            "anova_type2",
            None,
        ),
        (
            "pearce_apple",
            "--response yield --treatment trt --design rcbd --block block --covariate prev",
            "ancova_type2",
            "emm_trt",
        ),
        (
            "john_alpha",
            "--response yield --treatment gen --design alpha-lattice --block rep/block",
            None,
            "emm_gen_intra",
        ),
    ],
)
def test_fixed_blocks_of_the_references(
    trial: str,
    options: str,
    table: str | None,
    means: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = _of_trial(trial, options, capsys, "--blocks", "fixed")
    told = _reference(trial)
    rows = {one["term"]: one for one in found["anova"]}
    for row in told[table]["rows"] if table else ():
        mine = rows[row["term"]]
        assert mine["df"] == row["df"]
        assert mine["sum_sq"] == pytest.approx(row["ss"], rel=1e-7, abs=1e-9)
        assert mine["f"] == (None if row["F"] is None else pytest.approx(row["F"], rel=1e-7))
    got = {tuple(one["levels"].values()): one for one in found["means"]}
    for row in told[means]["rows"] if means else ():
        mine = got[tuple(row["levels"].values())]
        for key in ("mean", "se", "df", "lower", "upper"):
            assert mine[key] == pytest.approx(row[key], rel=1e-7), (row["levels"], key)


@_needs_data
def test_lost_plots_of_the_references(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--response y --treatment trt --design rcbd --block block"
    found = _of_trial("yates_missing", options, capsys)["missing_plots"]
    got = {(one["levels"]["block"], one["levels"]["trt"]): one["estimate"] for one in found}
    rows = _reference("yates_missing")["missing"]["rows"]
    assert got == pytest.approx({(row["block"], row["trt"]): row["estimate"] for row in rows})


@_needs_data
def test_precision_of_the_references(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--response yield --treatment rate --design rcbd --block rep"
    found = _of_trial("gomez_seedrate", options, capsys)
    (mine,) = found["precision"]
    wanted = _reference("gomez_seedrate")
    (told,) = [one for one in wanted.values() if one["kind"] == "lsd"]
    assert mine["sed_mean"] == pytest.approx(told["sed"], rel=1e-8)
    assert mine["lsd"] == pytest.approx(told["lsd"], rel=1e-8)
    assert mine["hsd"] == pytest.approx(told["hsd"], rel=1e-5)
    worth = wanted["blocking"]["relative_efficiency"]
    assert found["efficiency"]["value"] == pytest.approx(worth, rel=1e-8)
    options = "--response yield --treatment gen --design alpha-lattice --block rep/block"
    found = _of_trial("john_alpha", options, capsys)
    (mine,) = found["precision"]
    told = _reference("john_alpha")["sed"]
    for name in ("min", "mean", "rms", "max"):
        got = mine[f"sed_{name}"]
        assert got == pytest.approx(told["lmm_kenward_roger"][name], rel=1e-4), name
    assert found["efficiency"]["value"] == pytest.approx(told["efficiency_vs_rcb"], rel=1e-4)
