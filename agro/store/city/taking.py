"""What the city's systems tell enters the store: equipment registered, values beside the probes'.

One way in for what is pushed and for what was asked. Told again it changes nothing; what cannot be
used becomes a problem beside the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from agro.store import problems
from agro.store.city import assets, registering
from agro.store.city.assets import Asset
from agro.store.incoming import Batch, Message, Read, problem_of
from agro.store.ingest import store
from agro.store.problems import ProblemRow
from sensors.feeds.city_assets import Equipment, Report
from sensors.feeds.source import Licence
from sensors.reading import Reading, Uplink

UNLICENSED = Licence("", "", "")
_NETWORK = "city"


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a message: entities in it, equipment new to us, observations, problems."""

    entities: int
    new: int
    rows: int
    problems: int


def keep(
    c: Connection,
    reports: Sequence[Report],
    arrived_at: datetime,
    *,
    source: str,
    licence: Licence = UNLICENSED,
    topic: str = "",
) -> Received:
    """Register what is told of and store what it measured, in the caller's transaction.

    `source` is the key of the feed it came by; `topic` names it beside a problem (`source` unless
    given).

    Raises
    ------
    StoreError  No city pack is loaded.
    """
    known = [(one, one.equipment) for one in reports if one.equipment is not None]
    told = [_asset(equipment, source, licence) for _, equipment in known]
    saved = registering.save(c, told)
    faults = list(_faults(reports, saved, topic or source, arrived_at))
    problems.count_up(c, faults)
    wanted = [one for one, _ in known if one.measured and one.name not in saved.refused]
    read = [_read(one, topic or source, arrived_at) for one in wanted]
    done = store(c, Batch([one.message for one in read], read, [], []), set_aside=False)
    assets.settle(c, {one.uplink.device for one in read})
    return Received(len(reports), saved.new, done.rows, len(faults) + done.problems)


def _asset(one: Equipment, source: str, licence: Licence) -> Asset:
    return Asset(
        device=one.name,
        kind=one.kind,
        name=one.label,
        latitude=one.latitude,
        longitude=one.longitude,
        mode=one.mode or "",
        source=source,
        licence=licence.name,
        details=one.details,
        locality=one.locality,
    )


def _faults(
    reports: Sequence[Report], saved: registering.Saved, topic: str, arrived_at: datetime
) -> Iterator[ProblemRow]:
    """What cannot be used of each report; again and again it is the same row, counted."""
    for one in reports:
        message = Message(topic, one.text.encode("utf-8", "replace"), arrived_at)
        for problem in one.problems:
            yield problem_of(message, one.name, problem)
        if one.name in saved.refused:
            yield problem_of(message, one.name, saved.refused[one.name])


def _read(one: Report, topic: str, arrived_at: datetime) -> Read:
    """A report as the message of a device, so that it is checked as every message is."""
    sent = int(arrived_at.timestamp())
    readings = (
        Reading(value.quantity, value.value, offset_s=int(value.time.timestamp()) - sent)
        for value in one.measured
    )
    uplink = Uplink(one.name, arrived_at, _NETWORK, readings=tuple(readings))
    return Read(Message(topic, one.text.encode("utf-8", "replace"), arrived_at), uplink)
