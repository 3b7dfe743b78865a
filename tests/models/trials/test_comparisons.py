"""Comparisons of means against R: emmeans, multcomp, mvtnorm, stats."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_t, studentized_range
from scipy.stats import t as student

from models.trials import comparisons, contrasts, dunnett, letters, smooth, tukey
from models.trials.comparisons import Differences

TRIALS = [
    "cochran_crd",
    "gomez_seedrate",
    "gomez_splitsplit",
    "gomez_stripplot",
    "goulden_latin",
    "john_alpha",
    "npk",
    "omer_sorghum",
    "pearce_apple",
    "yates_missing",
    "yates_oats",
]


def _analyses(data: Path, trial: str, kind: str) -> Iterator[dict[str, Any]]:
    file = data / "trials" / "reference" / f"{trial}.json"
    if not file.exists():
        pytest.skip("the reference results are not beside the project")
    yield from (
        one
        for one in json.loads(file.read_text(encoding="utf-8"))["analyses"]
        if one["kind"] == kind
    )


def _families(analysis: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The rows of each combination of `by`, in the order of the levels."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in analysis["rows"]:
        within = {name: row["a"][name] for name in analysis["by"]}
        groups.setdefault(json.dumps(within), []).append(row)
    yield from groups.values()


def _differences(rows: list[dict[str, Any]]) -> tuple[Differences, list[str]]:
    names = list(dict.fromkeys(json.dumps(row[side]) for row in rows for side in "ab"))
    pairs = tuple(
        (names.index(json.dumps(row["a"])), names.index(json.dumps(row["b"]))) for row in rows
    )
    columns = (np.array([row[key] for row in rows], float) for key in ("estimate", "se", "df"))
    return Differences(pairs, *columns), names


@pytest.mark.parametrize("trial", TRIALS)
def test_every_pair_of_the_reference(data: Path, trial: str) -> None:
    for analysis in _analyses(data, trial, "pairwise"):
        for rows in _families(analysis):
            of, names = _differences(rows)
            assert len(rows) == len(names) * (len(names) - 1) // 2
            for adjust, rel, abs_ in (
                ("none", 1e-6, 1e-9),
                ("holm", 1e-6, 1e-9),
                ("bonferroni", 1e-6, 1e-9),
                ("tukey", 1e-4, 5e-6),
            ):
                found = comparisons.tested(of, adjust)  # type: ignore[arg-type]
                expected = [row[f"p_{adjust}"] for row in rows]
                assert found.p == pytest.approx(expected, rel=rel, abs=abs_), analysis["id"]
            scale = 5e-6 * max(of.se)
            assert found.lower == pytest.approx([r["tukey_lower"] for r in rows], 1e-4, scale)
            assert found.upper == pytest.approx([r["tukey_upper"] for r in rows], 1e-4, scale)


@pytest.mark.parametrize("trial", TRIALS)
def test_letters_of_the_reference(data: Path, trial: str) -> None:
    """As a relation, from the reference's own differences where it has them."""
    pairwise = {
        (one["model"], tuple(one["factors"])): one
        for one in _analyses(data, trial, "pairwise")
        if not one["by"]
    }
    for analysis in _analyses(data, trial, "cld"):
        factors = tuple(analysis["rows"][0]["levels"])
        if (analysis["model"], factors) not in pairwise:
            continue
        of, names = _differences(pairwise[analysis["model"], factors]["rows"])
        told = {json.dumps(row["levels"]): row for row in analysis["rows"]}
        means = np.array([told[name]["mean"] for name in names])
        p = comparisons.tested(of, "tukey").p
        found = comparisons.compact_letters(means, of.pairs, p)
        assert "a" in found[int(np.argmax(means))]
        for a, b in of.pairs:
            expected = set(told[names[a]]["letters"]) & set(told[names[b]]["letters"])
            assert bool(set(found[a]) & set(found[b])) == bool(expected), (names[a], names[b])


# R: TukeyHSD(aov(yield ~ factor(rate) + factor(rep), gomez.seedrate)): 25-50 and 25-75
# R: pairs(emmeans(lmer(yield ~ gen + rep + (1 | rep:block), john.alpha), ~ gen)): G01-G02, G01-G03
@pytest.mark.parametrize(
    ("t", "groups", "df", "p"),
    [
        (0.228611236217784, 6, 15.0, 0.999894091770114),
        (0.766645122386153, 6, 15.0, 0.96914859141808),
        (2.2845707339456, 24, 39.0626654215044, 0.802847643717019),
        (5.869232998228, 24, 38.5356066181292, 0.00018039755177357),
        (4.26457386529635, 5, 8.0, 0.0170331173795747),
    ],
)
def test_tukey_as_r_prints_it(t: float, groups: int, df: float, p: float) -> None:
    found = tukey.p_value(t * np.sqrt(2.0), groups, df)
    assert float(found) == pytest.approx(p, rel=1e-4, abs=5e-6)


