"""What is asked of one kind of work only: the product and its nitrogen, who worked, biowaste."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import streamlit as st

from agro.records import LogEntry
from agro.words import Words

ASKED = {
    "input": ("kind", "n_percent"),
    "labour": ("status", "persons"),
    "compost": ("biowaste_kg",),
}
"""The details of an entry that are asked, by its type."""
CODES = {
    "kind": ("compost", "organic_fertiliser", "amendment", "mulch", "treatment"),
    "status": ("employee", "volunteer", "insertion", "apprentice", "farmer"),
}
_MOST = {"n_percent": 100.0, "persons": 500, "biowaste_kg": 5_000.0}
_LEAST = {"n_percent": 0.0, "persons": 1, "biowaste_kg": 0.0}


def about(words: Words, kind: str, key: str) -> dict[str, Any]:
    """Draw what is asked of this kind of work, folded; the details that were said."""
    if kind not in ASKED:
        return {}
    with st.expander(words.t(f"logbook.about_{kind}")):
        return {name: said for name, said in ask(words, kind, key, {}).items() if said is not None}


def ask(words: Words, kind: str, key: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the fields with what is known; the answers that differ from it, None: nothing said."""
    found = {}
    for name in ASKED.get(kind, ()):
        shown = _shown(name, known.get(name))
        label, own = words.t(f"logbook.ask_{name}"), f"{key}_{name}"
        said = _code(words, name, label, own, shown) if name in CODES else None
        if name not in CODES:
            said = _number(name, label, own, shown)
        if said != shown:
            found[name] = said
    return found


def changed(entry: LogEntry, kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """The details of an entry that is now of this kind, once `said` differs from what they were.

    What was asked of another kind of work only goes with it.
    """
    old, new = ASKED.get(entry.type, ()), ASKED.get(kind, ())
    kept = {name: value for name, value in entry.details.items() if name in new or name not in old}
    told = {name: value for name, value in said.items() if name in new}
    return {name: value for name, value in (kept | told).items() if value is not None}


def _code(words: Words, name: str, label: str, key: str, shown: Any) -> Any:
    return st.pills(
        label,
        list(dict.fromkeys([*CODES[name], *([shown] if shown else [])])),
        default=shown,
        key=key,
        format_func=lambda code: detail_said(words, name, code),
    )


def _number(name: str, label: str, key: str, shown: Any) -> Any:
    is_whole = isinstance(_LEAST[name], int)
    return st.number_input(
        label,
        min_value=_LEAST[name],
        max_value=_MOST[name],
        value=shown,
        step=1 if is_whole else 0.1,
        format="%d" if is_whole else "%g",
        key=key,
    )


def _shown(name: str, value: Any) -> Any:
    """What a field can show of a detail; a figure out of its bounds stays as it is, unseen."""
    if name in CODES:
        return str(value) if value else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    if not _LEAST[name] <= value <= _MOST[name]:
        return None
    return int(value) if isinstance(_LEAST[name], int) else float(value)


def detail_name(words: Words, name: str) -> str:
    """What a detail of an entry is called."""
    key = f"logbook.detail_{name}"
    return words.t(key) if words.knows(key) else name


def detail_said(words: Words, name: str, value: Any) -> str:
    """A detail as people read it: codes are said, figures written, other texts are themselves."""
    key = f"logbook.{name}_{value}"
    if name in CODES and words.knows(key):
        return words.t(key)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return words.number(value, 3)
    return str(value)
