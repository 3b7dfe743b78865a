"""What is asked of a trial beyond means and letters, through the command, beside what R says.

Numbers typed in come from R 4.5 with nlme, MASS, lme4 and emmeans; the call stands beside each.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from agro.cli import run_command

Json = dict[str, Any]
Asked = Callable[..., Json]

# Potthoff and Roy (1964), Biometrika 51, 313–326: distance in mm at 8, 10, 12 and 14 years.
_GIRLS = (
    "21 20 21.5 23; 21 21.5 24 25.5; 20.5 24 24.5 26; 23.5 24.5 25 26.5; 21.5 23 22.5 23.5;"
    "20 21 21 22.5; 21.5 22.5 23 25; 23 23 23.5 24; 20 21 22 21.5; 16.5 19 19 19.5; 24.5 25 28 28"
)
_BOYS = (
    "26 25 29 31; 21.5 22.5 23 26.5; 23 22.5 24 27.5; 25.5 27.5 26.5 27; 20 23.5 22.5 26;"
    "24.5 25.5 27 28.5; 22 22 24.5 26.5; 24 21.5 24.5 25.5; 23 20.5 31 26; 27.5 28 31 31.5;"
    "23 23 23.5 25; 21.5 23.5 24 28; 17 24.5 26 29.5; 22.5 25.5 25.5 26; 23 24.5 26 30;"
    "22 21.5 23.5 25"
)
# Immer, Hayes, Powers (1934), J. Amer. Soc. Agron. 26, 403–419: barley in two years (MASS::immer).
_BARLEY = {
    "UF": "81.0 80.7 105.4 82.3 119.7 80.4 109.7 87.2 98.3 84.2",
    "W": "146.6 100.4 142.0 115.5 150.7 112.2 191.5 147.7 145.7 108.1",
    "M": "82.3 103.1 77.3 105.1 78.4 116.5 131.3 139.9 89.6 129.6",
    "C": "119.8 98.9 121.4 61.9 124.0 96.2 140.8 125.5 124.8 75.7",
    "GR": "98.9 66.4 89.0 49.9 69.1 96.7 89.3 61.9 104.1 80.3",
    "D": "86.9 67.7 77.1 66.7 78.9 67.4 101.8 91.8 96.0 94.1",
}
# Tippett (1950), Technological Applications of Statistics: breaks of yarn (R's warpbreaks).
_BREAKS = (
    "26 30 54 25 70 52 51 26 67 18 21 29 17 12 18 35 30 36 36 21 24 18 10 43 28 15 26 "
    "27 14 29 19 29 31 41 20 44 42 26 19 16 39 28 21 39 29 20 21 24 17 13 15 15 16 28"
)
# Engelstad, Parks (1971), agridat::engelstad.nitro: maize at Jackson in two years.
_MAIZE = {"1962": "46.5 59 71.9 73.1 74.5 75.5", "1965": "26.8 44.2 60.8 70.2 70.6 70.4"}


@pytest.fixture
def asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Asked:
    """The JSON document of a sheet of these lines under these options."""

    def run(lines: Iterable[str], *options: str) -> Json:
        sheet = tmp_path / "trial.csv"
        sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert run_command(["trial", "analyse", str(sheet), *options, "--json"]) == 0
        found: Json = json.loads(capsys.readouterr().out)
        return found

    return run


def _children() -> list[str]:
    lines = ["child,sex,age,distance"]
    for sex, of in (("F", _GIRLS), ("M", _BOYS)):
        for number, row in enumerate(of.split(";")):
            for age, value in zip((8, 10, 12, 14), row.split(), strict=True):
                lines.append(f"{sex}{number:02},{sex},{age},{value}")
    return lines


def _barley(lost: tuple[int, ...] = ()) -> list[str]:
    """All plots of 1931, then those of 1932; `lost` are without a value."""
    lines = ["place,year,block,variety,yield"]
    for year in (0, 1):
        for place, row in _BARLEY.items():
            for variety, value in zip("MSVTP", row.split()[year::2], strict=True):
                told = "" if len(lines) in lost else value
                lines.append(f"{place},{1931 + year},{place} {1931 + year},{variety},{told}")
    return lines


def _yarn() -> list[str]:
    cells = [(wool, tension) for wool in "AB" for tension in "LMH" for _ in range(9)]
    values = zip(cells, _BREAKS.split(), strict=True)
    return [
        "wool,tension,breaks",
        *(f"{wool},{tension},{value}" for (wool, tension), value in values),
    ]


def _maize() -> list[str]:
    lines = ["year,nitro,yield"]
    for year, row in _MAIZE.items():
        doses = zip((0, 67, 134, 201, 268, 335), row.split(), strict=True)
        lines += [f"{year},{dose},{value}" for dose, value in doses]
    return lines


_OF_CHILDREN = "--response distance --treatment sex --design repeated --subject child --time age"
_OF_BARLEY = (
    "--response yield --treatment variety --design multi-environment --environment place "
    "--block year"
)
_OF_YARN = "--response breaks --treatment wool,tension --design factorial"


def test_sphericity_of_repeated_measures(asked: Asked) -> None:
    """R: m <- lm(cbind(…) ~ Sex); mauchly.test(m, X = ~1); anova(m, X = ~1, test = "Spherical").

    R's p of Mauchly has the number of times in one place of Anderson's second term where the number
    of differences belongs; here that is 4e-5 of it, and ours is Anderson's.
    """
    found = asked(_children(), *_OF_CHILDREN.split())["sphericity"]
    assert found["mauchly"] == pytest.approx(0.735333448, rel=1e-8)
    assert found["p"] == pytest.approx(0.200089119, rel=1e-4)
    assert found["subjects"] == 27
    assert found["greenhouse_geisser"] == pytest.approx(0.8672, abs=5e-5)
    assert found["huynh_feldt"] == pytest.approx(0.9769, abs=5e-5)
    both = next(one for one in found["terms"] if one["term"] == "age:sex")
    assert (both["df"], both["ddf"]) == (3, 75)
    assert both["f"] == pytest.approx(2.36156, abs=5e-6)
    assert both["p"] == pytest.approx(0.07805826653, rel=1e-8)
    assert both["p_greenhouse_geisser"] == pytest.approx(0.08777441769, rel=1e-8)
    assert both["p_huynh_feldt"] == pytest.approx(0.0796678782, rel=1e-8)


def test_correlation_over_time(asked: Asked) -> None:
    """R: gls(distance ~ Sex * age, correlation = corCompSymm | corAR1 | corSymm + varIdent);
    lme(…, random = ~1 | Subject, correlation = corAR1())."""
    found = asked(_children(), *_OF_CHILDREN.split(), "--correlation")["correlation"]
    got = {one["model"]: one for one in found}
    for name, loglik, aic in (
        ("independent", -235.24542321, 488.49084642),
        ("compound symmetry", -211.704266414, 443.408532828),
        ("ar1", -217.273583238, 454.547166477),
        ("ar1 + subject", -211.646184069, 445.292368138),
        ("unstructured", -207.017400498, 450.034800997),
    ):
        assert got[name]["loglik"] == pytest.approx(loglik, abs=1e-6), name
        assert got[name]["aic"] == pytest.approx(aic, abs=2e-6), name
    assert got["compound symmetry"]["estimates"]["rho"] == pytest.approx(0.624547239, abs=1e-6)
    assert got["ar1"]["estimates"]["rho"] == pytest.approx(0.615266249, abs=1e-5)
    assert got["ar1 + subject"]["estimates"]["rho"] == pytest.approx(-0.0582207, abs=1e-4)
    kept = got["ar1 + subject"]["estimates"]
    assert kept["subject_variance"] == pytest.approx(3.34232966683, rel=1e-3)
    assert kept["variance"] == pytest.approx(1.92061624191, rel=1e-3)
    assert [one["model"] for one in found if one["chosen"]] == ["compound symmetry"]


def test_a_trend_within_the_levels_of_another_factor(asked: Asked) -> None:
    """R: contrast(emmeans(lmer(distance ~ Sex * factor(age) + (1 | S)), ~age | Sex), "poly")."""
    options = (*_OF_CHILDREN.split(), "--quantitative", "age", "--by", "sex")
    found = asked(_children(), *options)
    line = {one["by"]["sex"]: one for one in found["trend"] if one["name"] == "linear"}
    for sex, estimate, se, t in (
        ("M", 3.50783163970, 0.351340102106, 9.98414817630),
        ("F", 2.14459246933, 0.423732106360, 5.06119889699),
    ):
        assert line[sex]["estimate"] == pytest.approx(estimate, rel=1e-8)
        assert line[sex]["se"] == pytest.approx(se, rel=1e-6)
        assert line[sex]["t"] == pytest.approx(t, rel=1e-6)
        assert line[sex]["df"] == pytest.approx(75.0, rel=1e-6)
    best = {one["by"]["sex"]: one["shape"] for one in found["curves"] if one["best"]}
    assert best == {"F": "linear", "M": "linear"}


def test_a_curve_leaves_out_what_belongs_to_the_subjects(asked: Asked) -> None:
    """R: coef(lm(distance ~ factor(Subject) + age + I(age^2)))."""
    found = asked(_children(), *_OF_CHILDREN.split(), "--quantitative", "age")["curves"]
    bent = next(one for one in found if one["shape"] == "quadratic")["parameters"]
    assert bent["linear"] == pytest.approx(0.0236111111111296, abs=1e-9)
    assert bent["quadratic"] == pytest.approx(0.0289351851851843, rel=1e-9)


def test_heritability_of_barley(asked: Asked) -> None:
    """R: lmer(yield ~ place + (1 | place:year) + (1 | variety) + (1 | place:variety)) and the
    prediction error variance σ²I − σ⁴Z'PZ of its variances."""
    found = asked(_barley(), *_OF_BARLEY.split(), "--genotypes")["heritability"]
    assert found["genetic_variance"] == pytest.approx(92.1535060423, rel=1e-4)
    assert found["interaction_variance"] == pytest.approx(46.7411462351, rel=1e-4)
    assert found["residual_variance"] == pytest.approx(128.168588443, rel=1e-4)
    assert found["cullis"] == pytest.approx(0.833030465177393, rel=1e-5)
    assert found["piepho"] == pytest.approx(0.833030461888866, rel=1e-5)
    assert found["broad_sense"] == pytest.approx(0.833030465177393, rel=1e-5)
    assert found["plots"] == pytest.approx(12.0)
    total = 92.1535060423 + 46.7411462351 + 128.168588443
    assert found["plot_basis"] == pytest.approx(92.1535060423 / total, rel=1e-4)
    effects = {one["level"]: one for one in found["blups"]}
    for variety, effect in (
        ("M", -5.57991573258031),
        ("P", 1.20928255861545),
        ("S", -8.29420666494999),
        ("T", 14.25315125918484),
        ("V", -1.58831142027196),
    ):
        assert effects[variety]["effect"] == pytest.approx(effect, rel=1e-5)
        assert effects[variety]["se"] == pytest.approx(5.54438126731724, rel=1e-4)
    mean = sum(float(line.split(",")[-1]) for line in _barley()[1:]) / 60.0
    assert effects["T"]["predicted"] == pytest.approx(mean + 14.25315125918484, rel=1e-6)


