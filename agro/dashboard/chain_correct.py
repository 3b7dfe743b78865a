"""A delivery is corrected where it is traced: where it went, how much, its price, day and lots.

What it said before stays in its history; taken back, it can be brought back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from html import escape
from math import nan

import streamlit as st

from agro.chain import trim
from agro.dashboard import chain_data as read
from agro.dashboard import parts
from agro.dashboard.chain_history import history_card
from agro.dashboard.chain_lots import lots_given, lots_told
from agro.dashboard.chain_parts import amount, channel, objection, today
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_choices import names_first
from agro.dashboard.logbook_data import recent
from agro.dashboard.logbook_details import ask_who, who_of
from agro.dashboard.logbook_draft import unit_name
from agro.errors import BadInput
from agro.records import Delivery
from agro.store.deliveries import CHANNELS, Delivered
from agro.store.lots import Lot, taken_by, without
from agro.words import Words

_SAID = "chain_fix_said"
_BARE = "*"  # before a channel without an outlet
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Said:
    """What the form says; `where` is an outlet's slug, or `*` and a channel."""

    where: str
    quantity: float
    price: float
    day: date


def mending(frame: Frame, one: Delivered, names: Mapping[str, str]) -> None:
    """Draw the history of a delivery, and the ways to correct it and to take it back."""
    words, site = frame.words, one.delivery.entry.site
    with st.container(key="chain_fix"):
        if said := st.session_state.pop(_SAID, ""):
            st.html(parts.notice(said))
        lots = read.goods(site, today(frame)).lots
        if told := history_card(frame, read.history(one.number), lots=lots, outlets=names):
            st.html(told)
        if one.struck:
            label, key = words.t("chain.restore"), f"chain_restore_{one.number}"
            st.button(label, key=key, on_click=_restore, args=(words, one.number))
            return
        with st.expander(words.t("chain.correct")):
            _form(frame, one, names, lots)
        with st.expander(words.t("chain.strike")):
            _strike(words, one.number)


def _form(frame: Frame, one: Delivered, names: Mapping[str, str], lots: Mapping[int, Lot]) -> None:
    words, key = frame.words, f"chain_fix_{one.number}_{one.revisions}"
    made = corrected(words, one, _ask(frame, one, names, key))
    made = _lots(frame, made, one, lots, key)
    told = read.objections(made, instead=one)
    for against in told:
        st.html(parts.notice(objection(words, against)))
    known = made.outlet or made.channel in CHANNELS
    reason = st.text_input(words.t("logbook.reason"), key=f"{key}_reason", max_chars=200).strip()
    ask_who(words, names_first(recent(made.entry.site)), key=f"{key}_who")
    st.button(
        words.t("chain.correct_save"),
        type="primary",
        width="stretch",
        key=f"{key}_save",
        disabled=not (reason and known and all(against.excusable for against in told)),
        on_click=_save,
        args=(words, one.number, made, reason),
    )


def _ask(frame: Frame, one: Delivered, names: Mapping[str, str], key: str) -> Said:
    words, delivery = frame.words, one.delivery
    now = delivery.outlet or _BARE + delivery.channel
    options = list(dict.fromkeys([now, *names, *(_BARE + code for code in CHANNELS)]))
    where = st.selectbox(
        words.t("chain.where"),
        options,
        key=f"{key}_where",
        format_func=lambda name: (
            channel(words, name[1:]) if name.startswith(_BARE) else names.get(name, name)
        ),
    )
    left, right = st.columns(2)
    quantity = left.number_input(
        words.t("chain.amount", unit=unit_name(words, one.unit)),
        min_value=0.0,
        value=None if one.amount != one.amount else one.amount,
        step=0.5 if one.unit == "kg" else 1.0,
        key=f"{key}_quantity",
    )
    price = right.number_input(
        words.t("chain.price"),
        min_value=0.0,
        value=None if delivery.price != delivery.price else delivery.price,
        key=f"{key}_price",
    )
    before = words.local(delivery.entry.time).date()
    day = st.date_input(
        words.t("chain.day"),
        before,
        max_value=max(before, today(frame)),
        key=f"{key}_day",
        format="DD/MM/YYYY",
    )
    return Said(
        where or now,
        nan if quantity is None else float(quantity),
        nan if price is None else float(price),
        day if isinstance(day, date) else before,
    )


def corrected(words: Words, one: Delivered, said: Said) -> Delivery:
    """The delivery as the form says it, its lots as they were.

    Elsewhere, distance and intermediaries are the new outlet's; the same amount keeps its unit as
    it was written, the same day its hour.
    """
    before, entry = one.delivery, one.delivery.entry
    if not abs(said.quantity - one.amount) < 1e-9:
        entry = replace(entry, quantity=said.quantity, unit=one.unit)
    if said.day != words.local(entry.time).date():
        at = datetime.combine(said.day, _NOON, words.zone).astimezone(UTC)
        entry = replace(entry, time=at)
    made = replace(before, entry=entry, price=said.price)
    if said.where == (before.outlet or _BARE + before.channel):
        return made
    bare = said.where.startswith(_BARE)
    return replace(
        made,
        channel=said.where[1:] if bare else "",
        outlet="" if bare else said.where,
        distance_km=nan,
        intermediaries=nan,
        vehicle="",
    )


def _lots(
    frame: Frame, made: Delivery, one: Delivered, lots: Mapping[int, Lot], key: str
) -> Delivery:
    """The delivery with its own lots where they suffice, with the oldest again, or with others."""
    words, unit = frame.words, one.unit
    if not made.entry.quantity > 0:
        return replace(made, lots=())
    wanted = (
        one.amount if made.entry.quantity == one.delivery.entry.quantity else made.entry.quantity
    )
    kept = trim(one.delivery.lots, wanted)
    proposed = {use.harvest: taken_by(use) for use in kept}
    if kept:
        told = words.t("chain.lots_kept", lots=lots_told(frame, proposed, lots))
    else:
        told = words.t("chain.lots_again", amount=amount(words, wanted, unit))
    st.html(f'<p class="caption">{escape(told)}</p>')
    if not st.toggle(words.t("chain.choose_own"), key=f"{key}_own"):
        return replace(made, lots=kept)
    mine = {use.harvest for use in one.delivery.lots}
    what = (made.entry.site, made.entry.crop, unit)
    known = [
        lot
        for lot in without(lots.values(), one.delivery.lots)
        if (lot.site, lot.crop, lot.unit) == what
        and (lot.number in mine or (lot.left > 0 and not lot.struck))
    ]
    known.sort(key=lambda lot: lot.day, reverse=True)
    return lots_given(frame, made, known, proposed, key=f"_{key}")


def _save(words: Words, number: int, made: Delivery, reason: str) -> None:
    """Correct it; somebody may have struck it or taken its lots meanwhile."""
    try:
        changed = read.revise(number, made, who=who_of(), reason=reason)
    except (BadInput, ValueError):
        read.forget()
        st.session_state[_SAID] = words.t("chain.changed_meanwhile")
        return
    st.session_state[_SAID] = words.t("chain.corrected" if changed else "chain.said_already")


def _strike(words: Words, number: int) -> None:
    reason = st.text_input(words.t("logbook.reason"), key=f"chain_why_{number}", max_chars=200)
    st.button(
        words.t("chain.strike_yes"),
        key=f"chain_strike_{number}",
        on_click=lambda: read.strike(number, who=who_of(), reason=reason.strip()),
    )


def _restore(words: Words, number: int) -> None:
    read.restore(number, who=who_of())
    st.session_state[_SAID] = words.t("chain.restored")
