"""Public views: fewer than three gardens, or one of more than 85 %, tell of a single one."""

from dataclasses import replace
from datetime import date
from math import isnan

import pytest

from agro.indicators.book import Book, CanteenWaste, Delivery, Harvest, Plot, Site, Source
from agro.indicators.catalogue import whole
from agro.indicators.disclosure import hidden_cells, too_few
from agro.indicators.figures import Figure, computed, row
from agro.indicators.scope import Scope

_SOURCE = Source("row", "row")


def _book(kg: dict[str, tuple[str, float]]) -> Book:
    """Site → (commune, kg harvested)."""
    return Book(
        start=date(2026, 1, 1),
        end=date(2026, 12, 31),
        sites=tuple(Site(source=_SOURCE, site=s, commune=c) for s, (c, _) in kg.items()),
        plots=tuple(Plot(source=_SOURCE, site=s, plot=f"{s}1", cultivated=100.0) for s in kg),
        harvests=tuple(
            Harvest(source=Source("harvest", s), site=s, plot=f"{s}1", mass=mass)
            for s, (_, mass) in kg.items()
        ),
        wastes=(CanteenWaste(source=_SOURCE, mass=10.0, meals=100.0),),
    )


def _public(book: Book, scope: Scope, name: str = "PROD_HARVEST_KG") -> Figure:
    found = computed(book, scope, whole(), public=True)
    return next(one for one in found if one.indicator.id == name)


@pytest.mark.parametrize(
    ("masses", "status"),
    [
        ([10.0, 10.0], "suppressed"),
        ([10.0, 10.0, 10.0], "ok"),
        ([90.0, 5.0, 5.0], "suppressed"),
        ([85.0, 10.0, 5.0], "ok"),
    ],
)
def test_few_or_one_that_prevails(masses: list[float], status: str) -> None:
    book = _book({f"s{n}": ("90001", mass) for n, mass in enumerate(masses)})
    assert _public(book, Scope()).status == status


def test_what_is_suppressed_tells_no_number_and_no_record() -> None:
    told = row(_public(_book({"a": ("90001", 10.0)}), Scope()))
    assert told["status"] == "suppressed"
    assert isnan(told["value"])
    assert all(isnan(told[name]) for name in ("numerator", "denominator", "coverage"))
    assert told["sources"] == told["thresholds"] == told["distribution"] == []
    assert told["shares"] == {}


def test_canteens_are_the_city_s_own_and_missing_stays_missing() -> None:
    book = _book({"a": ("90001", 10.0)})
    assert _public(book, Scope(), "CANTEEN_WASTE_G_MEAL").value == 100.0
    assert _public(book, Scope(), "JOBS_ETP").status == "no_data"


def test_a_site_is_never_public() -> None:
    book = _book({f"s{n}": ("90001", 10.0) for n in range(5)})
    assert _public(book, Scope("site", "s1")).status == "suppressed"
    assert _public(book, Scope("commune", "90001")).status == "ok"


def test_the_city_less_its_communes_must_not_tell_the_hidden_one() -> None:
    listed = {f"a{n}": ("90001", 10.0) for n in range(4)} | {
        f"b{n}": ("90002", 10.0) for n in range(3)
    }
    book = _book({**listed, "c": ("90003", 10.0)})
    assert _public(book, Scope()).status == "ok"
    assert _public(book, Scope("commune", "90003")).status == "suppressed"
    assert _public(book, Scope("commune", "90002")).status == "suppressed"  # 90003 by subtraction
    assert _public(book, Scope("commune", "90001")).status == "ok"


def test_hidden_communes_together_are_many_enough() -> None:
    cells = {
        "x": {"x1": (1.0, 0.0), "x2": (1.0, 0.0)},
        "y": {"y1": (1.0, 0.0), "y2": (1.0, 0.0)},
        "z": {f"z{n}": (1.0, 0.0) for n in range(3)},
    }
    assert hidden_cells(cells) == {"x", "y"}  # four gardens together
    assert hidden_cells({"x": cells["x"], "z": cells["z"]}) == {"x", "z"}


def test_a_denominator_that_one_garden_makes_is_hidden_too() -> None:
    assert too_few({"a": (1.0, 90.0), "b": (1.0, 5.0), "c": (1.0, 5.0)})
    assert not too_few({"a": (1.0, 40.0), "b": (1.0, 30.0), "c": (1.0, 30.0)})
    assert not too_few({})


def test_a_share_of_few_sellers_is_hidden() -> None:
    book = _book({f"s{n}": ("90001", 10.0) for n in range(3)})
    sale = Delivery(source=_SOURCE, site="s1", mass=5.0, channel="market", intermediaries=0.0)
    assert (
        _public(replace(book, deliveries=(sale,)), Scope(), "SHORT_CHAIN_SHARE_KG").status
        == "suppressed"
    )
