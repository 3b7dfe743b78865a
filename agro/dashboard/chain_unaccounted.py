"""Old harvests of which no delivery was noted: how much it is, and where it went, in one tap."""

from collections.abc import Sequence
from datetime import date
from html import escape

import streamlit as st

from agro.chain import WAYS, Stock
from agro.dashboard import chain_data as read
from agro.dashboard import parts
from agro.dashboard.chain_parts import amount, today
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_details import who_of
from agro.records import Site
from agro.words import Words

_TOLD, _WHICH = "chain_written_off", "chain_unaccounted_which"
_ALL = "*"


def unaccounted(frame: Frame, site: Site, rows: Sequence[Stock]) -> None:
    """Draw what is unaccounted for, the ways to write it off, and the way back."""
    words = frame.words
    own = [row for row in rows if row.unaccounted]
    done: list[int] = st.session_state.get(_TOLD, [])
    if not own and not done:
        return
    with st.container(key="chain_unaccounted"):
        parts.section(words.t("chain.unaccounted"), words.t("chain.unaccounted_caption"))
        if done:
            _undo(words, done)
        if own:
            st.html(_sum(words, own))
            heads = [words.t(f"chain.head_{name}") for name in ("crop", "harvested", "amount")]
            lines = [_line(words, row, today(frame)) for row in own]
            st.html(parts.table(heads, lines, numbers=frozenset((2,)), tight=True))
            _ways(frame, site, own)


def _sum(words: Words, rows: Sequence[Stock]) -> str:
    """`Plus ancien que ce qui se garde : 120 kg et 3 bottes, sans livraison notée`."""
    total: dict[str, float] = {}
    for row in rows:
        total[row.unit] = total.get(row.unit, 0.0) + row.unaccounted
    sums = words.listing(amount(words, value, unit) for unit, value in total.items())
    return f"<p><b>{escape(words.t('chain.unaccounted_sum', amount=sums))}</b></p>"


def _line(words: Words, row: Stock, day: date) -> list[str]:
    """A crop, the days of its old harvests and how much it is."""
    first, last = row.old[0].day, row.old[-1].day
    if first.year == last.year:
        when = " – ".join(dict.fromkeys(words.near_day(one, day) for one in (first, last)))
    else:
        when = f"{first.year} – {last.year}"
    return [_crop(words, row.crop), when, amount(words, row.unaccounted, row.unit)]


def _crop(words: Words, crop: str) -> str:
    return crop_name(words, crop) if crop else words.t("chain.no_crop")


def _ways(frame: Frame, site: Site, rows: Sequence[Stock]) -> None:
    """All of it or one crop, and a button for each way it may have gone."""
    words = frame.words
    names = {_ALL: words.t("chain.unaccounted_all")}
    names |= {row.crop: _crop(words, row.crop) for row in rows if row.crop}
    if st.session_state.get(_WHICH) not in names:
        st.session_state[_WHICH] = _ALL
    which = st.selectbox(
        words.t("chain.unaccounted_which"), list(names), key=_WHICH, format_func=names.__getitem__
    )
    crop = "" if which == _ALL else str(which)
    with st.container(horizontal=True, key="chain_unaccounted_ways"):
        for way in WAYS:
            st.button(
                words.t(f"chain.write_off_{way}"),
                key=f"chain_write_off_{way}",
                on_click=_write_off,
                args=(frame, site, way, crop),
            )


def _write_off(frame: Frame, site: Site, way: str, crop: str) -> None:
    numbers = read.write_off(site.slug, way, crop=crop, day=today(frame), who=who_of())
    st.session_state[_TOLD] = numbers


def _undo(words: Words, done: list[int]) -> None:
    """What was written off just now, and the way back."""
    with st.container(key="chain_told", horizontal=True, vertical_alignment="center"):
        said = words.t("chain.written_off", n=len(done))
        st.html(f'<p class="said" role="status">{escape(said)}</p>')

        def undo() -> None:
            read.undo(done, who=who_of())
            st.session_state[_TOLD] = []

        st.button(words.t("chain.undo"), key="chain_write_off_undo", on_click=undo)
