"""Whether an analysis can be believed: what it assumes, what is left of each plot, and where."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_charts_checks as charts
from agro.dashboard import trials_results_frames as frames
from agro.dashboard import trials_results_parts as pieces
from agro.dashboard.trials_results_parts import Shown
from agro.reports import tables
from agro.trials.planning import times
from models.trials.results import Check

_MOST_GROUPS = 40
_STATES = {True: "holds", False: "doubtful", None: "not_judged"}


def checks(shown: Shown) -> None:
    """Draw the checks as advice, then the residuals."""
    _assumptions(shown)
    left = frames.residuals(shown.judged)
    if left.empty or left["standardised"].notna().sum() == 0:
        parts.caption(shown.words.t("trial_results.no_residuals"))
        return
    _field(shown)
    _residuals(shown, left)
    _groups(shown, left)


def _assumptions(shown: Shown) -> None:
    """Each assumption in words: nothing speaks against it, or what to do."""
    words, found = shown.words, shown.analysis.assumptions
    pieces.headed(
        shown,
        words.t("trial_results.assumptions"),
        words.t("trial_results.assumptions_caption"),
        "assumptions",
    )
    if not found:
        parts.caption(words.t("trial_results.assumptions_none"))
        return
    st.html('<ul class="trial-checks">' + "".join(_check(shown, one) for one in found) + "</ul>")
    with st.expander(words.t("trial_results.tests"), key="trial_results_tests"):
        st.html(pieces.table(tables.checks(shown.report, words)))


def _check(shown: Shown, one: Check) -> str:
    """One line: what is assumed, whether something speaks against it, and what then."""
    words, state = shown.words, _STATES[one.holds]
    assumed = words.code("trial_report.checks", one.check)
    verdict = words.t(f"trial_results.{state}")
    advice = ""
    if one.holds is False and words.knows(f"trial_results.advice.{one.check}"):
        advice = f"<br>{escape(words.t(f'trial_results.advice.{one.check}'))}"
    text = f"{assumed[:1].upper()}{assumed[1:]}"
    return f'<li class="{state}"><b>{escape(verdict)}</b> <span>{escape(text)}{advice}</span></li>'


def _field(shown: Shown) -> None:
    """What is left of each plot where it lies."""
    words, trial = shown.words, shown.trial
    pieces.headed(
        shown,
        words.t("trial_results.field"),
        words.t("trial_results.field_caption"),
        "residuals",
    )
    place = visit = ""
    places = list(
        dict.fromkeys(
            str(one.levels["environment"]) for one in trial.plots if "environment" in one.levels
        )
    )
    if places:
        place = _chosen(words.t("trial_results.which_place"), places, "place", trial.slug)
    if times(trial) != ("",):
        visit = _chosen(words.t("trial_entry.visit"), list(times(trial)), "visit", trial.slug)
    table = frames.field(trial, shown.judged, environment=place, time=visit)
    table["text"] = [_told(shown, row) for row in table.to_dict("records")]
    say = {
        "row": words.t("trial_results.row_axis"),
        "column": words.t("trial_results.column_axis"),
        "unit": words.t("trial_results.residual_in", unit=shown.unit),
    }
    chart = charts.field(table, language=words.language, say=say)
    pieces.figure(chart, "field", words.t("trial_results.alt_field"))


def _chosen(label: str, options: list[str], name: str, slug: str) -> str:
    found = st.pills(
        label, options, default=options[0], required=True, key=f"trial_results_field_{name}_{slug}"
    )
    return str(found or options[0])


def _told(shown: Shown, row: Mapping[Any, Any]) -> str:
    """What a plot says when it is pointed at."""
    words, value = shown.words, float(str(row["value"]))
    if row["border"]:
        return escape(words.code("trial_results.filler", str(row["treatment"])))
    head = words.t("trial_entry.plot", plot=str(row["plot"]))
    said = words.t("trial_results.no_residual")
    if pd.notna(value):
        said = f"{'+' if value > 0 else ''}{words.number(value, 3)} {shown.unit}"
    return f"{escape(head)} · {escape(str(row['treatment']))}<br>{escape(said)}"


def _residuals(shown: Shown, left: pd.DataFrame) -> None:
    words = shown.words
    parts.section(words.t("trial_results.fitted"), words.t("trial_report.fitted_caption"))
    say = {
        "x": words.t("trial_results.fitted_axis", response=shown.axis),
        "y": words.t("trial_results.standardised_axis"),
        "plot": words.t("trial_entry.column_plot"),
    }
    chart = charts.fitted(left, language=words.language, say=say)
    pieces.figure(chart, "fitted", words.t("trial_report.fitted_alt"))
    parts.section(words.t("trial_results.quantiles"), words.t("trial_report.qq_caption"))
    say |= {"x": words.t("trial_results.quantile_axis")}
    chart = charts.quantiles(left, language=words.language, say=say)
    pieces.figure(chart, "quantiles", words.t("trial_report.qq_alt"))


def _groups(shown: Shown, left: pd.DataFrame) -> None:
    """Residuals by what was compared and by block: do they scatter alike?"""
    words = shown.words
    roles = shown.judged.roles
    offered = [*roles.treatments, roles.block, roles.replicate, roles.environment, roles.time]
    names = [one for one in dict.fromkeys(offered) if one and one in left]
    names = [one for one in names if left[one].nunique() <= _MOST_GROUPS]
    if not names:
        return
    parts.section(words.t("trial_results.groups"), words.t("trial_results.groups_caption"))
    by = names[0]
    if len(names) > 1:
        by = st.pills(
            words.t("trial_results.groups_by"),
            names,
            default=names[0],
            required=True,
            key=f"trial_results_groups_by_{shown.trial.slug}",
            format_func=shown.named,
        )
    table = left.assign(group=[str(one) for one in left[by or names[0]]])
    say = {
        "x": words.t("trial_results.standardised_axis"),
        "plot": words.t("trial_entry.column_plot"),
    }
    chart = charts.groups(table, language=words.language, say=say)
    pieces.figure(chart, "groups", words.t("trial_results.alt_groups"))
