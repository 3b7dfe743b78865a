"""The yield of a season: the place's record, stress, what is picked; intervals in order."""

from dataclasses import replace
from math import inf, log, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.harvest import season_yield
from models.harvest.potential import PLOT_SPREAD, Past, Reference, potential, reference
from models.harvest.response import temperature_stress, water_response
from models.harvest.season_yield import Picked, Weathered, foresee

TOMATO = water_response("tomato")
_SHARE = st.floats(0.0, 1.0)


def season(used: float = 1.0, *, heat: float = 1.0, frost: float = 1.0) -> Weathered:
    needed = np.array([80.0, 60.0, 40.0, 0.0])
    return Weathered(
        needed, needed * used, np.array([0.0, 0.0, 30.0, 90.0]), heat, 3, frost, 0, behind=0.6
    )


def test_the_reference_speaks_where_nothing_is_on_record() -> None:
    found = potential(reference("carrot"), [])
    assert found is not None
    assert found.middle == pytest.approx(3.64)
    assert found.seasons == 0
    assert found.spread == pytest.approx((0.43**2 + PLOT_SPREAD**2) ** 0.5)


def test_the_record_takes_over_as_it_grows() -> None:
    own = [Past(2020 + year, 6.0, True) for year in range(8)]
    few, many = (potential(reference("carrot"), own[:count]) for count in (1, 8))
    assert few is not None
    assert many is not None
    assert 3.64 < few.middle < many.middle < 6.0
    assert many.spread < few.spread
    assert many.middle == pytest.approx(6.0, rel=0.05)


def test_the_plot_tells_more_than_its_neighbours() -> None:
    years = range(2021, 2024)
    own, others = (
        potential(reference("carrot"), [Past(year, 6.0, same) for year in years])
        for same in (True, False)
    )
    assert own is not None
    assert others is not None
    assert own.middle > others.middle
    assert own.spread < others.spread


def test_without_reference_and_record_nothing_is_foreseen() -> None:
    assert potential(None, []) is None
    assert potential(None, [Past(2024, 0.0, True), Past(2025, nan, True)]) is None
    only = potential(None, [Past(2024, 2.0, True)])
    assert only is not None
    assert only.middle == pytest.approx(2.0)


def test_a_covered_crop_has_a_reference_of_its_own() -> None:
    found = [reference("tomato", covered=covered) for covered in (False, True)]
    assert [one.yield_per_area for one in found if one] == [5.5, 9.39]
    assert reference("carrot", covered=True) == reference("carrot")
    assert reference("turf") is None


@given(_SHARE, _SHARE, _SHARE, st.floats(0.5, 1.0))
@settings(max_examples=60)
def test_more_stress_is_never_more_yield(
    used: float, drier: float, heat: float, frost: float
) -> None:
    place = potential(reference("tomato"), [])
    assert place is not None
    mild = foresee(place, season(used), TOMATO)
    hard = foresee(place, season(used * drier, heat=heat, frost=frost), TOMATO)
    for name in ("low", "middle", "high"):
        assert getattr(hard, name) <= getattr(mild, name) + 1e-9


@given(
    st.floats(0.01, 30.0), _SHARE, _SHARE, st.floats(0.0, 20.0), st.floats(0.0, 1.0), st.booleans()
)
@settings(max_examples=80)
def test_intervals_are_in_order_and_hold_what_is_picked(
    yield_per_area: float, used: float, heat: float, had: float, share: float, weighed: bool
) -> None:
    place = potential(Reference("tomato", "open", yield_per_area, 0.4, "test"), [])
    assert place is not None
    picked = Picked(had if weighed else nan, np.full(season_yield.MEMBERS, share))
    found = foresee(place, season(used, heat=heat), TOMATO, picked)
    assert 0.0 <= found.low <= found.middle <= found.high < inf
    if weighed:
        assert found.low >= had - 1e-9
    else:
        assert found.middle == foresee(place, season(used, heat=heat), TOMATO).middle


def test_a_good_beginning_raises_what_is_expected() -> None:
    place = potential(reference("tomato"), [])
    assert place is not None
    half = np.full(season_yield.MEMBERS, 0.5)
    poor, none, good = (
        foresee(place, season(), TOMATO, Picked(had, half)) for had in (1.0, nan, 5.0)
    )
    assert poor.middle < none.middle < good.middle
    assert poor.effects["picked"] < 0.0 < good.effects["picked"]
    assert log(good.high / good.low) < log(none.high / none.low)


def test_a_finished_harvest_is_its_own_forecast() -> None:
    place = potential(reference("tomato"), [])
    assert place is not None
    found = foresee(place, season(), TOMATO, Picked(4.0, np.ones(season_yield.MEMBERS)))
    assert found.low == pytest.approx(4.0, rel=0.02)
    assert found.high == pytest.approx(4.0, rel=0.12)


def test_what_moved_it_is_told() -> None:
    place = potential(reference("tomato"), [Past(2024, 7.0, True)])
    assert place is not None
    dry = replace(season(heat=0.9, frost=0.8), used=np.array([80.0, 45.0, 40.0, 0.0]), heat_days=4)
    effects = foresee(place, dry, TOMATO).effects
    assert set(effects) == {"water_flowering", "heat", "frost", "record"}
    assert effects["water_flowering"] < -0.1
    assert effects["heat"] == pytest.approx(-0.1 * 0.6)
    assert effects["frost"] == pytest.approx(-0.2)
    assert effects["record"] > 0.0


def test_the_days_of_a_season_become_its_periods() -> None:
    periods = np.repeat([0, 1, 2, 3], 10)
    found = season_yield.weathered(
        periods,
        crop_et=np.full(40, 4.0),
        actual_et=np.where(np.arange(40) < 15, 3.0, 4.0),
        today=20,
        tmin=np.where(np.arange(20) == 3, -0.5, 8.0),
        tmax=np.where(np.arange(20) == 18, 38.5, 25.0),
        stress=temperature_stress("tomato"),
    )
    assert found.needed.tolist() == [40.0, 40.0, 0.0, 0.0]
    assert found.used.tolist() == [30.0, 35.0, 0.0, 0.0]
    assert found.to_come.tolist() == [0.0, 0.0, 40.0, 40.0]
    assert found.heat == pytest.approx(0.95)
    assert found.heat_days == 1
    assert found.frost_nights == 1
    assert found.frost == pytest.approx(0.75)
    assert found.behind == pytest.approx(1 / 3)
