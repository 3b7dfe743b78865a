"""Error strata against R 4.2.2 `aov(… + Error(…))`, on trials that have been in print for long."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.trials import least_squares, strata
from models.trials.model import Term, crossed, model
from models.trials.sheet import Factor, Trial, factor

# Yates 1935, J. R. Stat. Soc. suppl. 2, 181: oats, 1/80 acre, six blocks from left to right.
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
# R's `npk`: peas, levels of N, P and K, yield in lb per plot of 1/70 acre; one line a block.
PEAS = (
    {"011": 49.5, "110": 62.8, "000": 46.8, "101": 57.0},
    {"100": 59.8, "111": 58.5, "001": 55.5, "010": 56.0},
    {"010": 62.8, "111": 55.8, "100": 69.5, "001": 55.0},
    {"100": 62.0, "111": 48.8, "001": 45.5, "010": 44.2},
    {"110": 52.0, "000": 51.5, "101": 49.8, "011": 48.8},
    {"101": 57.2, "110": 59.0, "011": 53.2, "000": 56.0},
)
# Goulden 1952: dusting of wheat against stem rust, a 5 × 5 Latin square, bushels per acre.
RUST = ("AEDCB", "EBCDA", "DCABE", "CABED", "BDEAC")
RUST_YIELD = (
    (9.3, 6.3, 11.8, 15.9, 7.6),
    (5.3, 7.6, 13.2, 8.6, 4.9),
    (7.6, 15.4, 6.5, 6.0, 4.6),
    (9.3, 4.0, 6.2, 5.1, 5.4),
    (4.9, 6.4, 3.3, 9.5, 11.8),
)
# Gomez & Gomez 1984, table 2.5: rice, kg/ha at six seed rates (kg/ha) in four blocks.
SEED_RATE = {
    "25": (5113, 5398, 5307, 4678),
    "50": (5346, 5952, 4719, 4264),
    "75": (5272, 5713, 5483, 4749),
    "100": (5164, 4831, 4986, 4410),
    "125": (4804, 4848, 4432, 4748),
    "150": (5254, 4542, 4919, 4098),
}


def oats() -> Trial:
    plots = [
        (gen, nitro, f"B{block}", value)
        for (gen, nitro), values in OATS.items()
        for block, value in enumerate(values, start=1)
    ]
    names = {name: factor(plot[at] for plot in plots) for at, name in enumerate(("gen", "nitro"))}
    blocks = {"block": factor(plot[2] for plot in plots)}
    return Trial(np.array([plot[3] for plot in plots], float), names | blocks, {}, "yield")


def peas() -> Trial:
    plots = [
        (*given_, str(block), value)
        for block, one in enumerate(PEAS, start=1)
        for given_, value in one.items()
    ]
    names = ("N", "P", "K", "block")
    factors = {name: factor(str(plot[at]) for plot in plots) for at, name in enumerate(names)}
    return Trial(np.array([float(plot[4]) for plot in plots]), factors, {}, "yield")


def rust() -> Trial:
    places = [(row, col) for row in range(5) for col in range(5)]
    factors = {
        "row": factor(str(row) for row, _ in places),
        "col": factor(str(col) for _, col in places),
        "trt": factor(RUST[row][col] for row, col in places),
    }
    return Trial(np.array([RUST_YIELD[row][col] for row, col in places]), factors, {}, "yield")


def seed_rate() -> Trial:
    plots = [(rate, f"R{at}", v) for rate, line in SEED_RATE.items() for at, v in enumerate(line)]
    factors = {"rate": factor(p[0] for p in plots), "rep": factor(p[1] for p in plots)}
    return Trial(np.array([p[2] for p in plots], float), factors, {}, "yield")


def table(fit: strata.Strata) -> list[tuple[str | None, str, float, float, float]]:
    return [(row.stratum, row.term, row.df, row.sum_sq, row.f) for row in strata.anova(fit)]


@pytest.mark.parametrize(
    ("trial", "terms", "errors", "wanted"),
    [
        pytest.param(
            # summary(aov(yield ~ gen * nitro + Error(block/gen)))
            oats(),
            crossed(("gen", "nitro")),
            (("block",), ("block", "gen")),
            [
                ("block", "Residual", 5, 15875.2777777778, np.nan),
                ("block:gen", "gen", 2, 1786.36111111111, 1.48534037943634),
                ("block:gen", "Residual", 10, 6013.30555555556, np.nan),
                ("Within", "nitro", 3, 20020.5, 37.6856470588235),
                ("Within", "gen:nitro", 6, 321.75, 0.302823529411765),
                ("Within", "Residual", 45, 7968.75, np.nan),
            ],
            id="Yates 1935 oats, split plot",
        ),
        pytest.param(
            # summary(aov(yield ~ N * P * K + Error(block), npk))
            peas(),
            crossed(("N", "P", "K")),
            (("block",),),
            [
                ("block", "K:N:P", 1, 37.0016666666666, 0.483218701027337),
                ("block", "Residual", 4, 306.293333333333, np.nan),
                ("Within", "N", 1, 189.281666666667, 12.2587342136509),
                ("Within", "P", 1, 8.40166666666667, 0.544129816860362),
                ("Within", "K", 1, 95.2016666666666, 6.16568920231713),
                ("Within", "N:P", 1, 21.2816666666667, 1.37829669341202),
                ("Within", "K:N", 1, 33.135, 2.14597200733998),
                ("Within", "K:P", 1, 0.48166666666667, 0.031194905191955),
                ("Within", "Residual", 12, 185.286666666666, np.nan),
            ],
            id="npk, three factors with N:P:K confounded",
        ),
        pytest.param(
            # summary(aov(yield ~ trt + Error(row + col)))
            rust(),
            (("trt",),),
            (("row",), ("col",)),
            [
                ("row", "Residual", 4, 46.668, np.nan),
                ("col", "Residual", 4, 14.02, np.nan),
                ("Within", "trt", 4, 196.608, 21.0320924261874),
                ("Within", "Residual", 12, 28.044, np.nan),
            ],
            id="Goulden 1952 stem rust, Latin square",
        ),
        pytest.param(
            # summary(aov(yield ~ rate + Error(rep))); rate is a factor
            seed_rate(),
            (("rate",),),
            (("rep",),),
            [
                ("rep", "Residual", 3, 1944360.83333333, np.nan),
                ("Within", "rate", 5, 1198330.83333333, 2.16777868149536),
                ("Within", "Residual", 15, 1658376.16666667, np.nan),
            ],
            id="Gomez & Gomez table 2.5 seed rates, blocks",
        ),
    ],
)
def test_table_as_r(
    trial: Trial,
    terms: tuple[Term, ...],
    errors: tuple[Term, ...],
    wanted: list[tuple[str, str, float, float, float]],
) -> None:
    fit = strata.strata(trial, terms, errors)
    found = table(fit)
    assert [row[:3] for row in found] == [row[:3] for row in wanted]
    numbers = [row[3:] for row in found]
    np.testing.assert_allclose(numbers, [row[3:] for row in wanted], rtol=1e-12)
    assert strata.orthogonal(fit)


def test_trap_split_plot_analysed_as_blocks() -> None:
    """Varieties on main plots: p .272 against their own error, not .037 against the sub-plots'."""
    right = strata.anova(
        strata.strata(oats(), crossed(("gen", "nitro")), (("block",), ("block", "gen")))
    )
    wrong = strata.anova(strata.strata(oats(), crossed(("gen", "nitro")), (("block",),)))
    assert next(r.p for r in right if r.term == "gen") == pytest.approx(0.272386856735206, rel=1e-9)
    assert next(r.p for r in wrong if r.term == "gen") == pytest.approx(0.0366463515404921)


