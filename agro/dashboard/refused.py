"""What was refused, of every garden: how often for which reason, and the newest of it."""

from collections.abc import Hashable, Mapping

import pandas as pd
import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard.device_detail import problem_detail
from agro.dashboard.frame import Frame
from agro.words import Words

_LONGEST_PAYLOAD = 60


def problems(frame: Frame) -> None:
    """Draw it."""
    words = frame.words
    parts.section(words.t("stations.problems"), words.t("stations.problems_all"))
    counts, recent = data.problem_counts(), data.problems()
    if not counts:
        parts.empty(words.t("empty.problems"))
        return
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    total = words.t("stations.refused_total", n=sum(counts.values()))
    told = (
        words.t("stations.count", reason=words.code("problem", reason), n=count)
        for reason, count in ranked
    )
    st.html(parts.chips((total, *told)))
    heads = [
        words.t(f"stations.{name}") for name in ("when", "device", "reason", "detail", "payload")
    ]
    names = data.device_names()
    rows = [_row(frame, row, names) for row in recent.to_dict("records")]
    st.html(parts.table(heads, rows, codes=frozenset({4})))


def _row(frame: Frame, row: Mapping[Hashable, object], names: Mapping[str, str]) -> list[str]:
    words = frame.words
    payload = str(row["payload"])
    shown = payload[:_LONGEST_PAYLOAD] + ("…" if len(payload) > _LONGEST_PAYLOAD else "")
    when = words.stamp(pd.Timestamp(str(row["time"])).to_pydatetime())
    reason, device = _counted(words, row), str(row["device"])
    if row["reason"] == "feed_failed":
        return [when, _asked(words, row), reason, _fault(words, row), shown]
    return [when, names.get(device, device), reason, problem_detail(words, row), shown]


def _asked(words: Words, row: Mapping[Hashable, object]) -> str:
    """The outside source that failed, and the site for which it was asked."""
    name = str(row["source"]).partition("@")[0]
    site = next((one.name for one in data.sites() if one.slug == row["device"]), row["device"])
    return f"{words.code('feed_name', name)}, {site}"


def _fault(words: Words, row: Mapping[Hashable, object]) -> str:
    return words.code("reports.reason", str(row["value"]))


def _counted(words: Words, row: Mapping[Hashable, object]) -> str:
    """The reason; of a row that stands for several, how often."""
    reason, count = words.code("problem", str(row["reason"])), int(str(row["count"]))
    return words.t("stations.counted", reason=reason, n=count) if count > 1 else reason
