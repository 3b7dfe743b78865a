"""The surveys of a farm book: TAPE's answers under `caet_<version>`, or in `surveys`."""

from collections.abc import Iterator, Mapping
from typing import Any

from agro.indicators import rows, tape
from agro.indicators.book import Survey
from agro.indicators.document import Document
from agro.indicators.places import Places
from agro.packs.faults import shown

_SECTION = "caet_"
_PLACE = ("site", "plot", "date")


def read_surveys(document: Document, places: Places) -> Iterator[Survey]:
    """The surveys that can be kept; a wrong answer is told and left blank, which blocks."""
    listed = [*_by_version(document, places), *document.entries("surveys")]
    for path, entry in listed:
        row = document.row(path, entry, rows.SurveyRow)
        if row is None:
            continue
        at = places.at(document, path, row, kind="survey", needed=True)
        if at is None:
            continue
        if tape.form(row.form_version) is None:
            told = f".form_version {shown(row.form_version)} is not a known form; known: "
            document.fault(path, told + ", ".join(tape.FORMS))
            continue
        yield Survey(
            **at, form=row.form, version=row.form_version, answers=_kept(document, path, row)
        )


def _by_version(document: Document, places: Places) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sections `caet_2019`, `caet_2023`, … as entries; one or several sites each."""
    for name in [key for key in document.content if key.startswith(_SECTION)]:
        for path, entry in document.entries(name):
            own = {key: entry[key] for key in _PLACE if key in entry}
            if "site" not in own and places.sites:
                own["site"] = next(iter(places.sites))
                told = f"{document.file}: {path} names no site; taken as of {own['site']}"
                document.notes.append(told)
            told_answers = entry.get("answers", {k: v for k, v in entry.items() if k not in _PLACE})
            version = name.removeprefix(_SECTION)
            yield path, {**own, "form_version": version, "answers": told_answers}


def _kept(document: Document, path: str, row: rows.SurveyRow) -> Mapping[str, Mapping[str, Any]]:
    """The answers that can be; those that cannot are told."""
    wrong = set[str]()
    for place, answer, told in tape.faults(row.form_version, row.answers):
        document.fault(path, f".{place} {shown(answer)} {told}")
        wrong.add(place)
    return {
        element: {
            index: answer for index, answer in indices.items() if f"{element}.{index}" not in wrong
        }
        for element, indices in row.answers.items()
        if element not in wrong
    }
