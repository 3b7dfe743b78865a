"""Flags that look at what came after and around: made for all that waits, recomputable any time.

Flags are a function of the stored records: of values, of when they hold and of what was seen of
the clock when they came; of the register, the logbook and the climate. Assessing twice changes
nothing, and in whatever order data came, the same flags come out.
"""

from agro.store.assessment.history import TESTS, flag_counts, flag_history
from agro.store.assessment.rounds import Assessor, Round, assess_again, assess_all
from agro.store.marks import Backlog, backlog, mark, mark_moisture, mark_thing

__all__ = [
    "TESTS",
    "Assessor",
    "Backlog",
    "Round",
    "assess_again",
    "assess_all",
    "backlog",
    "flag_counts",
    "flag_history",
    "mark",
    "mark_moisture",
    "mark_thing",
]
