"""Which usages of a drought order are a bed's, and what they say together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agro.advice.beds import GREENHOUSE, Bed
from agro.store.orders import DroughtOrder
from sensors.feeds.vigieau_labels import Label, label
from sensors.feeds.vigieau_rules import WEEK, Verdict, clauses, strictest, verdict
from sensors.feeds.vigieau_text import plain

VIGILANCE = "vigilance"  # the level at which nothing is limited unless an order says so
_METHODS = {"drip": "localised", "sprinkler": "sprinkler", "hose": "hand", "can": "hand"}
_PROFILES = {
    "community_garden": frozenset({"particulier", "collectivite"}),
    "market_garden": frozenset({"exploitation", "entreprise", "collectivite"}),
    "field_station": frozenset({"exploitation", "entreprise", "collectivite"}),
}
_WATERS = {"SOU": "groundwater", "SUP": "surface"}
# What a crop is in the words of an order, beside what is grown for the market or the kitchen.
_CROPS = {
    "grape_wine": "vines",
    "grape_table": "vines",
    "apple_bare": "orchard",
    "apple_grass": "orchard",
    "peach_bare": "orchard",
    "peach_grass": "orchard",
    "walnut": "orchard",
    "berries": "small_fruit",
    "strawberry": "small_fruit",
    "mint": "herbs",
    "herbs": "herbs",
    "alfalfa": "grassland",
    "clover": "grassland",
    "ryegrass": "grassland",
    "pasture": "grassland",
}
# An order that speaks of every water speaks of rain from a tank too.
_ANY_WATER = re.compile(
    r"eaux? (?:de |d'origine )?pluv?ial|eaux? de pluie|recuperat|quelle que soit (?:la|l')"
    r"|toutes? (?:les )?(?:ressources?|origines?)"
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an order says of a bed, and the usages (name, text) that say it."""

    verdict: Verdict
    usages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Usage:
    """A usage of an order, read."""

    name: str
    text: str
    label: Label


@dataclass(frozen=True, slots=True)
class _Own:
    """What a bed is in the words of an order."""

    uses: frozenset[str]
    method: str
    places: frozenset[str]
    water: str
    fallback: tuple[str, ...]

    @property
    def words(self) -> frozenset[str]:
        """All of it."""
        return self.uses | self.places | {self.method}


def spoken(bed: Bed, order: DroughtOrder, *, is_rain: bool) -> Spoken:
    """What an order says of a bed that drinks of its water, or of rain."""
    own = _own(bed, order.resource)
    usages = [_read(one) for one in order.usages if _concerns(one, bed.site.kind)]
    if is_rain:
        return _of_rain(usages, own)
    found = _speaking(usages, own)
    if not found:
        return Spoken(Verdict("allowed" if order.level == VIGILANCE else "unknown", WEEK))
    verdicts = [_said(one, own, order.level) for one in found]
    return Spoken(strictest(verdicts), tuple((one.name, one.text) for one in found))


def _read(usage: dict[str, Any]) -> _Usage:
    name = str(usage.get("name", ""))
    return _Usage(name, str(usage.get("description", "")), label(name, str(usage.get("theme", ""))))


def _concerns(usage: dict[str, Any], kind: str) -> bool:
    """Whether a usage is for whoever gardens on such a site."""
    told, profiles = usage.get("concerns"), _PROFILES.get(kind)
    return told is None or profiles is None or bool(profiles & set(told))


def _own(bed: Bed, resource: str) -> _Own:
    crop = bed.planting.crop if bed.planting else ""
    grown = {_CROPS[crop]} if crop in _CROPS else set()
    fallback: tuple[str, ...]
    if bed.site.kind == "community_garden":
        uses, fallback = grown | {"kitchen_garden"}, ("garden",)
    elif bed.site.kind == "field_station" or bed.plot.kind == "field":
        uses, fallback = grown or {"field_crops"}, ("crops",)
    else:
        uses, fallback = grown | {"market_gardening"}, ("crops", "kitchen_garden", "garden")
    places = {"greenhouse"} if bed.plot.kind == GREENHOUSE or bed.plot.covered else set()
    places |= {"off_soil"} if bed.plot.kind == "pots" else set()
    method = _METHODS.get(bed.system.method if bed.system else "", "")
    water = _WATERS.get(resource, "")
    return _Own(frozenset(uses), method, frozenset(places), water, fallback)


def _speaking(usages: Sequence[_Usage], own: _Own) -> list[_Usage]:
    """The usages that are the bed's: the particular ones, else those of all crops."""
    fitting = [one for one in usages if _fits(one.label, own)]
    particular = [one for one in fitting if _is_particular(one.label, own)]
    found = [one for one in particular if "withdrawal" not in one.label.uses]
    for use in own.fallback if not found else ():
        found = [one for one in fitting if use in one.label.uses]
        if found:
            break
    return found + [one for one in particular if "withdrawal" in one.label.uses]


def _fits(told: Label, own: _Own) -> bool:
    """Whether nothing that a name demands keeps a bed out."""
    if told.without & (own.uses | {own.method}):
        return False
    if told.methods and own.method not in told.methods:
        return False
    if told.waters and (own.water not in told.waters or told.waters & {"stored", "collective"}):
        return False
    return not told.places or bool(told.places & own.places)


def _is_particular(told: Label, own: _Own) -> bool:
    by_method = bool(told.methods) and "crops" in told.uses and "crops" in own.fallback
    is_drawn = "withdrawal" in told.uses and bool(own.water)
    return bool(told.uses & own.uses) or by_method or bool(told.places & own.places) or is_drawn


def _said(usage: _Usage, own: _Own, level: str) -> Verdict:
    if not usage.text:
        return Verdict("allowed" if level == VIGILANCE else "unknown", WEEK)
    return verdict(clauses(usage.text), own.words | usage.label.uses)


def _of_rain(usages: Sequence[_Usage], own: _Own) -> Spoken:
    """Rain from a tank is free, unless a usage is about it."""
    about = [one for one in usages if "rainwater" in one.label.uses]
    fitting = [one for one in _speaking(usages, own) if _ANY_WATER.search(plain(one.text))]
    found = [*about, *fitting]
    words = own.words | {"rainwater"}
    verdicts = [verdict(clauses(one.text), words | one.label.uses) for one in found if one.text]
    if not verdicts:
        return Spoken(Verdict("allowed", WEEK))
    return Spoken(strictest(verdicts), tuple((one.name, one.text) for one in found))
