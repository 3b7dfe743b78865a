"""When a harvest ends once it has begun: the first that is noted is better known than any table."""

from math import isfinite

from models.harvest.phenology import Window

LEAST_DAYS = 21.0  # that a harvest is given once it has begun, where it is not shorter: ours


def as_begun(window: Window | None, age: float) -> Window | None:
    """The window of a planting whose first harvest was noted at this age, NaN where none was. [d]

    What begins later than was likely ends as much later, but hardly later than the latest
    varieties; what begins earlier ends when it would have: ours.
    """
    if window is None or not isfinite(age):
        return window
    late = max(age - window.likely, 0.0) if isfinite(window.likely) else 0.0
    lasts = min(window.end - window.likely, LEAST_DAYS) if isfinite(window.likely) else LEAST_DAYS
    least = age + max(lasts, 1.0)
    latest = max(window.end_latest, least)
    ends = (
        max(min(end + late, latest), least)
        for end in (window.end_earliest, window.end, window.end_latest)
    )
    return Window(age, age, age, *ends)