def test_trap_main_plot_means_given_the_error_of_sub_plots() -> None:
    # sqrt(2 * 601.3306 / 24), sqrt(2 * 177.0833 / 18): Yates' own standard errors
    fit = strata.strata(oats(), crossed(("gen", "nitro")), (("block",), ("block", "gen")))
    gen, nitro = (strata.stratum_means(fit, (name,)) for name in ("gen", "nitro"))
    assert (gen.stratum, gen.df, nitro.stratum, nitro.df) == ("block:gen", 10, "Within", 45)
    assert gen.sed[0, 1] == pytest.approx(7.07890384379034, rel=1e-12)
    assert gen.lsd[0, 1] == pytest.approx(15.7727806838242, rel=1e-9)
    assert nitro.sed[0, 1] == pytest.approx(4.43575539518648, rel=1e-12)
    np.testing.assert_allclose(gen.mean, [104.5, 109.791666666667, 97.625], rtol=1e-12)
    assert gen.levels == (("GoldenRain",), ("Marvellous",), ("Victory",))


def test_trap_one_residual_for_all_sizes_of_plots() -> None:
    """Blocks apart or not, nothing but main plots judges what lies on main plots."""
    pooled = strata.anova(strata.strata(oats(), crossed(("gen", "nitro")), ()))
    assert next(r.f for r in pooled if r.term == "gen") < 1.8  # and nitro falls from 37.7 to 13
    assert next(r.f for r in pooled if r.term == "nitro") < 14.0


def test_trap_blocks_forgotten() -> None:
    # anova(lm(yield ~ rate)): F 1.197, p .350 instead of 2.168, .113
    wrong = strata.anova(strata.strata(seed_rate(), (("rate",),), ()))
    assert wrong[0].f == pytest.approx(1.19742046116605)
    assert wrong[0].stratum == "Within"


def test_trap_rows_and_columns_forgotten() -> None:
    wrong = strata.anova(strata.strata(rust(), (("trt",),), ()))
    assert wrong[0].f == pytest.approx(11.0787540008114)


def test_trap_number_that_is_a_level() -> None:
    """A seed rate is a factor of six levels with 5 degrees of freedom, not a slope with 1."""
    assert strata.anova(strata.strata(seed_rate(), (("rate",),), (("rep",),)))[1].df == 5


def test_trap_interaction_confounded_with_blocks_is_said() -> None:
    fit = strata.strata(peas(), crossed(("N", "P", "K")), (("block",),))
    (found,) = strata.confounded(fit, ("block",))
    assert found.code == "confounded_with_blocks"
    assert dict(found.facts) == {"term": "K:N:P", "stratum": "block", "residual_df": 4}


