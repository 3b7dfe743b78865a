"""The last messages: what was told to whom, how it went, and why not."""

import streamlit as st

from agro.dashboard import alerts_data, alerts_say, data, parts
from agro.dashboard.frame import Frame
from agro.store.alerts.deliveries import Logged

_SHOWN = 50


@st.fragment
def sent(frame: Frame) -> None:
    """Draw the view."""
    with parts.answering(frame.words):
        words, found = frame.words, alerts_data.log(_SHOWN)
        if not found:
            parts.empty(words.t("alerts.log_empty_title"), words.t("alerts.log_empty_body"))
            return
        heads = [words.t(f"alerts.head.{name}") for name in ("when", "what", "who", "outcome")]
        parts.caption(words.t("alerts.log_caption"))
        st.html(parts.table(heads, [_row(frame, one) for one in found]))


def _row(frame: Frame, one: Logged) -> list[str]:
    words = frame.words
    sites = {site.slug: site.name for site in data.sites()}
    device = data.device_names().get(one.device, one.device)
    place = data.place_names().get((one.site, one.plot), "")
    where = device or " · ".join(filter(None, (sites.get(one.site, one.site), place)))
    what = words.t("alerts.what", kind=words.t(f"alerts.kind.{one.kind}"), where=where)
    return [words.stamp(one.found_at), what, one.who, alerts_say.outcome(words, one)]
