"""The fields of one channel, in plain words; what is secret is typed unseen."""

import streamlit as st

from agro.dashboard import alerts_data, parts
from agro.dashboard.alerts_data import Channel
from agro.dashboard.alerts_draft import KEEP, Chosen, offered
from agro.dashboard.alerts_say import channel as named
from agro.dashboard.frame import Frame
from agro.notify.addresses import CHANNELS
from agro.words import Words

_LONGEST = 300


def choose(frame: Frame, label: str, key: str, kept: Channel | None) -> Chosen:
    """One channel; `kept` is the one that a subscription has already."""
    words = frame.words
    names = offered(has_house=alerts_data.has_house_mail(), is_trusted=alerts_data.is_trusted())
    options = [KEEP, *names] if kept else list(names)

    def name(option: str) -> str:
        if option == KEEP and kept:
            return words.t("alerts.keep", channel=named(words, kept))
        return words.t(f"alerts.channel.{option}")

    chosen = st.selectbox(label, options, key=f"{key}_channel", format_func=name)
    if chosen == KEEP:
        return Chosen(KEEP, {})
    parts.caption(words.t(f"alerts.how.{chosen}"))
    return Chosen(chosen, _fields(frame, words, chosen, key))


def _fields(frame: Frame, words: Words, channel: str, key: str) -> dict[str, str]:
    told = dict[str, str]()
    for one in CHANNELS[channel]:
        own = frame.actor.email if one.name == "reader" and key.endswith("_first") else ""
        label = words.t(f"alerts.field.{one.name}")
        told[one.name] = st.text_input(
            label if one.is_needed else words.t("alerts.optional", label=label),
            value=own or one.default,
            key=f"{key}_{channel}_{one.name}",
            type="password" if one.is_secret else "default",
            autocomplete="new-password" if one.is_secret else "off",
            max_chars=_LONGEST,
        )
    return told
