"""The fewest questions to a storage that cover all that is wanted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from agro.store import frame_gaps
from agro.store.frame_gaps import Wanted

TOGETHER = 20  # so many devices of an application, and half of it, are asked for at once
LONGEST_TOGETHER_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Question:
    """One span of time [epoch s] of one device, or of a whole application (`device` empty)."""

    application: str
    device: str
    after: int
    before: int
    wanted: tuple[Wanted, ...]


def questions(engine: Engine, wanted: Sequence[Wanted]) -> Iterator[Question]:
    """Overlapping spans of a device become one; those of most of an application too.

    When our connection was down every device lacks the same hours: one question brings them all.
    Frames that single devices lost on the air are asked for one by one, without their neighbours.
    """
    applications: dict[str, list[Wanted]] = {}
    for one in wanted:
        applications.setdefault(one.application, []).append(one)
    for application, of_all in applications.items():
        with engine.connect() as c:
            enough = max(TOGETHER, frame_gaps.devices_of(c, application) // 2)
        alone: dict[str, list[Wanted]] = {}
        for after, before, some in _overlapping(of_all):
            many = len({one.network_device for one in some}) >= enough
            if many and before - after <= LONGEST_TOGETHER_S:
                yield Question(application, "", after, before, tuple(some))
                continue
            for one in some:
                alone.setdefault(one.network_device, []).append(one)
        for device, its in alone.items():
            for after, before, some in _overlapping(its):
                yield Question(application, device, after, before, tuple(some))


def _overlapping(wanted: Iterable[Wanted]) -> Iterator[tuple[int, int, list[Wanted]]]:
    """Spans that touch, together, with those whose they are."""
    after, before, some = 0, 0, list[Wanted]()
    for one in sorted(wanted, key=lambda one: (one.after, one.before)):
        if some and one.after > before:
            yield after, before, some
            some = []
        after = after if some else one.after
        before = max(before, one.before) if some else one.before
        some.append(one)
    if some:
        yield after, before, some
