"""What is said of published trials, beside what their authors concluded."""

from pathlib import Path
from typing import Any

import pytest

from agro.trials import read
from agro.words import say
from agro.words.trial_conclusion import conclusion
from models.trials.analysis import analyse
from models.trials.model import Roles
from models.trials.results import Analysis

DATA = Path(__file__).parents[3] / "../shared/data/trials"


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def _read(file: str, response: str, roles: Roles, **more: Any) -> Analysis:
    path = DATA / file
    if not path.exists():
        pytest.skip(f"{file} is not here")
    trial = read(path.read_bytes(), file, response, roles).trial
    assert trial is not None
    return analyse(trial, roles, **more)


_OATS = Roles("split-plot", ("gen", "nitro"), block="block", main_plot="gen")
_STRIP = Roles("strip-plot", ("gen", "nitro"), block="rep")
_NPK = Roles("factorial", ("N", "P", "K"), block="block")


@pytest.mark.parametrize(
    ("file", "response", "roles", "more", "unit", "headline"),
    [
        pytest.param(
            "yates_oats.csv",
            "yield",
            _OATS,
            {},
            "lb",
            "La dose d’azote change le rendement (p < 0,001) : azote 0,6 dépasse azote 0 de 44 lb, "
            "soit 42 % de la moyenne générale (intervalle à 95 % : de 32,2 à 55,8 lb).",
            id="Yates 1935, oats",
        ),
        pytest.param(
            "cochran_crd.csv",
            "inf",
            Roles("crd", ("trt",)),
            {"adjust": "dunnett", "control": "O"},
            "",
            "Le traitement change la mesure « inf » (p = 0,01) : F12 est au-dessous du témoin O de "
            "16,9, soit 75 % de la valeur du témoin (intervalle à 95 % : de 5,4 à 28,4).",
            id="Cochran and Cox 1957, scab",
        ),
        pytest.param(
            "gomez_seedrate.csv",
            "yield",
            Roles("rcbd", ("rate",), block="rep"),
            {},
            "kg/ha",
            "Cet essai ne montre pas de différence entre doses sur le rendement (p = 0,11) : la "
            "plus grande observée est de 601 kg/ha, soit 12 % de la moyenne générale (dose 75 "
            "au-dessus de dose 150 ; intervalle à 95 % : de −163 à 1 365 kg/ha), et il n’aurait "
            "pas vu de façon fiable une différence de moins de 968 kg/ha.",
            id="Gomez and Gomez 1984, seed rates",
        ),
        pytest.param(
            "goulden_latin.csv",
            "yield",
            Roles("latin-square", ("trt",), row="row", column="col"),
            {},
            "bu/ac",
            "Le traitement change le rendement (p < 0,001) : C dépasse E de 8,2 bu/ac, soit 104 % "
            "de la moyenne générale (intervalle à 95 % : de 5,12 à 11,28 bu/ac).",
            id="Goulden 1939, Latin square",
        ),
        pytest.param(
            "gomez_stripplot.csv",
            "yield",
            _STRIP,
            {},
            "kg/ha",
            "L’effet de la variété sur le rendement dépend de la dose d’azote (p < 0,001) : lisez "
            "les variétés cas par cas, non en moyenne.",
            id="Gomez and Gomez 1984, strips",
        ),
        pytest.param(
            "npk.csv",
            "yield",
            _NPK,
            {},
            "lb",
            "Le facteur N change le rendement (p = 0,004) : N 1 dépasse N 0 de 5,6 lb, soit 10 % "
            "de la moyenne générale (intervalle à 95 % : de 2,1 à 9,1 lb).",
            id="R datasets, npk",
        ),
    ],
)
def test_published_trials(
    file: str, response: str, roles: Roles, more: dict[str, Any], unit: str, headline: str
) -> None:
    said = conclusion(_read(file, response, roles, **more), say("fr"), unit=unit)
    assert plain(said.headline) == headline


def test_oats_say_what_the_published_conclusions_are() -> None:
    oats = _read("yates_oats.csv", "yield", _OATS)
    said = [plain(one) for one in conclusion(oats, say("en"), unit="lb").sentences]
    assert any("not show a difference between varieties in yield (p = 0.27)" in one for one in said)
    assert any("variety × nitrogen (p = 0.93)" in one for one in said)
    assert "From the highest mean (nitrogen 0.6), the trial cannot tell nitrogen 0.4." in said