@pytest.mark.parametrize(
    ("groups", "df", "q"),
    [
        # Harter (1960), Tables of range and studentized range, upper 5 % points
        pytest.param(2, 10, 3.151, id="Harter, 2 means, 10 df"),
        pytest.param(3, 10, 3.877, id="Harter, 3 means, 10 df"),
        pytest.param(5, 20, 4.232, id="Harter, 5 means, 20 df"),
        pytest.param(10, 60, 4.646, id="Harter, 10 means, 60 df"),
        pytest.param(20, np.inf, 5.012, id="Harter, 20 means, known error"),
        pytest.param(3, 1, 26.98, id="Harter, 3 means, 1 df"),
    ],
)
def test_the_printed_table_of_the_studentised_range(groups: int, df: float, q: float) -> None:
    assert float(tukey.quantile(0.05, groups, df)) == pytest.approx(
        q, abs=0.005 if df == 1 else 6e-4
    )


@pytest.mark.parametrize(
    ("q", "groups", "df"), [(3, 3, 10), (4.5, 7, 25), (8, 24, 39.07), (9, 5, 2.5)]
)
def test_twelve_digits_of_the_studentised_range(q: float, groups: int, df: float) -> None:
    expected = studentized_range.sf(q, groups, df)
    assert float(tukey.p_value(q, groups, df)) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(t=st.floats(0.01, 40.0), df=st.floats(1.0, 500.0))
def test_two_means_are_students_own(t: float, df: float) -> None:
    expected = 2.0 * student.sf(t, df)
    assert float(tukey.p_value(t * np.sqrt(2.0), 2, df)) == pytest.approx(expected, rel=1e-8)


@settings(deadline=None, max_examples=40)
@given(p=st.floats(1e-6, 0.999), groups=st.integers(2, 60), df=st.floats(1.0, 300.0))
def test_a_quantile_has_its_probability(p: float, groups: int, df: float) -> None:
    q = tukey.quantile(p, groups, df)
    assert float(tukey.p_value(q, groups, df)) == pytest.approx(p, rel=1e-8)


def test_what_is_not_known_stays_so() -> None:
    found = tukey.p_value([np.nan, 0.0, 3.0, 3.0], 4, [5.0, 5.0, np.nan, 0.0])
    assert np.isnan(found).tolist() == [True, False, True, True]
    assert found[1] == 1.0
    with pytest.raises(ValueError, match="groups must be at least 2"):
        tukey.p_value(3.0, 1, 5.0)


@pytest.mark.parametrize(("k", "df"), [(1, 10), (3, 10), (5, 20), (9, 60)])
def test_what_dunnett_covers_by_another_integration(k: int, df: int) -> None:
    half = 0.5 * (np.eye(k) + 1.0)
    (c,) = dunnett.critical_values(0.05, half, np.array([float(df)]))
    low, high = np.full(k, -c), np.full(k, c)
    rng = np.random.default_rng(1)
    inside = multivariate_t.cdf(high, shape=half, df=df, lower_limit=low, random_state=rng)
    assert inside == pytest.approx(0.95, abs=3e-4)


# R: summary(contrast(emmeans(m, ~ trt), "trt.vs.ctrl"), adjust = "mvt")
@pytest.mark.parametrize(
    ("plots", "control", "df", "c"),
    [
        pytest.param([4] * 6, 8, 25.0, 2.80318027339678, id="cochran.crd, the control twice"),
        pytest.param([5] * 4, 5, 12.0, 2.80729622052882, id="goulden.latin"),
    ],
)
def test_dunnett_as_r_prints_it(plots: list[int], control: int, df: float, c: float) -> None:
    covariance = np.diag(1.0 / np.array([*plots, control]))
    of = comparisons.differences(np.zeros(len(plots) + 1), covariance, df, control=len(plots))
    found = comparisons.tested(of, "dunnett")
    assert found.upper / of.se == pytest.approx(np.full(len(plots), c), abs=1e-3)


