"""Of which lots a delivery is made: the oldest first, or as somebody chooses."""

from dataclasses import replace
from html import escape

import streamlit as st

from agro.chain import Stock
from agro.dashboard import chain_data as read
from agro.dashboard.chain_parts import age, amount, lot_name, plain, today
from agro.dashboard.frame import Frame
from agro.records import Delivery, LotUse
from agro.store.lots import taken_by

_MOST = 12  # lots a thumb can choose from


def chosen_lots(frame: Frame, delivery: Delivery, row: Stock) -> Delivery:
    """The delivery with the lots that were chosen; none when the oldest go."""
    if not delivery.entry.quantity > 0:
        return delivery
    words = frame.words
    uses, _ = read.propose(delivery)
    known = {lot.number: lot for lot in row.lots}
    told = " · ".join(
        f"{lot_name(frame, known[use.harvest])} ({amount(words, taken_by(use), row.unit)})"
        for use in uses
        if use.harvest in known
    )
    if told:
        st.html(f'<p class="caption">{escape(words.t("chain.oldest_first", lots=told))}</p>')
    if len(row.lots) < 2:
        return delivery
    with st.expander(words.t("chain.choose_lots")):
        own = st.toggle(words.t("chain.choose_own"), key="chain_own")
        if own:
            return replace(delivery, lots=_choice(frame, row, uses, delivery.entry.quantity))
    return delivery


def _choice(
    frame: Frame, row: Stock, uses: tuple[LotUse, ...], quantity: float
) -> tuple[LotUse, ...]:
    """How much of each lot, the proposal to begin with."""
    words = frame.words
    proposed = {use.harvest: taken_by(use) for use in uses}
    found = []
    for lot in row.lots[:_MOST]:
        old = age(words, (today(frame) - lot.day).days)
        left = amount(words, lot.left, lot.unit)
        label = words.t("chain.lot_left", lot=lot_name(frame, lot), age=old, left=left)
        given = st.number_input(
            plain(label),
            min_value=0.0,
            value=float(proposed.get(lot.number, 0.0)),
            step=1.0 if lot.unit != "kg" else 0.5,
            key=f"chain_lot_{lot.number}_{quantity:g}",
        )
        if given:
            found.append(lot.use(float(given)))
    return tuple(found)
