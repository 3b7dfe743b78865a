"""Drought orders as hard rules on beds: what an order in force allows a bed, and until when.

Which usage of an order is a bed's depends on who gardens, what grows, how it is watered and from
which water. The most particular usage speaks before that of all crops; where several speak, the
strictest holds. What cannot be read is `unknown`, which is never a permission.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from agro.advice.beds import Bed
from agro.advice.moment import Moment
from agro.advice.order_usage import Spoken, spoken
from agro.store import orders
from agro.store.orders import Answer, DroughtOrder
from models.irrigation.plan import LOOK_AHEAD
from sensors.feeds.vigieau_rules import WEEK, Verdict

Hours = NDArray[np.bool_]
Kind = Literal["forbidden", "windows", "allowed", "unknown"]

STALE_AFTER = timedelta(hours=36)  # orders change by the day
EVERY = ("AEP", "SOU", "SUP")
RESOURCES = {"mains": ("AEP",), "groundwater": ("SOU",), "surface": ("SUP",)}
_RANK: dict[str, int] = {"forbidden": 3, "unknown": 2, "windows": 1, "allowed": 0}


@dataclass(frozen=True, slots=True)
class BedOrder:
    """What is known of orders for a bed at a moment.

    Attributes
    ----------
    state : order, free, several (the source cannot tell which of several zones it is), or
        confirming: it was told of no more, and stands until that is said again.
    kind : What holds now; `unknown` also where there are several zones.
    hours : Hours of the week at which it is allowed while the order is in force.
    share : By how much less may be taken, 0–1. [-]
    fetched_at : When it was answered; `is_stale` where nobody has answered for long since.
    usages : The usages that speak, as (name, text).
    """

    state: str
    kind: Kind
    hours: frozenset[int]
    share: float
    resource: str
    fetched_at: datetime
    is_stale: bool
    source: str
    mode: str
    order: DroughtOrder | None = None
    usages: tuple[tuple[str, str], ...] = ()

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a gardener has to mind beside the hours."""
        found = {
            "order_unread": self.kind == "unknown",
            "order_reduction": self.share > 0.0,
            "order_stale": self.is_stale,
            "order_confirming": self.state == "confirming",
        }
        return tuple(code for code, holds in found.items() if holds)

    def allowed(self, today: date) -> Hours | None:
        """The hours allowed from today on, (days, 24); None where all are."""
        if self.order is None or self.kind == "unknown" or self.hours == WEEK:
            return None
        grid = np.ones((LOOK_AHEAD + 1, 24), dtype=bool)
        week = np.isin(np.arange(len(WEEK)), list(self.hours)).reshape(7, 24)
        for n in range(len(grid)):
            day = today + timedelta(days=n)
            if in_force(self.order, day):
                grid[n] = week[day.weekday()]
        return grid

    def facts(self) -> dict[str, Any]:
        """The same as codes and texts, to be kept with an advice."""
        told = self.order
        found: dict[str, Any] = {
            "state": self.state,
            "rule": self.kind,
            "resource": self.resource,
            "fetched_at": f"{self.fetched_at:%Y-%m-%dT%H:%M:%SZ}",
            "source": self.source,
            "mode": self.mode,
        }
        if told is None:
            return found
        return found | {
            "level": told.level,
            "zone": told.zone,
            "valid_from": told.valid_from.isoformat() if told.valid_from else None,
            "valid_until": told.valid_until.isoformat() if told.valid_until else None,
            "link": told.link or told.framework_link,
            "forbidden_hours": forbidden_hours(self.hours) if self.kind == "windows" else [],
            "reduction": self.share,
            "usages": [{"name": name, "text": text} for name, text in self.usages],
        }


def in_force(order: DroughtOrder, day: date) -> bool:
    """Whether an order holds on a day."""
    begun = order.valid_from is None or order.valid_from <= day
    return begun and (order.valid_until is None or day <= order.valid_until)


