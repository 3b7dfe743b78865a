"""The climate of the simulation's tests."""

import pytest

from sensors.simulated.climate import Climate
from tests.climate import MONTHS


@pytest.fixture(scope="session")
def climate() -> Climate:
    return Climate(latitude=47.27, longitude=5.09, elevation=220.0, **MONTHS)
