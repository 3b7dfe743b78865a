"""Reports people hand on, as PDF: what a trial found, and how far the city's farms are.

`trial_report` and `farms_report` take everything as one object and give the bytes of a PDF. They
read no file, no store and no clock: the same report gives the same bytes.
"""

from agro.reports.farms import FarmsReport, farms_report
from agro.reports.report import About, Provenance, Report
from agro.reports.trial import trial_report

__all__ = ["About", "FarmsReport", "Provenance", "Report", "farms_report", "trial_report"]