def _covariance_of_references(analysis: dict[str, Any], plots: dict[str, int]) -> np.ndarray:
    """Of independent means, scaled by the first standard error."""
    first = analysis["rows"][0]
    unit = 1.0 / plots[first["level"]] + 1.0 / plots[analysis["control"]]
    names = [row["level"] for row in analysis["rows"]] + [analysis["control"]]
    return np.diag([first["se"] ** 2 / unit / plots[name] for name in names])


@pytest.mark.parametrize(
    ("trial", "control_plots", "plots"), [("cochran_crd", 8, 4), ("goulden_latin", 5, 5)]
)
def test_dunnett_of_the_reference(data: Path, trial: str, control_plots: int, plots: int) -> None:
    (analysis,) = _analyses(data, trial, "dunnett")
    rows = analysis["rows"]
    replicates = {row["level"]: plots for row in rows} | {analysis["control"]: control_plots}
    covariance = _covariance_of_references(analysis, replicates)
    means = np.array([row["estimate"] for row in rows] + [0.0])
    of = comparisons.differences(means, covariance, analysis["df"], control=len(rows))
    found = comparisons.tested(of, "dunnett")
    assert of.se == pytest.approx([row["se"] for row in rows], rel=1e-8)
    assert found.p == pytest.approx([row["p"] for row in rows], abs=1e-4)
    reach = (found.upper - of.difference) / of.se
    assert reach == pytest.approx(np.full(len(rows), analysis["critical_value"]), abs=1e-3)


def test_dunnett_with_a_covariate(data: Path) -> None:
    """R: contrast(emmeans(lm(yield ~ prev + block + trt, pearce.apple), ~ trt), "trt.vs.ctrl")."""
    (analysis,) = _analyses(data, "pearce_apple", "dunnett")
    plots = np.genfromtxt(
        data / "trials" / "pearce_apple.csv", delimiter=",", dtype=str, skip_header=1
    )
    plots = np.char.strip(plots, '"')
    block, trt, prev = plots[:, 0], plots[:, 1], plots[:, 2].astype(float)
    names = [row["level"] for row in analysis["rows"]] + [analysis["control"]]
    x = np.column_stack(
        [trt[:, None] == np.array(names), block[:, None] == np.unique(block)[1:], prev]
    ).astype(float)
    beta, *_ = np.linalg.lstsq(x, plots[:, 3].astype(float))
    residual = plots[:, 3].astype(float) - x @ beta
    k = len(names)
    covariance = residual @ residual / 14.0 * np.linalg.inv(x.T @ x)[:k, :k]
    of = comparisons.differences(beta[:k], covariance, 14.0, control=k - 1)
    found = comparisons.tested(of, "dunnett")
    assert of.se == pytest.approx([row["se"] for row in analysis["rows"]], rel=1e-8)
    assert found.p == pytest.approx([row["p"] for row in analysis["rows"]], abs=1e-4)
    reach = (found.upper - of.difference) / of.se
    assert reach == pytest.approx(np.full(k - 1, analysis["critical_value"]), abs=2e-3)


# R: 1 - pmvt(-rep(t, 24), rep(t, 24), df, corr = R, GenzBretz(maxpts = 2e7, abseps = 2e-6))
@pytest.mark.parametrize(
    ("df", "t", "p"),
    [
        (10.0, 2.2, 0.366615),
        (10.0, 2.8, 0.161107),
        (10.0, 3.4, 0.066188),
        (60.0, 2.2, 0.294823),
        (60.0, 2.8, 0.085235),
        (60.0, 3.4, 0.018288),
    ],
)
def test_many_treatments_in_few_blocks_as_r_says(df: float, t: float, p: float) -> None:
    """Differences that share a block are more alike (0.7) than others (0.45)."""
    block = np.arange(24) % 4
    shared = np.where(block[:, np.newaxis] == block, 0.7, 0.45)
    np.fill_diagonal(shared, 1.0)
    found = dunnett.p_values(np.full(24, t), shared, np.full(24, df))
    assert found == pytest.approx(np.full(24, p), abs=1.5e-4)


