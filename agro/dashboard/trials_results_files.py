"""What is taken away from an analysis, and what is kept: report, tables, bundle, earlier ones."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from agro.config import now
from agro.dashboard import parts
from agro.dashboard import trials_entry_parts as entry
from agro.dashboard import trials_results_data as analyses
from agro.dashboard.frame import current
from agro.dashboard.logbook_cards import entry_line
from agro.dashboard.logbook_details import ask_who, who_of
from agro.dashboard.trials_results_parts import Shown
from agro.dashboard.trials_results_report import report_of, trait_of
from agro.dashboard.trials_results_tables import columns, tables
from agro.reports import trial_report
from agro.store.trials import PlannedTrial, StoredAnalysis
from agro.tables import sheets_xlsx
from agro.trials.judging import described
from agro.trials.sharing.brapi import brapi
from agro.trials.sharing.bundle import bundle, checklist, installed
from agro.words import Words

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KEPT = "trial_results_kept"
_SHOWN = 20  # earlier analyses on the page


def files(shown: Shown) -> None:
    """Draw the files, the button that keeps this analysis, and those that were kept."""
    words = shown.words
    parts.section(words.t("trial_results.files"), words.t("trial_results.files_caption"))
    _downloads(shown)
    _keep(shown)
    earlier(words, shown.trial, shown)


def _downloads(shown: Shown) -> None:
    """Every file is made when its button is pressed."""
    makers = {
        "pdf": (lambda: _pdf(shown), "pdf", "application/pdf"),
        "xlsx": (lambda: _workbook(shown), "xlsx", _XLSX),
        "bundle": (lambda: _bundle(shown), "zip", "application/zip"),
        "brapi": (lambda: _brapi(shown), "json", "application/json"),
        "miappe": (lambda: _miappe(shown), "json", "application/json"),
    }
    stem = f"{shown.trial.slug}-{shown.judged.data.name}"
    with st.container(key="trial_results_files", horizontal=True):
        for name, (make, extension, mime) in makers.items():
            st.download_button(
                shown.words.t(f"trial_results.file_{name}"),
                make,
                file_name=f"{stem}-{name}.{extension}"
                if extension == "json"
                else f"{stem}.{extension}",
                mime=mime,
                on_click="ignore",
                key=f"trial_results_file_{name}",
            )


def _pdf(shown: Shown) -> bytes:
    return trial_report(report_of(shown.frame, shown.trial, shown.judged, now()))


def _workbook(shown: Shown) -> bytes:
    """Every table of the analysis, a sheet for each."""
    found = tables(shown.judged)
    return sheets_xlsx({name: (rows, columns(rows)) for name, rows in found.items()})


def _bundle(shown: Shown) -> bytes:
    return bundle(
        shown.trial,
        shown.values,
        shown.judged,
        versions=installed(),
        language=shown.words.language,
        report_pdf=_pdf(shown),
        where=analyses.where(shown.trial.site, shown.trial.slug),
    )


def _brapi(shown: Shown) -> bytes:
    place = analyses.where(shown.trial.site, shown.trial.slug)
    return _json(brapi(shown.trial, shown.values, where=place, language=shown.words.language))


def _miappe(shown: Shown) -> bytes:
    """The sections of the checklist by their names, each a list of rows."""
    place = analyses.where(shown.trial.site, shown.trial.slug)
    listed = checklist(shown.trial, shown.judged, where=place, language=shown.words.language)
    return _json({name: list(one.rows) for name, one in listed.sections.items()})


def _json(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False).encode()


def _keep(shown: Shown) -> None:
    """One button; an analysis that is kept already is not kept twice."""
    words = shown.words
    if not current().may("trial.write"):
        return
    parts.section(words.t("trial_results.keep_title"), words.t("trial_results.keep_caption"))
    if told := st.session_state.pop(_KEPT, ""):
        st.html(parts.notice(told))
    if any(_same(one, shown) for one in analyses.earlier(shown.trial.site, shown.trial.slug)):
        parts.caption(words.t("trial_results.kept_already"))
        return
    ask_who(words, entry.names(shown.trial), key="trial_results_who")
    if st.button(words.t("trial_results.keep"), type="primary", key="trial_results_keep"):
        analyses.keep(shown.trial, shown.judged, who=who_of())
        st.session_state[_KEPT] = words.t("trial_results.kept")
        st.rerun()


def _same(one: StoredAnalysis, shown: Shown) -> bool:
    """Whether an analysis is of the same trait, data and options."""
    own = json.loads(json.dumps(described(shown.judged.options, shown.judged.roles)))
    same_data = one.data_sha256 == shown.judged.sha256
    return one.trait == shown.judged.data.name and same_data and dict(one.options) == own


def earlier(words: Words, trial: PlannedTrial, shown: Shown | None = None) -> None:
    """The analyses that were kept: of what, when, by whom, and whether the data are still these."""
    found = analyses.earlier(trial.site, trial.slug)
    if not found:
        return
    parts.section(words.t("trial_results.earlier"))
    for one in found[:_SHOWN]:
        with st.container(key=f"trial_results_earlier_{one.number}", border=True):
            st.html(_line(words, trial, one, shown))
    if len(found) > _SHOWN:
        parts.caption(words.t("trial_results.earlier_more", n=len(found) - _SHOWN))


def _line(words: Words, trial: PlannedTrial, one: StoredAnalysis, shown: Shown | None) -> str:
    trait = trait_of(trial, one.trait)
    said = [words.stamp(one.made_at) if one.made_at else "", one.who, *_options(words, one.options)]
    said.append(words.t("trial_results.version", version=one.version))
    if shown is not None and one.trait == shown.judged.data.name:
        same = one.data_sha256 == shown.judged.sha256
        said.append(words.t("trial_results.data_same" if same else "trial_results.data_changed"))
    told = " · ".join(part for part in said if part)
    return entry_line(trait.label or trait.name, told, struck=False)


def _options(words: Words, options: Mapping[str, Any]) -> list[str]:
    """What was chosen, in few words."""
    said = [words.code("trial_report.adjust", str(options.get("adjust", "")))]
    said += [
        words.t(f"trial_results.chose.{name}", value=str(options[name]))
        for name in ("control", "by", "quantitative")
        if options.get(name)
    ]
    if options.get("covariates"):
        value = ", ".join(map(str, options["covariates"]))
        said.append(words.t("trial_results.chose.covariates", value=value))
    if options.get("scale") not in (None, "none"):
        said.append(words.code("trial_report.scales", str(options["scale"])))
    if options.get("spatial"):
        said.append(words.t("trial_results.chose.spatial"))
    return said
