"""Who may be told now: an account that was closed, or lost its garden, is told nothing more."""

from collections.abc import Callable

from sqlalchemy import Connection

from agro.access.rules import may
from agro.access.who import actor_from
from agro.notify.subscribing import ACTION
from agro.store.access import users
from agro.store.alerts.subscriptions import AlertSubscription

Told = Callable[[AlertSubscription, str, str], bool]


def told_of(c: Connection) -> Told:
    """A test of a subscription, a kind and a garden; whom no account is of is known by a name."""
    accounts = {one.email: actor_from(one) for one in users.users(c)}

    def is_told(one: AlertSubscription, kind: str, site: str) -> bool:
        actor = accounts.get(users.plain(one.who))
        return one.wants(kind, site) and (actor is None or may(actor, ACTION, site))

    return is_told
