"""TAPE's ten elements, as three versions of its form ask for them; versions are never mixed.

An index scores 0 to 4 (2025: items 0 to 2, an index is their mean share); an element is
100 × Σ scores ÷ (4 × indices); the level (CAET) is the mean of the ten. Two indices of resilience
emerge from others. A blank blocks the survey, except where an index cannot apply: animal welfare
in 2019 and 2023, what needs animals, employees or irrigation in 2025.

References
----------
[1] FAO 2019, TAPE guidelines; MAUS team's calculator, tag 2022 and 2023; FAO's pipeline of 2025.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

Answers = Mapping[str, Mapping[str, Any]]
_DIVERSITY = ("crops", "animals", "trees", "div_activ")
_SYNERGIES = ("cla_int", "s_plant", "tree_int", "connectivity")
_COCREATION = ("platforms", "ae_know", "partic_orgs")
_HUMAN = ("women", "labour", "youth", "animalwel")
_CIRCULAR = ("mkt_local", "networks", "local_fs")
_GOVERNANCE = ("prod_empow", "prod_orgs", "partic_prod")


@dataclass(frozen=True, slots=True)
class Form:
    """A version of the form: its elements with their indices, and what may not apply.

    `emergent` are lists of indices (element, index) whose mean is one more index of resilience;
    `step` is what scores are written in, `items` whether an index is a list of items 0 to 2.
    """

    elements: Mapping[str, tuple[str, ...]]
    optional: frozenset[str]
    emergent: tuple[tuple[tuple[str, str], ...], ...] = ()
    step: float = 1.0
    items: bool = False


FORMS: dict[str, Form] = {
    "2019": Form(
        elements={
            "diversity": _DIVERSITY,
            "synergies": _SYNERGIES,
            "efficiency": ("ext_inp", "soil_fert", "pest_dis", "productivity"),
            "recycling": ("rec_biomass", "water", "seeds_breeds", "ren_energy"),
            "resilience": ("stab_inc", "vuln", "indebt"),
            "culture": ("diet", "local_identity", "local_varieties"),
            "cocreation": _COCREATION,
            "human": _HUMAN,
            "circular": _CIRCULAR,
            "governance": _GOVERNANCE,
        },
        optional=frozenset({"animalwel"}),
        emergent=(tuple(("diversity", index) for index in _DIVERSITY),),
    ),
    "2023": Form(
        elements={
            "diversity": _DIVERSITY,
            "synergies": _SYNERGIES,
            "efficiency": ("ext_inp", "soil_fert", "pest_dis", "emerging"),
            "recycling": ("rec_biomass", "waste", "water", "ren_energy"),
            "resilience": ("vuln", "env_adapt"),
            "culture": ("diet", "food_self_suff", "food_heritage", "seeds_breeds"),
            "cocreation": _COCREATION,
            "human": _HUMAN,
            "circular": _CIRCULAR,
            "governance": _GOVERNANCE,
        },
        optional=frozenset({"animalwel"}),
        emergent=(
            tuple(("diversity", index) for index in _DIVERSITY),
            (
                *(("efficiency", "ext_inp"), ("culture", "seeds_breeds")),
                *(("circular", "local_fs"), ("governance", "prod_empow")),
            ),
        ),
        step=0.5,
    ),
    "2025": Form(
        elements={
            "diversity": ("plants", "time_space", "animals"),
            "synergies": ("plant_livestock", "habitats"),
            "efficiency": ("soil_fertility", "pests_diseases", "resource_use"),
            "recycling": ("seeds_breeds", "biomass_waste"),
            "resilience": ("social_economic", "soil_conservation", "animal_health"),
            "culture": ("diet_self_sufficiency", "heritage"),
            "cocreation": ("access_valuing", "peer_learning"),
            "human": ("women_equity", "labour_conditions", "improvement"),
            "circular": ("local_market", "local_sourcing"),
            "governance": ("empowerment", "access_resources", "organisations"),
        },
        optional=frozenset({"animals", "plant_livestock", "animal_health", "labour_conditions"}),
        items=True,
    ),
}
ALIASES = {"2022": "2019"}  # the calculator of 2022 scores the form of 2019
HIGHEST, HIGHEST_ITEM = 4.0, 2.0


def form(version: str) -> Form | None:
    """The form of a version; None where it is not known."""
    return FORMS.get(ALIASES.get(version, version))


def faults(version: str, answers: Answers) -> list[tuple[str, Any, str]]:
    """(index, answer, what to do) of answers that cannot be; blanks are none."""
    known = form(version)
    if known is None:
        return [("version", version, f"is not a known form; known: {', '.join(FORMS)}")]
    found: list[tuple[str, Any, str]] = []
    for element, indices in answers.items():
        if element not in known.elements:
            told = f"is not an element of form {version}; known: {', '.join(known.elements)}"
            found.append((element, indices, told))
            continue
        for index, answer in indices.items():
            told = _fault(known, element, index, answer)
            found += [(f"{element}.{index}", answer, told)] if told else []
    return found


def answered(version: str, answers: Answers) -> tuple[int, int]:
    """(answered, asked) indices; one that may not apply and is blank is not asked."""
    known = FORMS[ALIASES.get(version, version)]
    pairs = [(element, index) for element, listed in known.elements.items() for index in listed]
    given = {pair for pair in pairs if isfinite(_index(known, answers, *pair))}
    asked = [pair for pair in pairs if pair in given or pair[1] not in known.optional]
    return len(given), len(asked)


def is_given(version: str, answers: Answers, element: str, index: str) -> bool:
    """Whether an index of a known form is answered."""
    return _is_given(FORMS[ALIASES.get(version, version)], answers, element, index)


def elements(version: str, answers: Answers) -> dict[str, float]:
    """The ten elements, 0 to 100; NaN where an index that applies is blank."""
    known = FORMS[ALIASES.get(version, version)]
    found = {}
    for element, indices in known.elements.items():
        asked = [
            i for i in indices if i not in known.optional or _is_given(known, answers, element, i)
        ]
        scores = [_index(known, answers, element, index) for index in asked]
        if element == "resilience":
            scores += [_mean(_index(known, answers, *p) for p in pairs) for pairs in known.emergent]
        found[element] = 100.0 * _mean(scores) / HIGHEST
    return found


def level(version: str, answers: Answers) -> float:
    """The level of transition: the mean of the ten elements; NaN while one is incomplete."""
    return _mean(elements(version, answers).values())


def _fault(known: Form, element: str, index: str, answer: Any) -> str:
    """What is wrong with an answer; "" where nothing is."""
    if index not in known.elements[element]:
        return f"is not asked in {element}; known: {', '.join(known.elements[element])}"
    if answer is None:
        return ""
    listed = answer if isinstance(answer, (list, tuple)) else [answer]
    numbers = [one for one in listed if one is not None]
    most = HIGHEST_ITEM if known.items else HIGHEST
    if isinstance(answer, (list, tuple)) and not known.items:
        return "is a list; write one score"
    for one in numbers:
        if isinstance(one, bool) or not isinstance(one, (int, float)):
            return f"is not a number; write a score of 0 to {most:g}"
        if not 0.0 <= one <= most:
            return f"is not within 0 to {most:g}; correct it"
        if one % known.step:
            return f"is no step of {known.step:g}; correct it"
    return ""


def _is_given(known: Form, answers: Answers, element: str, index: str) -> bool:
    return isfinite(_index(known, answers, element, index))


def _index(known: Form, answers: Answers, element: str, index: str) -> float:
    """The score of an index, 0 to 4; NaN where it is blank. Blank items do not apply."""
    answer = answers.get(element, {}).get(index)
    if not known.items:
        return nan if answer is None else float(answer)
    listed = answer if isinstance(answer, (list, tuple)) else [answer]
    given = [float(one) for one in listed if one is not None]
    return HIGHEST * sum(given) / (HIGHEST_ITEM * len(given)) if given else nan


def _mean(scores: Iterable[float]) -> float:
    listed = list(scores)
    return sum(listed) / len(listed) if listed else nan
