"""A survey that is being filled in: its questions in order, one answer more, what is still blank.

Nothing here draws, reads or words anything.
"""

from collections.abc import Mapping
from typing import Any

from agro.indicators import tape
from agro.words import Words

Answers = Mapping[str, Mapping[str, Any]]
# The form of 2025 has some 65 items, whose published wording is not settled: it comes by a file.
OFFERED = ("2023", "2019")
LEVELS = range(5)
HALF = 0.5


def elements(version: str) -> dict[str, tuple[str, ...]]:
    """Each element of a form and its indices, in the form's order."""
    known = tape.form(version)
    return dict(known.elements) if known else {}


def may_be_blank(version: str, index: str) -> bool:
    """Whether an index may not apply: without animals there is no animal welfare."""
    known = tape.form(version)
    return known is not None and index in known.optional


def has_halves(version: str) -> bool:
    """Whether scores between two levels can be given."""
    known = tape.form(version)
    return known is not None and known.step == HALF


def score(answers: Answers, element: str, index: str) -> float | None:
    """The answer to a question; None while it is blank."""
    given = answers.get(element, {}).get(index)
    return None if given is None else float(given)


def with_score(answers: Answers, element: str, index: str, given: float | None) -> Answers:
    """The answers with one of them given, changed, or taken out again."""
    own = {**answers.get(element, {}), index: given}
    return {**answers, element: {name: one for name, one in own.items() if one is not None}}


def progress(version: str, answers: Answers, element: str = "") -> tuple[int, int]:
    """(answered, asked) questions of the form, or of one element."""
    if not element:
        return tape.answered(version, answers)
    listed = elements(version)[element]
    given = [index for index in listed if score(answers, element, index) is not None]
    asked = [index for index in listed if index in given or not may_be_blank(version, index)]
    return len(given), len(asked)


def first_open(version: str, answers: Answers) -> str:
    """The first element with a blank question, else the first of all."""
    listed = elements(version)
    for element in listed:
        given, asked = progress(version, answers, element)
        if given < asked:
            return element
    return next(iter(listed), "")


def beside(version: str, element: str, step: int) -> str:
    """The element so many steps further; empty beyond the first and the last."""
    listed = list(elements(version))
    place = listed.index(element) + step
    return listed[place] if 0 <= place < len(listed) else ""


def question(words: Words, version: str, index: str) -> str:
    """What is asked of an index."""
    own = f"tape_ask.{index}_{version}"
    return words.t(own) if words.knows(own) else words.code("tape_ask", index)


def level(words: Words, version: str, index: str, value: float) -> str:
    """A level in plain words: `2 · Deux ou trois cultures`; a half stands between two."""
    whole = int(value)
    if value != whole:
        return words.t("survey.between", low=str(whole), high=str(whole + 1))
    own = f"tape_level.{index}_{version}_{whole}"
    key = own if words.knows(own) else f"tape_level.{index}_{whole}"
    return f"{whole} · {words.t(key)}" if words.knows(key) else str(whole)
