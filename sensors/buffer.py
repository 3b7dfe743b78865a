"""A buffer between the thread that receives and the one that writes down, bounded both ways."""

from collections import deque
from threading import Condition
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Buffer(Generic[T]):
    """Items in the order of their coming: at most so many, and at most so many bytes of them.

    Parameters
    ----------
    most : Items it holds.
    most_bytes : Bytes it holds, as told by who puts them in; one item always has room.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._items: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._changed = Condition()
        self._waiting_for = 0  # items that would wake the one who takes; 0 = nobody waits

    def __len__(self) -> int:
        """How many items it holds."""
        return len(self._items)

    def put(self, item: T, size: int, *, max_wait: float) -> bool:
        """Add an item of so many bytes; False when there was no room for so many seconds."""
        with self._changed:
            if not self._has_room(size):
                self._changed.wait_for(lambda: self._has_room(size), max_wait)
                if not self._has_room(size):
                    return False
            self._items.append((item, size))
            self._bytes += size
            if self._waiting_for and len(self._items) >= self._waiting_for:
                self._changed.notify_all()
        return True

    def take(self, most: int, *, max_wait: float, quiet: float) -> list[T]:
        """Take what has come, at most so many: when they are there, or after a silence.

        Parameters
        ----------
        max_wait : After so long whatever is there is taken; it may be nothing. [s]
        quiet : A silence after an item that ends the waiting for more. [s]
        """
        with self._changed:
            self._wait(most, max_wait, quiet)
            taken = [self._items.popleft() for _ in range(min(most, len(self._items)))]
            self._bytes -= sum(size for _, size in taken)
            self._changed.notify_all()
        return [item for item, _ in taken]

    def _wait(self, most: int, max_wait: float, quiet: float) -> None:
        deadline, before = monotonic() + max_wait, -1
        while (count := len(self._items)) < most and count != before:
            left = deadline - monotonic()
            if left <= 0:
                return
            # The first item wakes; after it only a full batch does, or the silence.
            before, self._waiting_for = count or -1, most if count else 1
            self._changed.wait_for(self._is_enough, min(left, quiet) if count else left)
            self._waiting_for = 0

    def _is_enough(self) -> bool:
        return len(self._items) >= self._waiting_for

    def _has_room(self, size: int) -> bool:
        if not self._items:
            return True
        return len(self._items) < self._most and self._bytes + size <= self._most_bytes
