"""Where the demo's harvests went: outlets of each kind of garden, and what each was given.

Names are invented; distances are one way. Prices are what a market stall might ask, ours,
in € for a kilogram, a head or a bunch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import nan
from zlib import crc32

from sqlalchemy import Connection

from agro.demo.farm import Farm
from agro.demo.notes import SOURCE, on_day, person
from agro.records import Delivery, LogEntry, LotUse, Noted, Outlet
from agro.store import deliveries

PRICES = {
    "tomato": 3.4,
    "zucchini": 2.2,
    "lettuce": 1.2,
    "carrot": 2.4,
    "green_bean": 7.0,
    "strawberry": 9.5,
    "leek": 2.6,
    "potato": 2.0,
    "pepper": 4.2,
    "mint": 1.3,
    "spinach": 4.0,
    "cabbage": 2.5,
    "beet": 2.4,
    "mustard": 0.7,
    "lentil": 1.9,
    "berries": 6.0,
}


@dataclass(frozen=True, slots=True)
class _Door:
    """An outlet of a kind of garden. `share` of the market's price, NaN = nothing is paid.

    `names` by the language of the growers, as `_VEHICLES` of `vehicle`.
    """

    slug: str
    names: dict[str, str]
    channel: str
    distance_km: float
    intermediaries: float
    share: float
    vehicle: str

    def outlet(self, site: str, language: str) -> Outlet:
        """This door as a site's own outlet."""
        return Outlet(
            site=site,
            slug=self.slug,
            name=self.names[language],
            channel=self.channel,
            distance_km=self.distance_km,
            intermediaries=float(self.intermediaries),
            vehicle=_VEHICLES[language][self.vehicle],
        )


_VEHICLES = {
    "fr": {"bike": "vélo cargo", "van": "camionnette", "foot": "à pied"},
    "en": {"bike": "cargo bike", "van": "van", "foot": "on foot"},
}


def _named(fr: str, en: str) -> dict[str, str]:
    return {"fr": fr, "en": en}


_STALL = _named("Étal du marché", "Market stall")
_CANTEEN = _named("Cantine de l’école", "School canteen")
_BOXES = _named("Paniers du jeudi", "Thursday boxes")
_TABLE = _named("Restaurant du quartier", "Restaurant round the corner")
_AID = _named("Épicerie solidaire", "Food bank shop")
_MILL = _named("Moulin coopératif", "Cooperative mill")
_FRUITERER = _named("Fruitier du village", "Village fruiterer")
_OWN = _named("Les jardiniers", "The gardeners")
_FRIDGE = _named("Frigo partagé du quartier", "Neighbourhood community fridge")
_DOORS = {
    "market_garden": (
        _Door("market", _STALL, "market", 2.1, 0, 1.0, "bike"),
        _Door("canteen", _CANTEEN, "canteen", 3.4, 0, 0.8, "van"),
        _Door("boxes", _BOXES, "box", 0.2, 0, 0.9, "foot"),
        _Door("restaurant", _TABLE, "restaurant", 2.6, 0, 0.95, "bike"),
        _Door("food-aid", _AID, "donation", 1.8, 1, nan, "van"),
    ),
    "field_station": (
        _Door("mill", _MILL, "wholesaler", 14.0, 2, 0.6, "van"),
        _Door("fruiterer", _FRUITERER, "shop", 5.2, 1, 0.85, "van"),
    ),
    "community_garden": (
        _Door("gardeners", _OWN, "self", 0.0, 0, nan, "foot"),
        _Door("neighbours", _FRIDGE, "donation", 0.6, 0, nan, "foot"),
    ),
}
_KEPT_EVERY = 9  # every ninth harvest is still in store
_LEFT = 0.9  # of a harvest at most goes out at once


def outlets(farm: Farm) -> list[Outlet]:
    """The outlets of every garden."""
    return [
        door.outlet(site.slug, farm.tongue)
        for site in farm.sites
        for door in _DOORS.get(site.kind, ())
    ]


def sell(c: Connection, farm: Farm, harvests: Sequence[Noted]) -> None:
    """Give each harvest to an outlet or two on the day after; the same again changes nothing."""
    for outlet in outlets(farm):
        deliveries.save_outlet(c, outlet)
    for n, harvest in enumerate(harvests):
        if n % _KEPT_EVERY != _KEPT_EVERY - 1:
            for delivery in _deliveries(farm, harvest):
                deliveries.record(c, delivery)


def _deliveries(farm: Farm, harvest: Noted) -> list[Delivery]:
    entry = harvest.entry
    kind = next(site.kind for site in farm.sites if site.slug == entry.site)
    doors = _DOORS.get(kind, ())
    if not doors:
        return []
    drawn = crc32(f"{entry.plot}{entry.time}".encode())
    first, second = doors[drawn % len(doors)], doors[drawn // 7 % len(doors)]
    shares = [(first, 0.6), (second, 0.3)] if first is not second else [(first, _LEFT)]
    given = ((door, _part(entry, share)) for door, share in shares)
    return [_delivery(farm, harvest, door, amount) for door, amount in given if amount > 0.0]


def _part(entry: LogEntry, share: float) -> float:
    """Whole pieces of what was counted, 100 g of what was weighed."""
    return (
        float(int(entry.quantity * share * 10.0)) / 10.0
        if entry.unit == "kg"
        else float(int(entry.quantity * share))
    )


def _delivery(farm: Farm, harvest: Noted, door: _Door, amount: float) -> Delivery:
    entry = harvest.entry
    day = entry.time.astimezone(farm.zone).date() + timedelta(days=1)
    said = replace(
        LogEntry(entry.site, entry.plot, "delivery", on_day(farm, day, 8, 30), amount, entry.unit),
        crop=entry.crop,
        variety=entry.variety,
        source=SOURCE,
        who=person(farm, entry.site, day),
    )
    use = LotUse(harvest.number, mass_kg=amount)
    if entry.unit != "kg":
        use = LotUse(harvest.number, count=amount)
    price = PRICES.get(entry.crop, nan) * door.share * amount
    return Delivery(said, "", door.slug, price=round(price, 2), trips=1.0, lots=(use,))
