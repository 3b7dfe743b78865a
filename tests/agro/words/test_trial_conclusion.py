"""What is said of a trial: never more than its figures hold, and alike in both languages."""

import re
from dataclasses import replace
from math import nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agro.words import LANGUAGES, say
from agro.words.trial_conclusion import Conclusion, conclusion
from models.trials.results import (
    Analysis,
    AnovaRow,
    Check,
    Comparison,
    Mean,
    Scale,
    VarianceComponent,
    Warning,
)

ALPHA = 0.05

BANNED = re.compile(
    r"prouv|démontr|aucun effet|pas d’effet|sans effet|identique|pareil|équivalent|meilleur|"
    r"prove|demonstrat|no effect|the same|identical|equivalent|\bbest\b|better|worse|sans doute",
    re.IGNORECASE,
)
CLAIM = {
    "fr": ("change le rendement", "on observe"),
    "en": ("changes yield", "is seen in yield"),
    "fi": ("vaikuttaa sadon", "näkyy ero sadon"),
}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def whole(told: Conclusion) -> str:
    return " | ".join([told.headline, *told.sentences, *told.cautions, told.method])


def figures(text: str, language: str) -> list[str]:
    """All numbers, written one way."""
    decimal, thousands = say(language).decimal, say(language).thousands
    text = re.sub(rf"(?<=\d){thousands}(?=\d)", "", text)
    return sorted(re.findall(r"\d+(?:\.\d+)?", text.replace(decimal, ".")))


def mean(term: str, value: float, letters: str = "", **levels: str) -> Mean:
    return Mean(term, levels, value, 0.5, 20.0, value - 1.0, value + 1.0, letters)


def gap(term: str, a: str, b: str, difference: float, reach: float, **more: Any) -> Comparison:
    told: dict[str, Any] = {"by": {}, "p": 0.5, "adjust": "tukey"} | more
    return Comparison(
        term=term,
        a=a,
        b=b,
        difference=difference,
        se=reach / 2.5,
        df=20.0,
        lower=difference - reach,
        upper=difference + reach,
        **told,
    )


def row(term: str, p: float) -> AnovaRow:
    return AnovaRow("Within", term, 1.0, None, 1.0, 1.0, 4.0, p)


def analysis(**changed: Any) -> Analysis:
    """A trial of two varieties in five blocks."""
    whole: dict[str, Any] = {
        "design": "rcbd",
        "response": "yield",
        "n": 10,
        "missing": 0,
        "model": "yield ~ gen + Error(block)",
        "anova": (row("gen", 0.02), AnovaRow("Within", "Residual", 4, None, 1.0, 1.0, nan, nan)),
        "variance_components": (VarianceComponent("block", 0.3), VarianceComponent("Residual", 1)),
        "means": (mean("gen", 50.0, "a", gen="Golden Rain"), mean("gen", 44.7, "b", gen="Victory")),
        "comparisons": (gap("gen", "Golden Rain", "Victory", 5.3, 4.5, p=0.02),),
        "assumptions": (Check("shapiro-wilk", 0.97, 0.6, True),),
        "cv_percent": 9.0,
        "warnings": (),
    }
    return Analysis(**whole | changed)


def told(of: Analysis, language: str = "fr", **more: Any) -> Conclusion:
    return conclusion(of, say(language), **{"unit": "q/ha", **more})


def test_a_difference_is_said_with_its_size_share_interval_and_test() -> None:
    assert plain(told(analysis()).headline) == (
        "La variété change le rendement (p = 0,02) : Golden Rain dépasse Victory de 5,3 q/ha, "
        "soit 11 % de la moyenne générale (intervalle à 95 % : de 0,8 à 9,8 q/ha)."
    )
    assert plain(told(analysis(), "en").headline) == (
        "The variety changes yield (p = 0.02): Golden Rain is above Victory by 5.3 q/ha, "
        "11% of the overall mean (95% interval: 0.8 to 9.8 q/ha)."
    )
    assert plain(told(analysis()).method) == (
        "Dispositif : blocs complets randomisés, 10 placettes mesurées ; analyse de variance à une "
        "seule erreur, modèle yield ~ gen + Error(block) ; p ajustées par Tukey ; seuil de 5 %."
    )
    assert told(analysis()).cautions == ()


