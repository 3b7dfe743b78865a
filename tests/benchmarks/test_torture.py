"""Everything that can break does: 200 000 messages, the database away for half a minute."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.torture import Ordeal, away, city, endure, store_url

__all__ = ["away", "city", "store_url"]
pytestmark = pytest.mark.service


@pytest.fixture
def ordeal() -> Ordeal:
    return Ordeal(200_000, away_s=30.0)


@pytest.mark.usefixtures("city")
def test_whatever_breaks_each_valid_reading_is_stored_once(
    ordeal: Ordeal,
    own_mosquitto: Any,
    collectors: Any,
    lse01: Callable[..., tuple[str, bytes]],
    away: Callable[[], None],
) -> None:
    endure(ordeal, own_mosquitto, collectors, lse01, away)
