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
from agro.dashboard.chain_parts import amount, plain, sentence, today
from agro.dashboard.frame import Frame, crop_name
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
        rows = [row for row in read.goods(site.slug).stock if row.left > 0 and row.lots]
        rows.sort(key=lambda row: row.lots[0].day)
        if not rows:
            parts.empty(frame.words.t("chain.no_stock"), frame.words.t("chain.no_stock_body"))
            return
        _form(frame, site, rows)


def _form(frame: Frame, site: Site, rows: list[Stock]) -> None:
    words = frame.words
    row = _what(words, rows)
    quantity = _how_much(words, row)
    to = where(words, read.outlets(site.slug), site.slug)
    said = _details(frame)
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


def _what(words: Words, rows: list[Stock]) -> Stock:
    names = {}
    for row in rows:
        left = amount(words, row.left, row.unit)
        names[f"{row.crop}|{row.unit}"] = f"{crop_name(words, row.crop)} · {left}"
    key = "chain_what"
    if st.session_state.get(key) not in names:
        st.session_state[key] = next(iter(names))
    chosen = st.pills(
        words.t("chain.what"), list(names), key=key, required=True, format_func=names.__getitem__
    )
    return next(row for row in rows if f"{row.crop}|{row.unit}" == chosen)


def _how_much(words: Words, row: Stock) -> float:
    """All of it, half of it, or a figure; counts are whole."""
    whole, counted = row.left, row.unit != "kg"
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


def _details(frame: Frame) -> dict[str, object]:
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
        who = st.text_input(words.t("chain.who"), key="chain_who", max_chars=80)
        notes = st.text_input(words.t("chain.notes"), key=f"chain_notes_{again}", max_chars=400)
    return {"day": day, "price": price, "who": who.strip(), "notes": notes.strip()}


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
        st.html(parts.notice(_objection(words, one.code, one.facts)))
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


def _objection(words: Words, code: str, facts: dict[str, object]) -> str:
    """Why it cannot be, with amounts and crops as people write them."""
    unit = str(facts.get("unit", ""))
    written: dict[str, str] = {
        str(name): amount(words, float(str(facts[name])), unit)
        for name in ("asked", "left", "given")
        if name in facts
    }
    if "crop" in facts:
        written["crop"] = crop_name(words, str(facts["crop"]))
    return words.t(f"chain.objection_{code}", **{"lot": str(facts.get("lot", "")), **written})


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
            on_click=lambda: read.undo(found.delivered.number, who=who),
        )
