"""What of an entered figure cannot be, in words: the field, its value, what to do."""

from collections.abc import Sequence

import streamlit as st

from agro.dashboard import parts
from agro.dashboard.indicators_entering_draft import Fault
from agro.words import Words

_SHOWN = 50  # rows on the page
_LONGEST = 60  # characters of a value


def sentence(words: Words, fault: Fault) -> str:
    """`Numérateur « abc » : n’est pas un nombre ; écrivez 12,5.`"""
    field = words.t(f"entering.{fault.field}") if fault.field else ""
    told = words.t(f"entering_fault.{fault.code}", **dict(fault.facts))
    if not field:
        return told
    value = fault.value[:_LONGEST]
    key = "entering.fault_value" if value else "entering.fault"
    return words.t(key, field=field, value=value, told=told)


def table(words: Words, faults: Sequence[Fault]) -> None:
    """Every fault of a file: its line, field, value, and what to do."""
    heads = [words.t(f"entering.column_{name}") for name in ("row", "field", "value", "remedy")]
    rows = [
        [
            str(one.row),
            words.t(f"entering.{one.field}") if one.field else "–",
            one.value[:_LONGEST],
            words.t(f"entering_fault.{one.code}", **dict(one.facts)),
        ]
        for one in faults[:_SHOWN]
    ]
    st.html(parts.table(heads, rows, codes=frozenset({2})))
    if len(faults) > _SHOWN:
        parts.caption(words.t("entering.faults_more", n=len(faults) - _SHOWN))
