"""Capteurs: when each device was heard, on what battery, what it says, and what was refused."""

from collections.abc import Hashable, Mapping

import pandas as pd
import streamlit as st

from agro.dashboard import data, devices, parts
from agro.dashboard.frame import Frame, current
from sensors.codecs import MODELS

_LONGEST_PAYLOAD = 60
_REFRESH_S = 30


def _lead(frame: Frame, states: list[devices.DeviceState]) -> str:
    faulty = sum(state.state != "ok" for state in states)
    if faulty:
        return frame.words.t("stations.lead_faults", n=faulty, total=len(states))
    return frame.words.t("stations.lead_ok", n=len(states)) if states else ""


def _model(key: str) -> str:
    model = MODELS.get(key)
    return f"{model.vendor} {model.name}" if model else key


@st.fragment(run_every=_REFRESH_S)
def _live(frame: Frame, site: str) -> None:
    with parts.answering(frame.words):
        _devices(frame.refreshed(), site)


def _devices(frame: Frame, site: str) -> None:
    words = frame.words
    set_aside = devices.disbelieved(data.advices(site))
    states = devices.states(data.devices(site), data.latest(site), frame.now, set_aside)
    parts.title(words.t("stations.title"), _lead(frame, states))
    if not states:
        parts.empty(words.t("empty.devices_title"), words.t("empty.devices_body"))
        return
    names = {plot.slug: plot.name for plot in data.plots(site)}
    cards = [
        devices.card(
            words,
            state,
            names.get(state.device.plot, words.t("stations.place_site")),
            _model(state.device.model),
            frame.now,
        )
        for state in states
    ]
    st.html(f'<div class="devices">{"".join(cards)}</div>')


def _problems(frame: Frame) -> None:
    words = frame.words
    parts.section(words.t("stations.problems"), words.t("stations.problems_all"))
    counts, recent = data.problem_counts(), data.problems()
    if not counts:
        parts.empty(words.t("empty.problems"))
        return
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    st.html(
        parts.chips(
            words.t("stations.count", reason=words.code("problem", reason), n=count)
            for reason, count in ranked
        )
    )
    heads = [
        words.t(f"stations.{name}") for name in ("when", "device", "reason", "detail", "payload")
    ]
    names = data.device_names()
    rows = [_problem_row(frame, row, names) for row in recent.to_dict("records")]
    st.html(parts.table(heads, rows, codes=frozenset({4})))


def _problem_row(
    frame: Frame, row: Mapping[Hashable, object], names: Mapping[str, str]
) -> list[str]:
    words = frame.words
    payload = str(row["payload"])
    shown = payload[:_LONGEST_PAYLOAD] + ("…" if len(payload) > _LONGEST_PAYLOAD else "")
    named = [str(row[name]) for name in ("field", "value") if row[name]]
    field = words.code("quantity", named[0]) if named else ""
    told = " = ".join([field, *named[1:]]) if named else str(row["detail"])
    when = words.stamp(pd.Timestamp(str(row["time"])).to_pydatetime())
    reason = words.code("problem", str(row["reason"]))
    device = str(row["device"])
    return [when, names.get(device, device), reason, told, shown]


def main() -> None:
    """Draw the page."""
    frame = current()
    if frame.site is None:
        parts.title(frame.words.t("stations.title"))
        parts.empty(frame.words.t("empty.city_title"), frame.words.t("empty.city_body"))
        return
    _live(frame, frame.site.slug)
    _problems(frame)


main()
