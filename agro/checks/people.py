"""Who may come in, and who is told: accounts, keys of programs, alerts."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from agro.checks.record import Check, amount, fail, good, named, span, warn
from agro.config import Settings, settings
from agro.store.access import keys, users
from agro.store.access.users import User
from agro.store.alerts import deliveries, subscriptions

LATE_ALERT = timedelta(minutes=15)  # the scheduler sends every few seconds
_LATELY = timedelta(days=1)
_SEEN = 1000  # deliveries that are looked at
_ADD = "agro user add EMAIL --role operator"


def examine_people(c: Connection, at: datetime) -> list[Check]:
    """Accounts and keys, then whether those who asked to be told are told."""
    told = settings()
    return [*_accounts(told, users.users(c)), *_keys(c, at), _alerts(c, at)]


def _accounts(told: Settings, known: list[User]) -> Iterator[Check]:
    active = [one for one in known if not one.disabled]
    if not active:
        if told.is_loopback:
            yield good("accounts", "none; only this machine is served, and whoever sits at it")
        else:
            yield fail("accounts", f"none, and {told.host} is reached from other machines", _ADD)
        return
    if not any("operator" in one.roles for one in active):
        yield warn("accounts", f"no operator among {amount(len(active), 'account')}", _ADD)
    else:
        yield good("accounts", f"{amount(len(active), 'account')}, {len(known) - len(active)} shut")
    if shut_out := [one.email for one in active if not (one.password_hash or told.has_provider)]:
        to_do = "give each a password, or name a provider in AGRO_OIDC_METADATA_URL"
        yield warn("accounts without a way in", named(shut_out), to_do)
    if nowhere := [one.email for one in active if "farmer" in one.roles and not one.sites]:
        to_do = "agro user add EMAIL --role farmer --site S"
        yield warn("farmers without a garden", named(nowhere), to_do)


def _keys(c: Connection, at: datetime) -> Iterator[Check]:
    known = [one for one in keys.keys(c) if one.revoked_at is None]
    if known:
        used = max((one.last_used_at for one in known if one.last_used_at), default=None)
        when = f"last used {span(at - used)} ago" if used else "never used"
        yield good("keys", f"{amount(len(known), 'key')} of programs, {when}")


def _alerts(c: Connection, at: datetime) -> Check:
    """Messages that wait too long, then those that failed lately."""
    wanted = subscriptions.count(c)
    if not wanted:
        return good("alerts", "nobody asked to be told")
    told = f"{amount(wanted, 'subscription')}"
    if late := deliveries.due(c, at - LATE_ALERT, _SEEN):
        oldest = min(one.due_at for one in late)
        waits = f"{told}, {amount(len(late), 'message')} due, the oldest since {span(at - oldest)}"
        return fail("alerts", waits, "start agro serve, whose scheduler sends; see its log")
    bad = [one.delivery for one in deliveries.log(c, _SEEN, state="failed")]
    lately = [one for one in bad if one.sent_at is not None and at - one.sent_at <= _LATELY]
    if lately:
        failed = f"{told}, {amount(len(lately), 'message')} failed in 24 h: {lately[0].reason}"
        return warn("alerts", failed, "see agro alert log, and correct the channel")
    return good("alerts", f"{told}, no message waits")
