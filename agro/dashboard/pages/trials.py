"""Essais: the trials of a garden, a new one drawn, and each one's layout, entry and results."""

import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_data as read
from agro.dashboard.frame import Frame, current
from agro.dashboard.trials_entry import entry
from agro.dashboard.trials_layout import plan
from agro.dashboard.trials_list import back, head, trials
from agro.dashboard.trials_results import results
from agro.dashboard.trials_session import is_open
from agro.dashboard.trials_wizard import wizard
from agro.records import Site

_VIEWS = {"plan": plan, "entry": entry, "results": results}


def _one(frame: Frame, site: Site, slug: str) -> None:
    """A trial: what it is, and one view of it at a time."""
    words, trial = frame.words, read.one(site.slug, slug)
    back(words)
    if trial is None:
        parts.empty(words.t("trials.unknown_title"), words.t("trials.unknown_body"))
        return
    head(frame, trial)
    views = [name for name in _VIEWS if name != "entry" or frame.may("trial.write")]
    if st.session_state.get("trials_view") not in views:
        st.session_state["trials_view"] = views[0]
    view = st.segmented_control(
        words.t("trials.view"),
        views,
        required=True,
        key="trials_view",
        format_func=lambda name: words.t(f"trials.view_{name}"),
        label_visibility="collapsed",
    )
    _VIEWS[str(view or "plan")](frame, trial)


def main() -> None:
    """Draw the page."""
    frame = current()
    words, slug = frame.words, st.query_params.get("trial", "")
    if frame.site is None:
        parts.title(words.t("trials.title"))
        parts.empty(words.t("empty.city_title"), words.t("empty.city_body"))
    elif slug:
        _one(frame, frame.site, slug)
    elif is_open() and frame.may("trial.write"):
        wizard(frame, frame.site)
    else:
        parts.title(words.t("trials.title"))
        trials(frame, frame.site)


main()