def test_few_levels_are_genotypes_only_where_somebody_says_so(asked: Asked) -> None:
    assert asked(_barley(), *_OF_BARLEY.split())["heritability"] is None


def test_stability_of_barley(asked: Asked) -> None:
    """R: lm(T[i, ] ~ colMeans(T) - mean(T)); svd of the doubly centred means; Gollob's F against
    the residual of lm(yield ~ place * variety + place:year)."""
    found = asked(_barley(), *_OF_BARLEY.split())["stability"]
    lines = {one["level"]: one for one in found["genotypes"]}
    for variety, slope, se, deviation, ecovalence in (
        ("M", 0.843999388527463, 0.143845793153011, 43.9094716267352, 227.281483333333),
        ("P", 0.614884738180805, 0.126880039676526, 34.1625666701882, 451.385483333333),
        ("T", 1.60864753923773, 0.20001109435928, 84.8930335545261, 1125.7044),
    ):
        assert lines[variety]["slope"] == pytest.approx(slope, rel=1e-8)
        assert lines[variety]["slope_se"] == pytest.approx(se, rel=1e-8)
        assert lines[variety]["deviation_ms"] == pytest.approx(deviation, rel=1e-8)
        assert lines[variety]["ecovalence"] == pytest.approx(ecovalence, rel=1e-8)
    squares = [one["sum_sq"] for one in found["axes"]]
    assert squares == pytest.approx(
        [2902.97771861179, 916.674518993485, 575.30084538112, 38.064583680271], rel=1e-8
    )
    assert sum(squares) == pytest.approx(4433.017666667, rel=1e-9)
    assert found["axes"][0]["df"] == 8
    assert found["axes"][0]["f"] == pytest.approx(squares[0] / 8 / 128.168583333, rel=1e-8)
    assert sum(one["residual_df"] for one in found["environments"]) == 24


