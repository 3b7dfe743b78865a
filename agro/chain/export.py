"""The short food chain as tables for people and as a document for programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection

from agro.chain.figures import Figures, Share, figures
from agro.chain.local import Local
from agro.chain.stock import Stock
from agro.store.deliveries import Delivered
from agro.store.farms import sites
from agro.store.lots import Lot, local_day, lots
from agro.store.offers import Offer
from agro.store.values import time_zone
from agro.tables import known

# The first of these are the columns of `agro import logbook`, so that a table can come back.
COLUMNS = (
    *("date", "type", "plot", "crop", "variety", "quantity", "unit", "notes"),
    *("channel", "outlet", "distance_km", "intermediaries", "price_eur", "trips", "vehicle"),
    *("local", "site", "number", "lots", "plots", "unassigned"),
)


def rows(c: Connection, delivered: Iterable[Delivered], chosen: Local) -> list[dict[str, Any]]:
    """A row for each delivery, with the columns of COLUMNS; what is not known is None."""
    zone, kept = time_zone(c), {lot.number: lot for lot in lots(c)}
    return [_row(one, kept, chosen, local_day(one.delivery.entry.time, zone)) for one in delivered]


def _row(one: Delivered, kept: Mapping[int, Lot], chosen: Local, day: date) -> dict[str, Any]:
    delivery, entry = one.delivery, one.delivery.entry
    own = [kept[use.harvest] for use in delivery.lots if use.harvest in kept]
    values: dict[str, Any] = {
        "date": day,
        "type": "delivery",
        "plot": entry.plot,
        "crop": entry.crop,
        "variety": entry.variety,
        "quantity": one.amount,
        "unit": one.unit,
        "notes": entry.notes,
        "channel": delivery.channel,
        "outlet": delivery.outlet,
        "distance_km": delivery.distance_km,
        "intermediaries": delivery.intermediaries,
        "price_eur": delivery.price,
        "trips": delivery.trips,
        "vehicle": delivery.vehicle,
        "local": chosen.holds(delivery),
        "site": entry.site,
        "number": one.number,
        "lots": " ".join(lot.code for lot in own),
        "plots": " ".join(dict.fromkeys(lot.plot for lot in own if lot.plot)),
        "unassigned": one.unassigned,
    }
    return {name: known(value) for name, value in values.items()}


def share_document(share: Share) -> dict[str, float]:
    """A share with its parts."""
    return asdict(share) | {"value": share.value, "coverage": share.coverage}


def figures_document(found: Figures) -> dict[str, Any]:
    """The figures with what they divide, for the indicators."""
    names = ("direct", "short", "short_value", "distance", "local", "price")
    shares = {name: share_document(getattr(found, name)) for name in names}
    definition = {"definition": found.chosen.definition}
    if found.chosen.definition == "KM":
        definition |= {"km": found.chosen.km}  # type: ignore[dict-item]
    return {
        "kg_by_channel": found.by_channel,
        "delivered_kg": found.delivered_kg,
        "lost_kg": found.lost_kg,
        "counted_deliveries": found.counted,
        "local_definition": definition,
    } | shares


def stock_document(row: Stock, day: date) -> dict[str, Any]:
    """A crop's stock with its lots and their ages in days, and what is unaccounted for."""
    return {
        "site": row.site,
        "crop": row.crop,
        "unit": row.unit,
        "harvested": row.harvested,
        "delivered": row.delivered,
        "left": row.left,
        "fresh": row.fresh,
        "unaccounted": row.unaccounted,
        "oldest_days": row.age(day),
        "lots": [_lot_document(lot, day) for lot in row.lots],
        "unaccounted_lots": [_lot_document(lot, day) for lot in row.old],
    }


def _lot_document(lot: Lot, day: date) -> dict[str, Any]:
    return {
        "number": lot.number,
        "code": lot.code,
        "plot": lot.plot,
        "day": lot.day,
        "age_days": (day - lot.day).days,
        "left": lot.left,
    }


def offer_documents(c: Connection, found: Iterable[Offer]) -> list[dict[str, Any]]:
    """Offers with the place of their garden, as requests of food help need them."""
    where = {site.slug: site for site in sites(c)}
    return [
        asdict(one)
        | {
            "place": where[one.site].name,
            "latitude": where[one.site].latitude,
            "longitude": where[one.site].longitude,
        }
        for one in found
    ]


def document(
    c: Connection,
    delivered: Sequence[Delivered],
    stocks: Iterable[Stock],
    *,
    day: date,
    offers: Iterable[Offer],
    chosen: Local,
) -> dict[str, Any]:
    """Everything of the short food chain in one document."""
    return {
        "deliveries": rows(c, delivered, chosen),
        "figures": figures_document(figures(delivered, chosen)),
        "stock": [stock_document(row, day) for row in stocks],
        "offers": offer_documents(c, offers),
    }
