"""A canteen's purchases, as totals or line by line, and what it weighed.

A line counts once, for the first that it belongs to: organic, quality signs, other EGalim,
externalities or performance, as ma-cantine counts them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from typing import Any

from agro.indicators import rows
from agro.indicators.book import CanteenWaste, Purchases, Source
from agro.indicators.document import Document
from agro.indicators.places import Places, or_nan

_ORGANIC = frozenset({"bio", "organic", "ab", "conversion"})
_SIGNS = frozenset({"siqo", "label_rouge", "labelrouge", "aoc", "aop", "aocaop", "igp", "stg"})
_OTHERS = frozenset(
    {"hve", "fermier", "peche_durable", "pechedurable", "rup", "commerce_equitable", "egalim"}
)
_EXTERNALITIES = frozenset({"externalites", "externalities", "performance"})
_MEAT_FISH = frozenset(
    {"meat", "fish", "viande", "poisson", "viandes_volailles", "produits_de_la_mer", "meat_fish"}
)
_MONTHS = 12.0


@dataclass(frozen=True, slots=True)
class Canteens:
    """What a book says of canteens."""

    purchases: tuple[Purchases, ...]
    wastes: tuple[CanteenWaste, ...]


def read_canteens(document: Document, places: Places) -> Canteens:
    """Purchases and weighings; the lines of `canteen_purchases` make one total."""
    bought: list[Purchases] = []
    wastes: list[CanteenWaste] = []
    lines: list[tuple[str, rows.PurchaseRow]] = []
    for path, entry in document.entries("canteen_purchases"):
        if "eur_ht" in entry:
            line = document.row(path, entry, rows.PurchaseRow)
            lines += [(path, line)] if line is not None else []
            continue
        bought += _totals(document, places, path, entry)
        if entry.get("waste_kg") is not None or entry.get("meals") is not None:
            wastes += _waste(document, places, path, entry)
    for path, entry in document.entries("canteen_waste"):
        given = {**entry, "waste_kg": entry.get("waste_kg", entry.get("kg"))}
        wastes += _waste(document, places, path, given)
    if lines:
        bought.append(_of_lines(document, lines))
    return Canteens(tuple(bought), tuple(wastes))


def _totals(document: Document, places: Places, path: str, entry: Any) -> Iterator[Purchases]:
    row = document.row(path, entry, rows.PurchasesRow)
    if row is None:
        return
    at = places.at(document, path, row, kind="purchases", needed=False)
    if at is None:
        return
    yield Purchases(
        **at,
        total=row.total_eur_ht,
        organic=or_nan(row.bio_eur_ht),
        quality_sign=row.siqo_eur_ht,
        other_egalim=or_nan(row.other_egalim_eur_ht),
        externalities=row.externalities_eur_ht,
        meat_fish=or_nan(row.meat_fish_eur_ht),
        meat_fish_egalim=or_nan(row.meat_fish_egalim_eur_ht),
        year_share=nan if row.months is None else row.months / _MONTHS,
    )


def _waste(document: Document, places: Places, path: str, entry: Any) -> Iterator[CanteenWaste]:
    row = document.row(path, entry, rows.WasteRow)
    if row is None:
        return
    at = places.at(document, path, row, kind="canteen_waste", needed=False)
    if at is not None:
        yield CanteenWaste(**at, mass=row.waste_kg, meals=row.meals)


def _of_lines(document: Document, lines: list[tuple[str, rows.PurchaseRow]]) -> Purchases:
    sums = dict.fromkeys(("organic", "quality_sign", "other_egalim", "externalities", ""), 0.0)
    meat = good = 0.0
    for _, one in lines:
        group = group_of(one.labels)
        sums[group] += one.eur_ht
        if one.family in _MEAT_FISH:
            meat += one.eur_ht
            good += one.eur_ht if group else 0.0
    path = lines[0][0]
    total = sum(sums.values())
    return Purchases(
        source=Source("purchases", "canteen_purchases", document.line(path)),
        total=total,
        meat_fish=meat,
        meat_fish_egalim=good,
        organic=sums["organic"],
        quality_sign=sums["quality_sign"],
        other_egalim=sums["other_egalim"],
        externalities=sums["externalities"],
    )


def group_of(labels: list[str]) -> str:
    """The part of a purchase's labels that it counts for; "" of none."""
    known = {label.replace(" ", "_").replace("-", "_") for label in labels}
    groups = {
        "organic": _ORGANIC,
        "quality_sign": _SIGNS,
        "other_egalim": _OTHERS,
        "externalities": _EXTERNALITIES,
    }
    return next((group for group, names in groups.items() if known & names), "")
