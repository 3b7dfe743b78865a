"""Quality flags in QARTOD's numbers: they travel with the values and never change them.

Each test is one pure function of arrays; `assess` makes all that can be made and names those that
set the flag. What they allow stands in `sensors.quantities` (range and step) and
`sensors.quality.thresholds` (all else), each with its reason. Flags can be computed again at any
time from the values alone.
"""

from sensors.quality.assessment import (
    LIVE,
    WHOLE,
    Assessed,
    Context,
    Test,
    assess,
    flag,
    look_back,
    together,
)
from sensors.quality.changes import flag_change, flag_flat, flag_spike, flag_step
from sensors.quality.consistency import flag_consistency, flag_sun
from sensors.quality.flags import FAIL, GOOD, MISSING, NOT_EVALUATED, SUSPECT, Flags, worst
from sensors.quality.grain import resolution
from sensors.quality.ranges import SEASONAL, Normals, flag_range, flag_season
from sensors.quality.soils import porosity
from sensors.quality.surroundings import (
    Neighbours,
    Rain,
    Waterings,
    flag_neighbours,
    flag_rain_response,
)
from sensors.quality.thresholds import THRESHOLDS, Threshold, threshold
from sensors.quality.timing import flag_clock, flag_gap, intervals

__all__ = [
    "FAIL",
    "GOOD",
    "LIVE",
    "MISSING",
    "NOT_EVALUATED",
    "SEASONAL",
    "SUSPECT",
    "THRESHOLDS",
    "WHOLE",
    "Assessed",
    "Context",
    "Flags",
    "Neighbours",
    "Normals",
    "Rain",
    "Test",
    "Threshold",
    "Waterings",
    "assess",
    "flag",
    "flag_change",
    "flag_clock",
    "flag_consistency",
    "flag_flat",
    "flag_gap",
    "flag_neighbours",
    "flag_rain_response",
    "flag_range",
    "flag_season",
    "flag_spike",
    "flag_step",
    "flag_sun",
    "intervals",
    "look_back",
    "porosity",
    "resolution",
    "threshold",
    "together",
    "worst",
]
