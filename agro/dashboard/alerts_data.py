"""Subscriptions as their page reads and writes them: each person's own, secrets left behind.

Nothing here is cached: a cache is shared by all visitors, and a channel opens somebody's post.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agro.access import may, records
from agro.config import now, settings
from agro.dashboard import data
from agro.errors import BadInput
from agro.notify import trying
from agro.notify.addresses import hint, kind_of
from agro.notify.calendar import address, new_token, renew_all
from agro.notify.outcome import Outcome
from agro.notify.reach import leads_outside
from agro.notify.saying import Known
from agro.notify.subscribing import ACTION, audited, check, is_theirs, of_subscription
from agro.records import Site
from agro.store.alerts import calendars, deliveries, subscriptions
from agro.store.alerts.deliveries import Logged
from agro.store.alerts.subscriptions import AlertSubscription


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as it may be shown: what people call it, and by what they know it again."""

    kind: str
    hint: str

    @classmethod
    def of(cls, url: str) -> "Channel":
        """The channel of an address."""
        return cls(kind_of(url), hint(url))


@dataclass(frozen=True, slots=True)
class Kept:
    """A subscription without its secrets."""

    one: AlertSubscription
    first: Channel
    second: Channel | None


def gardens() -> list[Site]:
    """The gardens of which whoever looks may be told."""
    actor = data.actor()
    return [site for site in data.sites() if may(actor, ACTION, site.slug)]


def reaches_all() -> bool:
    """Whether whoever looks may be told of every garden, also of those to come."""
    return may(data.actor(), ACTION)


def is_trusted() -> bool:
    """Whether whoever looks may write to any address, also in our own network."""
    return may(data.actor(), "access.write")


def has_house_mail() -> bool:
    """Whether a mail server of the house is set."""
    return bool(settings().mail_url.get_secret_value())


def kept() -> list[Kept]:
    """The subscriptions of whoever looks; of everybody for who looks after them."""
    with data.engine().connect() as c:
        return [_shown(one) for one in _theirs(subscriptions.kept(c))]


def _theirs(found: Sequence[AlertSubscription]) -> list[AlertSubscription]:
    actor = data.actor()
    return [
        one
        for one in found
        if is_theirs(actor, one) and all(may(actor, ACTION, site) for site in one.sites or ("",))
    ]


def _shown(one: AlertSubscription) -> Kept:
    bare = replace(one, channel="", escalate_to="")
    second = Channel.of(one.escalate_to) if one.escalate_to else None
    return Kept(bare, Channel.of(one.channel), second)


def subscribe(one: AlertSubscription) -> int:
    """Keep a subscription; its number.

    Raises
    ------
    BadInput  It cannot be used.
    """
    who = data.actor().email or one.who
    wanted = replace(one, who=who)
    _check(wanted)
    with data.acting(ACTION, wanted.sites, audited("subscribe", wanted)) as c:
        return subscriptions.add(c, wanted)


def change(number: int, one: AlertSubscription) -> None:
    """Let a subscription be as `one`; a channel that is left empty stays as it is.

    Raises
    ------
    BadInput  It cannot be used.
    """
    with data.engine().connect() as c:
        before = subscriptions.find(c, number)
    if before is None or before.is_removed:
        raise BadInput([f"there is no subscription {number}"])
    second = (one.escalate_to or before.escalate_to) if one.escalate_after is not None else ""
    wanted = replace(
        one,
        who=before.who,
        channel=one.channel or before.channel,
        escalate_to=second,
        is_active=before.is_active,
        number=number,
    )
    _check(wanted)
    of = records.all_of(of_subscription(data.actor(), number), lambda _: wanted.sites or ("",))
    with data.acting(ACTION, of, audited("change", wanted)) as c:
        subscriptions.change(c, number, wanted)


def _check(one: AlertSubscription) -> None:
    with data.engine().connect() as c:
        check(c, one)
    if is_trusted() or settings().notify_private:
        return
    if not all(leads_outside(url) for url in (one.channel, one.escalate_to) if url):
        raise BadInput(["channel: leads into our own network"])


def rest(number: int, *, is_resting: bool) -> None:
    """Let a subscription rest, or wake it."""
    told = {"rest" if is_resting else "wake": number}
    with data.acting(ACTION, of_subscription(data.actor(), number), told) as c:
        subscriptions.rest(c, number, is_resting=is_resting)


def remove(number: int) -> AlertSubscription:
    """End a subscription and forget its channels; what it was, for who takes it back at once."""
    with data.acting(ACTION, of_subscription(data.actor(), number), {"removed": number}) as c:
        found = subscriptions.find(c, number)
        subscriptions.remove(c, number)
    if found is None:
        raise BadInput([f"there is no subscription {number}"])
    return found


def restore(one: AlertSubscription) -> None:
    """Take back the end of a subscription."""
    of = of_subscription(data.actor(), one.number, ended=True)
    with data.acting(ACTION, of, audited("restore", one)) as c:
        subscriptions.change(c, one.number, one)


def try_out(number: int) -> list[tuple[Channel, Outcome]]:
    """Send a trial message by the channels of a subscription; how each took it."""
    with data.acting(ACTION, of_subscription(data.actor(), number), {"tried": number}) as c:
        found = subscriptions.find(c, number)
        known = Known.read(c, settings().origin)
    if found is None:
        return []
    return [(Channel.of(one.channel), one.outcome) for one in trying.try_out(found, known)]


def log(limit: int) -> list[Logged]:
    """The newest messages of whoever looks, those of ended subscriptions too."""
    with data.engine().connect() as c:
        theirs = {one.number for one in _theirs(subscriptions.every(c))}
        return deliveries.log(c, limit, of=theirs)


def open_calendars() -> dict[str, str]:
    """The gardens whose calendar is open → its language."""
    with data.engine().connect() as c:
        return calendars.calendars(c)


def open_calendar(site: str, language: str) -> str:
    """Give a garden's calendar a new address, after which an older one opens nothing."""
    token, at = new_token(), now()
    with data.acting(ACTION, site, {"calendar": "opened"}) as c:
        calendars.open_calendar(c, site, token, language, at)
        renew_all(c, at)
    return address(settings().origin, token)


def close_calendar(site: str) -> None:
    """Close a garden's calendar."""
    with data.acting(ACTION, site, {"calendar": "closed"}) as c:
        calendars.close_calendar(c, site)
