"""Whose page is drawn now: few at once, so that many people wait little.

Python computes for one page at a time, however many ask. Where all of them share its time they all
end late, and what is already drawn waits among them to be sent: with a hundred people on two cores
19 of 20 pages were there after 2.0 s, and after 0.9 s where two were drawn at once
(`tests/benchmarks/test_pages.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 2  # one is computed while another waits for the database
LONGEST_S = 2.0  # who waits for slow ones this long goes on without a turn
_places = BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a place among those that are drawn; it is given back however the page ends."""
    has_place = _places.acquire(timeout=LONGEST_S)
    try:
        yield
    finally:
        if has_place:
            _places.release()
