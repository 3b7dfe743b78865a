"""Quantiles for many degrees of freedom at once: they are smooth in 1 / df."""

from collections.abc import Callable

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import NDArray

Array = NDArray[np.float64]


def over_df(quantiles: Callable[[Array], Array], df: Array, *, nodes: int) -> Array:
    """The quantile at each df, by Chebyshev interpolation in 1 / df where there are many.

    Parameters
    ----------
    quantiles : From degrees of freedom to quantiles, both (m,).
    df : (n,)  Degrees of freedom; NaN or not positive gives NaN. [-]
    nodes : Most df at which the quantile itself is found.
    """
    found = np.full(df.shape, np.nan)
    known = df > 0.0
    once, where = np.unique(df[known], return_inverse=True)
    if len(once) > nodes:
        span = [1.0 / float(once[-1]), 1.0 / float(once[0])]
        curve = Chebyshev.interpolate(lambda x: quantiles(1.0 / x), nodes - 1, domain=span)
        found[known] = curve(1.0 / df[known])
    elif len(once):
        found[known] = quantiles(once)[where]
    return found
