"""The report of a trial as a PDF.

The template gets every text as data, never as markup: what a sheet holds is printed as it stands.
Fonts are those that come with the typesetter, so that a report looks alike everywhere.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import typst

from agro.reports.content import content, printable
from agro.reports.report import Report
from agro.words import say

STANDARDS: Final[list[Literal["a-2a", "ua-1"]]] = ["a-2a", "ua-1"]
"""Kept for decades (PDF/A-2a, ISO 19005-2), read aloud by a screen reader (PDF/UA-1, ISO 14289)."""
_TEMPLATES = ("tables.typ", "figures.typ", "trial.typ")


def trial_report(report: Report) -> bytes:
    """The report as a PDF: A4, its text selectable; the same report gives the same bytes.

    It follows `STANDARDS` unless the sheet holds signs that the typesetter's own fonts lack: these
    are then taken from the fonts of the computer, and the PDF is a plain tagged one.
    """
    told = printable(content(report, say(report.language, report.zone)))
    inputs = {"data": json.dumps(told, ensure_ascii=False, allow_nan=False)}
    when = report.provenance.computed_at
    try:
        return typst.compile(
            _template(),
            sys_inputs=inputs,
            timestamp=when,
            ignore_system_fonts=True,
            pdf_standards=list(STANDARDS),
        )
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        return typst.compile(_template(), sys_inputs=inputs, timestamp=when)


@cache
def _template() -> bytes:
    folder = files("agro.reports")
    return b"\n".join(folder.joinpath(name).read_bytes() for name in _TEMPLATES)
