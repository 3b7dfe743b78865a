"""One entry behind a figure, for who sees its records but opens no garden's logbook.

Whoever answers for the city reads what was noted and how it was changed; not by whom nor in whose
own words, which the figure does not need and which may name somebody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from agro.access import may_see_records
from agro.dashboard import data, parts
from agro.dashboard import logbook_cards as cards
from agro.dashboard.frame import Frame
from agro.indicators.book import Record
from agro.records import Noted, Revision
from agro.store import logbook

_PERSONAL = ("who", "notes")


def entries(records: Iterable[Record], links: Iterable[str]) -> list[int]:
    """The numbers of those records that are entries and whose page is not open to who looks."""
    return [
        one.source.row
        for one, link in zip(records, links, strict=True)
        if one.source.row and one.source.key.startswith("log ") and not link
        if one.source.kind != "delivery"
    ]


def choose(frame: Frame, numbers: Sequence[int], key: str) -> None:
    """Let one of them be read; nothing where there is none."""
    if not numbers:
        return
    words = frame.words
    number = st.selectbox(
        words.t("indicators.entry_read"),
        numbers,
        index=None,
        key=f"indicators_entry_{key}",
        format_func=lambda one: words.t("indicators.number", value=str(one)),
        placeholder=words.t("indicators.entry_choose"),
    )
    if number is not None:
        _draw(frame, int(number))


def _draw(frame: Frame, number: int) -> None:
    words = frame.words
    with data.engine().connect() as c:
        try:
            found, changed = logbook.one(c, number), logbook.history(c, number)
        except ValueError:  # its import was undone meanwhile
            parts.caption(words.t("logbook.no_such", number=str(number)))
            return
    if not may_see_records(frame.actor, f"site:{found.entry.site}"):
        parts.forbidden(words)
        return
    with st.container(border=True, key=f"indicators_read_{number}"):
        st.html(cards.row(frame, _impersonal(found)))
        facts = [
            (words.t("logbook.recorded"), words.stamp(found.recorded_at)),
            (words.t("logbook.field_source"), words.code("source", found.entry.source)),
        ]
        st.html(parts.facts(facts))
        if changed:
            st.html(_history(frame, found, changed))


def _impersonal(found: Noted) -> Noted:
    return replace(found, entry=replace(found.entry, who="", notes=""))


def _history(frame: Frame, found: Noted, changed: Sequence[Revision]) -> str:
    """How it was changed, without names and without people's own words."""
    items = []
    for one in changed:
        after = {name: value for name, value in one.after.items() if name not in _PERSONAL}
        kept = replace(one, who="", after=after, reason="")
        items.append(cards.changes(frame.words, found.entry.site, kept))
    heading = escape(frame.words.t("logbook.history"))
    return f'<h3 class="history">{heading}</h3><ol class="changes">{"".join(items)}</ol>'
