"""Where plots lie on the ground: corners from the bearing of the rows, and back to the plots."""

from dataclasses import replace
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agro.store.trials import PlannedTrial, TrialPlot
from agro.trials.geometry import corners, extent, is_near, offset
from agro.trials.ground import plot_at

_TRIAL = PlannedTrial(
    *("potager", "t", "T", "rcbd", "p1"),
    plot_width=2.0,
    plot_length=3.0,
    bearing=90.0,
    latitude=47.3,
    longitude=5.0,
)


def _at(trial: PlannedTrial, row: int, column: int) -> list[tuple[float, float]]:
    plot = TrialPlot(101, row, column, 1, "a")
    return [(round(east, 6), round(north, 6)) for east, north in corners(trial, plot)]


@pytest.mark.parametrize(
    ("bearing", "row", "column", "wanted"),
    [
        pytest.param(90.0, 1, 1, [(0, 0), (2, 0), (2, -3), (0, -3)], id="rows run east"),
        pytest.param(90.0, 2, 3, [(4, -3), (6, -3), (6, -6), (4, -6)], id="next rows lie south"),
        pytest.param(0.0, 1, 1, [(0, 0), (0, 2), (3, 2), (3, 0)], id="rows run north, next east"),
        pytest.param(nan, 1, 1, [(0, 0), (2, 0), (2, -3), (0, -3)], id="unsaid is east"),
        pytest.param(90.0, 0, 0, [(-2, 3), (0, 3), (0, 0), (-2, 0)], id="border before the corner"),
    ],
)
def test_plots_lie_along_their_rows(
    bearing: float, row: int, column: int, wanted: list[tuple[float, float]]
) -> None:
    assert _at(replace(_TRIAL, bearing=bearing), row, column) == wanted


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.0, 360.0), st.floats(-80.0, 80.0))
def test_the_middle_of_a_plot_is_found_as_that_plot(
    row: int, column: int, bearing: float, latitude: float
) -> None:
    """What a sensor's position is matched with, and what is drawn, is one field."""
    plot = TrialPlot(101, row, column, 1, "a")
    trial = replace(_TRIAL, bearing=bearing, latitude=latitude, plots=(plot,))
    around = corners(trial, plot)
    east, north = (sum(one[axis] for one in around) / 4 for axis in (0, 1))
    here = {"from_latitude": latitude, "from_longitude": trial.longitude}
    one_east = offset(latitude, trial.longitude + 1.0, **here)[0]
    one_north = offset(latitude + 1.0, trial.longitude, **here)[1]
    found = plot_at(trial, latitude + north / one_north, trial.longitude + east / one_east)
    assert found == plot


def test_the_size_of_a_field_and_what_is_near_it() -> None:
    points = [(0.0, 0.0), (12.0, -6.0)]
    assert extent(points) == (12.0, 6.0)
    assert is_near((13.0, 0.0), points, 1.0)
    assert not is_near((13.1, 0.0), points, 1.0)
