"""Drought orders of which the level has changed, and those that were lifted."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from agro.notify.kinds import DROUGHT_ORDER
from agro.store import farms, orders
from agro.store.alerts import events
from agro.store.alerts.events import AlertEvent
from agro.store.orders import Answer, DroughtOrder
from agro.store.values import time_zone

_LEVELS = ("vigilance", "alerte", "alerte_renforcee", "crise")
_TOLD_FOR = timedelta(days=3)  # that an order was lifted
FREE = "free"


def changed_orders(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """For each garden and kind of water the strictest order in force, or that it was lifted.

    The identity is its level and its first day, so that a text published again tells nobody.
    """
    today = at.astimezone(time_zone(c)).date()
    before = events.of_kind(c, DROUGHT_ORDER)
    grown = dict.fromkeys(plot.site for plot in farms.plots(c))
    for site in grown:
        by_water = defaultdict[str, list[Answer]](list)
        for answer in orders.newest(c, site, at):
            by_water[answer.resource].append(answer)
        for water, answers in by_water.items():
            known = [
                one for one in before if one.site == site and one.facts.get("resource") == water
            ]
            found = _strictest(answers, today)
            if found is not None:
                yield _ordered(site, water, found)
            elif known and all(one.state == "free" for one in answers):
                yield from _lifted(known[0], at)


def _strictest(answers: Sequence[Answer], today: date) -> DroughtOrder | None:
    held = [
        one.order
        for one in answers
        if one.order is not None and one.order.level in _LEVELS and _holds(one.order, today)
    ]
    return max(held, key=lambda one: _LEVELS.index(one.level), default=None)


def _holds(order: DroughtOrder, day: date) -> bool:
    started = order.valid_from is None or order.valid_from <= day
    return started and (order.valid_until is None or day <= order.valid_until)


def _ordered(site: str, water: str, order: DroughtOrder) -> AlertEvent:
    since = order.valid_from.isoformat() if order.valid_from else ""
    facts = {
        "resource": water,
        "level": order.level,
        "valid_until": order.valid_until.isoformat() if order.valid_until else None,
        "link": order.link,
    }
    return AlertEvent(DROUGHT_ORDER, site, f"{water}/{order.level}/{since}", facts=facts)


def _lifted(last: AlertEvent, at: datetime) -> Iterator[AlertEvent]:
    """That the last order told of is in force no more, for some days."""
    if last.facts.get("level") != FREE:
        facts = {"resource": last.facts["resource"], "level": FREE}
        subject = f"{last.facts['resource']}/{FREE}/{last.subject}"
        yield AlertEvent(DROUGHT_ORDER, last.site, subject, facts=facts, until=at + _TOLD_FOR)
    elif last.until is not None and last.until > at:
        yield AlertEvent(DROUGHT_ORDER, last.site, last.subject, facts=last.facts, until=last.until)
