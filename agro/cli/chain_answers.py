"""The answers of `agro chain`, as tables and as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from agro.cli.output import answer, answer_json, answer_table, tell

if TYPE_CHECKING:
    from agro.chain import Back, Fault, Forward, Origin, Stock
    from agro.records import Noted
    from agro.store.deliveries import Delivered


def answer_stock(
    found: "Sequence[Stock]", faults: "Sequence[Fault]", day: date, *, as_json: bool
) -> None:
    """What is left, lot by lot, what is unaccounted for, and beside it what cannot be."""
    from agro.chain.export import stock_document

    if as_json:
        stocks = [stock_document(row, day) for row in found]
        answer_json({"stock": stocks, "faults": [asdict(one) for one in faults]})
        return
    rows = []
    for row in found:
        if row.fresh or row.lots:
            rows.append([row.site, row.crop, row.fresh, row.unit, row.age(day), ""])
        rows += [["", "", lot.left, lot.unit, (day - lot.day).days, lot.code] for lot in row.lots]
    answer_table("stock", ("site", "crop", "left", "unit", "age d", "lot"), rows)
    tell(_unaccounted(row) for row in found if row.unaccounted)
    tell(
        f"{one.site}, entry {one.number}: {one.code}, {one.amount:g} {one.unit} of {one.crop};"
        " correct the delivery, or note the harvest and run agro chain assign"
        for one in faults
    )


def _unaccounted(row: "Stock") -> str:
    """What of a crop is older than it keeps, and what to do about it."""
    first, last = row.old[0].day, row.old[-1].day
    return (
        f"{row.site}, {row.crop}: {row.unaccounted:g} {row.unit} harvested {first} to {last} is"
        " older than it keeps, no delivery noted; agro chain write-off says where it went"
    )


def answer_back(back: "Back", *, as_json: bool) -> None:
    """A delivery back to the seed."""
    if as_json:
        answer_json(back_document(back))
        return
    one = back.delivered
    answer(_sentence(one))
    for origin, amount in back.origins:
        lot = origin.lot
        answer(f"  {amount:g} {one.unit} of lot {lot.code}, harvested {lot.day}")
        planting = origin.planting
        if planting:
            variety = f" {planting.variety}" if planting.variety else ""
            answer(f"    planted {planting.planted} on {planting.plot}:{variety} {planting.crop}")
        for entry in origin.sowings:
            seed = entry.entry.lot or "not noted"
            answer(f"    {_when(entry)} {entry.entry.type}, seed lot {seed}")
        for entry in origin.care:
            what = entry.entry.notes or entry.entry.crop
            answer(f"    {_when(entry)} {entry.entry.type}: {_much(entry)} {what}".rstrip())
    if back.unknown:
        answer(f"  {back.unknown:g} {one.unit}: no lot accounts for it")


def answer_forward(found: "Sequence[Forward]", *, as_json: bool) -> None:
    """Where a plot's or a seed lot's harvests went."""
    if as_json:
        answer_json([forward_document(one) for one in found])
        return
    columns = ("delivery", "day", "amount", "unit", "crop", "channel", "outlet", "lots")
    answer_table("deliveries", columns, (_forward_row(one) for one in found))


def _forward_row(one: "Forward") -> list[Any]:
    delivery = one.delivered.delivery
    entry = delivery.entry
    day = entry.time.date().isoformat()
    codes = " ".join(lot.code for lot in one.lots)
    what = [one.amount, one.delivered.unit, entry.crop, delivery.channel, delivery.outlet]
    return [one.delivered.number, day, *what, codes]


def _sentence(one: "Delivered") -> str:
    delivery = one.delivery
    where = f"{delivery.channel} {delivery.outlet}".strip() or "nobody knows where"
    struck = " (taken back)" if one.struck else ""
    what = f"{one.amount:g} {one.unit} of {delivery.entry.crop}"
    return f"delivery {one.number}{struck}: {what} to {where}"


def _when(one: "Noted") -> str:
    return one.entry.time.date().isoformat()


def _much(one: "Noted") -> str:
    entry = one.entry
    return f"{entry.quantity:g} {entry.unit}" if entry.quantity == entry.quantity else ""


def back_document(back: "Back") -> dict[str, Any]:
    """A trace back as a document."""
    one = back.delivered
    entry = one.delivery.entry
    return {
        "delivery": one.number,
        "site": entry.site,
        "time": entry.time,
        "crop": entry.crop,
        "amount": one.amount,
        "unit": one.unit,
        "channel": one.delivery.channel,
        "outlet": one.delivery.outlet,
        "struck": one.struck,
        "seed_lots": back.seed_lots,
        "unknown": back.unknown,
        "lots": [_origin(origin, amount) for origin, amount in back.origins],
    }


def _origin(origin: "Origin", amount: float) -> dict[str, Any]:
    lot, planting = origin.lot, origin.planting
    return {
        "number": lot.number,
        "code": lot.code,
        "plot": lot.plot,
        "variety": lot.variety,
        "day": lot.day,
        "amount": amount,
        "seed_lots": origin.seed_lots,
        "planted": planting.planted if planting else None,
        "sowings": _entries(origin.sowings),
        "care": _entries(origin.care),
    }


def _entries(noted: "Iterable[Noted]") -> list[dict[str, Any]]:
    names = ("type", "time", "plot", "quantity", "unit", "lot", "notes")
    return [
        {"number": one.number} | {name: getattr(one.entry, name) for name in names} for one in noted
    ]


def forward_document(one: "Forward") -> dict[str, Any]:
    """A delivery that took of what was asked for, as a document."""
    delivery = one.delivered.delivery
    return {
        "delivery": one.delivered.number,
        "time": delivery.entry.time,
        "crop": delivery.entry.crop,
        "amount": one.amount,
        "unit": one.delivered.unit,
        "channel": delivery.channel,
        "outlet": delivery.outlet,
        "lots": [{"number": lot.number, "code": lot.code, "day": lot.day} for lot in one.lots],
    }