def test_where_nothing_is_shown_what_could_have_been_missed_is() -> None:
    nothing = analysis(
        anova=(row("gen", 0.27),),
        comparisons=(gap("gen", "Victory", "Golden Rain", -5.3, 9.4, p=0.27),),
    )
    # t of 20 degrees of freedom at 0.8 is 0.860; 9.4 + 0.860 × 9.4 / 2.5 = 12.6
    assert plain(told(nothing).headline) == (
        "Cet essai ne montre pas de différence entre variétés sur le rendement (p = 0,27) : la "
        "plus grande observée est de 5,3 q/ha, soit 11 % de la moyenne générale (Golden Rain "
        "au-dessus de Victory ; intervalle à 95 % : de −4,1 à 14,7 q/ha), et il n’aurait pas vu de "
        "façon fiable une différence de moins de 12,6 q/ha."
    )
    assert plain(told(nothing).sentences[0]) == (
        "Face à Victory, Golden Rain peut se trouver de 4,1 q/ha plus bas à 14,7 q/ha plus haut : "
        "les données s’accordent avec tout ce qui est entre les deux."
    )


def _crossed(p: float, *, letters: str = "") -> Analysis:
    cells = {("A", "0"): 10.0, ("A", "80"): 12.0, ("B", "0"): 10.5, ("B", "80"): 16.0}
    names = list(cells)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    return analysis(
        design="split-plot",
        anova=(row("gen", 0.001), row("nitro", 0.001), row("gen:nitro", p)),
        means=(
            mean("gen", 11.0, "b", gen="A"),
            mean("gen", 13.25, "a", gen="B"),
            mean("nitro", 10.25, "b", nitro="0"),
            mean("nitro", 14.0, "a", nitro="80"),
            *(mean("gen:nitro", value, letters, gen=g, nitro=n) for (g, n), value in cells.items()),
        ),
        comparisons=(
            gap("gen", "A", "B", -2.25, 1.5),
            gap("nitro", "0", "80", -3.75, 1.5),
            *(
                gap("gen:nitro", ":".join(a), ":".join(b), cells[a] - cells[b], 2.5)
                for a, b in pairs
            ),
        ),
    )


def test_where_an_interaction_matters_simple_effects_are_said_and_main_effects_are_not() -> None:
    said = told(_crossed(0.004))
    assert plain(said.headline) == (
        "L’effet de la variété sur le rendement dépend de la dose d’azote (p = 0,004) : lisez les "
        "variétés cas par cas, non en moyenne."
    )
    assert plain(said.sentences[0]) == (
        "Entre variétés, cas par cas (intervalles à 95 %) : pour azote 0, l’écart n’est pas établi "
        ": B est au-dessus de A de 0,5 q/ha, mais l’intervalle va de −2 à 3 q/ha ; pour azote 80, "
        "B dépasse A de 4 q/ha (de 1,5 à 6,5 q/ha)."
    )
    assert "pour B, azote 80 dépasse azote 0 de 5,5 q/ha" in plain(said.sentences[1])
    assert not any("change le rendement" in one for one in [said.headline, *said.sentences])
    assert "cachent cette dépendance" in whole(said)


def test_an_interaction_in_doubt_is_called_so_and_one_not_found_is_not_excluded() -> None:
    assert "Une interaction reste incertaine (variété × azote, p = 0,07)" in plain(
        whole(told(_crossed(0.07)))
    )
    missing = told(_crossed(0.6))
    assert "ne l’exclut pas : variété × azote (p = 0,6)" in plain(whole(missing))
    assert missing.headline.startswith("La variété change le rendement")
    assert any(one.startswith("La dose d’azote change le rendement") for one in missing.sentences)


