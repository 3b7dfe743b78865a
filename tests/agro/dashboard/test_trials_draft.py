"""A trial being thought out: advice of designs, requests, what keeps it from being drawn."""

import re
from dataclasses import replace

import pytest

from agro.dashboard import trials_faults
from agro.dashboard.trials_draft import (
    STEPS,
    Compared,
    Draft,
    Measured,
    advised,
    design_of,
    errors_of,
    faults_of,
    fitting,
    lines,
    request_of,
    traits_of,
    trial_of,
)
from agro.words import say
from models.trials.design import randomise
from models.trials.faults import _LINES, DESIGNS, Fault

_THREE = ("témoin", "paille", "BRF")
_DRAFT = Draft("potager", 7, name="Paillage", factors=(Compared("", _THREE),))
_TWO = replace(_DRAFT, factors=(Compared("azote", ("0", "50")), Compared("variété", _THREE)))


def _many(count: int) -> Draft:
    levels = tuple(f"V{number}" for number in range(count))
    return replace(_DRAFT, factors=(Compared("", levels),))


@pytest.mark.parametrize(
    ("draft", "design"),
    [
        (_DRAFT, "rcbd"),
        (replace(_DRAFT, ground="alike"), "crd"),
        (replace(_DRAFT, ground="two_ways"), "latin-square"),
        (replace(_many(12), ground="two_ways"), "row-column"),
        (_many(16), "alpha-lattice"),
        (replace(_many(30), many=True), "augmented"),
        (replace(_DRAFT, places="places"), "multi-environment"),
        (replace(_DRAFT, places="visits"), "repeated"),
        (_TWO, "factorial"),
        (replace(_TWO, large=True), "split-plot"),
        (replace(_TWO, factors=(*_TWO.factors, Compared("eau", ("a", "b"))), large=True),
         "split-split-plot"),
    ],
)  # fmt: skip
def test_a_design_is_advised_by_the_answers(draft: Draft, design: str) -> None:
    assert advised(draft) == design
    assert design in fitting(draft)
    assert design_of(draft) == design


def test_all_designs_can_be_reached() -> None:
    three = replace(_TWO, factors=(*_TWO.factors, Compared("eau", ("a", "b"))))
    assert {one for draft in (_DRAFT, _TWO, three) for one in fitting(draft)} == set(DESIGNS)


def test_a_design_that_was_chosen_stays_as_long_as_it_can_be() -> None:
    chosen = replace(_TWO, design="strip-plot")
    assert design_of(chosen) == "strip-plot"
    assert design_of(replace(chosen, factors=_DRAFT.factors)) == "rcbd"


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_can_be_drawn_from_a_draft(design: str) -> None:
    several = {"split-split-plot": 3, "split-plot": 2, "strip-plot": 2, "factorial": 2}.get(
        design, 1
    )
    factors = tuple(Compared(name, ("1", "2", "3", "4")) for name in ("f", "g", "h")[:several])
    draft = replace(
        _DRAFT,
        factors=factors,
        design=design,
        checks=("1", "2"),
        times=("juin", "juillet"),
        environments=("Ducs", "Cras"),
        block_size=2,
    )
    assert faults_of(draft, "design") == ()
    request = request_of(draft)
    assert request.design == design
    assert {one.treatment for one in randomise(request).plots}
    assert min(errors_of(draft).plot, draft.cv) == draft.cv


def test_a_factor_with_a_name_keeps_it_unless_the_design_knows_none() -> None:
    named = replace(_DRAFT, factors=(Compared("paillage", _THREE),))
    assert request_of(named).factors == {"paillage": _THREE}
    augmented = replace(named, design="augmented", checks=("témoin", "paille", "gone"))
    assert request_of(augmented).treatments == _THREE
    assert request_of(augmented).checks == ("témoin", "paille")
    assert request_of(_DRAFT).treatments == _THREE


def test_levels_are_one_a_line_and_commas_are_decimal_signs() -> None:
    assert lines(" 0,5 \n\n1,0 ; 2 ") == ("0,5", "1,0", "2")


@pytest.mark.parametrize(
    ("draft", "step", "codes"),
    [
        (replace(_DRAFT, name=" "), "question", ["trial_unnamed"]),
        (replace(_DRAFT, factors=(Compared(),)), "compared", ["levels_few"]),
        (replace(_DRAFT, factors=(Compared("f", ("a",)),)), "compared", ["levels_few_of"]),
        (replace(_DRAFT, factors=(Compared("", ("a", "a")),)), "compared", ["name_twice"]),
        (replace(_DRAFT, factors=(Compared("", ("a:b", "c")),)), "compared", ["name_colon"]),
        (replace(_DRAFT, factors=(Compared("block", ("a", "b")),)), "compared", ["reserved"]),
        (replace(_DRAFT, factors=(Compared("", ("border", "b")),)), "compared", ["outside"]),
        (replace(_TWO, factors=(_TWO.factors[0], _TWO.factors[0])), "compared", ["name_twice"]),
        (replace(_TWO, factors=(_TWO.factors[0], Compared("", _THREE))), "compared",
         ["factor_unnamed"]),
        (replace(_DRAFT, design="augmented"), "design", ["checks_few"]),
        (replace(_DRAFT, blocks=1), "design", ["blocks_few"]),
        (replace(_DRAFT, design="multi-environment"), "design", ["one_environment"]),
        (_DRAFT, "traits", ["no_trait"]),
        (replace(_DRAFT, traits=(Measured(),)), "traits", ["trait_unnamed"]),
        (replace(_DRAFT, traits=(Measured("h"), Measured("h"))), "traits", ["name_twice"]),
        (replace(_DRAFT, traits=(Measured("h", "", 9.0, 1.0),)), "traits", ["bounds_crossed"]),
        (replace(_DRAFT, traits=(Measured("h", "", 1.0, 1.0),)), "traits", []),
    ],
)  # fmt: skip
def test_what_keeps_one_from_going_on(draft: Draft, step: str, codes: list[str]) -> None:
    assert [one.code for one in faults_of(draft, step)] == codes
    for language in ("fr", "en"):
        for one in faults_of(draft, step):
            assert not re.search(r"[{}]", trials_faults.sentence(say(language), one))


def test_every_step_can_be_asked_what_is_wrong() -> None:
    whole = replace(_DRAFT, traits=(Measured("Rendement", "t/ha"),))
    assert {step: faults_of(whole, step) for step in STEPS} == dict.fromkeys(STEPS, ())


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", list(_LINES))
def test_every_fault_of_a_request_is_worded(code: str, language: str) -> None:
    names = re.findall(r"{(\w+)", _LINES[code])
    told = trials_faults.sentence(say(language), Fault("blocks", code, dict.fromkeys(names, 3)))
    assert told
    assert not re.search(r"[{}]", told)


def test_each_measurement_has_a_column_of_its_own() -> None:
    labels = ("Rendement", "rendement !", "Note 1-9", "%", "Block", "paillage")
    draft = replace(
        _DRAFT,
        factors=(Compared("paillage", _THREE),),
        traits=tuple(Measured(label, "u") for label in labels),
    )
    names = [one.name for one in traits_of(draft)]
    assert names == ["rendement", "rendement_2", "note_1_9", "response", "block_2", "paillage_2"]
    assert [one.label for one in traits_of(draft)] == list(labels)
    assert trial_of(draft).slug == "paillage"
    assert trial_of(replace(draft, name="?")).slug == "trial"