def test_blocks_that_stand_for_themselves(asked: Asked) -> None:
    """R: f <- lm(yield ~ block + variety), three plots lost; emmeans(f, ~variety), car::Anova(f),
    rstandard(f)."""
    options = "--response yield --treatment variety --design rcbd --block block --blocks fixed"
    found = asked(_barley(lost=(1, 20, 33)), *options.split())
    rows = {one["term"]: one for one in found["anova"]}
    assert rows["block"]["f"] == pytest.approx(16.13121774858, rel=1e-8)
    assert rows["block"]["sum_sq"] == pytest.approx(31112.5320001, rel=1e-8)
    assert rows["variety"]["f"] == pytest.approx(7.16408940197, rel=1e-8)
    assert rows["variety"]["p"] == pytest.approx(1.80323318874e-4, rel=1e-7)
    assert rows["Residual"]["mean_sq"] == pytest.approx(175.337785658504, rel=1e-8)
    means = {one["levels"]["variety"]: one for one in found["means"]}
    assert means["M"]["mean"] == pytest.approx(96.1030165150, rel=1e-8)
    assert means["M"]["se"] == pytest.approx(4.03404966491, rel=1e-8)
    assert means["M"]["df"] == pytest.approx(41.0)
    assert means["S"]["lower"] == pytest.approx(83.4136443433, rel=1e-8)
    scaled = [one["standardised"] for one in found["residuals"][:4]]
    assert scaled == pytest.approx(
        [0.805237908282, 1.377199195023, -1.270113217772, -0.910674343622], rel=1e-7
    )
    assert [one["index"] for one in found["residuals"][:4]] == [1, 2, 3, 4]
    assert len(found["residuals"]) == 57


