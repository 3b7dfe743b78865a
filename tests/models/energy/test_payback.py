"""What advice spares: reckoned by hand, bounded, and editable."""

from math import inf, isnan, nan

import numpy as np
import pytest

from models.energy.payback import (
    NAMES,
    Assumption,
    Assumptions,
    Watered,
    edited,
    payback,
    triangular,
)

KNOWN = {
    "timer_depth": 4.0,
    "timer_days": 1.0,
    "head": 36.0,
    "pump_efficiency": 0.5,
    "checks_spared": 1.0,
    "check_minutes": 6.0,
    "water_price": 3.0,
    "energy_price": 0.2,
    "hour_cost": 20.0,
    "investment": 250.0,
    "lifetime": 5.0,
    "running": 20.0,
}
YEAR = Watered(given=30.0, area_days=15_000.0, plots=1, plot_days=140.0, days=365.25)


def test_by_hand_without_any_doubt() -> None:
    found = payback(YEAR, edited(Assumptions(), KNOWN, "bill"))
    assert found.timer_water.middle == pytest.approx(60.0)
    assert found.water.middle == pytest.approx(30.0)
    kwh = 30.0 * 1000 * 9.80665 * 36.0 / 0.5 / 3.6e6
    assert found.energy.middle == pytest.approx(kwh)
    assert found.hours.middle == pytest.approx(2.0)  # 20 weeks of 6 minutes
    assert found.benefit.middle == pytest.approx(90.0 + kwh * 0.2 + 40.0)
    assert found.cost.middle == pytest.approx(70.0)
    assert found.euros.middle == pytest.approx(60.0 + kwh * 0.2)
    assert found.years.middle == pytest.approx(250.0 / (110.0 + kwh * 0.2))
    assert found.water.low == found.water.middle == found.water.high


def test_assumptions_make_a_range_and_more_water_given_a_loss() -> None:
    found = payback(YEAR, Assumptions())
    assert found.water.low < found.water.middle < found.water.high
    wasted = payback(Watered(90.0, 15_000.0, 1, 140.0, 365.25), Assumptions())
    assert wasted.water.high < 0.0
    assert wasted.years.high == inf


def test_without_records_nothing_is_claimed() -> None:
    found = payback(Watered(nan, nan, 0, nan, 365.0), Assumptions())
    assert all(isnan(getattr(found, name).middle) for name in ("water", "energy", "euros", "years"))
    assert isnan(found.water.low)


def test_moved_energy_is_part_of_the_worth() -> None:
    plain, sunny = payback(YEAR, Assumptions()), payback(YEAR, Assumptions(), shifted=12.0)
    assert sunny.euros.middle - plain.euros.middle == pytest.approx(12.0)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("rain", 1.0, "no assumption"),
        ("head", -1.0, "0 or more"),
        ("pump_efficiency", 0.0, "more than 0 and at most 1"),
        ("timer_days", 1.2, "at most 1"),
        ("water_price", nan, "0 or more"),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        edited(Assumptions(), {name: value}, "form")


@pytest.mark.parametrize("name", NAMES)
def test_every_assumption_has_unit_source_and_range(name: str) -> None:
    one = getattr(Assumptions(), name)
    assert one.low <= one.value <= one.high
    assert one.unit
    assert one.source


def test_triangular_quantiles() -> None:
    one = Assumption(2.0, 1.0, 4.0, "1")
    assert triangular([0.0, 1 / 3, 1.0], one) == pytest.approx([1.0, 2.0, 4.0])
    drawn = triangular((np.arange(20_000) + 0.5) / 20_000, one)
    assert drawn.mean() == pytest.approx(7 / 3, abs=1e-4)  # (low + likeliest + high) / 3
