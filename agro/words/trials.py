"""What is found in a trial's sheet, and what an analysis warns of, as sentences."""

from collections.abc import Mapping
from math import floor, isfinite, log10
from typing import Any

from agro.words.catalogue import Words

_DIGITS = 3
_TINY = 1e-4  # of which the zeros would be counted


def finding_sentence(words: Words, code: str, value: str, facts: Mapping[str, Any]) -> str:
    """What is wrong with a value of a sheet and what to do."""
    others = _fields({name: fact for name, fact in facts.items() if name not in ("near", "known")})
    told = {name: _written(fact) for name, fact in others.items()}
    near = facts.get("near", "")
    if isinstance(near, tuple):
        near = _near(words, near, facts.get("known", ()))
    return words.t(f"trial_problem.{code}", value=f"'{value}'", near=near, **told)


def warning_sentence(words: Words, code: str, facts: Mapping[str, str | float]) -> str:
    """What a reader of an analysis must know; a fact that is empty has a sentence without it."""
    told = {name: _figure(words, fact) for name, fact in _fields(facts).items()}
    key = f"trial_warning.{code}{'_plain' if '' in facts.values() else ''}"
    if words.knows(key):
        return words.t(key, **told)
    listed = ", ".join(f"{name} {fact}" for name, fact in told.items())
    return words.t("trial_warning.unworded", code=code.replace("_", " "), facts=listed)


def _figure(words: Words, fact: str | float) -> str | float:
    """A figure to three digits, the language's way."""
    if isinstance(fact, (str, int)) or not isfinite(fact) or fact == 0.0:
        return fact
    if abs(fact) < _TINY:
        return f"{fact:.1e}"
    return words.number(fact, max(0, _DIGITS - 1 - floor(log10(abs(fact)))))


def _fields(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts by the names of a text's fields, where `key` is the text itself."""
    return {"columns" if name == "key" else name: fact for name, fact in facts.items()}


def _written(fact: Any) -> str | float:
    return fact if isinstance(fact, (int, float)) else str(fact)


def _near(words: Words, near: tuple[str, ...], known: tuple[str, ...]) -> str:
    if near:
        return words.t("import.near", names=words.t("import.or").join(near))
    return words.t("import.known", names=", ".join(known))