def test_residuals_of_a_mixed_model(asked: Asked) -> None:
    """R: residuals(lmer(yield ~ variety + (1 | block))), three plots lost."""
    options = "--response yield --treatment variety --design rcbd --block block"
    found = asked(_barley(lost=(1, 20, 33)), *options.split())["residuals"]
    assert [one["residual"] for one in found[:4]] == pytest.approx(
        [9.22421867306248, 15.31702396418987, -13.5424479936042, -9.39217492408558], abs=1e-3
    )
    for one in found:
        line = _barley()[one["index"] + 1]
        assert one["fitted"] + one["residual"] == pytest.approx(float(line.split(",")[-1]))


@pytest.mark.parametrize(
    ("scale", "wanted"),
    [
        pytest.param(
            "log",
            {
                "L": (33.1208125981, 27.7412879141, 39.5435219358),
                "M": (24.8544824345, 20.8175856534, 29.6742046543),
                "H": (20.3054054269, 17.0073755434, 24.2429814345),
            },
            id="emmeans(lm(log(breaks) ~ wool * tension), ~tension, type = 'response')",
        ),
        pytest.param(
            "sqrt",
            {
                "L": (34.7258319472, 29.4683960943, 40.4145703966),
                "M": (25.6268997122, 21.1408601689, 30.5442418519),
                "H": (20.9699044778, 16.9324688387, 25.4386427134),
            },
            id="emmeans(lm(sqrt(breaks) ~ wool * tension), ~tension, type = 'response')",
        ),
    ],
)
def test_means_taken_back(
    scale: str, wanted: dict[str, tuple[float, float, float]], asked: Asked
) -> None:
    found = asked(_yarn(), *_OF_YARN.split(), "--transform", scale)
    assert found["transformation"]["name"] == scale
    assert found["model"].startswith(f"{scale}(breaks) ~ ")
    got = {one["levels"].get("tension"): one for one in found["transformation"]["means"]
           if one["term"] == "tension"}  # fmt: skip
    for tension, (back, lower, upper) in wanted.items():
        assert got[tension]["back"] == pytest.approx(back, rel=1e-10)
        assert got[tension]["back_lower"] == pytest.approx(lower, rel=1e-10)
        assert got[tension]["back_upper"] == pytest.approx(upper, rel=1e-10)


