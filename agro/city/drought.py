"""The drought orders of the city's communes at a moment, as they were answered for its gardens.

An early warning is no order: what is allowed is said here alone, and only as it was published.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import isnan, nan

from sqlalchemy import Connection

from agro.store import farms, orders
from agro.store.orders import Answer, DroughtOrder
from agro.store.values import time_zone

LEVELS = ("none", "vigilance", "alerte", "alerte_renforcee", "crise")
"""From no order in force to the gravest."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was answered for a garden of a commune; `level` is its place in `LEVELS`.

    NaN = an answer that tells none: several zones cross there, the order has ended, or its level
    cannot be read.
    """

    commune: str
    answer: Answer
    level: float


def ordered(c: Connection, at: datetime) -> list[Ordered]:
    """What held at a time, of what had been answered by then."""
    day = at.astimezone(time_zone(c)).date()
    return [
        Ordered(site.commune, answer, _level(answer, day))
        for site in farms.sites(c)
        for answer in orders.newest(c, site.slug, at)
    ]


def in_force(told: list[Ordered]) -> Iterator[tuple[Answer, DroughtOrder]]:
    """Each order that holds, the gravest first and each once for its kind of water and zone."""
    seen = set[tuple[str, str]]()
    for one in sorted((one for one in told if one.level > 0.0), key=lambda one: -one.level):
        order = one.answer.order
        if order is not None and (order.resource, order.zone_code) not in seen:
            seen.add((order.resource, order.zone_code))
            yield one.answer, order


def _level(answer: Answer, day: date) -> float:
    if answer.state == "free":
        return 0.0
    order = answer.order
    if order is None or order.level not in LEVELS or not _holds(order, day):
        return nan
    return float(LEVELS.index(order.level))


def _holds(order: DroughtOrder, day: date) -> bool:
    begun = order.valid_from is None or order.valid_from <= day
    return begun and (order.valid_until is None or day <= order.valid_until)


def gravest(told: list[Ordered]) -> float:
    """The gravest level that is known; NaN where none is."""
    known = [one.level for one in told if not isnan(one.level)]
    return max(known, default=nan)
