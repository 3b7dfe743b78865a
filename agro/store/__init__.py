"""The records kept: readings and their sums, farms, logbook, weather, decisions, problems.

Every function takes the caller's `Connection` first and runs in its transaction; every write is
idempotent. Open a store with `open_store(url)`; write inside `with writing(engine) as connection`.
"""

from agro.store.engine import migrate, open_store, writing

__all__ = ["migrate", "open_store", "writing"]
