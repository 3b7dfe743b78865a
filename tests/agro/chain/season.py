"""A garden's season of the short food chain, ending at a moment: for pages and browsers."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from agro import chain
from agro.records import Delivery, LogEntry, Outlet
from agro.store import deliveries, logbook

SEED = "GR-2026-17"
OUTLETS = (
    ("halles", "Marché des Halles", "market", 2.0, 0.0, "Dijon"),
    ("cuisine", "Cuisine centrale", "canteen", 12.0, 1.0, "Longvic"),
    ("amap", "AMAP des Ducs", "box", 1.5, 0.0, "Dijon"),
    ("secours", "Épicerie solidaire", "donation", 3.0, 0.0, "Dijon"),
)
# plot, crop, days before the end, kg
HARVESTS = (
    (0, "tomato", 24, 30.0),
    (0, "tomato", 12, 40.0),
    (0, "tomato", 3, 25.0),
    (1, "zucchini", 20, 22.0),
    (1, "zucchini", 6, 18.0),
    (1, "lettuce", 5, 9.5),
)
# plot, crop, days before the end, kg: of past seasons, and nobody noted where they went
FORGOTTEN = ((0, "tomato", 410, 60.0), (0, "tomato", 330, 44.5), (1, "carrot", 290, 35.0))
# crop, kg, outlet or channel, days before the end, €
DELIVERIES = (
    ("tomato", 28.0, "halles", 22, 84.0),
    ("tomato", 25.0, "cuisine", 10, 55.0),
    ("tomato", 6.0, "compost", 8, None),
    ("zucchini", 20.0, "cuisine", 18, 32.0),
    ("zucchini", 8.0, "amap", 4, 20.0),
    ("lettuce", 4.0, "amap", 3, 16.0),
    ("tomato", 10.0, "secours", 2, None),
)


def fill_season(c: Connection, site: str, plots: tuple[str, str], end: datetime) -> int:
    """Write the season; returns the number of the newest delivery."""

    def before(days: int, hour: int = 0) -> datetime:
        return end - timedelta(days=days, hours=hour)

    first, second = plots
    for entry in (
        LogEntry(site, second, "seeding", before(130), 60, "seed", "tomato", lot=SEED),
        LogEntry(site, first, "transplanting", before(66), 40, "plant", "tomato", lot=SEED),
        LogEntry(site, first, "input", before(66), 90, "kg", notes="compost"),
        LogEntry(site, first, "irrigation", before(30), 200, "L"),
        LogEntry(site, first, "irrigation", before(20), 220, "L"),
    ):
        logbook.write(c, [entry])
    for slug, name, channel, km, between, commune in OUTLETS:
        told = Outlet(site, slug, name, channel, km, between, "cargo_bike", commune)
        deliveries.save_outlet(c, told)
    for plot, crop, days, kg in (*FORGOTTEN, *HARVESTS):
        when = before(days, 3)
        logbook.write(c, [LogEntry(site, plots[plot], "harvest", when, kg, "kg", crop)])
    logbook.write(c, [LogEntry(site, second, "harvest", before(2), 24, "head", "lettuce")])
    number = 0
    slugs = {outlet[0] for outlet in OUTLETS}
    for crop, kg, where, days, price in DELIVERIES:
        entry = LogEntry(site, "", "delivery", before(days), kg, "kg", crop, who="Ana")
        known = where in slugs
        one = Delivery(entry, "" if known else where, where if known else "")
        if price is not None:
            one = Delivery(entry, one.channel, one.outlet, price=price)
        number = chain.deliver(c, one)
    return number
