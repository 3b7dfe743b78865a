"""Everything that can break does: 200 000 messages, the database away for half a minute."""

import pytest

from tests.agro.test_torture import test_whatever_breaks_each_valid_reading_is_stored_once
from tests.torture import Ordeal, away, city, store_url

__all__ = [
    "away",
    "city",
    "store_url",
    "test_whatever_breaks_each_valid_reading_is_stored_once",
]
pytestmark = pytest.mark.service


@pytest.fixture
def ordeal() -> Ordeal:
    return Ordeal(200_000, away_s=30.0)