def test_correlations_of_no_product_form_agree_with_many_more_points() -> None:
    rng = np.random.default_rng(5)
    loose = rng.normal(size=(6, 6))
    covariance = np.eye(6) + 0.1 * loose @ loose.T
    of = comparisons.differences(np.zeros(6), covariance, 20.0, control=0)
    assert of.correlation is not None
    t = np.abs(rng.multivariate_normal(np.zeros(5), of.correlation, size=400_000))
    t /= np.sqrt(rng.chisquare(20.0, size=len(t)) / 20.0)[:, None]
    seen = float(np.mean(t.max(axis=1) > 2.6))
    found = dunnett.p_values(np.full(5, 2.6), of.correlation, np.full(5, 20.0))
    assert found == pytest.approx(np.full(5, seen), abs=4.0 * np.sqrt(seen / 400_000))


def test_many_degrees_of_freedom_are_interpolated() -> None:
    df = np.linspace(18.0, 95.0, 300)
    found = smooth.over_df(lambda one: tukey.quantile(0.05, 24, one), df, nodes=40)
    direct = tukey.quantile(0.05, 24, df[::37])
    assert found[::37] == pytest.approx(direct, rel=1e-9)
    half = 0.5 * (np.eye(6) + 1.0)
    critical = dunnett.critical_values(0.05, half, np.append(df, np.nan))
    assert np.isnan(critical[-1])
    alone = [dunnett.critical_values(0.05, half, df[i : i + 1])[0] for i in (0, 111, 299)]
    assert critical[[0, 111, 299]] == pytest.approx(alone, abs=1e-4)


def test_thirty_treatments_of_no_product_form() -> None:
    """Against simulation, at the value that five percent of families exceed."""
    rng = np.random.default_rng(11)
    loose = rng.normal(size=(31, 31))
    covariance = np.eye(31) + 0.1 * loose @ loose.T / 31.0
    of = comparisons.differences(np.zeros(31), covariance, 40.0, control=0)
    assert of.correlation is not None
    (c,) = dunnett.critical_values(0.05, of.correlation, np.array([40.0]))
    t = np.abs(rng.multivariate_normal(np.zeros(30), of.correlation, size=200_000))
    t /= np.sqrt(rng.chisquare(40.0, size=len(t)) / 40.0)[:, None]
    assert float(np.mean(t.max(axis=1) > c)) == pytest.approx(0.05, abs=0.0015)


def test_a_mean_that_is_not_known_leaves_its_family() -> None:
    covariance = np.diag([1.0, 1.0, 1.0, np.nan])
    means = np.array([1.0, 4.0, 9.0, np.nan])
    known = comparisons.differences(means[:3], covariance[:3, :3], 12.0)
    for adjust in ("tukey", "holm", "bonferroni", "none"):
        whole = comparisons.tested(comparisons.differences(means, covariance, 12.0), adjust)
        part = comparisons.tested(known, adjust)
        assert whole.p[np.isfinite(whole.p)].tolist() == part.p.tolist()
    whole = comparisons.tested(
        comparisons.differences(means, covariance, 12.0, control=0), "dunnett"
    )
    part = comparisons.tested(
        comparisons.differences(means[:3], covariance[:3, :3], 12.0, control=0), "dunnett"
    )
    assert whole.p[:2].tolist() == part.p.tolist()
    assert np.isnan(whole.p[2])


def test_a_comparison_is_told_under_its_names() -> None:
    of = comparisons.differences(np.array([3.0, 1.0]), np.eye(2) / 8.0, 6.0)
    (one,) = comparisons.compare(of, ["5", "10"], term="rate", adjust="tukey", by={"site": "Cras"})
    assert (one.term, one.a, one.b, one.adjust) == ("rate", "5", "10", "tukey")
    assert one.by == {"site": "Cras"}
    assert (one.difference, one.se, one.df) == (2.0, 0.5, 6.0)
    assert one.p == pytest.approx(2.0 * student.sf(4.0, 6.0), rel=1e-12)
    assert one.upper == pytest.approx(2.0 + 0.5 * student.isf(0.025, 6.0), rel=1e-12)


def test_what_cannot_be_asked_is_refused() -> None:
    of = comparisons.differences(np.zeros(3), np.eye(3), 6.0)
    with pytest.raises(ValueError, match="adjust must be one of"):
        comparisons.tested(of, "duncan")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="against a control"):
        comparisons.tested(of, "dunnett")


def test_holm_by_hand() -> None:
    """R: p.adjust(c(.01, .04, .03, NA, .02), "holm")."""
    found = comparisons.holm(np.array([0.01, 0.04, 0.03, np.nan, 0.02]))
    assert found == pytest.approx([0.04, 0.06, 0.06, np.nan, 0.06], nan_ok=True)


