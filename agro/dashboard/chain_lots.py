"""Of which lots a delivery is made: the oldest that keep first, or as somebody chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from agro.chain import Stock
from agro.chain.freshness import is_fresh
from agro.dashboard import chain_data as read
from agro.dashboard.chain_parts import age, amount, lot_name, plain, today
from agro.dashboard.frame import Frame
from agro.records import Delivery
from agro.store.lots import Lot, oldest_first, taken_by

_MOST = 12  # lots a thumb can choose from


def chosen_lots(frame: Frame, delivery: Delivery, row: Stock) -> Delivery:
    """The delivery with the lots that were chosen; none when the oldest that keep go.

    Of goods that are older than they keep, the lots are always named.
    """
    if not delivery.entry.quantity > 0:
        return delivery
    words, wanted = frame.words, delivery.entry.quantity
    newest = tuple(reversed(row.old))
    if not row.lots:
        st.html(f'<p class="caption">{escape(words.t("chain.name_old"))}</p>')
        uses, _ = oldest_first(newest, wanted)
        proposed = {use.harvest: taken_by(use) for use in uses}
        return lots_given(frame, delivery, newest, proposed)
    uses, _ = read.propose(delivery)
    proposed = {use.harvest: taken_by(use) for use in uses}
    known = (*row.lots, *newest)
    told = lots_told(frame, proposed, {lot.number: lot for lot in known})
    if told:
        st.html(f'<p class="caption">{escape(words.t("chain.oldest_first", lots=told))}</p>')
    if len(known) < 2:
        return delivery
    with st.expander(words.t("chain.choose_lots")):
        if st.toggle(words.t("chain.choose_own"), key="chain_own"):
            return lots_given(frame, delivery, known, proposed)
    return delivery


def lots_told(frame: Frame, taken: Mapping[int, float], known: Mapping[int, Lot]) -> str:
    """Lots in a line, each with how much of it."""
    return " · ".join(
        f"{lot_name(frame, known[number])} ({amount(frame.words, part, known[number].unit)})"
        for number, part in taken.items()
        if number in known
    )


def lots_given(
    frame: Frame,
    delivery: Delivery,
    known: Sequence[Lot],
    proposed: Mapping[int, float],
    key: str = "",
) -> Delivery:
    """The delivery with so much of each lot as is asked for, the proposal to begin with."""
    words, day = frame.words, today(frame)
    found = []
    first = sorted(known, key=lambda lot: lot.number not in proposed)  # what is proposed is shown
    for lot in first[:_MOST]:
        kept = "lot_left" if is_fresh(lot, day) else "lot_left_old"
        old = age(words, (day - lot.day).days)
        left = amount(words, lot.left, lot.unit)
        label = words.t(f"chain.{kept}", lot=lot_name(frame, lot), age=old, left=left)
        given = st.number_input(
            plain(label),
            min_value=0.0,
            value=float(proposed.get(lot.number, 0.0)),
            step=1.0 if lot.unit != "kg" else 0.5,
            key=f"chain_lot{key}_{lot.number}_{delivery.entry.quantity:g}",
        )
        if given:
            found.append(lot.use(float(given)))
    return replace(delivery, lots=tuple(found))