def test_differences_asked_for_within_a_factor_come_first() -> None:
    within = replace(
        _crossed(0.004),
        comparisons=(
            gap("gen", "A", "B", -0.5, 2.0, by={"nitro": "0"}),
            gap("gen", "A", "B", -4.0, 2.0, by={"nitro": "80"}),
        ),
    )
    said = [plain(one) for one in told(within).sentences]
    assert "pour azote 80, B dépasse A de 4 q/ha (de 2 à 6 q/ha)" in said[0]
    assert "leurs paires n’ont pas été comparées" in said[1]


def test_an_environment_is_no_treatment() -> None:
    places = analysis(
        design="multi-environment",
        anova=(row("env", 1e-9), row("gen", 1e-9)),
        variance_components=(VarianceComponent("env", 9.0), VarianceComponent("Residual", 1.0)),
        means=(*analysis().means, mean("env", 40.0, env="E1"), mean("env", 60.0, env="E2")),
        warnings=(
            Warning("sampled_environments", {"term": "gen", "f": 1.2, "p": 0.3, "df": 1, "ddf": 2}),
        ),
    )
    headline = told(places).headline
    assert headline.startswith("En moyenne sur les milieux, le test d’ensemble ne montre pas")
    assert "0,3" in headline


def _three(letters: tuple[str, str, str], **more: Any) -> Analysis:
    means = zip(("X", "Y", "Z"), (12.0, 10.0, 6.0), letters, strict=True)
    return analysis(
        anova=(row("trt", 0.001),),
        means=tuple(mean("trt", value, letter, trt=name) for name, value, letter in means),
        comparisons=(
            gap("trt", "X", "Y", 2.0, 3.0),
            gap("trt", "X", "Z", 6.0, 3.0),
            gap("trt", "Y", "Z", 4.0, 3.0),
        ),
        **more,
    )


def test_a_mean_that_shares_a_letter_is_never_set_apart() -> None:
    said = [plain(one) for one in told(_three(("a", "a", "b"))).sentences]
    assert "De la moyenne la plus haute (X), l’essai ne distingue pas Y." in said
    assert "La moyenne la plus basse (Z) se distingue de toutes les autres." in said


