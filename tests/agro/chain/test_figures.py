"""The figures against the shared scenario of the indicators, and what is not known stays unknown.

Expected values: data/indicators/catalogue.yaml, golden values of SHORT_CHAIN_SHARE_KG,
SHORT_CHAIN_SHARE (value), LOCAL_SHARE_KG and FOOD_KM; deliveries: golden_book.yaml, scenario G1.
"""

from datetime import UTC, date, datetime
from math import isnan, nan

import pytest

from agro.chain import figures, surplus
from agro.chain.local import Local
from agro.chain.stock import stock_of
from agro.records import Delivery, LogEntry
from agro.store.deliveries import Delivered
from agro.store.lots import Lot
from models.harvest.keeping import table
from models.water.tables import CROPS

_AT = datetime(2025, 8, 1, 10, tzinfo=UTC)
# site, kg, channel, intermediaries, €, km
_BOOK = (
    ("A", 500.0, "box", 0.0, 1750.0, 3.0),
    ("A", 200.0, "donation", 0.0, 0.0, 2.0),
    ("A", 400.0, "self", 0.0, 0.0, 0.0),
    ("B", 1800.0, "canteen", 1.0, 2880.0, 12.0),
    ("B", 600.0, "restaurant", 0.0, 1500.0, 8.0),
    ("B", 600.0, "wholesaler", 2.0, 600.0, 60.0),
)


def _one(
    site: str, kg: float, channel: str, between: float, price: float, km: float, unit: str = "kg"
) -> Delivered:
    entry = LogEntry(site, "", "delivery", _AT, kg, unit, "tomato")
    return Delivered(1, Delivery(entry, channel, "", km, between, price))


def _book(site: str = "") -> list[Delivered]:
    return [_one(*row) for row in _BOOK if site in ("", row[0])]


@pytest.mark.parametrize(
    ("site", "short", "value", "local", "km"),
    [
        pytest.param("B", 80.0, 87.9518, 80.0, nan, id="golden B"),
        pytest.param("", 82.8571, 91.0847, 85.3659, 15.6829, id="golden city"),
        pytest.param("A", 100.0, 100.0, 100.0, 1.7273, id="golden A"),
    ],
)
def test_the_golden_figures(site: str, short: float, value: float, local: float, km: float) -> None:
    found = figures(_book(site), Local("KM", 30.0))
    assert 100 * found.short.value == pytest.approx(short, abs=5e-5)
    assert 100 * found.short_value.value == pytest.approx(value, abs=5e-5)
    assert 100 * found.local.value == pytest.approx(local, abs=5e-5)
    if not isnan(km):
        assert found.distance.value == pytest.approx(km, abs=5e-5)


def test_parts_are_kept_so_that_cities_can_be_added_up() -> None:
    whole, parts = (
        (figures(_book(site), Local()) for site in ("", "A")),
        figures(_book("B"), Local()),
    )
    city, a = whole
    assert city.distance.numerator == a.distance.numerator + parts.distance.numerator
    assert city.distance.denominator == a.distance.denominator + parts.distance.denominator
    assert city.price.value == pytest.approx(6730 / 3500)


def test_what_is_not_known_is_in_no_ratio_but_in_the_coverage() -> None:
    found = figures([*_book("A"), _one("A", 100.0, "market", nan, nan, nan)], Local())
    assert found.short.value == 1.0
    assert found.short.coverage == pytest.approx(500 / 600)
    assert found.distance.coverage == pytest.approx(1100 / 1200)
    assert found.price.value == 3.5
    assert figures([], Local()).short.value != figures([], Local()).short.value  # NaN


def test_compost_is_a_loss_and_counts_are_no_mass() -> None:
    rows = [*_book("A"), _one("A", 50.0, "compost", nan, nan, nan)]
    rows.append(_one("A", 12.0, "market", 0.0, nan, 1.0, unit="piece"))
    found = figures(rows, Local())
    assert (found.lost_kg, found.counted, found.delivered_kg) == (50.0, 1, 1100.0)
    assert found.distance.total == 1100.0


_COMMUNES = {"dijon": "21231", "21231": "21231", "quetigny": "21515", "21515": "21515"}


@pytest.mark.parametrize(
    ("definition", "destination", "said"),
    [
        ("COMMUNE", "Quetigny", True),
        ("PAT", "21515", True),
        ("COMMUNE", "21054", False),  # Beaune
        ("DEPARTEMENT", "21054", True),
        ("DEPARTEMENT", "71076", False),  # Chalon-sur-Saône
        ("REGION", "71076", True),
        ("REGION", "69123", False),  # Lyon
        ("REGION", "somewhere", None),
        ("COMMUNE", "", None),
    ],
)
def test_local_follows_the_chosen_definition(
    definition: str, destination: str, said: bool | None
) -> None:
    chosen = Local(definition, 30.0, _COMMUNES, {"A": "21231"}, {("A", "o"): destination})
    entry = LogEntry("A", "", "delivery", _AT, 1.0, "kg", "tomato")
    assert chosen.holds(Delivery(entry, "market", "o", 10.0)) is said


def test_local_by_distance() -> None:
    chosen = Local("KM", 30.0)
    entry = LogEntry("A", "", "delivery", _AT, 1.0, "kg", "tomato")
    assert chosen.holds(Delivery(entry, "market", distance_km=30.0)) is True
    assert chosen.holds(Delivery(entry, "market", distance_km=31.0)) is False
    assert chosen.holds(Delivery(entry, "market")) is None
    assert chosen.holds(Delivery(entry, "self")) is True
    assert chosen.holds(Delivery(entry, "compost", distance_km=1.0)) is None


def test_every_kept_crop_is_one_of_the_tables_and_has_a_source() -> None:
    for crop, kept in table().items():
        assert crop in CROPS
        assert kept.source
        assert kept.days_low > 0
        assert isnan(kept.days_high) or kept.days_low <= kept.days_high


def _lot(day: date, left: float, crop: str = "tomato") -> Lot:
    return Lot(day.toordinal(), day.isoformat(), "A", "p", crop, "", day, "kg", left)


def test_surplus_is_older_than_the_crop_keeps_and_not_past_it() -> None:
    """Tomatoes, firm ripe, keep 7 to 21 days (Cantwell 2001)."""
    today = date(2026, 7, 30)
    own = [
        _lot(date(2026, 7, 1), 1.0),
        _lot(date(2026, 7, 15), 4.0),
        _lot(date(2026, 7, 23), 2.0),
        _lot(date(2026, 7, 24), 8.0),
        _lot(date(2026, 7, 1), 5.0, "hop"),
    ]
    (one,) = surplus(stock_of(own, [], today), today)
    assert (one.crop, one.amount, one.until) == ("tomato", 6.0, date(2026, 8, 5))
    assert surplus(stock_of(own[3:4], [], today), today) == []
