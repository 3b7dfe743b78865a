"""What a place adds to a bed reaches its advice: mulch, glass, salt, a water table, shade, cuts."""

from collections.abc import Callable
from datetime import date, timedelta
from math import nan
from typing import Any

import pytest

from agro.advice.beds import Bed
from agro.records import IrrigationSystem, Planting, Plot, Site, Soil
from models.water.parameters import ET0_SHARE_GLASSHOUSE

Garden = Any  # the fixture's class, which lives in conftest.py
Retold = Callable[..., None]
PLANTED = date(2026, 5, 20)


def _water(garden: Garden, plot: str) -> None:
    """A bed that never runs dry: what it lost since two days ago tells what it uses."""
    for days in range(2, 52, 2):
        garden.note(30.0, "mm", ago=timedelta(days=days), plot=plot)


def _depletion(garden: Garden, plot: str = "pots") -> float:
    found = garden.ask(plot).depletion_mm
    assert found > 0.0
    return float(found)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param({"mulch": "organic"}, id="straw on all of it"),
        pytest.param({"mulch": "organic", "mulch_cover": 0.6}, id="straw on some of it"),
        pytest.param({"mulch": "plastic"}, id="film"),
        pytest.param({"et0_share": 0.7}, id="shade"),
        pytest.param({"water_table": 0.8}, id="water table"),
    ],
)
def test_a_bed_that_loses_less_is_less_dry(
    measured: Garden, retold: Retold, place: dict[str, Any]
) -> None:
    _water(measured, "pots")
    retold(plots={"pots": {"depth": nan, "kind": "bed"}})
    plain = measured.ask("pots")
    retold(plots={"pots": place})
    own = measured.ask("pots")
    assert 0.0 <= own.depletion_mm < plain.depletion_mm - 0.2
    assert sum(day.et_mm for day in own.plan) != sum(day.et_mm for day in plain.plan)


def test_young_rows_on_dry_soil_drink_less(measured: Garden, retold: Retold) -> None:
    plain = _depletion(measured, "field")
    retold(plots={"field": {"canopy_cover": 0.1}})
    assert _depletion(measured, "field") < plain - 5.0


def test_plastic_holds_more_than_straw(measured: Garden, retold: Retold) -> None:
    _water(measured, "pots")
    found = {}
    for mulch in ("organic", "plastic"):
        retold(plots={"pots": {"mulch": mulch, "kind": "bed", "depth": nan}})
        found[mulch] = _depletion(measured)
    assert found["plastic"] < found["organic"]


def test_under_glass_the_demand_is_that_measured_there(measured: Garden, retold: Retold) -> None:
    _water(measured, "tunnel")
    by_kind = measured.ask("tunnel")
    retold(plots={"tunnel": {"et0_share": ET0_SHARE_GLASSHOUSE}})
    assert repr(measured.ask("tunnel")) == repr(by_kind)
    retold(plots={"tunnel": {"et0_share": 1.0}})
    outside = measured.ask("tunnel")
    assert outside.plan[0].et_mm > by_kind.plan[0].et_mm


def test_salt_makes_a_crop_of_table_23_drink_less(measured: Garden, retold: Retold) -> None:
    _water(measured, "pots")
    plain = _depletion(measured)
    retold(plots={"pots": {"soil_salinity": 5.0}})
    assert _depletion(measured) < plain


def test_salt_under_a_crop_whose_tolerance_nobody_published_is_left_out(
    measured: Garden, retold: Retold
) -> None:
    plain = measured.ask("field")
    retold(plots={"field": {"soil_salinity": 5.0}})
    assert repr(measured.ask("field")) == repr(plain)


def test_a_cut_forage_drinks_less_and_a_cut_to_come_is_not_known_yet(
    measured: Garden, retold: Retold
) -> None:
    _water(measured, "pots")
    today = measured.at.date()
    clover = {"crop": "clover", "planted": today - timedelta(days=50)}
    deep = {"pots": {"kind": "bed", "depth": nan}}
    retold(plots=deep, plantings={"pots": clover})
    grown = measured.ask("pots")
    retold(plantings={"pots": {**clover, "cuts": (today - timedelta(days=4),)}})
    cut = measured.ask("pots")
    assert cut.depletion_mm < grown.depletion_mm
    assert cut.plan[0].et_mm < grown.plan[0].et_mm
    coming = (today - timedelta(days=4), today + timedelta(days=2))
    retold(plantings={"pots": {**clover, "cuts": coming}})
    assert repr(measured.ask("pots")) == repr(cut)


def test_a_mulched_bed_gets_the_same_advice_alone_and_in_the_whole_city(
    measured: Garden, retold: Retold
) -> None:
    retold(
        plots={
            "squash": {"mulch": "organic", "mulch_cover": 0.9},
            "field": {"mulch": "plastic", "water_table": 1.5},
        }
    )
    together = measured.all()
    alone = [*measured.all(site="garden"), *measured.all(site="plateau")]
    assert repr(together) == repr(alone)


def test_a_plain_plot_adds_nothing() -> None:
    bed = _bed(Plot("garden", "p", "P", "bed", 20.0, "loam", "drip", 47.3, 5.0))
    added = bed.place(PLANTED + timedelta(days=30))
    assert added["et0_share"] == 1.0
    assert not {"mulch_cover", "mulch_reduction", "kcb_reduction"} & added.keys()
    assert added["cuts"] == ()


@pytest.mark.parametrize(
    ("plot", "share"),
    [
        ({"kind": "greenhouse", "covered": True}, ET0_SHARE_GLASSHOUSE),
        ({"kind": "greenhouse", "covered": True, "et0_share": 0.8}, 0.8),
        ({"kind": "greenhouse", "covered": False}, 1.0),
        ({"kind": "bed", "covered": True}, 1.0),
    ],
)
def test_the_share_of_the_demand_outside(plot: dict[str, Any], share: float) -> None:
    known = {"kind": "bed", **plot}
    kind = known.pop("kind")
    bed = _bed(Plot("garden", "p", "P", kind, 20.0, "loam", "drip", 47.3, 5.0, **known))
    assert bed.et0_share == share


def _bed(plot: Plot) -> Bed:
    return Bed(
        site=Site("garden", "Garden", "market_garden", "21231", 47.3, 5.0, 245.0),
        plot=plot,
        soil=Soil("garden", "loam", "loam", 0.25, 0.12, 9.0, 19.0, "test"),
        system=IrrigationSystem("garden", "drip", "drip", 4.0, 0.9, 0.4, 4.0, "05:30", "08:00"),
        planting=Planting("garden", "p", "tomato", "", PLANTED),
        devices=(),
    )
