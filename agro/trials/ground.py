"""Where the plots of a trial lie on the ground, in metres from its corner.

Rows run along the bearing; each next row lies to the right of the one before, seen along it. Row 1
and column 1 meet at the corner, border plots lie before it. On a field of some hundred metres the
earth is flat.
"""

from math import cos, floor, radians, sin

from agro.store.trials import PlannedTrial, TrialPlot
from agro.trials.planning import placed

_METRES_PER_DEGREE = radians(6_371_008.8)  # of the mean radius of the earth, IUGG


def plot_at(trial: PlannedTrial, latitude: float, longitude: float) -> TrialPlot | None:
    """The plot that holds a position; None where there is none, or no place is known.

    The environments of a trial are several fields, of which one corner tells nothing.
    """
    if not placed(trial) or any("environment" in one.levels for one in trial.plots):
        return None
    along, across = _from_corner(trial, latitude, longitude)
    column = floor(along / trial.plot_width) + 1
    row = floor(across / trial.plot_length) + 1
    return next((one for one in trial.plots if (one.row, one.column) == (row, column)), None)


def _from_corner(trial: PlannedTrial, latitude: float, longitude: float) -> tuple[float, float]:
    """How far a position is along the rows and across them. [m]"""
    north = (latitude - trial.latitude) * _METRES_PER_DEGREE
    east = (longitude - trial.longitude) * _METRES_PER_DEGREE * cos(radians(trial.latitude))
    turned = radians(trial.bearing if trial.bearing == trial.bearing else 90.0)
    along = east * sin(turned) + north * cos(turned)
    return along, east * cos(turned) - north * sin(turned)
