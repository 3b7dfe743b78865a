"""Correcting an entry: the form with what stands, and the entry that it makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from math import isnan
from typing import Any

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_about import ask, changed
from agro.dashboard.logbook_choices import TYPES, UNITS
from agro.dashboard.logbook_details import who_of
from agro.dashboard.logbook_draft import figure_of, unit_name
from agro.records import LogEntry, Noted
from agro.words import Words

_SAID = "logbook_said"


@dataclass(frozen=True, slots=True)
class Said:
    """What the form says; figures as they were typed, `hours` too.

    `details` that differ from what stands, None where one is taken away.
    """

    type: str
    plot: str
    crop: str
    amount: str
    unit: str
    hours: str
    day: date
    clock: time
    variety: str
    lot: str
    notes: str
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)


def correction(frame: Frame, noted: Noted) -> None:
    """Draw the form; once it is sent, correct the entry or say what is wrong."""
    words, number = frame.words, noted.number
    with st.form(f"logbook_correct_{number}", border=False):
        said = _form(frame, noted.entry, number)
        if not st.form_submit_button(words.t("logbook.correct_save"), type="primary"):
            return
    entry, wrong = corrected(words, noted.entry, said, frame.now)
    if entry is None:
        st.html(parts.notice(wrong))
        return
    try:
        done = log.correct(number, entry, who=who_of(), reason=said.reason.strip())
    except ValueError:  # somebody struck it, or its plot is gone, meanwhile
        st.html(parts.notice(words.t("logbook.changed_meanwhile")))
        return
    st.session_state[_SAID] = words.t("logbook.corrected_told" if done else "logbook.said_already")
    st.rerun()


def corrected(
    words: Words, entry: LogEntry, said: Said, now: datetime
) -> tuple[LogEntry | None, str]:
    """The entry as the form says it; None and why where it cannot be."""
    quantity = _figure(words, said.amount, entry.quantity)
    hours = _figure(words, said.hours, entry.hours)
    at = _moment(words, entry.time, said)
    if quantity is None or hours is None:
        wrong = said.amount if quantity is None else said.hours
        return None, words.t("logbook.wrong_amount", text=wrong)
    if at > max(now, entry.time):
        return None, words.t("logbook.wrong_future")
    if not said.reason.strip():
        return None, words.t("logbook.needs_reason")
    made = replace(
        entry,
        type=said.type,
        time=at,
        plot=said.plot,
        crop=said.crop,
        variety=said.variety.strip(),
        lot=said.lot.strip(),
        notes=said.notes.strip(),
        quantity=quantity,
        unit="" if isnan(quantity) else said.unit,
        hours=hours,
        details=changed(entry, said.type, said.details),
    )
    return made, ""


def _shown(words: Words, value: float) -> str:
    return "" if isnan(value) else words.number(value, 3)


def _figure(words: Words, typed: str, before: float) -> float | None:
    """What is typed; left as it was shown, the value keeps the decimals that were not."""
    return before if typed == _shown(words, before) else figure_of(typed)


def _moment(words: Words, before: datetime, said: Said) -> datetime:
    """The time that is told; the same minute keeps its seconds."""
    local = words.local(before)
    told = (said.day, said.clock.hour, said.clock.minute)
    if told == (local.date(), local.hour, local.minute):
        return before
    return datetime.combine(said.day, said.clock, words.zone).astimezone(before.tzinfo)


def _form(frame: Frame, entry: LogEntry, number: int) -> Said:
    words = frame.words
    key = f"logbook_c_{number}"
    left, right = st.columns(2)
    amount = left.text_input(
        words.t("logbook.amount"), _shown(words, entry.quantity), key=f"{key}_amount"
    )
    units = dict.fromkeys([entry.unit, *UNITS.get(entry.type, ()), "kg", "L", "piece", "bunch", ""])
    unit = right.selectbox(
        words.t("logbook.unit"),
        list(units),
        key=f"{key}_unit",
        format_func=lambda one: unit_name(words, one) or "–",
    )
    hours = ""
    if entry.type in {"labour", "maintenance"} or not isnan(entry.hours):
        hours = st.text_input(
            words.t("logbook.field_hours"), _shown(words, entry.hours), key=f"{key}_hours"
        )
    details = ask(words, entry.type, key, entry.details)
    type_, plot, crop = _what(frame, entry, key)
    day, clock = _when(frame, entry, key)
    left, right = st.columns(2)
    variety = left.text_input(words.t("logbook.variety"), entry.variety, key=f"{key}_variety")
    lot = right.text_input(words.t("logbook.lot"), entry.lot, key=f"{key}_lot")
    notes = st.text_area(words.t("logbook.notes"), entry.notes, key=f"{key}_notes", height=80)
    reason = st.text_input(words.t("logbook.reason"), key=f"{key}_reason", max_chars=200)
    told = (type_, plot, crop, amount, unit or "", hours, day, clock, variety, lot, notes, reason)
    return Said(*told, details)


def _what(frame: Frame, entry: LogEntry, key: str) -> tuple[str, str, str]:
    """Type, plot and crop."""
    words = frame.words
    type_ = st.selectbox(
        words.t("logbook.field_type"),
        list(dict.fromkeys([entry.type, *TYPES])),
        key=f"{key}_type",
        format_func=lambda one: words.code("log", one),
    )
    plots = {"": words.t("logbook.whole_garden")}
    plots |= {plot.slug: plot.name for plot in data.plots(entry.site)}
    left, right = st.columns(2)
    plot = left.selectbox(
        words.t("logbook.field_plot"),
        list(dict.fromkeys([entry.plot, *plots])),
        key=f"{key}_plot",
        format_func=lambda slug: plots.get(slug, slug),
    )
    table = data.crop_names(words.language)
    crop = right.selectbox(
        words.t("logbook.field_crop"),
        list(dict.fromkeys([entry.crop, "", *sorted(table, key=lambda one: table[one].lower())])),
        key=f"{key}_crop",
        format_func=lambda one: crop_name(words, one) if one else "–",
        accept_new_options=True,
    )
    return type_ or entry.type, plot or "", crop or ""


def _when(frame: Frame, entry: LogEntry, key: str) -> tuple[date, time]:
    words, local = frame.words, frame.words.local(entry.time)
    left, right = st.columns(2)
    day: Any = left.date_input(
        words.t("logbook.field_day"),
        local.date(),
        max_value=max(local.date(), words.local(frame.now).date()),
        key=f"{key}_day",
        format="DD/MM/YYYY",
    )
    clock = right.time_input(
        words.t("logbook.field_clock"),
        local.time().replace(second=0, microsecond=0),
        key=f"{key}_clock",
    )
    return (day if isinstance(day, date) else local.date()), clock or local.time()
