"""The report of a trial as a PDF."""

from agro.reports.content import content
from agro.reports.report import Report
from agro.reports.typeset import STANDARDS, typeset
from agro.words import say

__all__ = ["STANDARDS", "trial_report"]
_TEMPLATES = ("tables.typ", "figures.typ", "trial.typ")


def trial_report(report: Report) -> bytes:
    """The report as a PDF: A4, its text selectable; the same report gives the same bytes."""
    told = content(report, say(report.language, report.zone))
    return typeset(told, _TEMPLATES, report.provenance.computed_at)
