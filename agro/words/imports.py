"""Why a row of a file is refused, and what of a file a person should know, as sentences."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from agro.words.catalogue import Words

_SHOWN = 6  # names in a hint; a line stays readable


def problem_sentence(words: Words, code: str, value: str, facts: Mapping[str, Any]) -> str:
    """What is wrong with a value and what to do: `'watering' is not a type; did you mean …?`."""
    return words.t(f"import_problem.{code}", **_fields(words, value, facts))


def note_sentence(words: Words, code: str, rows: int, value: str, facts: Mapping[str, Any]) -> str:
    """How something of a file was taken, in how many rows."""
    return words.t(f"import_note.{code}", n=rows, **_fields(words, value, facts))


def file_sentence(words: Words, code: str, facts: Mapping[str, Any]) -> str:
    """Why nothing of a file can be used, and what to do."""
    return words.t(f"import_file.{code}", **_fields(words, str(facts.get("value", "")), facts))


def field_name(words: Words, field: str) -> str:
    """The name of a field of the logbook."""
    return words.t(f"import_field.{field}") if field else ""


def _fields(words: Words, value: str, facts: Mapping[str, Any]) -> dict[str, str | float]:
    told = {name: fact for name, fact in facts.items() if isinstance(fact, (str, int, float))}
    near = ""
    if facts.get("near"):
        near = _mean(words, facts["near"])
    elif "known" in facts:
        near = _hint(words, value, facts["known"])
    return {"value": f"'{value}'", "near": near, **told}


def _hint(words: Words, value: str, known: Sequence[str]) -> str:
    near = get_close_matches(value.casefold(), known, n=3, cutoff=0.5)
    if near:
        return _mean(words, near)
    shown = ", ".join(sorted(known)[:_SHOWN])
    more = len(known) - _SHOWN
    return words.t("import.known_more" if more > 0 else "import.known", names=shown, more=more)


def _mean(words: Words, names: Sequence[str]) -> str:
    return words.t("import.near", names=words.t("import.or").join(names))
