"""The whole store in one file, while it is written to; and back, into either database.

A backup is a tar of Parquet: each table in batches, the archived months as they are, and last a
manifest with the rows and the SHA-256 of everything, so a file that was cut short has none.
README.md in agro/store tells the format.
"""

from agro.store.backup.bundle import BundleFault, Manifest, verify
from agro.store.backup.restoring import Restored, is_empty, restore, undo
from agro.store.backup.taking import take

__all__ = ["BundleFault", "Manifest", "Restored", "is_empty", "restore", "take", "undo", "verify"]
