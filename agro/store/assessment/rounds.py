"""Rounds of assessment: what waits, in bounded pieces, gauges before the soil around them."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from time import monotonic

from sqlalchemy import Connection, Engine, select

from agro.store import marks, schema
from agro.store.assessment import work
from agro.store.assessment.work import Done
from agro.store.engine import writing
from agro.store.marks import RAIN

log = logging.getLogger(__name__)

TOGETHER = 8  # devices in one transaction: they share what is read of the rain
AGAIN_AFTER_S = 600.0  # a device that could not be assessed is left alone for so long
_FAULTS = (ArithmeticError, LookupError, TypeError, ValueError)

Progress = Callable[[int, int], None]
_Work = Callable[[Connection], Done]


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: devices assessed, observations whose flags changed, devices left over."""

    devices: int
    changed: int
    left: int


class Assessor:
    """Assesses what waits in a store, round by round; one device's fault stops no other's turn.

    `only` (ids of things) leaves all others to somebody else.
    """

    def __init__(self, engine: Engine, *, only: Collection[int] | None = None) -> None:
        self._engine, self._only = engine, only
        self._failed: dict[int, float] = {}  # thing → when to try again; 0 = the gauges

    def round(self, *, within_s: float, progress: Progress | None = None) -> Round:
        """Assess for about so long. [s]

        Raises
        ------
        SQLAlchemyError  The database is away.
        """
        until, count, changed = monotonic() + within_s, 0, 0
        with self._engine.connect() as c:
            gauges, things = self._due(c)
        total = gauges + len(things)
        for devices, do in self._pieces(gauges, things):
            changed += self._finish(devices, do)
            count += len(devices)
            if progress is not None:
                progress(count, total)
            if monotonic() >= until:
                break
        return Round(count, changed, total - count)

    def _due(self, c: Connection) -> tuple[int, list[int]]:
        """How many pieces of gauges wait (0 or 1), and which other devices, by their wait."""
        found = marks.waiting(c)
        if self._only is not None:
            found = [one for one in found if one.thing in self._only]
        now = monotonic()
        self._failed = {one: at for one, at in self._failed.items() if at > now}
        gauges = any(one.quantity == RAIN for one in found) and 0 not in self._failed
        things = dict.fromkeys(one.thing for one in found if one.quantity != RAIN)
        return int(gauges), [thing for thing in things if thing not in self._failed]

    def _pieces(
        self, gauges: int, things: Sequence[int]
    ) -> Iterator[tuple[tuple[int, ...], _Work]]:
        if gauges:
            yield (0,), work.assess_gauges
        for n in range(0, len(things), TOGETHER):
            some = tuple(things[n : n + TOGETHER])
            yield some, partial(work.assess_things, things=some)

    def _finish(self, devices: tuple[int, ...], do: _Work) -> int:
        """All of a piece, a transaction for each stretch; how many observations changed."""
        changed, left = 0, True
        try:
            while left:
                with writing(self._engine) as c:
                    done = do(c)
                changed, left = changed + done.changed, done.left
        except _FAULTS as error:
            if len(devices) > 1:
                alone = (partial(work.assess_things, things=(one,)) for one in devices)
                pieces = zip(devices, alone, strict=True)
                return changed + sum(self._finish((one,), do) for one, do in pieces)
            self._failed[devices[0]] = monotonic() + AGAIN_AFTER_S
            told = "the rain gauges" if devices[0] == 0 else f"device number {devices[0]}"
            log.error("cannot assess %s: %s", told, error, exc_info=error)
        return changed


def assess_all(engine: Engine, progress: Progress | None = None) -> Round:
    """Assess until nothing waits that can be assessed; the sum of the rounds."""
    return _all(Assessor(engine), progress)


def assess_again(
    engine: Engine, devices: Collection[str], since: int, progress: Progress | None = None
) -> Round:
    """Set all flags of these devices from `since` on (epoch s) again, as if they had just come."""
    own = schema.thing.c
    with writing(engine) as c:
        things = set(c.scalars(select(own.id).where(own.device.in_(list(devices)))))
        marks.mark(c, schema.datastream.c.thing_id.in_(things), since)
    return _all(Assessor(engine, only=things), progress)


def _all(assessor: Assessor, progress: Progress | None) -> Round:
    devices = changed = 0
    while True:
        done = assessor.round(within_s=inf, progress=progress)
        devices, changed = devices + done.devices, changed + done.changed
        if done.devices == 0:
            return Round(devices, changed, done.left)
