"""Reports people hand on: a trial as a PDF that says what was found and how to find it again.

`trial_report` takes everything as one `Report` and gives the bytes of a PDF. It reads no file, no
store and no clock: the same report gives the same bytes.
"""

from agro.reports.report import About, Provenance, Report
from agro.reports.trial import trial_report

__all__ = ["About", "Provenance", "Report", "trial_report"]
