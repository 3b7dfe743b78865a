"""Fields of the steps of a new trial: each begins with what the draft says.

A key carries the round, which rises when the draft is changed by a button: then fields begin anew.
"""

from math import isfinite, nan

import streamlit as st

_ROUND = "trials_round"
_LONGEST = 20_000  # letters


def key(name: str) -> str:
    """The key of a field in this round."""
    return f"trials_w{st.session_state.get(_ROUND, 0)}_{name}"


def again() -> None:
    """Let every field begin with what the draft says now."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def begun(name: str, value: object) -> str:
    """The key of a field, which begins with `value`."""
    own = key(name)
    st.session_state.setdefault(own, value)
    return own


def text(name: str, label: str, value: str, *, hint: str = "", most: int = 120) -> str:
    """A line of text."""
    return st.text_input(
        label, key=begun(name, value), placeholder=hint or None, max_chars=most
    ).strip()


def paragraph(name: str, label: str, value: str, *, hint: str = "", height: int = 100) -> str:
    """Several lines of text."""
    return st.text_area(label, key=begun(name, value), placeholder=hint or None, height=height)[
        :_LONGEST
    ].strip()


def whole(
    name: str, label: str, value: int | None, *, low: int, high: int, hint: str = ""
) -> int | None:
    """A whole number; None where the field is empty."""
    said = st.number_input(
        label,
        min_value=low,
        max_value=high,
        step=1,
        value=None,
        key=begun(name, None if value is None else min(max(value, low), high)),
        placeholder=hint or None,
    )
    return None if said is None else int(said)


def number(
    name: str,
    label: str,
    value: float,
    *,
    low: float | None = None,
    high: float | None = None,
    step: float = 0.1,
    form: str | None = None,
    hint: str = "",
) -> float:
    """A number; NaN where the field is empty."""
    said = st.number_input(
        label,
        min_value=low,
        max_value=high,
        step=step,
        format=form,
        value=None,
        key=begun(name, float(value) if isfinite(value) else None),
        placeholder=hint or None,
    )
    return nan if said is None else float(said)


def switch(name: str, label: str, *, value: bool, hint: str | None = None) -> bool:
    """Yes or no."""
    return st.toggle(label, key=begun(name, value), help=hint)
