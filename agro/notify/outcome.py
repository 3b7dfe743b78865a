"""How handing over one message went."""

from dataclasses import dataclass
from typing import Literal

REASONS = (
    *("unreadable", "login", "smtp", "unreachable", "not_taken", "no_answer"),
    *("stopped_before", "stopped_during", "waits", "escalated", "over", "ended"),
)
"""Why a message stands as it does: of the channel, then of a stop, then of the event."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sent`; `again`: surely not delivered, tried later; `refused` for good; or `unclear`.

    `reason` is a code of `REASONS`, and what a machine said of it after a space; it holds no
    address and no secret.
    """

    state: Literal["sent", "again", "refused", "unclear"]
    reason: str = ""
