"""Everything that can break does, while 20 000 messages flow."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.torture import Ordeal, away, city, endure, store_url

__all__ = ["away", "city", "store_url"]
pytestmark = pytest.mark.service


@pytest.fixture
def ordeal() -> Ordeal:
    return Ordeal(20_000, away_s=5.0)


@pytest.mark.usefixtures("city")
def test_whatever_breaks_each_valid_reading_is_stored_once(
    ordeal: Ordeal,
    own_mosquitto: Any,
    collectors: Any,
    lse01: Callable[..., tuple[str, bytes]],
    away: Callable[[], None],
) -> None:
    endure(ordeal, own_mosquitto, collectors, lse01, away)
