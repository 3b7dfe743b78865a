"""The logbook, in farmOS's types: what people and machines did, once each.

Nothing is deleted and nothing overwritten silently: a correction keeps what stood before, an entry
that is taken back is struck and can be restored, a file that was imported can be undone as a whole.
"""

from agro.store.logbook.batches import batches, close_batch, open_batch, redo_batch, undo_batch
from agro.store.logbook.changes import correct, history, restore, strike
from agro.store.logbook.marked import NOTE_ID, hold, marked
from agro.store.logbook.photos import Photo, add_photo, photo, photos
from agro.store.logbook.reading import count, crops, entries, noted, one, size
from agro.store.logbook.rows import WRITTEN
from agro.store.logbook.said import note, write
from agro.store.logbook.sums import (
    HarvestSum,
    Spoken,
    first_harvest,
    harvest_sums,
    harvest_weeks,
)

__all__ = [
    "NOTE_ID",
    "WRITTEN",
    "HarvestSum",
    "Photo",
    "Spoken",
    "add_photo",
    "batches",
    "close_batch",
    "correct",
    "count",
    "crops",
    "entries",
    "first_harvest",
    "harvest_sums",
    "harvest_weeks",
    "history",
    "hold",
    "marked",
    "note",
    "noted",
    "one",
    "open_batch",
    "photo",
    "photos",
    "redo_batch",
    "restore",
    "size",
    "strike",
    "undo_batch",
    "write",
]
