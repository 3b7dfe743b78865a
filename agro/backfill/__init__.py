"""Gaps in the frame counters are filled from what the network server kept.

The Things Stack publishes at QoS 0: what it sends while our connection is down is gone, but its
storage has it for a day or thirty. What comes from there goes the way of every message, with the
network's time of receipt as its arrival: it is written once, however often it is fetched, and no
clock test takes it for late. What the storage does not have although it has the frames around was
never received: most gaps of a radio network are of that kind and are given up at once.
"""

from agro.backfill.fill import Filled, fill
from agro.backfill.service import run
from agro.backfill.storages import Storages

__all__ = ["Filled", "Storages", "fill", "run"]
