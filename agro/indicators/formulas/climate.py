"""Delivery emissions and night-time cooling."""

from collections.abc import Mapping
from math import isnan
from typing import Any

from agro.indicators.book import Book, Delivery
from agro.indicators.formulas.food import eaten
from agro.indicators.parts import NOTHING, Part, Sums

ENOUGH_NIGHTS = 80  # of the 92 of June to August
NIGHTS = 92


def transport(book: Book, params: Mapping[str, Any]) -> Part:
    """Σ 2 × km × trips × factor of the vehicle ÷ Σ kg, where trips and factor are known."""
    factors = {**params["vehicle_kgco2e_per_km"], **book.references.vehicles}
    rows = eaten(book)
    known = tuple(one for one in rows if _travels(one, factors))
    covered = sum(one.mass for one in known)
    return Sums(
        numerator=sum(_emitted(one, factors) for one in known),
        denominator=covered,
        known=covered,
        of=sum(one.mass for one in rows),
        told=bool(known),
        records=known,
    )


def night_cooling(book: Book, params: Mapping[str, Any]) -> Part:  # noqa: ARG001
    """Mean over the nights of the urban reference's lowest temperature less the site's. [K]"""
    nights = [one for one in book.nights if not isnan(one.tmin) and not isnan(one.reference)]
    if not nights:
        return NOTHING
    enough = len(nights) >= ENOUGH_NIGHTS
    return Sums(
        numerator=sum(one.reference - one.tmin for one in nights),
        denominator=float(len(nights)),
        known=float(NIGHTS if enough else len(nights)),
        of=float(NIGHTS),
        records=tuple(nights),
    )


def _travels(delivery: Delivery, factors: Mapping[str, float]) -> bool:
    if delivery.vehicle not in factors:
        return False
    still = factors[delivery.vehicle] == 0.0 or delivery.km == 0.0 or delivery.trips == 0.0
    return still or not (isnan(delivery.km) or isnan(delivery.trips))


def _emitted(delivery: Delivery, factors: Mapping[str, float]) -> float:
    """There and back, as often as it went; 0 where nothing was burnt. [kg CO₂e]"""
    factor = factors[delivery.vehicle]
    if factor == 0.0 or delivery.km == 0.0 or delivery.trips == 0.0:
        return 0.0
    return 2.0 * delivery.km * delivery.trips * factor
