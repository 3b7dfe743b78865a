"""Subscribing: checked once at the border, permitted and audited like every other write."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlalchemy import Connection, Engine

from agro.access.actor import Actor
from agro.access.door import acting
from agro.access.records import Derived
from agro.access.rules import may
from agro.config import now
from agro.errors import BadInput, Forbidden
from agro.notify.calendar import new_token, renew_all
from agro.notify.channels import masked, read_channel
from agro.notify.kinds import KINDS
from agro.store import farms
from agro.store.alerts import calendars, subscriptions
from agro.store.alerts.subscriptions import AlertSubscription
from agro.words import LANGUAGES

ACTION = "alert.write"
_LOOKS_AFTER = "access.write"  # who may do this looks after everybody's alerts
_DAY_MINUTES = 24 * 60


def subscribe(engine: Engine, actor: Actor, one: AlertSubscription) -> int:
    """Keep a subscription; its number.

    Raises
    ------
    BadInput   One line for each thing that cannot be used.
    Forbidden  Its sites are not the actor's.
    """
    with engine.connect() as c:
        check(c, one)
    with acting(engine, actor, ACTION, one.sites or "", audited("subscribe", one)) as c:
        return subscriptions.add(c, one)


def unsubscribe(engine: Engine, actor: Actor, number: int) -> None:
    """End a subscription.

    Raises
    ------
    ValueError  There is none of this number.
    Forbidden   It is somebody else's, or its sites are not the actor's.
    """
    with acting(engine, actor, ACTION, of_subscription(actor, number), {"removed": number}) as c:
        subscriptions.remove(c, number)


def check(c: Connection, one: AlertSubscription) -> None:
    """Let pass what can be used.

    Raises
    ------
    BadInput  One line for each thing that cannot.
    """
    faults = list(_faults(one, [site.slug for site in farms.sites(c)]))
    if faults:
        raise BadInput(faults)


def audited(deed: str, one: AlertSubscription) -> dict[str, object]:
    """What the audit log tells of a subscription: its channels masked."""
    channels = [masked(url) for url in (one.channel, one.escalate_to) if url]
    return {deed: one.number or one.who, "kinds": list(one.kinds), "channels": channels}


def is_theirs(actor: Actor, one: AlertSubscription) -> bool:
    """Whether a subscription is somebody's own, or theirs to look after.

    Without an account people of one machine are known by the names they typed, so that all of them
    are everybody's.
    """
    return not actor.email or one.who == actor.email or may(actor, _LOOKS_AFTER)


def of_subscription(actor: Actor, number: int, *, ended: bool = False) -> Derived:
    """The sites of a subscription, for `acting`; `ended` also of one that was removed.

    Raises
    ------
    ValueError  There is none of this number.
    Forbidden   It is somebody else's.
    """

    def sites(c: Connection) -> tuple[str, ...]:
        found = subscriptions.find(c, number)
        if found is None or (found.is_removed and not ended):
            raise ValueError(f"no subscription {number}; agro alert list shows them")
        if not is_theirs(actor, found):
            raise Forbidden(ACTION, "", actor.email)
        return found.sites or ("",)

    return sites


def open_calendar(engine: Engine, actor: Actor, site: str, language: str) -> str:
    """Give a site's calendar a new secret, after which an older one opens nothing; the secret.

    Raises
    ------
    ValueError  The site does not exist.
    Forbidden   It is not the actor's.
    """
    token = new_token()
    with acting(engine, actor, ACTION, site, "calendar opened") as c:
        calendars.open_calendar(c, site, token, language, now())
        renew_all(c, now())
    return token


def close_calendar(engine: Engine, actor: Actor, site: str) -> bool:
    """Close a site's calendar; False where none was open."""
    with acting(engine, actor, ACTION, site, "calendar closed") as c:
        return calendars.close_calendar(c, site)


def minutes_of(quiet: str) -> tuple[int, int]:
    """`22:00-07:00` as minutes after midnight.

    Raises
    ------
    ValueError  It cannot be read.
    """
    start, _, end = quiet.partition("-")
    return _minutes(start), _minutes(end)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.strip().partition(":")
    found = 60 * int(hour) + int(minute or 0)
    if not 0 <= found < _DAY_MINUTES:
        raise ValueError(f"{clock!r} is no time of the day")
    return found


def _faults(one: AlertSubscription, sites: Collection[str]) -> Iterator[str]:
    for name, given, known in (
        ("kind", one.kinds, KINDS),
        ("wake", one.wake, KINDS),
        ("site", one.sites, sites),
        ("language", (one.language,) if one.language else (), LANGUAGES),
    ):
        for value in given:
            if value not in known:
                yield f"{name}: {value!r} is unknown; it is one of {', '.join(sorted(known))}"
    if one.digest_hour is not None and not 0 <= one.digest_hour <= 23:
        yield f"digest: {one.digest_hour} is no hour of the day; give 0 to 23"
    if (one.escalate_after is None) != (not one.escalate_to):
        yield "escalation: needs a second channel and the minutes after which it is used"
    elif one.escalate_after is not None and one.escalate_after < 1:
        yield f"escalation: {one.escalate_after} min is too soon; give 1 or more"
    yield from _channel_faults(one)


def _channel_faults(one: AlertSubscription) -> Iterator[str]:
    for url in (one.channel, one.escalate_to):
        try:
            if url or url is one.channel:
                read_channel(url)
        except BadInput as error:
            yield from error.lines
    if one.channel and one.channel == one.escalate_to:
        yield "escalation: the second channel is the first one; give another"


def shown(one: AlertSubscription) -> AlertSubscription:
    """A subscription as it may be shown, its channels masked."""
    return replace(one, channel=masked(one.channel), escalate_to=masked(one.escalate_to))
