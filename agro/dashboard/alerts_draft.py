"""A subscription as it is being filled in: what is missing, and what it becomes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from agro.errors import BadInput
from agro.notify.addresses import CHANNELS, address, missing
from agro.notify.channels import read_channel
from agro.notify.kinds import FROST, KINDS, REPORT_NEARBY, VALVE_STUCK
from agro.store.alerts.subscriptions import AlertSubscription

KEEP = "keep"  # the channel that a subscription has already, whose secrets nobody is shown
AFTER = (15, 30, 60, 120, 240, 720)
"""Minutes after which somebody else is told."""

NIGHT = (time(22), time(7))
FIRST_KINDS = tuple(kind for kind in KINDS if kind != REPORT_NEARBY)
FIRST_WAKE = (FROST, VALVE_STUCK)
DIGEST_HOUR = 18


@dataclass(frozen=True, slots=True)
class Chosen:
    """A channel, and what was told in its fields, secrets too."""

    channel: str
    told: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Its address; empty where the one that is kept stays."""
        return "" if self.channel == KEEP else address(self.channel, self.told)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was filled in. No sites are all that somebody may be told of."""

    who: str
    sites: tuple[str, ...]
    kinds: tuple[str, ...]
    first: Chosen
    language: str
    digest_hour: int | None = None
    quiet: tuple[time, time] | None = None
    wake: tuple[str, ...] = ()
    second: Chosen | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why it cannot be kept yet: a code, and the channel's field that it is about."""

    code: str
    field: str = ""


def offered(*, has_house: bool, is_trusted: bool) -> tuple[str, ...]:
    """The channels to choose from.

    Parameters
    ------
    has_house : Whether a mail server of the house is set: then nobody needs another.
    is_trusted : Whether who asks may write any address at all.
    """
    left = {"own_mail" if has_house and not is_trusted else "", "" if has_house else "email"}
    left |= set() if is_trusted else {"other"}
    return tuple(one for one in CHANNELS if one not in left)


def faults(draft: Draft, *, is_named: bool) -> list[Fault]:
    """What must be mended first; `is_named` where it must be said who is told."""
    return list(_faults(draft, is_named=is_named))


def _faults(draft: Draft, *, is_named: bool) -> Iterator[Fault]:
    if is_named and not draft.who:
        yield Fault("who")
    if not draft.kinds:
        yield Fault("kinds")
    channels = [draft.first] + ([draft.second] if draft.second else [])
    wrong = [one for chosen in channels for one in _of_channel(chosen)]
    yield from dict.fromkeys(wrong)
    if not wrong and draft.second and draft.second.url and draft.first.url == draft.second.url:
        yield Fault("same")
    if draft.quiet and draft.quiet[0] == draft.quiet[1]:
        yield Fault("quiet")


def _of_channel(chosen: Chosen) -> Iterator[Fault]:
    if chosen.channel == KEEP:
        return
    gaps = missing(chosen.channel, chosen.told)
    yield from (Fault("field", name) for name in gaps)
    if gaps:
        return
    try:
        read_channel(chosen.url)
    except BadInput:
        yield Fault("channel", chosen.channel)


def subscription(draft: Draft, at: datetime, *, known: Sequence[str]) -> AlertSubscription:
    """What is kept of a draft without faults; `known` are the sites that no choice stands for."""
    start, end = draft.quiet or (None, None)
    return AlertSubscription(
        who=draft.who,
        channel=draft.first.url,
        created_at=at,
        kinds=() if set(draft.kinds) == set(KINDS) else draft.kinds,
        sites=draft.sites or tuple(known),
        language=draft.language,
        quiet_from=_minutes(start),
        quiet_until=_minutes(end),
        wake=draft.wake,
        digest_hour=draft.digest_hour,
        escalate_to=draft.second.url if draft.second else "",
        escalate_after=draft.after if draft.second else None,
    )


def _minutes(clock: time | None) -> int | None:
    return None if clock is None else 60 * clock.hour + clock.minute


def clock(minutes: int | None, other: time) -> time:
    """Minutes after midnight as a time of the day."""
    return other if minutes is None else time(minutes // 60 % 24, minutes % 60)