@settings(deadline=None, max_examples=200)
@given(data=st.data(), k=st.integers(1, 9))
def test_two_means_share_a_letter_if_and_only_if_they_do_not_differ(
    data: st.DataObject, k: int
) -> None:
    """Whatever the pattern: with unequal errors it need not follow the order of the means."""
    pairs = comparisons.all_pairs(k)
    p = np.array(
        data.draw(
            st.lists(st.sampled_from([0.01, 0.05, 0.5]), min_size=len(pairs), max_size=len(pairs))
        )
    )
    means = np.array(data.draw(st.lists(st.floats(-9, 9), min_size=k, max_size=k)))
    found = comparisons.compact_letters(means, pairs, p)
    assert all(found)
    assert "a" in found[int(np.argmax(means))]
    for (a, b), one in zip(pairs, p, strict=True):
        assert bool(set(found[a]) & set(found[b])) == bool(one >= 0.05)


def test_letters_by_hand() -> None:
    means = np.array([3.0, np.nan, 5.0, 4.0])
    apart = np.zeros((4, 4), dtype=bool)
    apart[0, 2] = apart[2, 0] = True
    assert letters.letters(means, apart) == ("b", "", "a", "ab")


def test_equal_errors_take_one_letter_for_each_run_of_means() -> None:
    """A least difference of 2.5 over means of 0 to 5: abc, at 5 4 3, 4 3 2, 3 2 1 and 2 1 0."""
    means = np.arange(6.0)
    apart = np.abs(means[:, None] - means) > 2.5
    assert letters.letters(means, apart) == ("d", "cd", "bcd", "abc", "ab", "a")


def test_letters_of_a_thousand_varieties_with_unequal_errors() -> None:
    rng = np.random.default_rng(12)
    means = rng.normal(0.0, 1.0, 1000)
    least = 1.5 * (1.0 + 0.03 * rng.normal(size=(1000, 1000)))
    apart = np.triu(np.abs(means[:, None] - means) > least, 1)
    apart = apart | apart.T
    found = letters.letters(means, apart)
    for a, b in rng.integers(0, 1000, size=(5000, 2)):
        assert a == b or bool(set(found[a]) & set(found[b])) != bool(apart[a, b])


def test_three_hundred_means_that_all_differ_have_a_letter_each() -> None:
    apart = ~np.eye(300, dtype=bool)
    found = letters.letters(np.arange(300.0), apart)
    assert len(set(found)) == 300
    assert {len(one) for one in found} == {1}


@pytest.mark.parametrize("trial", ["gomez_seedrate", "yates_oats"])
def test_polynomials_of_the_reference(data: Path, trial: str) -> None:
    (analysis,) = _analyses(data, trial, "contrast")
    doses = np.arange(len(analysis["coefficients"]["linear"]))
    found = contrasts.polynomial(doses)
    assert list(found) == list(analysis["coefficients"])
    for name, row in found.items():
        assert row == pytest.approx(analysis["coefficients"][name], abs=1e-9)


def test_contrasts_of_the_reference(data: Path) -> None:
    """The means by emmeans, independent: R's `contrast(emmeans(m, ~ trt), list(…))`."""
    (analysis,) = _analyses(data, "cochran_crd", "contrast")
    (means,) = _analyses(data, "cochran_crd", "emmeans")
    rows = means["rows"]
    found = contrasts.contrasts(
        analysis["coefficients"],
        np.array([row["mean"] for row in rows]),
        np.diag([row["se"] ** 2 for row in rows]),
        25.0,
    )
    for one, row in zip(found, analysis["rows"], strict=True):
        assert one.name == row["name"]
        for key in ("estimate", "se", "t", "lower", "upper"):
            assert getattr(one, key) == pytest.approx(row[key], rel=1e-8)
        assert one.p == pytest.approx(row["p"], rel=1e-6)


def test_unequal_doses_have_orthogonal_polynomials() -> None:
    found = np.array(list(contrasts.polynomial([0.0, 50.0, 80.0, 110.0, 140.0]).values()))
    assert found @ found.T == pytest.approx(np.eye(4), abs=1e-12)
    assert found.sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-12)


@pytest.mark.parametrize(
    ("weights", "told"), [([1.0, 1.0], "must sum to 0"), ([1.0, -1.0, 0.0], "3 weights for 2")]
)
def test_a_contrast_that_is_none_is_refused(weights: list[float], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        contrasts.contrasts({"x": np.array(weights)}, np.ones(2), np.eye(2), 5.0)
