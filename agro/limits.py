"""How much one device may send, and which of its messages were refused and counted already.

A device is judged by the times that its messages state, never by when they reach us: what waited
in a broker or a logger for days comes at once and is as good as ever. So many messages of one
device and one hour of stated time are taken; further ones are refused. A message without a time
of its own states its arrival.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from hashlib import blake2b

HOUR_S = 3600
_REMEMBERED = 50_000  # device hours; the longest untouched is forgotten first


class RateLimit:
    """Counts the messages of each device and hour.

    Parameters
    ----------
    per_minute : Messages of one device, taken over an hour: all of them may come in one second.
    """

    def __init__(self, per_minute: float) -> None:
        self.an_hour = max(1, round(per_minute * HOUR_S / 60))
        self._taken: OrderedDict[tuple[str, int], int] = OrderedDict()

    def takes(self, device: str, time: float) -> bool:
        """Count a message that states this time (epoch s); False when it is one too many."""
        hour = (device, int(time // HOUR_S))
        taken = self._taken.get(hour, 0)
        if not taken and len(self._taken) >= _REMEMBERED:
            self._taken.popitem(last=False)
        self._taken[hour] = taken + 1
        self._taken.move_to_end(hour)
        return taken < self.an_hour


class Told:
    """Which of the last messages were refused and counted, across restarts.

    Counting is no upsert: a message that the broker sends again, because we died before it heard
    our acknowledgement, must not be counted again. It can send again only what it holds
    unacknowledged, so as many new messages back are enough.

    Parameters
    ----------
    most : Messages that the broker may hold unacknowledged.
    text : What `str` gave of the one before.
    """

    def __init__(self, most: int, text: str = "") -> None:
        self._most = most
        self._seen = 0
        self._last: deque[tuple[int, str]] = deque((0, mark) for mark in text.split())
        self._marks = {mark for _, mark in self._last}

    def __str__(self) -> str:
        """All that it knows, to be kept in the transaction that counts."""
        return " ".join(mark for _, mark in self._last)

    def __contains__(self, mark: str) -> bool:
        """Whether the message of this mark is counted."""
        return mark in self._marks

    def after(self, messages: int, refused: Iterable[str]) -> None:
        """So many messages have come for the first time; those of these marks were refused.

        What comes again is none of them, for it takes no further place in the broker's window, and
        neither is what asks for no acknowledgement.
        """
        self._seen += messages
        for mark in refused:
            self._last.append((self._seen, mark))
            self._marks.add(mark)
        while self._last and self._last[0][0] < self._seen - self._most:
            self._marks.discard(self._last.popleft()[1])


def mark(packet: int, topic: str, body: bytes) -> str:
    """What tells a message that is sent again from all others."""
    told_by = b"%d %s\n" % (packet, topic.encode("utf-8", "replace"))
    return blake2b(told_by + body, digest_size=8).hexdigest()
