"""Messages as they came: envelopes read, and what their senders' limits refuse. No database."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from agro.store.problems import ProblemRow
from sensors import envelopes
from sensors.errors import DecodeError
from sensors.reading import Problem, Uplink

# What a decoder can raise on bytes its author never saw. The message is kept as a problem: left
# unread, it would come again for ever and stop all that follow.
POISON = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came: where from, its bytes, and when."""

    topic: str
    body: bytes
    arrived_at: datetime


Takes = Callable[[str, float], bool]
"""Whether one more message of this device (or topic) at this time (epoch s) is taken."""


class Read(NamedTuple):
    """A message whose envelope could be read."""

    message: Message
    uplink: Uplink


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages whose envelopes are read: uplinks, what is wrong with the others, and the excess.

    `excess` are the problems of what its sender's limit refuses, each with the place of its
    message among `messages`; they are to be counted (`problems.count_up`), each once. Their uplinks
    are `curtailed`: heard, so that nobody looks for their frames.
    """

    messages: Sequence[Message]
    read: list[Read]
    faults: list[ProblemRow]
    excess: list[tuple[int, ProblemRow]]
    curtailed: list[Read] = field(default_factory=list)


def read_envelopes(messages: Sequence[Message], takes: Takes | None = None) -> Batch:
    """What needs no database; `takes` judges each uplink and each unreadable message once."""
    batch = Batch(messages, [], [], [])
    for place, message in enumerate(messages):
        faults: list[ProblemRow] = []
        found = _read(message, faults)
        if takes is not None:
            stated = tuple(found)
            excess = [*_refuse(found, takes), *_refuse_faults(message, faults, takes)]
            batch.curtailed.extend(one for one in stated if one not in found)
            batch.excess.extend((place, one) for one in excess)
        batch.read.extend(found)
        batch.faults.extend(faults)
    return batch


def _refuse(found: list[Read], takes: Takes) -> list[ProblemRow]:
    """Take the uplinks out that are too many of their device."""
    excess: list[ProblemRow] = []
    for one in tuple(found):
        device, time = one.uplink.device or one.uplink.eui, one.uplink.time.timestamp()
        if not takes(device, time):
            found.remove(one)
            excess.append(_excess(one.message, device, time))
    return excess


def _refuse_faults(message: Message, faults: list[ProblemRow], takes: Takes) -> list[ProblemRow]:
    """Take an unreadable message out when its topic has too many: its device is not known."""
    arrived = message.arrived_at.timestamp()
    if not faults or takes(message.topic, arrived):
        return []
    device = faults[0].device
    faults.clear()
    return [_excess(message, device, arrived)]


def _excess(message: Message, device: str, time: float) -> ProblemRow:
    """The problem that counts what a device states too often in one hour."""
    hour = f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H}Z"
    detail = "more messages of one device in one hour than AGRO_DEVICE_RATE allows"
    problem = Problem("too_many_messages", field="hour", value=hour, detail=detail)
    return problem_of(message, device, problem)


def _read(message: Message, faults: list[ProblemRow]) -> list[Read]:
    """The uplinks of a message: several when a gateway speaks for several devices."""
    try:
        found = envelopes.parse_all(message.topic, message.body, arrived_at=message.arrived_at)
    except DecodeError as error:
        problem = Problem(error.reason, device=error.device, detail=error.detail)
        faults.append(problem_of(message, "", problem))
        return []
    except POISON as error:
        faults.append(problem_of(message, "", unread("unreadable_envelope", error)))
        return []
    return [Read(message, uplink) for uplink in found]


def refused(message: Message, reason: str, detail: str) -> ProblemRow:
    """A whole message as a problem, with what is known without reading it."""
    return problem_of(message, "", Problem(reason, detail=detail))


def unread(reason: str, error: Exception) -> Problem:
    return Problem(reason, detail=f"{type(error).__name__}: {error}")


def problem_of(message: Message, device: str, problem: Problem) -> ProblemRow:
    return ProblemRow(
        time=message.arrived_at,
        source=message.topic,
        device=device or problem.device,
        reason=problem.reason,
        field=problem.field,
        value=problem.value,
        detail=problem.detail,
        payload=_text(message.body),
    )


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"hex:{body.hex()}"
