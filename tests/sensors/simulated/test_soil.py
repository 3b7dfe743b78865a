"""The layered soil: water is conserved, drains, dries and answers to irrigation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.simulated import soil
from sensors.simulated.soil import Column, Floats, Forcing, State

# Field capacity and wilting point of FAO-56 Table 19 classes: sand, loam, silty clay.
CAPACITY, WILTING = np.array([0.12, 0.25, 0.36]), np.array([0.045, 0.12, 0.23])


@pytest.fixture
def column() -> Column:
    return soil.column(CAPACITY, WILTING, 1.0)


def forcing(
    *,
    rain: float = 0.0,
    irrigation: float = 0.0,
    evaporation: float = 0.0,
    transpiration: float = 0.0,
    root_depth: float = 0.0,
) -> Forcing:
    values = (rain, irrigation, evaporation, transpiration, root_depth)
    return Forcing(*(np.full(3, value) for value in values))


def run(column: Column, state: State, hours: int, **each_hour: float) -> State:
    for _ in range(hours):
        state, _ = soil.advance(column, state, forcing(**each_hour), 1.0)
    return state


amounts = st.floats(0.0, 40.0)


@settings(max_examples=40, deadline=None)
@given(
    hours=st.lists(
        st.tuples(amounts, amounts, st.floats(0.0, 1.2), st.floats(0.0, 1.2)),
        min_size=1,
        max_size=8,
    ),
    wetness=st.floats(0.02, 1.3),
    depth=st.floats(0.15, 2.0),
    root_depth=st.floats(0.0, 1500.0),
    span=st.floats(0.02, 1.0),
)
def test_water_is_conserved(
    hours: list[tuple[float, float, float, float]],
    wetness: float,
    depth: float,
    root_depth: float,
    span: float,
) -> None:
    column = soil.column(CAPACITY, WILTING, depth)
    state = soil.at_field_capacity(column, wetness)
    for rain, irrigation, evaporation, transpiration in hours:
        before = soil.stored(column, state)
        given_ = forcing(
            rain=rain,
            irrigation=irrigation,
            evaporation=evaporation,
            transpiration=transpiration,
            root_depth=root_depth,
        )
        state, went = soil.advance(column, state, given_, span)
        out = went.evaporation + went.transpiration + went.drainage + went.runoff
        assert soil.stored(column, state) == pytest.approx(
            before + rain + irrigation - out, abs=1e-9
        )
        for gone in (went.evaporation, went.transpiration, went.drainage, went.runoff):
            assert np.all(gone >= 0.0)
        assert np.all(went.evaporation <= evaporation + 1e-12)
        assert np.all(went.transpiration <= transpiration + 1e-12)
        assert np.all(state.moisture > 0.0)
        assert np.all(state.moisture <= column.saturation + 1e-12)
        assert np.all(state.pond >= 0.0)


def test_a_soaked_soil_drains_to_about_field_capacity_in_days(column: Column) -> None:
    soaked = State(np.repeat(column.saturation[None], 6, axis=0), np.zeros(3))
    after = run(column, soaked, 96).moisture[:3].mean(axis=0)
    # Up to a third of the way to saturation is still held: real soils drain for weeks.
    assert np.all(after < CAPACITY + (column.saturation - CAPACITY) / 3.0)
    assert np.all(after > CAPACITY - 0.01)


def test_sand_swallows_a_downpour_that_runs_off_clay(column: Column) -> None:
    start = soil.at_field_capacity(column)
    _, went = soil.advance(column, start, forcing(rain=45.0), 1.0)
    assert went.runoff[0] == 0.0
    assert went.runoff[2] > 20.0


def test_irrigation_wets_from_the_top_and_reaches_deep_later(column: Column) -> None:
    dry = soil.at_field_capacity(column, 0.3)
    wetted, _ = soil.advance(column, dry, forcing(irrigation=25.0), 1.0)
    assert np.all(wetted.moisture[0] > dry.moisture[0] + 0.05)
    assert wetted.moisture[4] == pytest.approx(dry.moisture[4], abs=0.003)
    later = run(column, wetted, 48)
    assert np.all(later.moisture[2, :2] > dry.moisture[2, :2] + 0.02)


def test_water_rises_from_wet_layers_to_dry_ones(column: Column) -> None:
    moisture = soil.at_field_capacity(column).moisture.copy()
    moisture[:2] = WILTING * 1.1
    after = run(column, State(moisture, np.zeros(3)), 48)
    assert np.all(after.moisture[1, 1:] > moisture[1, 1:] + 0.01)
    assert np.all(after.moisture[2, 1:] < moisture[2, 1:])


def test_roots_stop_near_the_wilting_point(column: Column) -> None:
    state = soil.at_field_capacity(column)
    drunk = []
    for _ in range(60):
        state, went = soil.advance(
            column, state, forcing(transpiration=6.0, root_depth=800.0), 24.0
        )
        drunk.append(went.transpiration)
    assert drunk[0] == pytest.approx(6.0, abs=0.01)
    assert np.all(drunk[-1] < 0.5)
    assert np.all(state.moisture[0] > WILTING - 0.002)
    assert np.all(soil.depletion_share(column, state.moisture, np.full(3, 400.0)) > 0.9)


def test_a_bare_surface_dries_ever_more_slowly(column: Column) -> None:
    state = soil.at_field_capacity(column)
    lost = []
    for _ in range(10):
        state, went = soil.advance(column, state, forcing(evaporation=5.0), 24.0)
        lost.append(went.evaporation)
    assert np.all(lost[0] > 2.5)
    assert np.all(np.diff(lost, axis=0) < 0.0)
    assert np.all(lost[-1] < 0.7 * lost[0])


@pytest.mark.parametrize(
    ("head", "share"), [(0.0, 0.0), (100.0, 0.0), (250.0, 1.0), (6000.0, 1.0), (1.5e5, 0.0)]
)
def test_roots_want_neither_drowned_nor_dry_soil(head: float, share: float) -> None:
    assert soil.feddes(np.array([head])) == pytest.approx(share)


@pytest.mark.parametrize("root_depth", [50.0, 300.0, 999.0, 3000.0])
def test_root_shares_sum_to_one_and_thin_with_depth(column: Column, root_depth: float) -> None:
    shares = soil.root_shares(column, np.full(3, root_depth))
    assert shares.sum(axis=0) == pytest.approx(1.0)
    density: Floats = shares / column.thickness
    assert np.all(np.diff(density, axis=0) <= 1e-12)


def test_no_roots_no_shares(column: Column) -> None:
    assert not soil.root_shares(column, np.zeros(3)).any()


def test_moisture_between_the_layers(column: Column) -> None:
    moisture = np.linspace(0.1, 0.35, 6)[:, None] * np.ones(3)
    at = [float(soil.moisture_at(column, moisture, 1, depth)) for depth in (0, 2.5, 10, 30, 200)]
    assert at == sorted(at)
    assert at[0] == at[1] == pytest.approx(0.1)
    assert at[2] == pytest.approx(0.15)
    assert at[-1] == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("capacity", "wilting", "depth"), [(0.2, 0.2, 1.0), (0.2, 0.0, 1.0), (0.3, 0.1, 0.0)]
)
def test_impossible_soils_are_refused(capacity: float, wilting: float, depth: float) -> None:
    with pytest.raises(ValueError, match="0 < wilting_point < field_capacity"):
        soil.column(capacity, wilting, depth)


def test_no_time_is_refused(column: Column) -> None:
    with pytest.raises(ValueError, match="hours must be above 0"):
        soil.advance(column, soil.at_field_capacity(column), forcing(), 0.0)