def test_a_power_is_advised_and_not_applied(asked: Asked) -> None:
    """R: boxcox(breaks ~ wool * tension, lambda = seq(-2, 2, 1e-4))."""
    found = asked(_yarn(), *_OF_YARN.split())
    (advice,) = found["advice"]
    assert advice["power"] == pytest.approx(-0.0333, abs=1e-4)
    assert advice["lower"] == pytest.approx(-0.5744, abs=2e-4)
    assert advice["upper"] == pytest.approx(0.4982, abs=2e-4)
    assert advice["suggests"] == "log"
    assert found["transformation"] is None
    assert found["model"].startswith("breaks ~ ")


def test_the_best_power_is_applied_where_it_is_asked_for(asked: Asked) -> None:
    """Near the logarithm, the means taken back are near those of the logarithm."""
    found = asked(_yarn(), *_OF_YARN.split(), "--transform", "boxcox")
    assert found["transformation"]["power"] == pytest.approx(-0.0333, abs=1e-4)
    low = [one for one in found["transformation"]["means"] if one["levels"] == {"tension": "L"}]
    assert low[0]["back"] == pytest.approx(33.12, abs=0.2)
    assert low[0]["back_lower"] < low[0]["back"] < low[0]["back_upper"]


@pytest.mark.parametrize("contrast", ["L vs M,H", "x=-1/2,1,-1/2", "tension: L vs H,M"])
def test_a_contrast_as_it_is_written(contrast: str, asked: Asked) -> None:
    """R: contrast(emmeans(lm(log(breaks) ~ wool * tension), ~tension), list(x = c(1, -.5, -.5)));
    levels are ordered as text: H, L, M."""
    options = ("--transform", "log", "--contrast", contrast)
    (found,) = asked(_yarn(), *_OF_YARN.split(), *options)["contrasts"]
    assert found["term"] == "tension"
    assert found["estimate"] == pytest.approx(0.388199242323, rel=1e-9)
    assert found["se"] == pytest.approx(0.107962824936, rel=1e-9)
    assert found["df"] == pytest.approx(48.0)
    assert found["t"] == pytest.approx(3.59567510904, rel=1e-9)
    assert found["p"] == pytest.approx(0.000761810461991, rel=1e-7)
    assert found["lower"] == pytest.approx(0.171125433976, rel=1e-8)
    assert found["upper"] == pytest.approx(0.60527305067, rel=1e-8)


