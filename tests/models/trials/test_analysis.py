"""Whole analyses of real trials against R 4.2.2: stats, lme4, lmerTest, pbkrtest, emmeans.

The figures of trials in print are typed in with the R call beside them; the other tests read the
reference results where they lie beside the project.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.trials.analysis import analyse
from models.trials.model import Roles
from models.trials.results import Analysis, Comparison, Mean
from models.trials.sheet import Trial, factor

# Yates 1935, J. R. Stat. Soc. suppl. 2, 181: oats, six blocks from left to right.
OATS = {
    ("GoldenRain", "0"): (80, 60, 89, 117, 64, 70),
    ("GoldenRain", "0.2"): (82, 102, 82, 114, 103, 108),
    ("GoldenRain", "0.4"): (94, 89, 86, 161, 132, 126),
    ("GoldenRain", "0.6"): (126, 96, 104, 141, 133, 149),
    ("Marvellous", "0"): (63, 89, 97, 105, 70, 96),
    ("Marvellous", "0.2"): (70, 129, 99, 140, 89, 124),
    ("Marvellous", "0.4"): (109, 132, 119, 118, 104, 121),
    ("Marvellous", "0.6"): (99, 124, 121, 156, 117, 144),
    ("Victory", "0"): (62, 68, 53, 111, 74, 61),
    ("Victory", "0.2"): (90, 64, 74, 130, 89, 91),
    ("Victory", "0.4"): (100, 112, 118, 157, 81, 97),
    ("Victory", "0.6"): (116, 86, 113, 174, 122, 100),
}
SPLIT = Roles("split-plot", ("gen", "nitro"), block="block", main_plot="gen")

# Roles of each trial beside the project, its response, and the reference results that its design
# asks for: the analysis of variance, and the fits that means and comparisons are taken from.
TRIALS: dict[str, tuple[Roles, str, str, tuple[str, ...]]] = {
    "cochran_crd": (Roles("crd", ("trt",)), "inf", "anova_strata", ("anova_ls",)),
    "gomez_seedrate": (
        Roles("rcbd", ("rate",), block="rep"),
        "yield",
        "anova_strata",
        ("anova_ls",),
    ),
    "gomez_splitsplit": (
        Roles("split-split-plot", ("nitro", "management", "gen"), block="rep"),
        "yield",
        "anova_strata",
        ("lmm",),
    ),
    "gomez_stripplot": (
        Roles("strip-plot", ("gen", "nitro"), block="rep"),
        "yield",
        "anova_strata",
        ("lmm",),
    ),
    "goulden_latin": (
        Roles("latin-square", ("trt",), row="row", column="col"),
        "yield",
        "anova_strata",
        ("anova_ls",),
    ),
    "john_alpha": (
        Roles("alpha-lattice", ("gen",), block="block", replicate="rep"),
        "yield",
        "lmm",
        ("lmm",),
    ),
    "kling_augmented": (
        Roles("augmented", ("entry",), block="block"),
        "tsw",
        "anova_type2",
        ("anova_type2",),
    ),
    "npk": (
        Roles("factorial", ("N", "P", "K"), block="block"),
        "yield",
        "anova_strata",
        ("anova_ls",),
    ),
    "omer_sorghum": (
        Roles("multi-environment", ("gen",), block="rep", environment="env"),
        "yield",
        "anova_strata",
        ("lmm",),
    ),
    "pearce_apple": (
        Roles("rcbd", ("trt",), block="block", covariates=("prev",)),
        "yield",
        "lmm",
        ("lmm",),
    ),
    "stroup_nin": (Roles("rcbd", ("gen",), block="rep"), "yield", "anova_rcb", ("anova_rcb",)),
    "yates_missing": (Roles("rcbd", ("n", "p", "k"), block="block"), "y", "lmm", ("lmm",)),
    "yates_oats": (SPLIT, "yield", "anova_strata", ("lmm",)),
}


def oats() -> Trial:
    plots = [
        (gen, nitro, f"B{block}", float(value))
        for (gen, nitro), values in OATS.items()
        for block, value in enumerate(values, start=1)
    ]
    names = {name: factor(p[i] for p in plots) for i, name in enumerate(("gen", "nitro", "block"))}
    return Trial(np.array([p[3] for p in plots]), names, {}, "yield")


def _columns(roles: Roles) -> list[str]:
    single = ("block", "row", "column", "environment", "replicate", "subject", "time")
    named = [getattr(roles, role) for role in single]
    return [*roles.treatments, *(name for name in named if name)]


def _trial(data: Path, name: str) -> Trial:
    roles, response, _, _ = TRIALS[name]
    file = data / "trials" / f"{name}.csv"
    if not file.exists():
        pytest.skip("the trials are not beside the project")
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    used = [row for row in rows if all(row[column] for column in _columns(roles))]
    return Trial(
        np.array([float(row[response] or "nan") for row in used]),
        {column: factor(row[column] for row in used) for column in _columns(roles)},
        {column: np.array([float(row[column]) for row in used]) for column in roles.covariates},
        response,
    )


def _reference(data: Path, name: str) -> list[dict[str, Any]]:
    file = data / "trials" / "reference" / f"{name}.json"
    if not file.exists():
        pytest.skip("the reference results are not beside the project")
    return list(json.loads(file.read_text(encoding="utf-8"))["analyses"])


def _mean(analysis: Analysis, levels: Mapping[str, str]) -> Mean:
    (found,) = [one for one in analysis.means if one.levels == levels]
    return found


def _comparison(analysis: Analysis, row: dict[str, Any], by: list[str]) -> tuple[Comparison, int]:
    """The comparison of a reference row, and 1 or -1 as the two levels are in the other order."""
    a, b = (
        ":".join(row[side][name] for name in sorted(row[side]) if name not in by) for side in "ab"
    )
    within = {name: row["a"][name] for name in by}
    term = ":".join(sorted(name for name in row["a"] if name not in by))
    (found,) = [
        one
        for one in analysis.comparisons
        if {one.a, one.b} == {a, b} and (one.term, one.by) == (term, within)
    ]
    return found, 1 if found.a == a else -1


def _close(got: float, want: float, *, rel: float, scale: float) -> bool:
    return abs(got - want) <= rel * abs(want) + scale


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_anova_is_that_of_r(name: str, data: Path) -> None:
    roles, _, wanted, _ = TRIALS[name]
    found = analyse(_trial(data, name), roles)
    (reference,) = [one for one in _reference(data, name) if one["id"] == wanted]
    if reference["kind"] == "anova_strata":
        rows = [
            (part["stratum"], row["term"], row["df"], None, row["F"], row["p"])
            for part in reference["strata"]
            for row in part["rows"]
        ]
    elif reference["kind"] == "anova_ls":
        rows = [("", row["term"], row["df"], None, row["F"], row["p"]) for row in reference["rows"]]
        rows = [row for row in rows if name != "stroup_nin" or row[1] != "rep"]
    else:
        rows = [
            (None, row["term"], row["ndf"], row["ddf"], row["F"], row["p"])
            for row in reference["anova_kenward_roger"]
        ]
    for stratum, term, df, ddf, f, p in rows:
        (row,) = [
            one
            for one in found.anova
            if one.term == term
            and (one.stratum == stratum or (stratum == "" and one.stratum != "rep"))
        ]
        assert row.df == df
        if ddf is not None:
            assert row.ddf == pytest.approx(ddf, rel=1e-3)
        if f is not None:
            rel = 1e-4 if ddf is not None else 1e-8
            assert row.f == pytest.approx(f, rel=rel)
            assert row.p == pytest.approx(p, rel=1e-3 if ddf is not None else 1e-6, abs=1e-9)


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_adjusted_means_are_those_of_emmeans(name: str, data: Path) -> None:
    roles, _, _, fits = TRIALS[name]
    found = analyse(_trial(data, name), roles)
    tables = [
        one for one in _reference(data, name) if one["kind"] == "emmeans" and one["model"] in fits
    ]
    assert tables
    for row in (row for table in tables for row in table["rows"]):
        got = _mean(found, row["levels"])
        assert _close(got.mean, row["mean"], rel=1e-8, scale=1e-4 * row["se"])
        assert got.se == pytest.approx(row["se"], rel=1e-4)
        assert got.df == pytest.approx(row["df"], rel=1e-3)
        assert _close(got.lower, row["lower"], rel=1e-6, scale=1e-3 * row["se"])
        assert _close(got.upper, row["upper"], rel=1e-6, scale=1e-3 * row["se"])


@pytest.mark.parametrize(
    ("name", "adjust"),
    [
        *((name, "tukey") for name in sorted(TRIALS)),
        *product(("cochran_crd", "john_alpha", "yates_oats"), ("holm", "bonferroni", "none")),
    ],
)
def test_differences_are_those_of_emmeans(name: str, adjust: Any, data: Path) -> None:
    roles, _, _, fits = TRIALS[name]
    tables = [
        one for one in _reference(data, name) if one["kind"] == "pairwise" and one["model"] in fits
    ]
    trial = _trial(data, name)
    for table in tables:
        found = analyse(trial, roles, adjust=adjust, by=(table["by"] or [None])[0])
        for row in table["rows"]:
            got, sign = _comparison(found, row, table["by"])
            assert _close(sign * got.difference, row["estimate"], rel=1e-8, scale=1e-4 * row["se"])
            assert got.se == pytest.approx(row["se"], rel=1e-4)
            assert got.df == pytest.approx(row["df"], rel=1e-3)
            assert got.p == pytest.approx(row[f"p_{adjust}"], rel=1e-3, abs=5e-6)


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_letters_say_what_tukey_says(name: str, data: Path) -> None:
    roles, _, _, fits = TRIALS[name]
    found = analyse(_trial(data, name), roles)
    for table in _reference(data, name):
        if table["kind"] != "cld" or table["model"] not in fits:
            continue
        ours = {row["letters"]: _mean(found, row["levels"]).letters for row in table["rows"]}
        for a in table["rows"]:
            for b in table["rows"]:
                share = bool(set(a["letters"]) & set(b["letters"]))
                mine = set(_mean(found, a["levels"]).letters) & set(
                    _mean(found, b["levels"]).letters
                )
                assert bool(mine) == share, ours


@pytest.mark.parametrize("name", ["cochran_crd", "goulden_latin"])
def test_dunnett_is_that_of_multcomp(name: str, data: Path) -> None:
    roles, _, _, _ = TRIALS[name]
    (reference,) = [one for one in _reference(data, name) if one["kind"] == "dunnett"]
    found = analyse(_trial(data, name), roles, adjust="dunnett", control=reference["control"])
    assert len(found.comparisons) == len(reference["rows"])
    for row in reference["rows"]:
        (got,) = [one for one in found.comparisons if one.a == row["level"]]
        assert got.b == reference["control"]
        assert got.difference == pytest.approx(row["estimate"], rel=1e-8)
        assert got.se == pytest.approx(row["se"], rel=1e-8)
        assert got.p == pytest.approx(row["p"], abs=2e-4)


def test_split_plot_judges_main_plots_by_their_own_error() -> None:
    # R: aov(yield ~ gen * nitro + Error(block/gen)); the trap, gen against Within, is p 0.0366.
    found = analyse(oats(), SPLIT)
    (gen,) = [row for row in found.anova if row.term == "gen"]
    assert (gen.stratum, gen.df) == ("block:gen", 2)
    assert gen.f == pytest.approx(1.48534037943634, rel=1e-8)
    assert gen.p == pytest.approx(0.272386856735, rel=1e-6)
    assert [row.stratum for row in found.anova if row.term == "Residual"] == [
        "block",
        "block:gen",
        "Within",
    ]


def test_means_of_main_plots_carry_their_error() -> None:
    # R: emmeans(lmer(yield ~ gen * nitro + (1 | block/gen)), ~ gen); the trap is se 3.2546.
    victory = _mean(analyse(oats(), SPLIT), {"gen": "Victory"})
    assert victory.mean == pytest.approx(97.625)
    assert victory.se == pytest.approx(7.79753967, rel=1e-6)
    assert victory.df == pytest.approx(8.86898005, rel=1e-6)
    assert victory.lower == pytest.approx(79.94593789, rel=1e-6)


def test_by_compares_within_each_level() -> None:
    # R: pairs(emmeans(lmer(…), ~ gen | nitro)); se 9.7150, df 30.2308, p_tukey 0.77325.
    found = analyse(oats(), SPLIT, by="nitro").comparisons
    assert len(found) == 4 * 3
    first = found[0]
    assert (first.a, first.b, first.by) == ("GoldenRain", "Marvellous", {"nitro": "0"})
    assert first.se == pytest.approx(9.71502498956595, rel=1e-6)
    assert first.df == pytest.approx(30.2307810517599, rel=1e-5)
    assert first.p == pytest.approx(0.773250349756831, rel=1e-5)


def test_a_lost_plot_turns_strata_into_reml() -> None:
    whole = oats()
    response = whole.response.copy()
    response[[3, 40]] = np.nan
    found = analyse(replace(whole, response=response), SPLIT)
    assert (found.n, found.missing) == (70, 2)
    assert all(row.stratum is None and row.ddf is not None for row in found.anova)
    (gen,) = [row for row in found.anova if row.term == "gen"]
    assert gen.ddf is not None and 8.0 < gen.ddf < 11.0
    assert "missing_plots" in {one.code for one in found.warnings}


def test_plots_in_another_order_say_the_same() -> None:
    whole = oats()
    order = np.random.default_rng(3).permutation(len(whole.response))
    names = {
        name: factor(one.levels[code] for code in one.codes[order])
        for name, one in whole.factors.items()
    }
    a, b = analyse(whole, SPLIT), analyse(Trial(whole.response[order], names, {}, "yield"), SPLIT)
    for one, other in zip(a.means, b.means, strict=True):
        assert (one.levels, one.letters) == (other.levels, other.letters)
        assert one.mean == pytest.approx(other.mean, rel=1e-10)
        assert one.se == pytest.approx(other.se, rel=1e-7)


@pytest.mark.parametrize(("shift", "scale"), [(1e6, 1.0), (0.0, 1e-6), (-50.0, 1e4)])
def test_another_unit_changes_no_test(shift: float, scale: float) -> None:
    whole = oats()
    a = analyse(whole, SPLIT)
    b = analyse(replace(whole, response=shift + scale * whole.response), SPLIT)
    for one, other in zip(a.anova, b.anova, strict=True):
        assert other.f == pytest.approx(one.f, rel=1e-5, nan_ok=True)
    for mean, moved in zip(a.means, b.means, strict=True):
        assert moved.se == pytest.approx(scale * mean.se, rel=1e-5)
        assert moved.df == pytest.approx(mean.df, rel=1e-4)


def test_what_is_confounded_with_blocks_is_tested_between_them(data: Path) -> None:
    # R: aov(yield ~ N * P * K + Error(block)): N:P:K is in the block stratum, F 0.4832, p 0.5252.
    found = analyse(_trial(data, "npk"), TRIALS["npk"][0])
    (row,) = [one for one in found.anova if one.term == "K:N:P"]
    assert row.stratum == "block"
    assert row.f == pytest.approx(0.483218701027337, rel=1e-8)
    assert "confounded_with_blocks" in {one.code for one in found.warnings}


def test_environments_with_unlike_errors_are_told(data: Path) -> None:
    # R: bartlett statistic of the six residual mean squares 305.636, 51 df each.
    found = analyse(_trial(data, "omer_sorghum"), TRIALS["omer_sorghum"][0])
    (check,) = [one for one in found.assumptions if one.check == "bartlett-mean-squares"]
    assert check.statistic == pytest.approx(305.636106589049, rel=1e-8)
    assert "variances_differ" in {one.code for one in found.warnings}


def test_variances_at_zero_are_told(data: Path) -> None:
    found = analyse(_trial(data, "gomez_splitsplit"), TRIALS["gomez_splitsplit"][0])
    zero = {one.facts["component"] for one in found.warnings if one.code == "variance_zero"}
    assert zero == {"rep", "management:nitro:rep"}
    # Strata keep to the randomisation: R's aov has F 81.996, the pooled residual would have 47.9.
    (row,) = [one for one in found.anova if one.term == "management"]
    assert row.f == pytest.approx(81.99648906246551, rel=1e-8)


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        (replace(SPLIT, design="spilt-plot"), "no such design: spilt-plot"),
        (replace(SPLIT, block=None), "a split-plot trial needs its block"),
        (replace(SPLIT, treatments=()), "a trial needs a treatment"),
        (replace(SPLIT, design="latin-square"), "needs its row and its column"),
        (replace(SPLIT, design="alpha-lattice", block=None), "needs its block"),
        (replace(SPLIT, design="multi-environment"), "needs its environment"),
        (replace(SPLIT, design="repeated"), "needs its time"),
    ],
)
def test_a_column_that_the_design_needs_is_asked_for(roles: Roles, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        analyse(oats(), roles)


def test_dunnett_asks_for_its_control() -> None:
    with pytest.raises(ValueError, match="name its level"):
        analyse(oats(), SPLIT, adjust="dunnett")
    with pytest.raises(ValueError, match="no treatment has a level Golden"):
        analyse(oats(), SPLIT, adjust="dunnett", control="Golden")


def test_nothing_is_judged_without_replication_or_difference() -> None:
    whole = oats()
    one_block = np.where(whole.factors["block"].codes == 0, whole.response, np.nan)
    with pytest.raises(ValueError, match="without replication nothing can be judged"):
        analyse(replace(whole, response=one_block), Roles("factorial", ("gen", "nitro")))
    with pytest.raises(ValueError, match="every plot has the same value"):
        analyse(replace(whole, response=np.full(72, 7.0)), SPLIT)


def test_neighbours_bring_a_good_variety_back_to_the_top(data: Path) -> None:
    # Buckskin lay on bad plots: 28th of 56 by blocks, first once neighbours count.
    # R, dense REML: AR1 × AR1 with nugget, gen fixed, no blocks; mean 34.1055, SED 2.698 to 3.112.
    trial = _trial(data, "stroup_nin")
    with (data / "trials" / "stroup_nin.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["gen"]]
    places = {name: factor(row[name] for row in rows) for name in ("row", "col")}
    trial = replace(trial, factors={**trial.factors, **places})
    roles = replace(TRIALS["stroup_nin"][0], row="row", column="col")
    by_blocks = analyse(trial, roles)
    assert _rank(by_blocks, "Buckskin") == 28
    assert "neighbours_alike" in {one.code for one in by_blocks.warnings}
    among = analyse(trial, roles, spatial=True)
    assert _rank(among, "Buckskin") == 1
    (reference,) = [r for r in _reference(data, "stroup_nin") if r["id"] == "ar1xar1_nugget"]
    for row in reference["rows"]:
        got = _mean(among, {"gen": row["level"]})
        assert got.mean == pytest.approx(row["mean"], abs=1e-3 * reference["sed"]["mean"])
    errors = [one.se for one in among.comparisons]
    assert min(errors) == pytest.approx(reference["sed"]["min"], rel=1e-4)
    assert max(errors) == pytest.approx(reference["sed"]["max"], rel=1e-4)


def _rank(analysis: Analysis, level: str) -> int:
    ranked = sorted(analysis.means, key=lambda one: -one.mean)
    return 1 + [one.levels["gen"] for one in ranked].index(level)


def test_neighbours_need_rows_and_columns() -> None:
    with pytest.raises(ValueError, match="name both columns"):
        analyse(oats(), Roles("rcbd", ("gen", "nitro"), block="block"), spatial=True)
