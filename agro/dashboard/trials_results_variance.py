"""The analysis of variance, its components and the model in one line."""

import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_results_parts as pieces
from agro.dashboard.trials_results_parts import Shown
from agro.reports import tables


def variance(shown: Shown) -> None:
    """Draw the tables."""
    words = shown.words
    found = tables.anova(shown.report, words)
    pieces.headed(shown, words.t("trial_report.anova"), found["note"], "anova")
    if found["table"]:
        st.html(pieces.table(found["table"]))
    components = tables.components(shown.report, words)
    if components:
        pieces.headed(
            shown,
            words.t("trial_report.components"),
            words.t("trial_results.components_caption", unit=shown.unit),
            "variance_components",
        )
        st.html(pieces.table(components))
    parts.section(words.t("trial_report.model"))
    st.code(shown.analysis.model, language=None, wrap_lines=True)
    cv = words.number(shown.analysis.cv_percent, 1)
    parts.caption(words.t("trial_results.cv", cv=cv))