def forbidden_hours(hours: frozenset[int]) -> list[list[int]]:
    """The forbidden hours of a day as [from, to] where they are those of every day, else none."""
    days = [frozenset(hour % 24 for hour in hours if hour // 24 == day) for day in range(7)]
    if len(set(days)) != 1:
        return []
    shut = [hour for hour in range(24) if hour not in days[0]]
    starts = [hour for hour in shut if hour - 1 not in shut]
    return [[one, next(h for h in range(one, 25) if h not in shut)] for one in starts]


def bed_orders(
    c: Connection, site: str, beds: Sequence[Bed], moment: Moment
) -> list[BedOrder | None]:
    """What orders say of each bed, of what had come by the moment; None where nobody was asked."""
    answers = {(one.place, one.resource): one for one in orders.newest(c, site, moment.at)}
    if not answers:
        return [None] * len(beds)
    return [_of_bed(bed, answers, moment) for bed in beds]


def place(bed: Bed) -> tuple[int, int]:
    """Where orders are asked for: at the plot, or at its site where it has no position."""
    known = isfinite(bed.plot.latitude) and isfinite(bed.plot.longitude)
    at = bed.plot if known else bed.site
    return orders.place_of(at.latitude, at.longitude)


def resources(bed: Bed) -> tuple[str, ...]:
    """The waters whose orders are asked for a bed.

    Rain from a tank is under none of them, unless an order says so: all are looked at. So they are
    where nobody said which water it is.
    """
    return EVERY if is_rain(bed) else RESOURCES.get(bed.site.water_source, EVERY)


def is_rain(bed: Bed) -> bool:
    """Whether a bed is watered from a rain tank."""
    has_tank = bed.system is not None and bool(bed.system.tank)
    return has_tank or bed.site.water_source == "rainwater"


def _of_bed(
    bed: Bed, answers: Mapping[tuple[tuple[int, int], str], Answer], moment: Moment
) -> BedOrder | None:
    at = place(bed)
    known = [answers[at, water] for water in resources(bed) if (at, water) in answers]
    found = [_of_answer(bed, one, moment) for one in known]
    return max(found, key=_strictness, default=None)


def _strictness(one: BedOrder) -> tuple[int, int, float]:
    return _RANK[one.kind], -len(one.hours), one.share


def _of_answer(bed: Bed, answer: Answer, moment: Moment) -> BedOrder:
    order, said = answer.order, Spoken(Verdict("allowed", WEEK))
    if order is not None and _still(order, moment.today):
        said = spoken(bed, order, is_rain=is_rain(bed))
    elif _is_open(answer) and not is_rain(bed):
        said = Spoken(Verdict("unknown", WEEK))
    else:
        order = None
    kind = said.verdict.kind
    if order is not None and not in_force(order, moment.today):
        kind = "allowed"  # it begins later; its hours count from then on
    return BedOrder(
        state="free" if answer.order is not None and order is None else answer.state,
        kind=kind,
        hours=said.verdict.hours,
        share=said.verdict.share,
        resource=answer.resource,
        fetched_at=answer.fetched_at,
        is_stale=moment.at - answer.fetched_at > STALE_AFTER,
        source=answer.source,
        mode=answer.mode,
        order=order,
        usages=said.usages,
    )


def _is_open(answer: Answer) -> bool:
    """Whether nobody knows which order holds, if any."""
    return answer.order is None and answer.state in ("several", "confirming")


def _still(order: DroughtOrder, today: date) -> bool:
    return order.valid_until is None or today <= order.valid_until


def allowed_hours(
    found: Iterable[BedOrder | None], today: date, of_site: Hours | None
) -> list[Hours | None]:
    """The hours allowed to each bed: by its order, within those of its site."""
    return [_both(one.allowed(today) if one else None, of_site) for one in found]


def _both(one: Hours | None, other: Hours | None) -> Hours | None:
    if one is None or other is None:
        return other if one is None else one
    rows = np.arange(max(len(one), len(other)))
    both: Hours = one[np.minimum(rows, len(one) - 1)] & other[np.minimum(rows, len(other) - 1)]
    return both
