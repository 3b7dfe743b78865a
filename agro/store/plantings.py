"""What a person plants and ends: kept with who said so and when.

Nothing is deleted but what was said by a slip and is taken back at once.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from agro.records import Planting
from agro.store import schema
from agro.store.values import to_epoch, to_null

PERSON = "person"  # the source that no pack overwrites


def add(c: Connection, planting: Planting, *, who: str, at: datetime) -> None:
    """Keep a planting as a person's.

    Raises
    ------
    ValueError  The plot or the crop does not exist, or the same planting is kept already.
    """
    plot, crop = _plot_id(c, planting), _crop_id(c, planting.crop)
    if _row(c, planting) is not None:
        raise ValueError(f"{planting.crop} of {planting.planted} on {planting.plot} exists already")
    said = asdict(planting)
    row: dict[str, Any] = {
        name: said[name] for name in ("variety", "planted", "removed", "risk", "strategy", "lot")
    }
    row |= {
        "plot_id": plot,
        "crop_id": crop,
        "cuts": [day.isoformat() for day in planting.cuts],
        "area": to_null(planting.area),
        "plants": to_null(planting.plants),
        **_said(who, at),
    }
    c.execute(insert(schema.planting), [row])


def end(c: Connection, planting: Planting, removed: date, *, who: str, at: datetime) -> None:
    """Say when a planting was, or will be, removed from its plot.

    Raises
    ------
    ValueError  There is no such planting.
    """
    row = _row(c, planting)
    if row is None:
        raise ValueError(f"no {planting.crop} of {planting.planted} on {planting.plot}")
    table = schema.planting
    c.execute(update(table).where(table.c.id == row).values(removed=removed, **_said(who, at)))


def take_back(c: Connection, planting: Planting, *, at: datetime) -> bool:
    """Undo the adding of a planting at this time; False when anything was said of it since."""
    row, own = _row(c, planting), schema.planting.c
    as_said = (own.id == row, own.source == PERSON, own.said_at == to_epoch(at))
    return c.execute(delete(schema.planting).where(*as_said)).rowcount == 1


def said_by(c: Connection, site: str) -> dict[tuple[str, str, str, date], str]:
    """(plot, crop, variety, planted) → who said so last, of what persons planted or ended."""
    table = schema.planting
    query = (
        select(schema.plot.c.slug, schema.crop.c.key, table.c.variety, table.c.planted, table.c.who)
        .join_from(table, schema.plot)
        .join(schema.site, schema.site.c.id == schema.plot.c.site_id)
        .join(schema.crop, schema.crop.c.id == table.c.crop_id)
        .where(schema.site.c.slug == site, table.c.source == PERSON)
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in c.execute(query)}


def _said(who: str, at: datetime) -> dict[str, Any]:
    return {"source": PERSON, "who": who, "said_at": to_epoch(at)}


def _plot_id(c: Connection, planting: Planting) -> int:
    query = (
        select(schema.plot.c.id)
        .join_from(schema.plot, schema.site, schema.site.c.id == schema.plot.c.site_id)
        .where(schema.site.c.slug == planting.site, schema.plot.c.slug == planting.plot)
    )
    found = c.execute(query).scalar()
    if found is None:
        raise ValueError(f"no plot {planting.plot!r} on site {planting.site!r}")
    return int(found)


def _crop_id(c: Connection, key: str) -> int:
    found = c.execute(select(schema.crop.c.id).where(schema.crop.c.key == key)).scalar()
    if found is None:
        raise ValueError(f"no crop {key!r}")
    return int(found)


def _row(c: Connection, planting: Planting) -> int | None:
    table = schema.planting
    own = and_(
        table.c.plot_id == _plot_id(c, planting),
        table.c.crop_id == _crop_id(c, planting.crop),
        table.c.variety == planting.variety,
        table.c.planted == planting.planted,
    )
    found = c.execute(select(table.c.id).where(own)).scalar()
    return None if found is None else int(found)
