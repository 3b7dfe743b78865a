"""What is left and how old it is, what should leave now, what is unaccounted for or cannot be."""

from dataclasses import dataclass
from datetime import date
from html import escape

import streamlit as st

from agro.chain import Fault, Stock, Surplus, surplus
from agro.dashboard import chain_data as read
from agro.dashboard import parts
from agro.dashboard.chain_parts import age, amount, lot_name, plain, today
from agro.dashboard.chain_unaccounted import unaccounted
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_details import who_of
from agro.errors import BadInput
from agro.records import Delivery, LogEntry, Site
from agro.store.lots import Lot
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

    @property
    def may_write(self) -> bool:
        """Whether who looks may change what is in stock."""
        return self.frame.may("chain.write")

    def due(self, one: Surplus) -> str:
        """Until when a surplus keeps."""
        return self.words.t("chain.until", day=self.words.near_day(one.until, today(self.frame)))


@st.fragment
def stock(frame: Frame, site: Site) -> None:
    """Draw the view."""
    with parts.answering(frame.words):
        view = _View(frame.refreshed(), site)
        found = read.goods(site.slug, today(view.frame))
        told = st.session_state.pop(_TOLD, "")
        if told:
            st.html(parts.notice(told))
        _faults(view, found.faults)
        fresh = [row for row in found.stock if row.fresh or row.lots]
        if not fresh:
            words = view.words
            parts.empty(words.t("chain.no_stock"), words.t("chain.no_stock_body"))
        else:
            _table_with_surplus(view, fresh)
        if view.may_write:
            unaccounted(view.frame, site, found.stock)
            _offers(view)


def _table_with_surplus(view: _View, rows: list[Stock]) -> None:
    if view.may_write:
        _surplus(view, rows)
    _table(view, rows)


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
    if view.may_write and any(one.code in _MENDED for one in faults):
        st.button(words.t("chain.assign"), key="chain_assign", on_click=_assign, args=(view,))


def _assign(view: _View) -> None:
    changed = read.assign(view.site.slug, who=who_of(), reason=view.words.t("chain.assign_reason"))
    st.session_state[_TOLD] = view.words.t("chain.assigned", n=changed)


def _table(view: _View, rows: list[Stock]) -> None:
    """A line for each crop; its lots below, folded."""
    words, day = view.words, today(view.frame)
    parts.section(words.t("chain.stock"), words.t("chain.stock_caption"))
    heads = [words.t(f"chain.head_{name}") for name in ("crop", "lots", "oldest", "left")]
    lines = [_line(words, row, day) for row in rows]
    st.html(parts.table(heads, lines, numbers=frozenset((1, 2, 3)), tight=True))
    with st.expander(words.t("chain.lot_by_lot")):
        heads = [words.t(f"chain.head_{name}") for name in ("lot", "age", "left")]
        for row in rows:
            if row.lots:
                parts.caption(crop_name(words, row.crop) if row.crop else words.t("chain.no_crop"))
                own = [_lot_line(view.frame, lot, day) for lot in row.lots]
                st.html(parts.table(heads, own, numbers=frozenset((1, 2)), tight=True))


def _line(words: Words, row: Stock, day: date) -> list[str]:
    whole = row.age(day)
    old = "" if whole is None else age(words, whole)
    crop = crop_name(words, row.crop) if row.crop else words.t("chain.no_crop")
    return [crop, words.number(len(row.lots)), old, amount(words, row.fresh, row.unit)]


def _lot_line(frame: Frame, lot: Lot, day: date) -> list[str]:
    words = frame.words
    old, left = age(words, (day - lot.day).days), amount(words, lot.left, lot.unit)
    return [lot_name(frame, lot), old, left]


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
            told = words.t("chain.surplus_of", amount=what, crop=crop, until=view.due(one))
            st.html(f"<p>{escape(told)}</p>")
            if one.unit == "kg" and one.crop not in offered:
                label = plain(words.t("chain.offer_this", amount=what, crop=crop.lower()))
                key = f"chain_offer_{one.crop}"
                st.button(label, key=key, on_click=_offer, args=(view, one))


def _offer(view: _View, one: Surplus) -> None:
    at, who = view.frame.now, who_of()
    read.offer(Offer(view.site.slug, one.crop, one.amount, at, until=one.until, who=who))
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
    who = who_of()
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
