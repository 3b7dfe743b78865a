"""Drought orders: what was published, and what was answered for a place at a time."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, func, select

from agro.store import schema
from agro.store.readahead import by_site
from agro.store.values import from_epoch, insert_new, to_epoch, upsert
from agro.store.weather import site_id

_KEY = ("site_id", "north", "east", "resource", "fetched_at")
_COLUMNS = (
    "resource",
    "zone_code",
    "zone",
    "level",
    "valid_from",
    "valid_until",
    "link",
    "framework_link",
)
PER_DEGREE = 1000  # places are kept to a thousandth of a degree, about a hundred metres


@dataclass(frozen=True, slots=True)
class DroughtOrder:
    """An order as it was published. `valid_until` is its last day, None: until another one."""

    resource: str
    zone_code: str
    zone: str
    level: str
    valid_from: date | None
    valid_until: date | None
    link: str
    framework_link: str
    usages: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered for a place and a kind of water.

    `state`: order, free, several (nobody can tell which of several zones it is), or confirming:
    nothing was answered where an `order` was before, which stands until it is said again.
    `order_id` is the order's number in the store, None before it has one.
    """

    site: str
    place: tuple[int, int]
    resource: str
    fetched_at: datetime
    state: str
    source: str
    mode: str
    order: DroughtOrder | None = None
    order_id: int | None = None


def place_of(latitude: float, longitude: float) -> tuple[int, int]:
    """The place that a position is asked for: thousandths of a degree north and east."""
    return round(latitude * PER_DEGREE), round(longitude * PER_DEGREE)


def write(c: Connection, answer: Answer, document: dict[str, Any] | None = None) -> None:
    """Keep an answer, and its order with the document it came from.

    Raises
    ------
    ValueError  The site does not exist.
    """
    north, east = answer.place
    row = {
        "site_id": site_id(c, answer.site),
        "north": north,
        "east": east,
        "resource": answer.resource,
        "fetched_at": to_epoch(answer.fetched_at),
        "state": answer.state,
        "source": answer.source,
        "mode": answer.mode,
        "drought_order_id": answer.order_id or _order_id(c, answer.order, document or {}),
    }
    upsert(c, schema.drought_answer, [row], _KEY)


def _order_id(c: Connection, order: DroughtOrder | None, document: dict[str, Any]) -> int | None:
    """The number of an order, which is kept once however often it is answered."""
    if order is None:
        return None
    columns = {name: getattr(order, name) for name in _COLUMNS} | {"usages": list(order.usages)}
    told = json.dumps([columns, document], sort_keys=True, default=str, ensure_ascii=False)
    sha256 = hashlib.sha256(told.encode()).hexdigest()
    row = {"sha256": sha256, **columns, "document": document}
    insert_new(c, schema.drought_order, [row], ("sha256",))
    table = schema.drought_order.c
    return int(c.execute(select(table.id).where(table.sha256 == sha256)).scalar_one())


def newest(c: Connection, site: str, at: datetime) -> list[Answer]:
    """For each place and water of a site, the newest answer that had come by `at`."""
    key = ("drought orders", to_epoch(at))
    return by_site(c, key, site, lambda one: _newest(c, one, to_epoch(at)))


def _newest(c: Connection, site: str | None, at: int) -> list[Answer]:
    answer, order = schema.drought_answer.c, schema.drought_order.c
    keys = (answer.site_id, answer.north, answer.east, answer.resource)
    last = select(*keys, func.max(answer.fetched_at).label("fetched_at"))
    last_of = last.where(answer.fetched_at <= at).group_by(*keys).subquery()
    same = [last_of.c[name] == answer[name] for name in _KEY]
    query = (
        select(
            schema.site.c.slug.label("site"),
            *(answer[name] for name in ("north", "east", "fetched_at", "state", "source", "mode")),
            answer.resource.label("asked"),
            answer.drought_order_id.label("order_id"),
            *(order[name] for name in (*_COLUMNS, "usages", "sha256")),
        )
        .join_from(schema.drought_answer, schema.site)
        .join(last_of, and_(*same))
        .outerjoin(schema.drought_order)
        .order_by(*keys)
    )
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    return [_answer(row) for row in c.execute(query).mappings()]


def _answer(row: RowMapping) -> Answer:
    order = None
    if row["sha256"] is not None:
        columns = {name: row[name] for name in _COLUMNS}
        order = DroughtOrder(**columns, usages=tuple(row["usages"] or ()))
    return Answer(
        site=row["site"],
        place=(row["north"], row["east"]),
        resource=row["asked"],
        fetched_at=from_epoch(row["fetched_at"]),
        state=row["state"],
        source=row["source"],
        mode=row["mode"],
        order=order,
        order_id=row["order_id"],
    )
