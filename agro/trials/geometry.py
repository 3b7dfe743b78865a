"""Where the plots of a trial lie on the ground, from the corner of its first plot.

Along a row plots follow each other in the direction of the rows; the next row lies to the right
of somebody who walks along the first.
"""

from collections.abc import Iterable
from math import cos, isfinite, radians, sin

from agro.store.trials import PlannedTrial, TrialPlot

EAST = 90.0  # bearing of rows whose bearing nobody said, °
_METRES = radians(6_371_008.8)  # of a degree, of the mean radius of the earth, IUGG


def corners(trial: PlannedTrial, plot: TrialPlot) -> tuple[tuple[float, float], ...]:
    """The four corners of a plot, m east and m north of the corner of the first plot."""
    left, right = ((plot.column - 1 + side) * trial.plot_width for side in (0, 1))
    near, far = ((plot.row - 1 + side) * trial.plot_length for side in (0, 1))
    places = ((left, near), (right, near), (right, far), (left, far))
    return tuple(_turned(along, across, bearing_of(trial)) for along, across in places)


def bearing_of(trial: PlannedTrial) -> float:
    """The direction of the rows, ° clockwise from north."""
    return trial.bearing if isfinite(trial.bearing) else EAST


def _turned(along: float, across: float, bearing: float) -> tuple[float, float]:
    angle = radians(bearing)
    return (
        along * sin(angle) + across * cos(angle),
        along * cos(angle) - across * sin(angle),
    )


def offset(
    latitude: float, longitude: float, *, from_latitude: float, from_longitude: float
) -> tuple[float, float]:
    """A point, m east and m north of another that is near."""
    east = (longitude - from_longitude) * _METRES * cos(radians(from_latitude))
    return east, (latitude - from_latitude) * _METRES


def extent(points: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """How wide and how deep some points lie apart, m."""
    known = list(points)
    easts, norths = [east for east, _ in known], [north for _, north in known]
    return max(easts) - min(easts), max(norths) - min(norths)


def is_near(
    point: tuple[float, float], points: Iterable[tuple[float, float]], margin: float
) -> bool:
    """Whether a point lies in the rectangle around some others, or at most `margin` m from it."""
    known = list(points)
    return all(
        min(one[axis] for one in known) - margin
        <= point[axis]
        <= max(one[axis] for one in known) + margin
        for axis in (0, 1)
    )
