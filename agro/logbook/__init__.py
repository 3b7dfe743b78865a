"""The logbook and files: a table of any garden becomes entries, entries become a table.

A file is read whole before anything is stored (`preview.read`): what is good, what is refused and
why, what it adds up to. The good rows are stored as one import (`importing.store`), which can be
undone as a whole (`agro.store.logbook.undo_batch`). `exporting` writes CSV and XLSX that read back
as what they were.
"""

from agro.logbook.columns import TYPES
from agro.logbook.correcting import corrected
from agro.logbook.exporting import to_csv, to_xlsx
from agro.logbook.faults import FileFault, Unusable
from agro.logbook.importing import Stored, store
from agro.logbook.preview import Preview, read
from agro.logbook.rows import BadRow, Choice, Note

__all__ = [
    "TYPES",
    "BadRow",
    "Choice",
    "FileFault",
    "Note",
    "Preview",
    "Stored",
    "Unusable",
    "corrected",
    "read",
    "store",
    "to_csv",
    "to_xlsx",
]
