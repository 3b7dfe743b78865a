"""Beside the reports: those that only the city reads, and where all of them come from."""

from html import escape

import streamlit as st

from agro.city.reports import FEWEST
from agro.config import settings
from agro.dashboard import parts
from agro.dashboard import reports_data as read
from agro.dashboard.frame import Frame
from agro.dashboard.reports_card import kind_title, source_name
from agro.store.feeds import Source

_UNTOLD = ("", "–", "not stated")  # what feeds say where their source names no licence
_OURS = "/open311/v2/requests.json"


def private(frame: Frame) -> None:
    """How many people ask for food help or are alone: a number, and what the gardens can give."""
    words = frame.words
    kinds = [one for one in read.services() if one.visible == "city"]
    if not kinds:
        return
    parts.section(words.t("reports.private"), words.t("reports.private_caption"))
    counted = read.waiting(read.role())
    few = words.t("reports.private_few", fewest=FEWEST)
    pairs = []
    for kind in kinds:
        count = counted.get(kind.code, 0)
        name = kind_title(words, kind)
        pairs.append((name, few if count is None else words.number(count)))
    st.html(parts.facts(pairs))
    if offered := read.surplus():
        parts.caption(words.t("reports.surplus", n=offered))
    if offered and frame.may("page.chain"):
        label, to = words.t("reports.surplus_link"), {"lang": words.language}
        st.page_link("agro/dashboard/pages/chain.py", label=f"{label} →", query_params=to)
    days = settings().report_contact_days
    parts.caption(words.t("reports.contact_city", days=days))


def origin(frame: Frame) -> None:
    """Which systems tell of reports, how they are, and how old what they said is."""
    words = frame.words
    parts.section(words.t("reports.feed"))
    told = [_line(frame, one) for one in read.sources()]
    if told:
        lines = (one[:1].upper() + one[1:] for one in told)
        st.html("".join(f'<p class="caption">{escape(one)}</p>' for one in lines))
        return
    note = escape(words.t("reports.feed_none"))
    st.html(f'<p class="caption">{note} <code>{escape(_OURS)}</code></p>')


def _line(frame: Frame, one: Source) -> str:
    words = frame.words
    facts = {
        "source": source_name(words, one.source),
        "mode": words.code("reports.mode", one.mode),
    }
    reason = words.code("reports.reason", one.reason.partition(":")[0])
    if one.fetched_at is None:
        return words.t("reports.feed_never", reason=reason, **facts)
    age = words.age(frame.now - one.fetched_at)
    if one.failures:
        return words.t("reports.feed_bad", reason=reason, age=age, **facts)
    is_told = one.licence not in _UNTOLD
    licence = one.licence if is_told else words.t("reports.licence_none")
    return words.t("reports.feed_good", licence=licence, age=age, **facts)
