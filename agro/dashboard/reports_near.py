"""The reports near a bed, on its page: nothing where there are none."""

import streamlit as st

from agro.dashboard import parts
from agro.dashboard import reports_data as read
from agro.dashboard.frame import Frame
from agro.dashboard.reports_card import kind_name, near_line
from agro.records import Plot

_MOST = 5


def near(frame: Frame, plot: Plot) -> None:
    """Draw them, the open ones first."""
    found = read.near(plot.site, plot.slug, read.role())
    if not found:
        return
    words, services = frame.words, read.services()
    parts.section(words.t("reports.near"), words.t("reports.near_caption"))
    heads = [words.t(f"reports.{name}") for name in ("kind", "status", "map", "answer")]
    rows = [
        [
            kind_name(words, services, one.report),
            words.t(f"reports.{one.report.status}"),
            near_line(words, plot.name, one.distance_m),
            one.report.status_notes or words.t("reports.no_answer"),
        ]
        for one in found[:_MOST]
    ]
    st.html(parts.table(heads, rows))
    label, to = words.t("reports.near_more"), {"lang": words.language}
    st.page_link("agro/dashboard/pages/reports.py", label=f"{label} →", query_params=to)
