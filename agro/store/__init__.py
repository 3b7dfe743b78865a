"""The records kept: readings and their sums, farms, logbook, weather, decisions, problems.

Every function takes the caller's `Connection` first and runs in its transaction; every write is
idempotent. Open a store with `open_store(url)`; write inside `with writing(engine) as connection`.
"""

from agro.store.engine import VISITOR_WAITS_S, migrate, open_store, writing

__all__ = ["VISITOR_WAITS_S", "migrate", "open_store", "writing"]
