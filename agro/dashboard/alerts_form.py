"""Subscribing, and changing a subscription: what, where, by which channel, when, and who else."""

from datetime import time

import streamlit as st

from agro.dashboard import alerts_channel, alerts_data, data, parts
from agro.dashboard.alerts_data import Kept
from agro.dashboard.alerts_draft import (
    AFTER,
    DIGEST_HOUR,
    FIRST_KINDS,
    FIRST_WAKE,
    NIGHT,
    Chosen,
    Draft,
    Fault,
    clock,
    faults,
    subscription,
)
from agro.dashboard.frame import Frame
from agro.errors import BadInput
from agro.notify.kinds import KINDS
from agro.words import Words

ROUND, EDITED, TOLD = "alerts_round", "alerts_edited", "alerts_told"
_WRONG = "alerts_wrong"


def draw(frame: Frame, edited: Kept | None) -> None:
    """The form, empty or filled with a subscription that is changed."""
    words = frame.words
    number = edited.one.number if edited else 0
    key = f"alerts_{st.session_state.setdefault(ROUND, 0)}_{number}"
    for fault in st.session_state.pop(_WRONG, ()):
        st.html(parts.notice(_said(words, fault)))
    who = _who(frame, key) if edited is None else edited.one.who
    sites = _sites(frame, key, edited)
    kinds = tuple(
        st.pills(
            words.t("alerts.ask_kinds"),
            KINDS,
            selection_mode="multi",
            default=(edited.one.kinds or KINDS) if edited else FIRST_KINDS,
            key=f"{key}_kinds",
            format_func=lambda kind: words.t(f"alerts.kind.{kind}"),
        )
    )
    label = words.t("alerts.ask_channel")
    first = alerts_channel.choose(frame, label, f"{key}_first", edited.first if edited else None)
    language = _language(frame, key, edited)
    hour = _digest(words, key, edited)
    quiet, wake = _quiet(words, key, edited, is_digest=hour is not None)
    second, after = _second(frame, key, edited)
    draft = Draft(*(who.strip(), sites, kinds, first, language, hour, quiet, wake, second, after))
    _buttons(frame, draft, number)


def _who(frame: Frame, key: str) -> str:
    """Whose it is: the account's, or a name where there is none."""
    if frame.actor.email:
        return frame.actor.email
    return st.text_input(frame.words.t("alerts.ask_who"), key=f"{key}_who", max_chars=80)


def _sites(frame: Frame, key: str, edited: Kept | None) -> tuple[str, ...]:
    words, names = frame.words, {site.slug: site.name for site in alerts_data.gardens()}
    here = [frame.site.slug] if frame.site and frame.site.slug in names else []
    if len(names) == 1:
        return tuple(names)
    chosen = st.multiselect(
        words.t("alerts.ask_gardens"),
        list(names),
        default=[one for one in edited.one.sites if one in names] if edited else here,
        key=f"{key}_sites",
        format_func=lambda slug: names[slug],
        placeholder=words.t("alerts.every_garden"),
    )
    return tuple(chosen)


def _language(frame: Frame, key: str, edited: Kept | None) -> str:
    words = frame.words
    own = (edited.one.language if edited else "") or words.language
    options = tuple(dict.fromkeys((*data.languages(), own)))
    chosen = st.segmented_control(
        words.t("alerts.ask_language"),
        options,
        default=own,
        required=True,
        key=f"{key}_language",
        format_func=str.upper,
    )
    return chosen or own


def _digest(words: Words, key: str, edited: Kept | None) -> int | None:
    before = edited.one.digest_hour if edited else None
    chosen = st.segmented_control(
        words.t("alerts.ask_how"),
        ("at_once", "digest"),
        default="at_once" if before is None else "digest",
        required=True,
        key=f"{key}_how",
        format_func=lambda name: words.t(f"alerts.how_{name}"),
    )
    if chosen != "digest":
        return None
    return st.selectbox(
        words.t("alerts.ask_hour"),
        range(24),
        index=DIGEST_HOUR if before is None else before,
        key=f"{key}_hour",
        format_func=words.hour,
    )


def _quiet(
    words: Words, key: str, edited: Kept | None, *, is_digest: bool
) -> tuple[tuple[time, time] | None, tuple[str, ...]]:
    """The hours without messages, and the kinds that come all the same."""
    one = edited.one if edited else None
    is_on = st.toggle(
        words.t("alerts.ask_quiet"),
        value=one is None or one.quiet_from is not None,
        key=f"{key}_quiet",
    )
    quiet = None
    if is_on:
        left, right = st.columns(2)
        begins = clock(one.quiet_from if one else None, NIGHT[0])
        ends = clock(one.quiet_until if one else None, NIGHT[1])
        start = left.time_input(words.t("alerts.quiet_from"), begins, key=f"{key}_from")
        end = right.time_input(words.t("alerts.quiet_until"), ends, key=f"{key}_until")
        quiet = (start, end)
    if not is_on and not is_digest:
        return None, ()
    wake = st.pills(
        words.t("alerts.ask_wake"),
        KINDS,
        selection_mode="multi",
        default=one.wake if one else FIRST_WAKE,
        key=f"{key}_wake",
        format_func=lambda kind: words.t(f"alerts.kind.{kind}"),
    )
    return quiet, tuple(wake)


def _second(frame: Frame, key: str, edited: Kept | None) -> tuple[Chosen | None, int | None]:
    """Who else is told, and after how long."""
    words, before = frame.words, edited.second if edited else None
    is_on = st.toggle(
        words.t("alerts.ask_second"),
        value=before is not None,
        key=f"{key}_second_on",
        help=words.t("alerts.ask_second_help"),
    )
    if not is_on:
        return None, None
    own = edited.one.escalate_after if edited else None
    options = sorted({*AFTER, *((own,) if own else ())})
    after = st.selectbox(
        words.t("alerts.ask_after"),
        options,
        index=options.index(own or AFTER[1]),
        key=f"{key}_after",
        format_func=words.duration,
    )
    label = words.t("alerts.ask_second_channel")
    return alerts_channel.choose(frame, label, f"{key}_second", before), after


def _buttons(frame: Frame, draft: Draft, number: int) -> None:
    words = frame.words
    label = words.t("alerts.save" if number else "alerts.subscribe")
    args = (frame, draft, number)
    with st.container(horizontal=True):
        st.button(label, type="primary", key="alerts_keep", on_click=_keep, args=args)
        if number:
            st.button(words.t("alerts.cancel"), key="alerts_cancel", on_click=_close)


def _keep(frame: Frame, draft: Draft, number: int) -> None:
    is_named = not frame.actor.email
    wrong = faults(draft, is_named=is_named)
    known = () if alerts_data.reaches_all() else [one.slug for one in alerts_data.gardens()]
    if not wrong:
        one = subscription(draft, frame.now, known=known)
        try:
            if number:
                alerts_data.change(number, one)
            else:
                alerts_data.subscribe(one)
        except BadInput:
            wrong = [Fault("refused")]
    if wrong:
        st.session_state[_WRONG] = wrong
        return
    st.session_state[TOLD] = frame.words.t("alerts.changed" if number else "alerts.kept")
    _close()


def _close() -> None:
    st.session_state[ROUND] += 1
    st.session_state.pop(EDITED, None)


def _said(words: Words, fault: Fault) -> str:
    if fault.code == "field":
        return words.t("alerts.fault.field", name=words.t(f"alerts.field.{fault.field}"))
    if fault.code == "channel":
        return words.t("alerts.fault.channel", name=words.t(f"alerts.channel.{fault.field}"))
    return words.t(f"alerts.fault.{fault.code}")
