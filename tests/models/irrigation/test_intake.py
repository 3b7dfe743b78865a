"""Runs and pauses: no more stands on the soil than its hollows hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.irrigation import intake
from models.water import tables


def test_every_texture_of_table_19_has_its_intake() -> None:
    assert set(intake.BASIC_INTAKE) == set(tables.SOILS)


@pytest.mark.parametrize(
    ("texture", "expected"),
    [
        pytest.param("clay", 3.0, id="FAO Training Manual 5, Annex 2: 1–5 mm/h"),
        pytest.param("loam", 15.0, id="FAO Training Manual 5, Annex 2: 10–20 mm/h"),
        pytest.param("Sandy Loam", 25.0, id="FAO Training Manual 5, Annex 2: 20–30 mm/h"),
    ],
)
def test_basic_intake(texture: str, expected: float) -> None:
    assert intake.basic_intake(texture) == expected


def test_a_soil_that_keeps_up_needs_no_pause() -> None:
    run = intake.longest_run(15.0, 15.0, 12.7)
    assert run == np.inf
    assert intake.soak(15.0, 15.0, run) == 0.0
    assert intake.cycles(300.0, run) == 1


def test_an_unknown_soil_or_a_can_needs_no_pause() -> None:
    assert intake.longest_run(np.nan, 15.0, 12.7) == np.inf
    assert intake.longest_run(30.0, intake.basic_intake("gravel"), 12.7) == np.inf


def test_a_steep_bed_runs_shorter() -> None:
    runs = intake.longest_run(30.0, 3.0, intake.surface_storage([0.0, 2.0, 4.0, 9.0, np.nan]))
    assert runs[0] > runs[1] > runs[2] > runs[3] == intake.SHORTEST_RUN
    assert runs[4] == runs[0]


@given(st.floats(1.0, 120.0), st.floats(1.0, 30.0), st.floats(0.0, 9.0))
def test_what_stands_is_drunk_in_the_pause(rate: float, soil: float, slope: float) -> None:
    storage = float(intake.surface_storage(slope))
    run = float(intake.longest_run(rate, soil, storage))
    if np.isinf(run):
        assert rate <= soil
        return
    stands = (rate - soil) * run / 60.0
    assert stands <= storage + 1e-9 or run == intake.SHORTEST_RUN
    assert soil * float(intake.soak(rate, soil, run)) / 60.0 == pytest.approx(stands)


@given(st.floats(1.0, 300.0), st.floats(1.0, 50.0), st.floats(0.0, 60.0))
def test_a_window_holds_its_runs_and_pauses(window: float, run: float, soak: float) -> None:
    running = float(intake.running_minutes(window, run, soak))
    parts = int(intake.cycles(running, run))
    assert running <= window + 1e-9
    assert running + (parts - 1) * soak <= window + 1e-6
    assert intake.running_minutes(window, np.inf, 0.0) == window
