"""Varieties over environments, and heritability, against R: metan, agricolae, lme4."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.trials import biplot, heritability, stability
from models.trials.stability import Array


def _rows(data: Path, trial: str) -> list[dict[str, str]]:
    file = data / "trials" / f"{trial}.csv"
    if not file.exists():
        pytest.skip("the trials are not beside the project")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _reference(data: Path, trial: str, of: str) -> dict[str, Any]:
    file = data / "trials" / "reference" / f"{trial}.json"
    if not file.exists():
        pytest.skip("the reference results are not beside the project")
    analyses = json.loads(file.read_text(encoding="utf-8"))["analyses"]
    return next(one for one in analyses if one["id"] == of)


@pytest.fixture
def sorghum(data: Path) -> Array:
    """(18 varieties, 6 environments)  Means of four plots."""
    rows = _rows(data, "omer_sorghum")
    gens, envs = (sorted({row[name] for row in rows}) for name in ("gen", "env"))
    sums = np.zeros((len(gens), len(envs)))
    for row in rows:
        sums[gens.index(row["gen"]), envs.index(row["env"])] += float(row["yield"])
    return sums / 4.0


def test_regressions_of_the_reference(data: Path, sorghum: Array) -> None:
    told = _reference(data, "omer_sorghum", "finlay_wilkinson")["rows"]
    found = stability.finlay_wilkinson(sorghum)
    for key in ("mean", "slope", "slope_se", "deviation_ms", "r2"):
        assert getattr(found, key) == pytest.approx([row[key] for row in told], rel=1e-8), key


def test_measures_of_the_reference(data: Path, sorghum: Array) -> None:
    told = _reference(data, "omer_sorghum", "stability")["rows"]
    found = stability.stability(sorghum)
    for ours, theirs in (
        ("ecovalence", "wricke_ecovalence"),
        ("shukla", "shukla_variance"),
        ("superiority", "lin_binns_superiority"),
        ("cv", "cv_francis"),
        ("variance", "env_variance"),
    ):
        assert getattr(found, ours) == pytest.approx([row[theirs] for row in told], rel=1e-8), ours


def test_axes_of_the_reference(data: Path, sorghum: Array) -> None:
    told = _reference(data, "omer_sorghum", "ammi")
    found = biplot.ammi(sorghum)
    assert found.singular_values == pytest.approx(told["singular_values"], rel=1e-8)
    assert found.percent == pytest.approx(told["percent_of_interaction"], rel=1e-8)
    assert float(np.sum(found.singular_values**2)) == pytest.approx(told["ss_interaction_of_means"])
    for axis, key in enumerate(("ipca1", "ipca2")):
        of_genes = [row[key] for row in told["gen_scores"]]
        of_places = [row[key] for row in told["env_scores"]]
        assert found.variety_scores[:, axis] == pytest.approx(of_genes, rel=1e-7, abs=1e-7)
        assert found.environment_scores[:, axis] == pytest.approx(of_places, rel=1e-7, abs=1e-7)


def test_tests_of_axes_of_the_reference(data: Path, sorghum: Array) -> None:
    told = _reference(data, "omer_sorghum", "ammi")["gollob_tests"]
    places = _reference(data, "omer_sorghum", "by_environment")["rows"]
    error = float(np.mean([row["ms_residual"] for row in places]))
    found = biplot.gollob(sorghum, replicates=4, error_mean_sq=error, error_df=6 * 51)
    for one, row in zip(found, told, strict=True):
        assert (one.axis, one.df) == (row["axis"], row["df"])
        assert one.sum_sq == pytest.approx(row["ss"], rel=1e-8)
        assert one.f == pytest.approx(row["F"], rel=1e-8)
        assert one.p == pytest.approx(row["p"], rel=1e-6)


def test_gge_of_the_reference(data: Path, sorghum: Array) -> None:
    told = _reference(data, "omer_sorghum", "gge")
    assert biplot.gge(sorghum).percent == pytest.approx(told["percent"], rel=1e-8)


_TABLES = hnp.arrays(
    float, st.tuples(st.integers(3, 8), st.integers(3, 7)), elements=st.floats(0, 100, width=32)
)


@settings(deadline=None, max_examples=60)
@given(table=_TABLES)
def test_scores_give_the_table_back(table: Array) -> None:
    found = biplot.ammi(table)
    whole = found.variety_scores @ found.environment_scores.T
    assert whole == pytest.approx(stability.doubly_centred(table), abs=1e-6)
    again = biplot.gge(table)
    assert again.variety_scores @ again.environment_scores.T == pytest.approx(
        table - table.mean(axis=0), abs=1e-6
    )


@settings(deadline=None, max_examples=60)
@given(table=_TABLES, shift=st.floats(-50, 50))
def test_a_richer_environment_changes_no_interaction(table: Array, shift: float) -> None:
    richer = table.copy()
    richer[:, 0] += shift
    before, after = stability.stability(table), stability.stability(richer)
    assert after.ecovalence == pytest.approx(before.ecovalence, rel=1e-6, abs=1e-6)
    assert after.superiority == pytest.approx(before.superiority, rel=1e-6, abs=1e-6)


def test_a_variety_that_follows_the_environments_has_slope_one() -> None:
    places = np.array([10.0, 20.0, 40.0, 30.0])
    table = np.array([places - 5.0, places + 5.0, 0.5 * places + 12.5, 1.5 * places - 12.5])
    found = stability.finlay_wilkinson(table)
    assert found.slope == pytest.approx([1.0, 1.0, 0.5, 1.5])
    assert found.deviation_ms == pytest.approx(np.zeros(4), abs=1e-20)


def test_a_variety_grown_twice_has_no_slope_and_harms_no_other() -> None:
    table = np.random.default_rng(2).normal(50.0, 5.0, (4, 5))
    table[1, :3] = np.nan
    found = stability.finlay_wilkinson(table)
    assert np.isnan(found.slope).tolist() == [False, True, False, False]
    assert np.isnan(found.deviation_ms).tolist() == [False, True, False, False]
    assert np.isfinite(found.mean).all()


def test_a_hole_is_told_with_its_place() -> None:
    table = np.ones((3, 4))
    table[2, 1] = np.nan
    for measure in (stability.stability, biplot.ammi, biplot.gge):
        with pytest.raises(ValueError, match="variety 2 in environment 1"):
            measure(table)
    with pytest.raises(ValueError, match="2 varieties and 2 environments"):
        stability.stability(np.ones((1, 4)))


def _indicators(names: list[str]) -> Array:
    return np.asarray(np.array(names)[:, None] == np.array(sorted(set(names))), dtype=float)


def test_predictions_of_an_augmented_trial(data: Path) -> None:
    """R: ranef(lmer(tsw ~ block + (1 | entry), kling.augmented))$entry."""
    told = _reference(data, "kling_augmented", "blup_entry")["rows"]
    rows = [row for row in _rows(data, "kling_augmented") if row["tsw"]]
    names = sorted({row["entry"] for row in rows})
    found = heritability.predictions(
        np.array([float(row["tsw"]) for row in rows]),
        _indicators([row["block"] for row in rows]),
        {"entry": _indicators([row["entry"] for row in rows])},
        {"entry": 0.474393467790391},
        0.0994570254823988,
    )
    values = dict(zip(names, found["entry"].effects, strict=True))
    assert [values[row["level"]] for row in told] == pytest.approx(
        [row["blup"] for row in told], abs=1e-5
    )


def test_heritability_of_an_alpha_lattice(data: Path) -> None:
    """R: lmer(yield ~ rep + (1 | gen) + (1 | rep:block), john.alpha); differences of errors."""
    told = _reference(data, "john_alpha", "heritability")
    blups = _reference(data, "john_alpha", "blup_gen")["rows"]
    rows = _rows(data, "john_alpha")
    random = {
        "gen": _indicators([row["gen"] for row in rows]),
        "block:rep": _indicators([f"{row['block']} {row['rep']}" for row in rows]),
    }
    found = heritability.predictions(
        np.array([float(row["yield"]) for row in rows]),
        _indicators([row["rep"] for row in rows]),
        random,
        {"gen": told["sigma2_gen"], "block:rep": told["sigma2_block"]},
        told["sigma2_residual"],
    )
    assert found["gen"].effects == pytest.approx([row["blup"] for row in blups], abs=1e-6)
    vd = heritability.mean_variance_of_difference(found["gen"].error_covariance)
    assert vd == pytest.approx(told["mean_vd_blup"], rel=1e-4)
    shares = heritability.heritability(
        told["sigma2_gen"],
        told["sigma2_residual"],
        blue_difference=told["mean_vd_blue"],
        blup_difference=vd,
        replicates=3.0,
    )
    assert shares.cullis == pytest.approx(told["h2_cullis"], abs=1e-4)
    assert shares.piepho == pytest.approx(told["h2_piepho_adhoc"], rel=1e-6)
    assert shares.standard == pytest.approx(told["h2_plot_standard"], rel=1e-6)


def test_heritability_as_r_gives_it() -> None:
    """john.alpha, typed in: Cullis .809, not the .800 of conditional variances."""
    shares = heritability.heritability(
        0.142901968690831,
        0.0816171738124984,
        blue_difference=0.070108750335008,
        blup_difference=0.0545503782335403,
        replicates=3.0,
    )
    assert shares.cullis == pytest.approx(0.80913356641167, rel=1e-8)
    assert shares.piepho == pytest.approx(0.803016996149294, rel=1e-8)
    assert shares.standard == pytest.approx(0.840067641402987, rel=1e-8)


def test_without_genetic_variance_there_is_nothing_to_share() -> None:
    shares = heritability.heritability(
        0.0, 1.0, blue_difference=0.5, blup_difference=0.0, replicates=4.0
    )
    assert np.isnan([shares.cullis, shares.piepho, shares.standard]).all()


def test_a_term_without_variance_predicts_nothing() -> None:
    y, x = np.array([1.0, 2.0, 4.0, 5.0]), np.ones((4, 1))
    random = {"a": np.eye(2)[[0, 0, 1, 1]], "b": np.eye(2)[[0, 1, 0, 1]]}
    found = heritability.predictions(y, x, random, {"a": 2.0, "b": 0.0}, 1.0)
    assert found["b"].effects.tolist() == [0.0, 0.0]
    # By hand: a mean of two plots is drawn to 3 by 2 / (2 + 1 / 2).
    assert found["a"].effects == pytest.approx([-1.2, 1.2])


def test_the_mean_over_pairs_is_the_mean_over_pairs() -> None:
    loose = np.random.default_rng(4).normal(size=(5, 5))
    covariance = loose @ loose.T
    pairs = [
        covariance[a, a] + covariance[b, b] - 2.0 * covariance[a, b]
        for a in range(5)
        for b in range(a)
    ]
    found = heritability.mean_variance_of_difference(covariance)
    assert found == pytest.approx(float(np.mean(pairs)), rel=1e-12)
    assert np.isnan(heritability.mean_variance_of_difference(np.ones((1, 1))))
