"""What is left and how old it is, what in the records cannot be, and what should leave now."""

from dataclasses import dataclass
from html import escape

import streamlit as st

from agro.chain import Fault, Stock, Surplus, surplus
from agro.dashboard import chain_data as read
from agro.dashboard import parts
from agro.dashboard.chain_parts import age, amount, lot_name, plain, today
from agro.dashboard.frame import Frame, crop_name
from agro.errors import BadInput
from agro.records import Delivery, LogEntry, Site
from agro.store.offers import Offer
from agro.words import Words

_TOLD = "chain_stock_told"
_MENDED = ("unassigned", "overassigned")


@dataclass(frozen=True, slots=True)
class _View:
    frame: Frame
    site: Site

    @property
    def words(self) -> Words:
        return self.frame.words

    def due(self, one: Surplus) -> str:
        """Until when a surplus keeps."""
        if one.until is None:
            return self.words.t("chain.no_end")
        return self.words.t("chain.until", day=self.words.near_day(one.until, today(self.frame)))


@st.fragment
def stock(frame: Frame, site: Site) -> None:
    """Draw the view."""
    with parts.answering(frame.words):
        view = _View(frame.refreshed(), site)
        found = read.goods(site.slug)
        told = st.session_state.pop(_TOLD, "")
        if told:
            st.html(parts.notice(told))
        _faults(view, found.faults)
        if not found.stock:
            words = view.words
            parts.empty(words.t("chain.no_stock"), words.t("chain.no_stock_body"))
        else:
            _surplus(view, found.stock)
            _table(view, found.stock)
        _offers(view)


def _faults(view: _View, faults: list[Fault]) -> None:
    words = view.words
    for one in faults:
        told = words.t(
            f"chain.fault_{one.code}",
            amount=amount(words, one.amount, one.unit),
            crop=crop_name(words, one.crop) if one.crop else words.t("chain.no_crop"),
            lot=one.lot,
            number=str(one.number),
        )
        st.html(parts.notice(told))
    if any(one.code in _MENDED for one in faults):
        st.button(words.t("chain.assign"), key="chain_assign", on_click=_assign, args=(view,))


def _assign(view: _View) -> None:
    who = str(st.session_state.get("chain_who", ""))
    changed = read.assign(view.site.slug, who=who, reason=view.words.t("chain.assign_reason"))
    st.session_state[_TOLD] = view.words.t("chain.assigned", n=changed)


def _table(view: _View, rows: list[Stock]) -> None:
    words, day = view.words, today(view.frame)
    parts.section(words.t("chain.stock"), words.t("chain.stock_caption"))
    heads = [words.t(f"chain.head_{name}") for name in ("crop", "lot", "age", "left")]
    lines = []
    for row in rows:
        crop = crop_name(words, row.crop)
        several = len(row.lots) != 1 or row.left != row.lots[0].left
        if several:
            whole = row.age(day)
            old = "" if whole is None else age(words, whole)
            lots = words.t("chain.lots", n=len(row.lots))
            lines.append([crop, lots, old, amount(words, row.left, row.unit)])
        for lot in row.lots:
            name = crop if not several else ""
            old = age(words, (day - lot.day).days)
            left = amount(words, lot.left, lot.unit)
            lines.append([name, lot_name(view.frame, lot), old, left])
    st.html(parts.table(heads, lines, numbers=frozenset((2, 3)), tight=True))


def _surplus(view: _View, rows: list[Stock]) -> None:
    words = view.words
    due = surplus(rows, today(view.frame))
    if not due:
        return
    parts.section(words.t("chain.surplus"), words.t("chain.surplus_caption"))
    offered = {one.crop for one in read.offered(view.site.slug)}
    for one in due:
        what = amount(words, one.amount, one.unit)
        crop = crop_name(words, one.crop)
        with st.container(border=True, key=f"chain_surplus_{one.crop}_{one.unit}"):
            if one.amount:
                told = words.t("chain.surplus_of", amount=what, crop=crop, until=view.due(one))
                st.html(f"<p>{escape(told)}</p>")
            if one.past:
                past = words.t("chain.past", amount=amount(words, one.past, one.unit), crop=crop)
                st.html(f'<p class="caption">{escape(past)}</p>')
            if one.unit == "kg" and one.amount and one.crop not in offered:
                label = plain(words.t("chain.offer_this", amount=what, crop=crop.lower()))
                key = f"chain_offer_{one.crop}"
                st.button(label, key=key, on_click=_offer, args=(view, one))


def _offer(view: _View, one: Surplus) -> None:
    who = str(st.session_state.get("chain_who", ""))
    read.offer(
        Offer(view.site.slug, one.crop, one.amount, view.frame.now, until=one.until, who=who)
    )
    st.session_state[_TOLD] = view.words.t("chain.offered")


def _offers(view: _View) -> None:
    words = view.words
    found = read.offered(view.site.slug)
    parts.section(words.t("chain.offers"), words.t("chain.offers_caption"))
    if not found:
        parts.caption(words.t("chain.no_offer"))
    for one in found:
        what = amount(words, one.mass_kg, "kg")
        day = today(view.frame)
        until = words.t("chain.until", day=words.near_day(one.until, day)) if one.until else ""
        crop = crop_name(words, one.crop)
        with st.container(border=True, key=f"chain_open_{one.number}"):
            st.html(f"<p>{escape(words.t('chain.offer', amount=what, crop=crop, until=until))}</p>")
            with st.container(horizontal=True):
                label, gone = words.t("chain.taken"), words.t("chain.withdraw")
                key = f"chain_taken_{one.number}"
                st.button(label, key=key, type="primary", on_click=_taken, args=(view, one))
                st.button(
                    gone, key=f"chain_withdraw_{one.number}", on_click=read.withdraw, args=(one,)
                )


def _taken(view: _View, one: Offer) -> None:
    """It was fetched: a donation out of the oldest lots, if so much is still there."""
    who = str(st.session_state.get("chain_who", ""))
    at = view.frame.now.replace(microsecond=0)
    entry = LogEntry(
        one.site, "", "delivery", at, one.mass_kg, "kg", one.crop, notes=one.notes, who=who
    )
    try:
        read.give(one, Delivery(entry, "donation"), who=who)
    except BadInput:
        st.session_state[_TOLD] = view.words.t("chain.offer_too_much")
        return
    st.session_state[_TOLD] = view.words.t("chain.given")
