"""Planning a trial on its page: step by step, back again, redrawn, and stored at the end only."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.dashboard.trials_draft import Compared, Draft, Measured
from agro.store import trials as kept
from agro.trials.planning import draw, request_of
from models.trials.faults import DESIGNS
from tests.agro.dashboard.spoken import spoken
from tests.agro.dashboard.trials_page import SITE, field, forget, garden, open_page, press, read

_LEVELS = "témoin\npaille\nBRF\ncarton"
_SEVERAL = {"split-split-plot": 3, "split-plot": 2, "strip-plot": 2, "factorial": 2}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    url, engine = garden(tmp_path)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    forget()
    yield engine
    engine.dispose()
    forget()


def _begun(language: str = "fr") -> AppTest:
    return press(open_page(language), "trials_new_button")


def _named(test: AppTest, name: str = "Essai de paillage") -> AppTest:
    field(test, "text_input", "name").set_value(name)
    return press(test, "trials_on_0")


def _levelled(test: AppTest, levels: str = _LEVELS) -> AppTest:
    field(test, "text_area", "levels_0").set_value(levels)
    return press(test, "trials_on_1")


def _trials(store: Engine) -> list[str]:
    with store.connect() as c:
        return [one.slug for one in kept.planned(c, SITE)]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_trial_is_planned_from_its_question_to_its_layout(store: Engine, language: str) -> None:
    before = _trials(store)
    test = _begun(language)
    test = _levelled(_named(test))
    assert {"fr": "Blocs complets (conseillé)", "en": "Complete blocks (advised)"}[language] in str(
        field(test, "radio", "design").options
    )
    assert {"fr": "Cela fait 16 placettes", "en": "That makes 16 plots"}[language] in read(test)
    test = press(test, "trials_on_2")
    assert not test.exception
    assert {
        "fr": "Avec 4 blocs ou répétitions et un CV de 12 %, une différence de 20 % sera vue 3",
        "en": "With 4 blocks or replicates and a CV of 12%, a difference of 20% will be seen 3",
    }[language] in read(test)
    test = press(test, "trials_on_3")
    test = press(test, "trials_on_4")  # nothing is measured yet
    assert {"fr": "Choisissez au moins une mesure", "en": "Choose at least one measurement"}[
        language
    ] in read(test)
    test = press(press(test, "trials_preset_yield"), "trials_on_4")
    assert not test.exception
    told = read(test)
    assert told.count('class="plot ') == 16
    assert not re.search(r"[{}]|\bnan\b", spoken(told), re.IGNORECASE)
    assert _trials(store) == before  # until the last button
    test = press(test, "trials_create")
    assert not test.exception
    assert _trials(store) == ["essai-de-paillage", *before]
    with store.connect() as c:
        trial = kept.trial_of(c, SITE, "essai-de-paillage")
    assert (trial.design, trial.blocks, len(trial.plots)) == ("rcbd", 4, 16)
    assert [(one.name, one.unit) for one in trial.traits] == [
        ({"fr": "rendement", "en": "yield"}[language], "t/ha")
    ]
    assert trial.request is not None
    assert draw(trial, request_of(trial.request)).plots == trial.plots
    assert {"fr": "est créé", "en": "is created"}[language] in read(test)


def test_going_back_keeps_what_was_typed(store: Engine) -> None:
    test = _levelled(_named(_begun()))
    test = press(press(test, "trials_before_2"), "trials_before_1")
    assert field(test, "text_input", "name").value == "Essai de paillage"
    test = press(test, "trials_on_0")
    assert field(test, "text_area", "levels_0").value == _LEVELS
    test = press(test, "trials_leave")
    assert "Reprendre l’essai commencé" in read(test)
    test = press(test, "trials_new_button")
    assert field(test, "text_area", "levels_0").value == _LEVELS
    test.button_group(key="language").set_value("en").run()
    assert field(test, "text_area", "levels_0").value == _LEVELS


def test_what_is_missing_is_told_when_one_wants_to_go_on(store: Engine) -> None:
    test = _begun()
    assert "Donnez un nom" not in read(test)
    test = press(test, "trials_on_0")
    assert "Donnez un nom à l’essai." in read(test)
    test = _levelled(_named(test), "seul")
    assert "Notez au moins deux modalités" in read(test)
    test = _levelled(test)
    assert "Le terrain varie-t-il" in str([one.label for one in test.radio]).replace("\u202f", " ")


def test_another_answer_advises_another_design(store: Engine) -> None:
    test = _levelled(_named(_begun()))
    design = field(test, "radio", "design")
    assert design.value == "rcbd"
    field(test, "radio", "ground").set_value("two_ways").run()
    assert field(test, "radio", "design").value == "latin-square"
    field(test, "radio", "design").set_value("row-column").run()
    test = press(press(test, "trials_on_2"), "trials_before_3")
    assert field(test, "radio", "design").value == "row-column"


def test_the_fewest_blocks_are_taken_with_a_touch(store: Engine) -> None:
    test = press(_levelled(_named(_begun())), "trials_on_2")
    assert "il en faut 10" in read(test)
    test = press(test, "trials_take")
    assert field(test, "number_input", "blocks").value == 10
    assert "C’est le plus petit nombre pour la voir 8 fois sur 10" in read(test)


def test_a_layout_is_redrawn_on_request_only(store: Engine) -> None:
    test = press(press(_levelled(_named(_begun())), "trials_on_2"), "trials_on_3")
    test = press(press(test, "trials_preset_height"), "trials_on_4")
    seed, first = field(test, "number_input", "seed").value, _field(test)
    assert _field(test.run()) == first
    test = press(test, "trials_again")
    assert field(test, "number_input", "seed").value != seed
    assert _field(test) != first
    field(test, "number_input", "seed").set_value(seed).run()
    assert _field(test) == first


def _field(test: AppTest) -> str:
    return "".join(re.findall(r'<table class="field".*?</table>', read(test), flags=re.DOTALL))


def test_factors_are_added_moved_and_dropped_with_what_was_typed(store: Engine) -> None:
    test = _named(_begun())
    field(test, "text_area", "levels_0").set_value("0\n50")
    test = press(test, "trials_add_factor")
    assert field(test, "text_area", "levels_0").value == "0\n50"
    field(test, "text_input", "factor_0").set_value("azote")
    field(test, "text_input", "factor_1").set_value("variété")
    field(test, "text_area", "levels_1").set_value("A\nB\nC")
    test = press(test.run(), "trials_up_1")
    assert not test.exception
    assert field(test, "text_input", "factor_0").value == "variété"
    assert "3 × 2 = 6 combinaisons" in read(test)
    test = press(test, "trials_drop_0")
    assert field(test, "text_area", "levels_0").value == "0\n50"


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_comes_to_its_layout(store: Engine, design: str) -> None:
    names = ("eau", "azote", "variété")[: _SEVERAL.get(design, 1)]
    test = open_page()
    test.session_state["trials_new"] = True
    test.session_state["trials_draft"] = Draft(
        SITE,
        7,
        name="Essai",
        plot="p1",
        factors=tuple(Compared(name, ("1", "2", "3", "4")) for name in names),
        design=design,
        checks=("1", "2"),
        times=("juin", "juillet"),
        environments=("Ducs", "Cras"),
        traits=(Measured("Hauteur", "cm"),),
    )
    test.session_state["trials_step"] = 2
    test = press(test.run(), "trials_on_2")
    assert not test.exception
    told = read(test)
    assert re.search("sera vue|Trop peu de répétitions", told)
    assert not re.search(r"\b(blocks|treatments|replicates|difference of)\b", told)
    test = press(press(test, "trials_on_3"), "trials_on_4")
    assert not test.exception
    assert 'class="plot ' in read(test)
    test = press(test, "trials_create")
    assert not test.exception
    with store.connect() as c:
        assert kept.trial_of(c, SITE, "essai").design == design


def test_neighbours_that_cannot_be_kept_apart_are_told(store: Engine) -> None:
    test = open_page()
    test.session_state["trials_new"] = True
    test.session_state["trials_draft"] = Draft(
        SITE, 7, name="Essai", plot="p1", factors=(Compared("", ("a", "b")),), apart=True,
        design="crd", blocks=6, width=3,
    )  # fmt: skip
    test.session_state["trials_step"] = 5
    test = test.run()
    assert not test.exception
    assert "Aucun plan n’évite deux voisins pareils" in read(test)
    assert not [one for one in test.button if one.key == "trials_create"]
