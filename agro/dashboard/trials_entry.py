"""Entering what was measured on the plots of a trial: plot by plot, in a table, or from a sheet."""

import streamlit as st

from agro.dashboard import parts, trials_data
from agro.dashboard import trials_entry_parts as pieces
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_files import wording
from agro.dashboard.trials_entry_file import by_file
from agro.dashboard.trials_entry_grid import by_table
from agro.dashboard.trials_entry_history import of_plot
from agro.dashboard.trials_entry_plot import by_plot
from agro.store.trials import PlannedTrial

_WAYS = {"plot": by_plot, "table": by_table, "file": by_file, "history": of_plot}


@st.fragment
def entry(frame: Frame, trial: PlannedTrial) -> None:
    """Draw the entry of values."""
    with parts.answering(frame.words), st.container(key="trial_entry"):
        frame = frame.refreshed()
        words = frame.words
        if not any(one.number is not None for one in trial.plots):
            parts.empty(words.t("trial_entry.no_plots"), words.t("trial_entry.no_plots_body"))
            return
        if not trial.traits:
            parts.empty(words.t("trial_entry.no_traits"), words.t("trial_entry.no_traits_body"))
            return
        wording(words)
        way = st.segmented_control(
            words.t("trial_entry.way"),
            list(_WAYS),
            default="plot" if _on_a_phone() else "table",
            required=True,
            key="trial_entry_way",
            format_func=lambda name: words.t(f"trial_entry.way_{name}"),
            label_visibility="collapsed",
        )
        pieces.told(words, trial)
        _WAYS[way or "plot"](frame, trial, trials_data.values(trial.site, trial.slug))


def _on_a_phone() -> bool:
    """Whether the browser says so; a table is no use on a small screen."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")
