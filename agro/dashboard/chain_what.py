"""What is delivered: chips of the goods that keep, the last delivered first, the rest in a list."""

from collections.abc import Sequence

import streamlit as st

from agro.chain import Stock
from agro.dashboard.chain_parts import amount
from agro.dashboard.frame import crop_name
from agro.words import Words

MOST_CHIPS = 8
_OTHER = "*"
_KEY, _REST = "chain_what", "chain_what_other"


def what(words: Words, rows: Sequence[Stock], used: Sequence[tuple[str, str]]) -> Stock:
    """Ask what is delivered. `used` are crops and units as they were delivered, the last first."""
    fresh = [row for row in rows if row.fresh > 0 and row.lots]
    fresh.sort(key=lambda row: _order(row, used))
    shown, rest = fresh[:MOST_CHIPS], fresh[MOST_CHIPS:]
    rest += [row for row in rows if row.unaccounted and row not in fresh]
    names = {_name(row): _label(words, row) for row in shown}
    if rest:
        names[_OTHER] = words.t("chain.other_crop")
    if st.session_state.get(_KEY) not in names:
        st.session_state[_KEY] = next(iter(names))
    chosen = st.pills(
        words.t("chain.what"), list(names), key=_KEY, required=True, format_func=names.__getitem__
    )
    if chosen == _OTHER:
        return _of_rest(words, rest)
    return next(row for row in shown if _name(row) == chosen)


def _of_rest(words: Words, rest: Sequence[Stock]) -> Stock:
    """One of the goods that are no chip: seldom delivered, or older than they keep."""
    names = {_name(row): _label(words, row) for row in rest}
    if st.session_state.get(_REST) not in names:
        st.session_state[_REST] = next(iter(names))
    chosen = st.selectbox(
        words.t("chain.what_other"), list(names), key=_REST, format_func=names.__getitem__
    )
    return next(row for row in rest if _name(row) == chosen)


def _order(row: Stock, used: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """The goods delivered last come first, then those harvested last."""
    key = (row.crop, row.unit)
    return (used.index(key) if key in used else len(used), -row.lots[-1].day.toordinal())


def _name(row: Stock) -> str:
    return f"{row.crop}|{row.unit}"


def _label(words: Words, row: Stock) -> str:
    crop = crop_name(words, row.crop) if row.crop else words.t("chain.no_crop")
    if row.lots and row.fresh > 0:
        return f"{crop} · {amount(words, row.fresh, row.unit)}"
    return words.t("chain.old_crop", crop=crop, amount=amount(words, row.unaccounted, row.unit))
