"""Which candidate speaks: the mean, unless another has won by more than luck over the years.

The best of many wins by luck more often than any one of them: of 200 simulated tables of 19 years
whose nine other candidates were all a little worse than the mean, 35 let one of them pass. That is
why the whole machinery is judged too, choosing anew without each year.
"""

from collections.abc import Mapping

import numpy as np

from models.harvest.yield_table.table import Array, Codes
from models.learning import scores
from models.learning.by_year import skill

MEAN = "group-mean"
SIMPLE = (MEAN, "running-mean", "last-year", "trend")
LEARNED = ("ridge", "pls", "forest", "boosting", "gaussian-process", "blend")
BLENDED = ("forest", "boosting", "gaussian-process")  # unlike each other, so that errors cancel
FEWEST_YEARS = 6  # below which nothing is learned from features


def choose(errors: Mapping[str, Array], year: Codes) -> str:
    """The candidate of least error among those that beat the group's mean.

    Parameters
    ----------
    errors : Candidate → (n,) errors on years it had not seen.
    year : (n,)  Codes of these years.

    Returns
    -------
    Its 80 % interval of skill against the mean is above zero. A candidate that learns from
    features must also err less than every simple one that passes. Where none passes: the mean.
    """
    simple = _best(errors, year, SIMPLE)
    learned = _best(errors, year, LEARNED)
    return min(simple, learned, key=lambda name: scores.rmse(errors[name]))


def _best(errors: Mapping[str, Array], year: Codes, names: tuple[str, ...]) -> str:
    """The least error of those that beat the mean, else the mean."""
    passed = [
        name
        for name in names
        if name in errors and skill(errors[name], errors[MEAN], year).low > 0.0
    ]
    return min(passed, key=lambda name: scores.rmse(errors[name]), default=MEAN)


def blend(predictions: Mapping[str, Array]) -> Array:
    """Plain mean of candidates that are unlike each other."""
    return np.mean([predictions[name] for name in BLENDED if name in predictions], axis=0)
