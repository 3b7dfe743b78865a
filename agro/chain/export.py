"""The short food chain as tables for people and as a document for programs."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from math import isnan
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

# The first of these are the columns of `agro import logbook`, so that a table can come back.
COLUMNS = (
    *("date", "type", "plot", "crop", "variety", "quantity", "unit", "notes"),
    *("channel", "outlet", "distance_km", "intermediaries", "price_eur", "trips", "vehicle"),
    *("local", "site", "number", "lots", "plots", "unassigned"),
)
_WIDEST = 40  # characters of a column in a workbook


def rows(c: Connection, delivered: Iterable[Delivered], chosen: Local) -> list[dict[str, Any]]:
    """A row for each delivery, with the columns of COLUMNS; what is not known is None."""
    zone, known = time_zone(c), {lot.number: lot for lot in lots(c)}
    return [_row(one, known, chosen, local_day(one.delivery.entry.time, zone)) for one in delivered]


def _row(one: Delivered, known: Mapping[int, Lot], chosen: Local, day: date) -> dict[str, Any]:
    delivery, entry = one.delivery, one.delivery.entry
    own = [known[use.harvest] for use in delivery.lots if use.harvest in known]
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
    return {name: _none(value) for name, value in values.items()}


def _none(value: Any) -> Any:
    return None if isinstance(value, float) and isnan(value) else value


def to_csv(table: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """The table as comma-separated text; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def to_xlsx(table: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> bytes:
    """The table as a workbook: dates are dates, numbers numbers, and no text is a formula."""
    import openpyxl  # type: ignore[import-untyped]
    from openpyxl.styles import Font  # type: ignore[import-untyped]
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(list(columns))
    widths = [len(name) for name in columns]
    for line, row in enumerate(table, start=2):
        for column, name in enumerate(columns, start=1):
            value = row.get(name)
            cell = sheet.cell(line, column, value)
            if isinstance(value, str):
                cell.data_type = "s"
            widths[column - 1] = max(widths[column - 1], len(str(value or "")))
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(width + 2, _WIDEST)
        sheet.cell(1, column).font = Font(bold=True)
    sheet.freeze_panes = "A2"
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


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
    """A crop's stock with its lots and their ages in days."""
    return {
        "site": row.site,
        "crop": row.crop,
        "unit": row.unit,
        "harvested": row.harvested,
        "delivered": row.delivered,
        "left": row.left,
        "oldest_days": row.age(day),
        "lots": [
            {
                "number": lot.number,
                "code": lot.code,
                "plot": lot.plot,
                "day": lot.day,
                "age_days": (day - lot.day).days,
                "left": lot.left,
            }
            for lot in row.lots
        ],
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