def test_against_a_control_each_side_keeps_its_direction() -> None:
    control = replace(
        _three(("a", "a", "b")),
        comparisons=(
            gap("trt", "X", "Y", 2.0, 1.0, adjust="dunnett"),
            gap("trt", "Z", "Y", -4.0, 1.0, adjust="dunnett"),
        ),
    )
    said = told(control)
    assert plain(said.headline) == (
        "Le traitement change le rendement (p = 0,001) : Z est au-dessous du témoin Y de 4 q/ha, "
        "soit 40 % de la valeur du témoin (intervalle à 95 % : de 3 à 5 q/ha)."
    )
    assert "X, 2 q/ha de plus (de 1 à 3 q/ha) et Z, 4 q/ha de moins (de 3 à 5 q/ha)" in plain(
        whole(said)
    )
    assert "témoin (Dunnett)" in whole(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_draw_no_cause_is_named(language: str) -> None:
    laid = Warning("not_randomised", {"factor": "gen", "blocks": 4, "along": "row"})
    for of in (analysis(warnings=(laid,)), replace(_crossed(0.004), warnings=(laid,))):
        said = told(of, language)
        assert not re.search("change|effet|effect|depend|vaikut|riippu", said.headline)
        assert plain(said.cautions[0]).startswith(
            (
                "Les traitements ne semblent pas tirés",
                "Treatments do not seem to have been",
                "Käsittelyjä ei näytä arvotun",
            )
        )


def test_test_and_differences_that_disagree_are_both_said() -> None:
    unplaced = analysis(comparisons=(gap("gen", "Golden Rain", "Victory", 5.3, 6.0),))
    assert "sans qu’on puisse dire lesquelles" in told(unplaced).headline
    one = analysis(anova=(row("gen", 0.08),))
    assert "une paire s’écarte" in told(one).headline
    unlisted = analysis(comparisons=())
    assert "n’ont pas été comparées deux à deux" in told(unlisted).headline
    unknown = analysis(anova=(row("gen", nan),), comparisons=())
    assert told(unknown).headline.startswith("Cet essai ne permet pas de juger la variété")


def test_doubts_are_said_once_with_what_to_try() -> None:
    doubtful = analysis(
        missing=2,
        cv_percent=43.0,
        assumptions=(
            Check("shapiro-wilk", 0.8, 0.001, False),
            Check("levene-median", 3.0, 0.01, False),
            Check("levene-mean", 3.0, 0.01, False),
            Check("non-additivity", nan, nan, None),
            Check("outlier", 4.0, 0.02, False),
        ),
        warnings=(
            Warning("missing_plots", {"missing": 2, "plots": 12}),
            Warning("few_df", {"term": "gen", "df": 4}),
        ),
    )
    said = [plain(one) for one in told(doubtful).cautions]
    assert [one for one in said if "Levene" in one] == [
        "Les placettes ne semblent pas varier autant d’une modalité à l’autre (Levene, médiane, "
        "p = 0,01) : essayez le logarithme ou la racine carrée, ou comparez à part les modalités "
        "qui varient peu."
    ]
    assert said[0].startswith("Placettes sans valeur : 2 sur 12")
    assert said[1].startswith("Le test de « variété » repose sur une erreur de 4 degrés")
    assert said[-1].startswith("Des placettes traitées de même varient beaucoup")
    assert len(said) == 6
    assert "10 placettes mesurées, 2 perdues" in plain(told(doubtful).method)


def test_what_could_not_be_checked_is_said() -> None:
    assert "n’a pas pu être contrôlé" in told(analysis(assumptions=())).cautions[0]


def test_a_response_in_percent_differs_by_points() -> None:
    said = plain(told(analysis(), unit="%").headline)
    assert "de 5,3 points (intervalle à 95 % : de 0,8 à 9,8 points)" in said
    assert "générale" not in said


def test_means_that_are_not_all_above_zero_have_no_shares() -> None:
    cold = (mean("gen", 1.0, gen="Golden Rain"), mean("gen", -4.3, gen="Victory"))
    assert "générale" not in told(analysis(means=cold)).headline


def test_figures_on_another_scale_are_said_to_be() -> None:
    said = told(analysis(transformation=Scale("log", nan, ())))
    assert "5,3 (logarithme)" in plain(said.headline)
    assert "q/ha" not in said.headline
    assert any("échelle transformée (logarithme)" in one for one in said.cautions)


def test_names_take_the_place_of_columns_and_levels() -> None:
    names = {"gen": "cépage", "Victory": "Aligoté", "gen:Golden Rain": "Pinot"}
    said = plain(told(analysis(), names=names, label="l’acidité", unit="g/L").headline)
    assert said.startswith(
        "Le facteur cépage change l’acidité (p = 0,02) : Pinot dépasse Aligoté de 5,3 g/L"
    )


@pytest.mark.parametrize(
    ("p", "written"),
    [
        (0.0004, "p < 0,001"),
        (0.0496, "p = 0,0496"),
        (0.04999, "p = 0,04999"),
        (0.0501, "p = 0,0501"),
        (0.2724, "p = 0,27"),
    ],
)
def test_a_probability_is_never_rounded_across_the_level(p: float, written: str) -> None:
    assert f"({written})" in plain(told(analysis(anova=(row("gen", p),))).headline)


def test_a_bound_above_zero_is_not_written_as_zero() -> None:
    close = analysis(comparisons=(gap("gen", "Golden Rain", "Victory", 5.3, 5.28),))
    assert "de 0,02 à 10,58 q/ha" in plain(told(close).headline)


_P = st.one_of(st.floats(0.0, 1.0), st.floats(0.03, 0.07))
_VALUE = st.floats(-50.0, 500.0)


@st.composite
def _analyses(draw: st.DrawFn) -> Analysis:
    """Two crossed factors with figures that need not agree with each other."""
    genes = ["Alix", "Bora", "Cyan", "Doris"][: draw(st.integers(2, 4))]
    feeds = ["none", "some", "much"][: draw(st.integers(2, 3))]
    terms: dict[str, list[dict[str, str]]] = {
        "gen": [{"gen": one} for one in genes],
        "soil": [{"soil": one} for one in feeds],
        "gen:soil": [{"gen": one, "soil": other} for one in genes for other in feeds],
    }
    adjust = draw(st.sampled_from(["tukey", "holm", "bonferroni", "none"]))
    means, gaps, rows = [], [], []
    for term, levels in terms.items():
        rows.append(row(term, draw(_P)))
        values = [draw(_VALUE) for _ in levels]
        for value, at in zip(values, levels, strict=True):
            letters = draw(st.sampled_from(["a", "b", "ab", "c"]))
            means.append(Mean(term, at, value, 0.5, 20.0, value - 1.0, value + 1.0, letters))
        names = [":".join(at.values()) for at in levels]
        reach = draw(st.floats(0.01, 300.0))
        gaps += [
            gap(term, names[i], names[j], values[i] - values[j], reach, adjust=adjust)
            for i in range(len(names))
            for j in range(i + 1, len(names))
        ]
    laid = Warning("not_randomised", {"factor": "gen", "blocks": 4, "along": "row"})
    return analysis(
        design="factorial",
        anova=tuple(rows),
        means=tuple(means),
        comparisons=tuple(gaps) if draw(st.booleans()) else (),
        warnings=(laid,) if draw(st.booleans()) else (),
        cv_percent=draw(st.floats(0.0, 90.0)),
    )


@settings(max_examples=150, deadline=None)
@given(of=_analyses())
def test_nothing_is_claimed_that_the_figures_do_not_hold(of: Analysis) -> None:
    p = {one.term: one.p for one in of.anova}
    apart = {one.term for one in of.comparisons if one.lower > 0.0 or one.upper < 0.0}
    for language in LANGUAGES:
        said = told(of, language, unit="t/ha")
        text = whole(said)
        assert not BANNED.search(text)
        assert not re.search(r"[{}]|\bnan\b", text)
        for one in (said.headline, *said.sentences):
            if any(said_so in one.lower() for said_so in CLAIM[language]):
                mains = {"variét": "gen", "variet": "gen", "lajik": "gen", "soil": "soil"}
                claim = one.split("(")[0].lower()
                term = next(name for word, name in mains.items() if word in claim)
                assert p[term] < ALPHA
                assert term in apart
            bare = re.sub(r"p.[<=].[\d.,]+|[\d.,]+.?%", "", one)
            assert not re.search(r"\d", bare) or "t/ha" in bare, one
        if re.search("depend|dépend|riippu", said.headline):
            assert p["gen:soil"] < ALPHA


@settings(max_examples=60, deadline=None)
@given(of=_analyses())
def test_all_languages_give_the_same_figures(of: Analysis) -> None:
    french = told(of, "fr", unit="t/ha")
    for language in LANGUAGES[1:]:
        said = told(of, language, unit="t/ha")
        assert len(french.sentences) == len(said.sentences)
        pairs = zip(
            [french.headline, *french.sentences, *french.cautions],
            [said.headline, *said.sentences, *said.cautions],
            strict=True,
        )
        for one, other in pairs:
            assert figures(one, "fr") == figures(other, language)


@settings(max_examples=60, deadline=None)
@given(of=_analyses())
def test_no_group_that_shares_a_letter_is_set_apart(of: Analysis) -> None:
    text = whole(told(of, "en", unit="t/ha"))
    for name in re.findall(r"(?:highest|lowest) mean \((\w+)\) stands apart", text):
        own = next(one for one in of.means if list(one.levels.values()) == [name])
        others = [one for one in of.means if one.term == own.term and one is not own]
        assert not any(set(own.letters) & set(one.letters) for one in others)
