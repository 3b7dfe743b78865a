"""A garden of two beds with a season behind it, in Dijon's store."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from agro.records import Delivery, LogEntry, Outlet
from agro.store import deliveries, farms, logbook, schema, writing

SITE = "potager-des-ducs"


def at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def plant(c: Any, plot: str, crop: str, planted: date, lot: str = "") -> None:
    """A planting that a person noted."""
    where = select(schema.plot.c.id).join_from(schema.plot, schema.site)
    where = where.where(schema.site.c.slug == SITE, schema.plot.c.slug == plot)
    which = select(schema.crop.c.id).where(schema.crop.c.key == crop)
    own = {"plot_id": c.scalar(where), "crop_id": c.scalar(which), "planted": planted, "lot": lot}
    c.execute(insert(schema.planting).values(variety="", source="person", **own))


def harvest(plot: str, crop: str, time: datetime, quantity: float, unit: str = "kg") -> LogEntry:
    return LogEntry(SITE, plot, "harvest", time, quantity, unit, crop)


def delivery(
    crop: str, time: datetime, quantity: float, channel: str = "market", **more: Any
) -> Delivery:
    unit = more.pop("unit", "kg")
    entry = LogEntry(SITE, "", "delivery", time, quantity, unit, crop, who="Ana")
    return Delivery(entry, channel, **more)


@dataclass(frozen=True)
class Garden:
    """The store, and the numbers of its harvests."""

    engine: Engine
    tomato_old: int
    tomato_new: int
    zucchini: int


@pytest.fixture
def garden(store: Engine) -> Garden:
    """Tomatoes on bed 1 raised in the greenhouse, courgettes sown on bed 2; three harvests."""
    plots = [plot.slug for plot in _plots(store)]
    assert {"planche-1", "planche-2"} <= set(plots)
    other = next(plot for plot in plots if plot not in ("planche-1", "planche-2"))
    with writing(store) as c:
        for entry in (
            LogEntry(SITE, other, "seeding", at(3, 10), 60, "seed", "tomato", lot="GR-2026-17"),
            LogEntry(SITE, other, "seeding", at(3, 12), 60, "seed", "tomato", lot="GR-OTHER"),
            LogEntry(SITE, "planche-1", "input", at(3, 1), 50, "kg", notes="fumier"),
            LogEntry(
                SITE,
                "planche-1",
                "transplanting",
                at(5, 14),
                40,
                "plant",
                "tomato",
                lot="GR-2026-17",
            ),
            LogEntry(SITE, "planche-1", "input", at(5, 14), 90, "kg", notes="compost"),
            LogEntry(SITE, "planche-2", "irrigation", at(6, 1), 100, "L"),
            LogEntry(SITE, "planche-1", "irrigation", at(6, 20), 200, "L"),
            LogEntry(SITE, "planche-2", "seeding", at(5, 18), 30, "seed", "zucchini", lot="CV-8"),
        ):
            logbook.write(c, [entry])
        numbers = [
            logbook.note(c, entry)
            for entry in (
                harvest("planche-1", "tomato", at(7, 10), 12.0),
                harvest("planche-1", "tomato", at(7, 15), 8.0),
                harvest("planche-2", "zucchini", at(7, 12), 30.0, "piece"),
            )
        ]
        deliveries.save_outlet(
            c,
            Outlet(SITE, "halles", "Marché des Halles", "market", 2.0, 0.0, "cargo_bike", "Dijon"),
        )
    return Garden(store, *numbers)


def _plots(store: Engine) -> list[Any]:
    with store.connect() as c:
        return farms.plots(c, SITE)


@pytest.fixture
def again() -> Callable[..., Delivery]:
    """A delivery with another mass."""

    def change(one: Delivery, quantity: float) -> Delivery:
        return replace(one, entry=replace(one.entry, quantity=quantity), lots=())

    return change
