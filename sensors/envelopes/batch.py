"""Values of several times in one message, as one uplink: a logger that speaks once a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sensors.errors import DecodeError
from sensors.reading import Problem, Reading, Uplink

MOST_READINGS = 200  # of one time
_MOST = 5000  # of one message


@dataclass(frozen=True, slots=True)
class Moment:
    """What was measured at one time, and what was wrong with it."""

    time: datetime
    readings: Sequence[Reading] = ()
    problems: Sequence[Problem] = ()


def uplink(device: str, network: str, moments: Iterable[Moment]) -> Uplink:
    """One uplink at the latest of these times; earlier values stand at their distance from it.

    Raises
    ------
    DecodeError  `too_large` when they hold more readings than a message may; `bad_envelope` when
        there are none.
    """
    found = list(moments)
    if not found:
        raise DecodeError(device, "bad_envelope", "an empty list")
    count = sum(len(one.readings) for one in found)
    if count > _MOST:
        raise DecodeError(device, "too_large", f"{count} readings, at most {_MOST}")
    latest = max(one.time for one in found)
    at = int(latest.timestamp())
    return Uplink(
        device=device,
        time=latest,
        network=network,
        readings=tuple(
            replace(reading, offset_s=int(one.time.timestamp()) - at)
            for one in found
            for reading in one.readings
        ),
        problems=tuple(replace(each, device=device) for one in found for each in one.problems),
    )
