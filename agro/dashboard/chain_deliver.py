"""Delivering with a thumb: what, how much, to whom; the oldest lots go unless others are chosen.

It is a fragment: a tap redraws the form and nothing else.
"""

from datetime import UTC, date, datetime, time
from html import escape
from math import nan

import streamlit as st

from agro.chain import Stock
from agro.dashboard import chain_data as read
from agro.dashboard import parts
from agro.dashboard.chain_lots import chosen_lots
from agro.dashboard.chain_outlet import Where, where
from agro.dashboard.chain_parts import amount, objection, plain, sentence, today
from agro.dashboard.chain_what import what
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_choices import names_first
from agro.dashboard.logbook_data import recent
from agro.dashboard.logbook_details import ask_who, who_of
from agro.errors import BadInput
from agro.records import Delivery, LogEntry, Site
from agro.words import Words

_TOLD, _ROUND, _WRONG = "chain_told", "chain_round", "chain_wrong"
_NOON = time(12)


@st.fragment
def deliver(frame: Frame, site: Site) -> None:
    """Draw the form."""
    frame = frame.refreshed()
    with parts.answering(frame.words), st.container(key="chain_form"):
        st.session_state.setdefault(_ROUND, 0)
        _told(frame, site)
        found = read.goods(site.slug, today(frame))
        if not any(row.fresh > 0 and row.lots for row in found.stock):
            parts.empty(frame.words.t("chain.no_stock"), frame.words.t("chain.no_stock_body"))
            if not any(row.unaccounted for row in found.stock):
                return
        _form(frame, site, found)


def _form(frame: Frame, site: Site, found: read.Goods) -> None:
    words = frame.words
    row = what(words, found.stock, found.used)
    quantity = _how_much(words, row)
    to = where(words, read.outlets(site.slug), site.slug)
    said = _details(frame, site)
    entry = LogEntry(
        site=site.slug,
        plot="",
        type="delivery",
        time=_moment(frame, said["day"]),
        quantity=quantity,
        unit=row.unit,
        crop=row.crop,
        notes=str(said["notes"]),
        who=str(said["who"]),
    )
    delivery = Delivery(
        entry,
        to.channel,
        to.outlet,
        to.distance_km,
        to.intermediaries,
        price=_price(said["price"]),
    )
    delivery = chosen_lots(frame, delivery, row)
    _save(frame, delivery, to)


def _how_much(words: Words, row: Stock) -> float:
    """All of it, half of it, or a figure; counts are whole."""
    whole, counted = row.fresh if row.lots else row.unaccounted, row.unit != "kg"
    half = float(round(whole / 2)) if counted else round(whole / 2, 1)
    names = {
        "all": words.t("chain.all", amount=amount(words, whole, row.unit)),
        "half": words.t("chain.half", amount=amount(words, half, row.unit)),
        "other": words.t("chain.other_amount"),
    }
    options = [name for name in names if name != "half" or half > 0]
    place = f"{row.crop}_{row.unit}_{st.session_state[_ROUND]}"
    chosen = st.pills(
        words.t("chain.how_much"),
        options,
        key=f"chain_share_{place}",
        default="other",
        required=True,
        format_func=names.__getitem__,
    )
    if chosen == "all":
        return whole
    if chosen == "half":
        return half
    given = st.number_input(
        words.t("chain.amount", unit=amount(words, 0, row.unit).split("\u00a0")[1]),
        min_value=0.0,
        value=None,
        step=1.0 if counted else 0.5,
        format="%.0f" if counted else "%.1f",
        key=f"chain_amount_{place}",
        placeholder="0",
    )
    return nan if given is None else float(given)


def _details(frame: Frame, site: Site) -> dict[str, object]:
    """The day, the price, who, and anything else: folded, because most days need none."""
    words, again = frame.words, st.session_state[_ROUND]
    with st.expander(words.t("chain.details")):
        day = st.date_input(
            words.t("chain.day"),
            value=today(frame),
            max_value=today(frame),
            key=f"chain_day_{again}",
            format="DD/MM/YYYY",
        )
        price = st.number_input(
            words.t("chain.price"), min_value=0.0, value=None, key=f"chain_price_{again}"
        )
        ask_who(words, names_first(recent(site.slug)), key="chain_who")
        notes = st.text_input(words.t("chain.notes"), key=f"chain_notes_{again}", max_chars=400)
    return {"day": day, "price": price, "who": who_of(), "notes": notes.strip()}


def _price(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else nan


def _moment(frame: Frame, day: object) -> datetime:
    """Now, to the second; of another day its noon."""
    if not isinstance(day, date) or day == today(frame):
        return frame.now.replace(microsecond=0)
    return datetime.combine(day, _NOON, frame.words.zone).astimezone(UTC)


def _save(frame: Frame, delivery: Delivery, to: Where) -> None:
    """What stands against it, and the one button."""
    words = frame.words
    told = [] if delivery.entry.quantity != delivery.entry.quantity else read.objections(delivery)
    for one in told:
        st.html(parts.notice(objection(words, one)))
    reason = ""
    if told and all(one.excusable for one in told):
        key = f"chain_reason_{st.session_state[_ROUND]}"
        reason = st.text_input(words.t("chain.reason"), key=key, max_chars=200).strip()
    wrong = st.session_state.pop(_WRONG, "")
    if wrong:
        st.html(parts.notice(wrong))
    ready = delivery.entry.quantity > 0 and bool(to.channel) and (not told or bool(reason))
    if ready:
        what = amount(words, delivery.entry.quantity, delivery.entry.unit)
        crop = crop_name(words, delivery.entry.crop).lower()
        label = words.t("chain.deliver_this", amount=what, crop=crop, where=to.name)
    else:
        label = words.t("chain.deliver")
    with st.container(key="chain_save"):
        st.button(
            plain(label),
            type="primary",
            width="stretch",
            disabled=not ready,
            key=f"chain_deliver_{st.session_state[_ROUND]}",
            on_click=_deliver,
            args=(words, delivery, to, reason),
        )


def _deliver(words: Words, delivery: Delivery, to: Where, reason: str) -> None:
    """Store it and begin a new one; somebody else may have been quicker."""
    try:
        number = read.deliver(delivery, reason=reason, outlet=to.new)
    except BadInput:
        st.session_state[_WRONG] = words.t("chain.overtaken")
        read.forget()
        return
    st.session_state[_TOLD] = number
    st.session_state[_ROUND] += 1


def _told(frame: Frame, site: Site) -> None:
    """What was delivered just now, and the way back."""
    number = st.session_state.get(_TOLD)
    found = read.back(number) if number is not None else None
    if found is None or found.delivered.struck:
        return
    words = frame.words
    names = {one.slug: one.name for one in read.outlets(site.slug)}
    line = sentence(frame, found.delivered, names)
    with st.container(key="chain_told", horizontal=True, vertical_alignment="center"):
        said = words.t("chain.delivered", what=line)
        st.html(f'<p class="said" role="status">{escape(said)}</p>')
        who = found.delivered.delivery.entry.who
        st.button(
            words.t("chain.undo"),
            key="chain_undo",
            on_click=lambda: read.undo([found.delivered.number], who=who),
        )
