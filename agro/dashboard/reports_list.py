"""The reports that were chosen: on the map, then one by one, each with what was answered."""

from collections.abc import Sequence

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard import reports_data as read
from agro.dashboard.frame import Frame
from agro.dashboard.reports_card import (
    BADGES,
    card,
    kind_name,
    kind_title,
    short,
    source_name,
    steps_table,
)
from agro.dashboard.reports_data import Found
from agro.dashboard.reports_map import Point, report_map
from agro.records import ReportService
from agro.store.reports import OWN, Report
from agro.words import Words

_STATES = {"open": ("open", "unknown"), "closed": ("closed",), "all": ()}
_SHOWN, _ABREAST = 30, 2  # cards
_LONGEST_ANSWER = 1000
_TOLD = "reports_told"


def choose(frame: Frame) -> Found:
    """The state, the subject and the commune that are looked at."""
    words = frame.words
    state = st.segmented_control(
        words.t("reports.status"),
        list(_STATES),
        default="open",
        required=True,
        key="reports_state",
        format_func=lambda name: words.t(f"reports.status_{name}"),
        label_visibility="collapsed",
    )
    left, right = st.columns(2)
    kinds, places = _kinds(words), _communes(words)
    code = left.selectbox(
        words.t("reports.kind"), list(kinds), key="reports_kind", format_func=lambda k: kinds[k]
    )
    commune = right.selectbox(
        words.t("reports.where"), list(places), key="reports_where", format_func=lambda k: places[k]
    )
    return read.found(read.role(), _STATES[state or "open"], code or "", commune or "")


def _kinds(words: Words) -> dict[str, str]:
    private = read.may_read_contacts()
    shown = [one for one in read.services() if private or one.visible == "all"]
    named = {one.code: kind_title(words, one) for one in shown}
    return {"": words.t("reports.kind_all"), **named}


def _communes(words: Words) -> dict[str, str]:
    return {"": words.t("reports.where_all"), **{one.code: one.name for one in read.communes()}}


def draw_map(frame: Frame, found: Found) -> None:
    """Where the reports lie among the gardens."""
    words, services = frame.words, read.services()
    parts.section(words.t("reports.map"), words.t("reports.map_caption"))
    placed = [one for one in found.reports if one.is_placed]
    if not placed:
        parts.caption(words.t("reports.map_none"))
        return
    points: dict[str, list[Point]] = {}
    for one in placed:
        told = one.latitude, one.longitude, short(frame, one, services)
        points.setdefault(one.status, []).append(told)
    gardens = [(one.latitude, one.longitude, one.name) for one in data.sites()]
    names = ("open", "closed", "unknown", "garden", "commune", "east", "north")
    say = {name: words.t(f"reports.map_{name}") for name in names}
    figure = report_map(points, gardens, read.outlines(), language=words.language, say=say)
    alt = words.t("reports.map_alt", n=len(placed))
    parts.chart(figure, key="reports_map", alt=alt)


def draw_list(frame: Frame, found: Found) -> None:
    """The newest reports, a card each."""
    words = frame.words
    parts.section(words.t("reports.list"))
    if said := st.session_state.pop(_TOLD, ""):
        st.html(parts.notice(said))
    if not found.reports:
        parts.empty(words.t("reports.empty_title"), words.t("reports.empty_body"))
        return
    shown = found.reports[:_SHOWN]
    is_all = len(shown) == len(found.reports) and not found.has_more
    parts.caption(words.t("reports.shown" if is_all else "reports.shown_of", n=len(shown)))
    services = read.services()
    for start in range(0, len(shown), _ABREAST):
        row = shown[start : start + _ABREAST]
        for column, one in zip(st.columns(_ABREAST), row, strict=False):
            with column:
                _card(frame, one, services, found)


def _card(frame: Frame, one: Report, services: Sequence[ReportService], found: Found) -> None:
    key = f"card_{BADGES[one.status]}_report_{one.number}"
    with st.container(border=True, key=key, height="stretch"):
        st.html(card(frame, one, services, found.near.get(one.number)))
        _more(frame, one, services)


def _more(frame: Frame, one: Report, services: Sequence[ReportService]) -> None:
    """What happened with it, who made it where that may be read, and the answer."""
    words = frame.words
    is_asked = one.source == OWN and frame.may("report.answer")
    label = words.t("reports.steps_reply" if is_asked else "reports.steps")
    more = st.expander(label, key=f"reports_more_{one.number}", on_change="rerun")
    if not more.open:
        return  # thirty forms that nobody looks at take longer than the page
    with more:
        st.html(steps_table(frame, read.steps(one.number)))
        if read.may_read_contacts():
            _contact(words, one)
        if is_asked:
            _reply(frame, one, kind_name(words, services, one))
        elif one.source != OWN:
            source = source_name(words, one.source)
            parts.caption(words.t("reports.source_answers", source=source))


def _contact(words: Words, one: Report) -> None:
    known = read.contact(one)
    if known is None:
        parts.caption(words.t("reports.contact_none"))
        return
    told = (known.name, known.phone, known.email)
    pairs = [(words.t("reports.contact"), " · ".join(part for part in told if part))]
    st.html(parts.facts(pairs))
    day = words.long_day(words.local(known.until).date())
    parts.caption(words.t("reports.contact_until", day=day))


def _reply(frame: Frame, one: Report, name: str) -> None:
    words, key = frame.words, f"reports_reply_{one.number}"
    with st.form(key, border=False):
        status = st.segmented_control(
            words.t("reports.reply_status"),
            ("open", "closed"),
            default="closed" if one.status == "closed" else "open",
            required=True,
            key=f"{key}_status",
            format_func=lambda code: words.t(f"reports.{code}"),
        )
        notes = st.text_area(
            words.t("reports.reply_notes"),
            key=f"{key}_notes",
            max_chars=_LONGEST_ANSWER,
            help=words.t("reports.reply_help"),
        )
        own, label = frame.actor.name, words.t("reports.reply_who")
        who = st.text_input(label, value=own, key=f"{key}_who", max_chars=80)
        if not st.form_submit_button(words.t("reports.reply_save"), type="primary"):
            return
    if not (notes.strip() and who.strip()):
        st.html(parts.notice(words.t("reports.reply_needs")))
        return
    read.answer(one, status=status or "open", notes=notes, who=who)
    st.session_state[_TOLD] = words.t("reports.reply_done", reference=f"{name}, {one.reference}")
    st.rerun()
