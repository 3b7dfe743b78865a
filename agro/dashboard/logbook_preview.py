"""What a file says before it is stored: its bad rows, what was taken how, what it adds up to."""

from math import isnan

import streamlit as st

from agro.dashboard import parts
from agro.dashboard.frame import crop_name
from agro.dashboard.logbook_draft import unit_name
from agro.logbook import Preview
from agro.words import Words
from agro.words.imports import field_name, note_sentence, problem_sentence

_SHOWN = 50  # bad rows on the page
_LONGEST = 80  # characters of a value


def problems(words: Words, read: Preview) -> None:
    """Every bad row: where it is, what it says, what to do."""
    if not read.problems:
        return
    parts.section(words.t("logbook.problems"), words.t("logbook.problems_caption"))
    heads = [words.t(f"logbook.problem_{name}") for name in ("row", "field", "value", "remedy")]
    rows = [
        [
            str(one.row),
            field_name(words, one.field),
            one.value[:_LONGEST],
            problem_sentence(words, one.code, one.value[:_LONGEST], one.facts),
        ]
        for one in read.problems[:_SHOWN]
    ]
    st.html(parts.table(heads, rows, codes=frozenset({2})))
    left = len(read.problems) - _SHOWN
    if left > 0:
        parts.caption(words.t("logbook.problems_more", n=left))


def notes(words: Words, read: Preview) -> None:
    """How something was taken that could be taken otherwise."""
    told = [note_sentence(words, one.code, one.rows, one.value, one.facts) for one in read.notes]
    if told:
        with st.expander(words.t("logbook.taken", n=len(told))):
            st.html(parts.chips(told))


def sums(words: Words, read: Preview) -> None:
    """What the good rows add up to, by work, crop and unit."""
    if not read.totals:
        return
    heads = [words.t(f"logbook.sum_{name}") for name in ("type", "crop", "amount", "rows")]
    rows = [
        [
            words.code("log", one.type),
            crop_name(words, one.crop) if one.crop else "–",
            "" if isnan(one.quantity) else _amount(words, one.quantity, one.unit),
            words.number(one.rows),
        ]
        for one in read.totals
    ]
    with st.expander(words.t("logbook.sums"), expanded=len(rows) <= 8):
        st.html(parts.table(heads, rows, numbers=frozenset({2, 3}), tight=True))


def _amount(words: Words, quantity: float, unit: str) -> str:
    return f"{words.number(quantity, 1)}\u00a0{unit_name(words, unit)}"
