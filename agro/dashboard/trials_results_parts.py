"""What the parts of the results share: what is shown, tables in their box, named figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.trials_results_report import trait_of
from agro.dashboard.trials_results_tables import columns, rows
from agro.dashboard.trials_words import trait_name
from agro.reports import Report
from agro.reports.tables import term_text
from agro.store.trials import PlannedTrial, PlotValue
from agro.tables import to_csv
from agro.trials.judging import Judged
from agro.words import Words
from models.trials.results import Analysis


@dataclass(frozen=True, slots=True)
class Shown:
    """One analysis of one trial, as all parts of its page take it."""

    frame: Frame
    trial: PlannedTrial
    values: Sequence[PlotValue]
    judged: Judged
    report: Report

    @property
    def words(self) -> Words:
        return self.frame.words

    @property
    def analysis(self) -> Analysis:
        return self.judged.analysis

    @property
    def scale(self) -> str:
        """The scale that figures are on where it is not that of the sheet."""
        used = self.analysis.transformation
        plain = used is None or used.name == "none"
        return "" if plain or used is None else self.words.code("trial_report.scales", used.name)

    @property
    def axis(self) -> str:
        """The response and its unit, or the scale that it is on."""
        trait = trait_of(self.trial, self.judged.data.name)
        return f"{trait.label or trait.name} ({self.scale})" if self.scale else trait_name(trait)

    @property
    def unit(self) -> str:
        """Of the response; the scale where figures are on another."""
        return self.scale or self.report.unit or self.words.t("trial_results.sheet_unit")

    def term(self, name: str) -> str:
        """A term of the model as people call it."""
        return term_text(name, self.report.names)

    def named(self, name: str) -> str:
        """A factor as people call it."""
        return self.report.names.get(name, name)


def headed(shown: Shown, title: str, caption: str, name: str, *, term: str = "") -> None:
    """The heading of a figure or table, and what stands behind it as a file."""
    with st.container(key=f"trial_results_head_{_key(title)}", horizontal=True):
        parts.section(title, caption)
        _download(shown, title, name, term)


def _download(shown: Shown, title: str, name: str, term: str) -> None:
    """A table as CSV, in full precision, of one term where one is named."""

    def make() -> bytes:
        found = rows(shown.judged, name)
        of_term = [row for row in found if not term or row["term"] == term]
        return to_csv(of_term, columns(of_term)).encode("utf-8-sig")  # Excel takes it for UTF-8

    key = _key(title)
    st.download_button(
        shown.words.t("trial_results.csv"),
        make,
        file_name=f"{shown.trial.slug}-{shown.judged.data.name}-{key}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"trial_results_csv_{key}",
    )


def figure(drawn: go.Figure, key: str, alt: str) -> None:
    """A figure, told in words to who does not see it."""
    parts.chart(drawn, key=f"trial_results_{key}", alt=alt)


def table(told: Any, *, last: Sequence[str] = ()) -> str:
    """A table of a report, which scrolls in its own box where the screen is small."""
    heads, texts = [*told["texts"], *told["figures"]], len(told["texts"])
    return grid(heads, told["rows"], numbers=frozenset(range(texts, len(heads) - len(last))))


def grid(heads: Sequence[str], cells: Sequence[Sequence[str]], *, numbers: frozenset[int]) -> str:
    """Rows of figures, in their own box."""
    body = parts.table(heads, cells, numbers=numbers, tight=True)
    return f'<div class="wide-box" tabindex="0">{body}</div>'


def listed(texts: Sequence[str], css: str) -> str:
    """Sentences, one below the other."""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<ul class="{css}">{items}</ul>' if texts else ""


def _key(title: str) -> str:
    """A title as part of a name."""
    kept = "".join(sign if sign.isalnum() else "-" for sign in title.casefold())
    return "-".join(part for part in kept.split("-") if part)
