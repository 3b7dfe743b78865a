"""The stress that is meant: what each bed's strategy accepts on the days ahead."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agro.advice.beds import Bed
from agro.advice.moment import Moment
from models.irrigation import plan, strategies
from models.water import tables


def least_ks(growing: Sequence[Bed], moment: Moment) -> NDArray[np.float64]:
    """Least stress coefficient that is meant from today on; 1 where none is. (days, beds) [-]"""
    since, stages, lengths = [], [], []
    for bed in growing:
        crop = tables.crop(bed.planting.crop) if bed.planting else None
        chosen = bed.planting.strategy if bed.planting else strategies.NONE
        since.append((moment.today - bed.started(moment.today)).days)
        stages.append(strategies.strategy(crop.key if crop else "", chosen))
        lengths.append(
            (crop.length_ini, crop.length_dev, crop.length_mid, crop.length_late)
            if crop
            else (0.0, 0.0, 0.0, 0.0)
        )
    days = np.arange(plan.LOOK_AHEAD)[:, None] + np.array(since)
    return strategies.least_ks(days, np.array(stages), np.array(lengths))