def test_what_subjects_were_given_is_not_called_confounded() -> None:
    """Repeated measures: the treatment differs between subjects, as it must."""
    plots = [(s, "ab"[s % 2], t) for s in range(6) for t in range(3)]
    factors = {
        name: factor(str(plot[at]) for plot in plots)
        for at, name in enumerate(("subject", "diet", "day"))
    }
    response = np.arange(18.0) ** 2 % 7
    fit = strata.strata(
        Trial(response, factors, {}, "y"), crossed(("diet", "day")), (("subject",),)
    )
    assert strata.orthogonal(fit)
    assert strata.confounded(fit, ("subject",)) == ()
    assert [one.df for one in fit.strata] == [4, 8]


def test_lost_plot_in_a_block_is_not_orthogonal() -> None:
    trial = seed_rate()
    trial.response[3] = np.nan
    fit = strata.strata(trial, (("rate",),), (("rep",),))
    assert not strata.orthogonal(fit)
    with pytest.raises(ValueError, match="in 2 strata, not in 1; use REML"):
        strata.stratum_means(fit, ("rate",))


def test_factors_unequally_replicated_are_not_orthogonal() -> None:
    """Without blocks a single stratum holds all, yet the order of the factors changes the table."""
    trial = oats()
    trial.response[:5] = np.nan
    assert not strata.orthogonal(strata.strata(trial, crossed(("gen", "nitro")), ()))
    assert strata.orthogonal(strata.strata(trial, (("gen",),), ()))


def test_saturated_trial_has_no_test() -> None:
    trial = seed_rate()
    fit = strata.strata(trial, crossed(("rate", "rep")), ())
    rows = strata.anova(fit)
    assert "Residual" not in [row.term for row in rows]
    assert all(np.isnan(row.f) and np.isnan(row.p) for row in rows)
    assert np.isnan(fit.cv_percent)


def test_residual_variation_in_percent_of_the_mean() -> None:
    # 100 * sigma(lm(yield ~ rep + rate)) / mean(yield)
    fit = strata.strata(seed_rate(), (("rate",),), (("rep",),))
    assert fit.cv_percent == pytest.approx(6.70425774561566, rel=1e-12)


LEVELS = st.integers(min_value=2, max_value=4)


@given(LEVELS, LEVELS, LEVELS, st.integers(min_value=0, max_value=2**32 - 1), st.booleans())
def test_sums_of_squares_add_up(blocks: int, mains: int, subs: int, seed: int, far: bool) -> None:
    """Over all strata they give the total about the mean; degrees of freedom give plots − 1."""
    places = np.indices((blocks, mains, subs)).reshape(3, -1)
    factors = {
        name: Factor(tuple(str(level) for level in range(codes.max() + 1)), codes)
        for name, codes in zip(("block", "a", "b"), places, strict=True)
    }
    response = np.random.default_rng(seed).normal(size=places.shape[1]) + (1e5 if far else 0.0)
    trial = Trial(response, factors, {}, "y")
    fit = strata.strata(trial, crossed(("a", "b")), (("block",), ("block", "a")))
    rows = strata.anova(fit)
    assert sum(row.df for row in rows) == len(response) - 1
    total = float(np.sum((response - response.mean()) ** 2))
    assert sum(row.sum_sq for row in rows) == pytest.approx(total, rel=1e-9)
    assert strata.orthogonal(fit)


@given(st.permutations(range(24)))
def test_order_of_the_sheet_changes_nothing(order: list[int]) -> None:
    trial = seed_rate()
    factors = {name: Factor(one.levels, one.codes[order]) for name, one in trial.factors.items()}
    shuffled = Trial(trial.response[order], factors, {}, "yield")
    found = table(strata.strata(shuffled, (("rate",),), (("rep",),)))
    wanted = table(strata.strata(trial, (("rate",),), (("rep",),)))
    assert [row[:3] for row in found] == [row[:3] for row in wanted]
    np.testing.assert_allclose([r[3:] for r in found], [r[3:] for r in wanted], rtol=1e-10)


def test_column_names_are_never_formulas() -> None:
    """`yield` is a keyword, `inf` a number, `C` a function, and a colon joins terms."""
    trial = seed_rate()
    odd = Trial(
        trial.response,
        {"C(inf): yield": trial.factors["rate"], "lambda": trial.factors["rep"]},
        {},
        "if",
    )
    rows = strata.anova(strata.strata(odd, (("C(inf): yield",),), (("lambda",),)))
    assert rows[1].term == "C(inf): yield"
    assert rows[1].f == pytest.approx(2.16777868149536)


def test_unknown_column_is_named() -> None:
    with pytest.raises(ValueError, match="no such column: variety"):
        model(oats(), (("variety",),))


def test_least_squares_says_the_same_of_a_balanced_trial() -> None:
    fitted = least_squares.fit(seed_rate(), (("rep",), ("rate",)))
    f = least_squares.anova(fitted, 1)[1].f
    assert f == pytest.approx(2.16777868149536, rel=1e-12)
