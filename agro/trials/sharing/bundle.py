"""A trial as one file that anybody can open, check and compute again: the same bytes every time."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from platform import python_version
from typing import Any

from agro.store.trials import PlannedTrial, PlotValue
from agro.tables import to_csv
from agro.trials.document import document
from agro.trials.judging import Judged, described
from agro.trials.planning import book_columns, plot_row
from agro.trials.sharing.brapi import brapi, unsaid
from agro.trials.sharing.facts import Ground
from agro.trials.sharing.miappe import Checklist, Section, file_of, miappe
from agro.trials.sharing.package import SentTable, datapackage
from agro.words import Words, say, warning_sentence

DATA, LAYOUT, DESIGN = "data.csv", "layout.csv", "design.json"
OPTIONS, RESULT, VERSIONS = "options.json", "result.json", "versions.json"
_PACKAGE, _REPORT = "datapackage.json", "report.pdf"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can hold: files of no age
_LIBRARIES = ("agro", "numpy", "scipy")
_UNIX, _READABLE = 3, 0o644 << 16


def installed() -> dict[str, str]:
    """The versions that compute here."""
    return {"python": python_version()} | {name: version(name) for name in _LIBRARIES}


def bundle(
    trial: PlannedTrial,
    values: Sequence[PlotValue],
    judged: Judged,
    *,
    versions: Mapping[str, str],
    language: str = "fr",
    report_pdf: bytes | None = None,
    where: Ground | None = None,
) -> bytes:
    """The zip of one analysed trait, with all that is needed to compute it again.

    Parameters
    ----------
    values : Of all traits of the trial, those that count.
    versions : Of the programs that made the analysis, as `installed` tells.
    language : Of the texts for people; `result.json` is that of `agro trial analyse --json`.
    where : The site and farm plot, as `facts.ground` reads them from the store.
    """
    words = say(language)
    tables = _tables(trial, judged)
    found = {one.name: one.body for one in tables}
    found |= {
        name: _json(content)
        for name, content in (
            (DESIGN, _design(trial)),
            (OPTIONS, options_document(judged)),
            (RESULT, result_document(judged)),
            (VERSIONS, dict(versions)),
            (_PACKAGE, datapackage(trial, judged, tables, words)),
        )
    }
    answers = brapi(trial, values, where=where, language=language)
    found |= {f"brapi/{name}.json": _json(one) for name, one in answers.items()}
    listed = checklist(trial, judged, where=where, language=language)
    found |= {file_of(name): _csv(one) for name, one in listed.sections.items()}
    if report_pdf is not None:
        found[_REPORT] = report_pdf
    return _zip(found | {"README.txt": _readme(trial, judged, found, versions, words)})


def checklist(
    trial: PlannedTrial, judged: Judged, *, where: Ground | None = None, language: str = "fr"
) -> Checklist:
    """The MIAPPE sections as they are sent, with what these and the BrAPI answers lack."""
    data = {DATA: f"sha256:{judged.sha256}"}
    found = miappe(trial, where=where, language=language, data=data)
    return replace(found, findings=(*found.findings, *unsaid(trial)))


def options_document(judged: Judged) -> dict[str, Any]:
    """Every argument of the analysis, and which data it took."""
    told = described(judged.options, judged.roles)
    return {"response": judged.data.name, "data_sha256": judged.sha256} | told


def result_document(judged: Judged) -> dict[str, Any]:
    """The analysis as `agro trial analyse --json` tells it."""
    words = say("en")
    warnings = [warning_sentence(words, one.code, one.facts) for one in judged.analysis.warnings]
    return document(judged.analysis, warnings)


def layout_columns(trial: PlannedTrial) -> tuple[str, ...]:
    """The columns of the layout: those of the field book that do not change with the visit."""
    return tuple(name for name in book_columns(trial, ()) if name != "time")


def _tables(trial: PlannedTrial, judged: Judged) -> list[SentTable]:
    columns = layout_columns(trial)
    layout = to_csv((plot_row(one) for one in trial.plots), columns).encode()
    place = tuple(name for name in ("environment", "row", "column") if name in columns)
    plot = tuple(name for name in ("plot", "time") if name in judged.columns)
    return [
        SentTable(DATA, judged.csv.encode(), judged.columns, plot),
        SentTable(LAYOUT, layout, columns, place),
    ]


def _design(trial: PlannedTrial) -> dict[str, Any]:
    """How the layout was drawn; the request is null where it was not drawn here."""
    request = None if trial.request is None else dict(trial.request)
    seed = None if request is None else request.get("seed")
    told = {"design": trial.design, "generator": trial.generator, "seed": seed}
    return told | {"request": request}


def _csv(one: Section) -> bytes:
    return to_csv(one.rows, one.columns).encode()


def _json(content: Any) -> bytes:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    return (text + "\n").encode()


def _readme(
    trial: PlannedTrial,
    judged: Judged,
    found: Mapping[str, bytes],
    versions: Mapping[str, str],
    words: Words,
) -> bytes:
    """What each file is, and how the same numbers are had again."""
    made = ", ".join(f"{name} {number}" for name, number in versions.items())
    groups = dict.fromkeys(name.partition("/")[0].partition(".")[0] for name in found)
    paths = {name.partition("/")[0].partition(".")[0]: name.partition("/")[0] for name in found}
    widest = max(len(path) for path in paths.values()) + 2
    lines = [
        words.t("trial_share.readme.title", name=trial.name, trait=judged.data.name),
        "",
        *(f"{paths[one]:<{widest}}{words.t(f'trial_share.file.{one}')}" for one in groups),
        "",
        words.t("trial_share.readme.again"),
        "",
        f"    agro trial again {file_name(trial, judged)}",
        "",
        words.t("trial_share.readme.made", versions=made),
        words.t("trial_share.readme.privacy"),
    ]
    return ("\n".join(lines) + "\n").encode()


def file_name(trial: PlannedTrial, judged: Judged) -> str:
    """What the zip is called where nobody says."""
    return f"{trial.slug}-{judged.data.name}.zip"


def _zip(found: Mapping[str, bytes]) -> bytes:
    """The files in one zip, in the order of their names, without the time they were made."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(found):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            file.writestr(entry, found[name])
    return body.getvalue()
