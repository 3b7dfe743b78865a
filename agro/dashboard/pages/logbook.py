"""Carnet: note in ten seconds, look up what was noted, add it up, import and export.

`?entry=` opens one entry, which a link led to.
"""

import streamlit as st

from agro.dashboard import parts
from agro.dashboard.frame import Frame, current
from agro.dashboard.logbook_entry import quick_entry
from agro.dashboard.logbook_files import wording
from agro.dashboard.logbook_import import files
from agro.dashboard.logbook_linked import PARAMETER, linked
from agro.dashboard.logbook_list import entries
from agro.dashboard.logbook_totals import harvested
from agro.records import Site

_VIEWS = {"note": quick_entry, "list": entries, "totals": harvested, "files": files}


def _view(frame: Frame, site: Site) -> None:
    words = frame.words
    views = list(_VIEWS) if frame.may("logbook.write") else ["list", "totals"]
    view = st.segmented_control(
        words.t("logbook.view"),
        views,
        default=views[0],
        required=True,
        key="logbook_view",
        format_func=lambda name: words.t(f"logbook.view_{name}"),
        label_visibility="collapsed",
    )
    _VIEWS[view or views[0]](frame, site)


def main() -> None:
    """Draw the page."""
    frame = current()
    parts.title(frame.words.t("logbook.title"))
    if frame.site is None:
        parts.empty(frame.words.t("empty.city_title"), frame.words.t("empty.city_body"))
        return
    wording(frame.words)
    if PARAMETER in st.query_params:
        linked(frame)
    else:
        _view(frame, frame.site)


main()
