"""What a logbook line makes of water, in every unit gardeners use."""

from datetime import UTC, datetime
from math import isnan, nan

import pytest

from agro.advice.beds import Bed
from agro.advice.watering import applied_depth
from agro.records import IrrigationSystem, LogEntry, Plot, Site

SITE = Site("garden", "Garden", "market_garden", "21231", 47.3, 5.0, 245.0)
SYSTEM = IrrigationSystem("garden", "drip", "drip", 4.0, 0.5, 0.4, 3.0, "05:30", "08:00")
PLOT = Plot("garden", "bed", "Bed", "bed", 20.0, "loam", "drip", 47.3, 5.0)
BED = Bed(SITE, PLOT, None, SYSTEM, None, ())


@pytest.mark.parametrize(
    ("quantity", "unit", "depth"),
    [(10.0, "mm", 5.0), (200.0, "L", 5.0), (0.2, "m³", 5.0), (50.0, "min", 5.0), (1.0, "h", 6.0)],
)
def test_every_unit_tells_the_depth_that_reached_the_roots(
    quantity: float, unit: str, depth: float
) -> None:
    entry = LogEntry(
        "garden", "bed", "irrigation", datetime(2026, 7, 1, tzinfo=UTC), quantity, unit
    )
    assert applied_depth(entry, BED, 20.0) == pytest.approx(depth)


@pytest.mark.parametrize(("quantity", "unit"), [(nan, "mm"), (3.0, "buckets"), (3.0, "")])
def test_an_amount_that_is_not_told_is_not_a_number(quantity: float, unit: str) -> None:
    entry = LogEntry(
        "garden", "bed", "irrigation", datetime(2026, 7, 1, tzinfo=UTC), quantity, unit
    )
    assert isnan(applied_depth(entry, BED, 20.0))
