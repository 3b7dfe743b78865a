"""Rolling origin: models are fitted on the past, speak of the days after, and are fitted again.

The days of refitting depend on the first day only, so that more data at the end of a series
changes nothing of what was said before.

References
----------
[1] Tashman (2000), Out-of-sample tests of forecasting accuracy: an analysis and review.
    doi:10.1016/S0169-2070(00)00065-0
"""

from dataclasses import dataclass

FIRST = 20  # days of history before the first fit
STEP = 15  # days between the first refits
GROWTH = 0.25  # a refit waits for this share more of history


@dataclass(frozen=True, slots=True)
class Fold:
    """Models know the days before `start` and speak on the days from `start` to before `stop`."""

    start: int
    stop: int


def folds(first: int, last: int, *, history: int = FIRST) -> list[Fold]:
    """The folds of a series that begins on day `first` and ends on the day before `last`.

    Parameters
    ----------
    history : Days that the first fit knows at least; fewer where the series is short.

    Returns
    -------
    One after the other without a gap; empty where nothing is left to be forecast.
    """
    start = first + min(history, max((last - first) // 3, 1))
    found = []
    while start < last:
        stop = min(start + max(STEP, int(GROWTH * (start - first))), last)
        found.append(Fold(start, stop))
        start = stop
    return found


def warm_up(first: int, last: int, *, longest: int = 365) -> int:
    """The first day that counts in a score: after a third of the series, at most a year."""
    return first + min(longest, (last - first) // 3)