def test_curves_over_the_dose_of_unreplicated_trials(asked: Asked) -> None:
    """R: nls(yield ~ ymax - k / 2 * pmax(M - nitro, 0)^2), Jackson 1962; the plateau of 1965."""
    options = (
        "--response yield --treatment nitro --design multi-environment --environment year "
        "--quantitative nitro --by year --price-ratio 0.09565217391304348"
    )
    found = asked(_maize(), *options.split())
    got = {(one["by"]["year"], one["shape"]): one for one in found["curves"]}
    bent = got["1962", "quadratic-plateau"]
    assert bent["parameters"]["ymax"] == pytest.approx(74.7425790424644, rel=1e-6)
    assert bent["parameters"]["ymax_se"] == pytest.approx(1.07533705942455, rel=1e-4)
    assert bent["parameters"]["join"] == pytest.approx(225.340393107832, rel=1e-6)
    assert bent["parameters"]["join_se"] == pytest.approx(26.7385940677824, rel=1e-4)
    assert bent["optimum_lower"] < bent["optimum"] < bent["optimum_upper"]
    assert bent["economic_optimum"] == pytest.approx(140.783629200723, rel=1e-6)
    assert got["1962", "linear-plateau"]["best"]
    assert got["1962", "linear-plateau"]["rss"] == pytest.approx(2.93333333333, rel=1e-8)
    assert got["1962", "quadratic"]["parameters"]["linear"] == pytest.approx(0.220101279317697)
    assert sum(one["best"] for one in found["curves"]) == 2
    assert {tuple(one["by"]) for one in found["trend"]} == {()}  # no plot tells them apart


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--contrast", "L vs X"), "'X' is no level of tension"),
        (("--contrast", "L vs L,M"), "'L' is on both sides"),
        (("--contrast", "L"), "write it as 'A vs B,C' or 'name=1,-1,0'"),
        (("--contrast", "x=1,1,-1"), "must sum to 0"),
        (("--contrast", "x=1,-1,0,0"), "has 4 weights; levels: wool has 2, tension has 3"),
        (("--quantitative", "tension"), "'H' is no number; write doses"),
        (("--quantitative", "yarn"), "yarn is not among the treatments (wool, tension)"),
        (("--transform", "arcsine"), "divide percents by 100"),
        (("--transform", "lg"), "did you mean log or"),
        (("--blocks", "foxed"), "did you mean fixed?"),
        (("--correlation",), "of a repeated trial: factorial"),
        (("--spatial",), "needs rows and columns"),
    ],
)
def test_what_cannot_be_asked_is_told(
    options: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "yarn.csv"
    sheet.write_text("\n".join(_yarn()) + "\n", encoding="utf-8")
    assert run_command(["trial", "analyse", str(sheet), *_OF_YARN.split(), *options]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.out == ""


def test_a_logarithm_of_nothing_names_the_plot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _yarn()
    lines[3] = "A,L,0"
    sheet = tmp_path / "yarn.csv"
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["trial", "analyse", str(sheet), *_OF_YARN.split(), "--transform", "log"]
    assert run_command(command) == 2
    assert "log is not defined for 0 (plot 3)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "options", "shown"),
    [
        pytest.param(
            _children(),
            (*_OF_CHILDREN.split(), "--correlation", "--quantitative", "age"),
            ("Mauchly's W 0.7353", "Huynh–Feldt", "compound symmetry", "Trend over the dose"),
            id="repeated",
        ),
        pytest.param(
            _barley(),
            (*_OF_BARLEY.split(), "--genotypes", "--contrast", "T vs M,P,S,V"),
            ("Heritability of variety", "Axes of the interaction", "ecovalence", "T vs M,P,S,V"),
            id="environments",
        ),
        pytest.param(
            _yarn(),
            (*_OF_YARN.split(), "--transform", "sqrt"),
            ("on the scale sqrt", "Means taken back"),
            id="scale",
        ),
    ],
)
def test_people_see_it(
    lines: list[str],
    options: tuple[str, ...],
    shown: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = tmp_path / "trial.csv"
    sheet.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run_command(["trial", "analyse", str(sheet), *options]) == 0
    out = capsys.readouterr().out
    assert [one for one in shown if one not in out] == []


def test_a_lost_plot_and_the_worth_of_blocks(asked: Asked) -> None:
    """R: f <- lm(yield ~ block + variety), the first plot lost; predict(f, lost);
    2.7 of Gomez and Gomez from anova(lm(yield ~ block + variety)) of all plots."""
    options = "--response yield --treatment variety --design rcbd --block block"
    found = asked(_barley(lost=(1,)), *options.split())
    (lost,) = found["missing_plots"]
    assert lost["index"] == 0
    assert lost["levels"] == {"block": "UF 1931", "variety": "M"}
    assert lost["estimate"] == pytest.approx(101.6204545455, rel=1e-9)
    assert found["efficiency"] is None
    whole = asked(_barley(), *options.split())
    assert whole["missing_plots"] == []
    assert whole["efficiency"]["value"] == pytest.approx(3.983030727892, rel=1e-9)
    (mine,) = whole["precision"]
    assert mine["lsd"] == pytest.approx(10.74843406571, rel=1e-9)
    assert mine["hsd"] == pytest.approx(15.16828631389, rel=1e-6)
