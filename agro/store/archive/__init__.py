"""Months of observations moved out of the database into sorted Parquet, and read from there.

Of an archived month each datastream has one place: the archive, or, once something was written to
it since (`thawed_month`), the database. Rows leave the database only when the file was read back
and found to be what was read; a writer first brings back what it adds to. So rollups equal a
recomputation over both at any time, and a process killed anywhere leaves every row in one place.

README.md in agro/store tells the format.
"""

from agro.store.archive.freeze import Archived, archivable, archive_month, restore_month
from agro.store.archive.guard import exclusive
from agro.store.archive.reading import cold_rows, has_months, with_archived
from agro.store.archive.thaw import thaw, thaw_first

__all__ = [
    "Archived",
    "archivable",
    "archive_month",
    "cold_rows",
    "exclusive",
    "has_months",
    "restore_month",
    "thaw",
    "thaw_first",
    "with_archived",
]
