"""What a planting would give without stress: a published reference, drawn to the place's record.

References
----------
[1] Agreste, ministère de l'Agriculture. Statistique agricole annuelle, rendements 2000–2020.
[2] Doorenbos, Kassam (1979). Yield response to water. FAO Irrigation and Drainage Paper 33.
[3] Efron, Morris (1975). Data analysis using Stein's estimator and its generalizations. Journal of
    the American Statistical Association 70. doi:10.1080/01621459.1975.10479864
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, hypot, isfinite, log, nan, sqrt
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "potential.csv"

# Standard deviations of the logarithm of a yield. Between beds of one garden and between seasons
# of one bed: ours, as wide as what market gardens note; the record of a place narrows the first.
PLOT_SPREAD = 0.3
SEASON_SPREAD = 0.25
OPEN, COVERED = "open", "covered"


@dataclass(frozen=True, slots=True)
class Reference:
    """A published yield of a crop: kg m⁻², and the standard deviation of its logarithm. [-]"""

    crop: str
    cover: str
    yield_per_area: float
    spread: float
    source: str


@dataclass(frozen=True, slots=True)
class Past:
    """What a season of the same crop gave: kg m⁻², as if it had had no stress.

    `same_plot`: on the plot itself, else elsewhere on the site.
    """

    year: int
    yield_per_area: float
    same_plot: bool


@dataclass(frozen=True, slots=True)
class Potential:
    """What a planting would give without stress.

    `log_mean` of kg m⁻²; `spread` of what is known of the place, `season_spread` of one season
    about it. `seasons` of the record it rests on; `reference` kg m⁻², NaN where none is published.
    """

    log_mean: float
    spread: float
    season_spread: float
    seasons: int
    reference: float
    source: str

    @property
    def middle(self) -> float:
        """[kg m⁻²]"""
        return exp(self.log_mean)


@cache
def table() -> dict[tuple[str, str], Reference]:
    """(crop, cover) → its reference yield."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {(row["crop"], row["cover"]): _reference(row) for row in csv.DictReader(file)}


def _reference(row: dict[str, str]) -> Reference:
    return Reference(
        crop=row["crop"],
        cover=row["cover"],
        yield_per_area=float(row["yield_per_area"]),
        spread=float(row["spread"]),
        source=row["source"],
    )


def reference(crop: str, *, covered: bool = False) -> Reference | None:
    """The published yield; of a covered crop without one that in the open. None without any."""
    found = table().get((crop, COVERED)) if covered else None
    return found or table().get((crop, OPEN))


def potential(published: Reference | None, record: Sequence[Past]) -> Potential | None:
    """The reference and the record, each weighing as much as it is sure; None without either.

    Seasons of the plot tell of it; other plots of the site, one mean a year, tell of it as well as
    plots of a site are alike. A season that gave nothing has no logarithm and is left out.

    References
    ----------
    Shrinkage of few observations towards what is known before, as in [3].
    """
    known = [one for one in record if isfinite(one.yield_per_area) and one.yield_per_area > 0.0]
    if published is None and not known:
        return None
    weights, values = _told(known)
    if published is not None:
        weights.append(1.0 / (published.spread**2 + PLOT_SPREAD**2))
        values.append(log(published.yield_per_area))
    total = sum(weights)
    mean = sum(w * value for w, value in zip(weights, values, strict=True)) / total
    return Potential(
        log_mean=mean,
        spread=sqrt(1.0 / total),
        season_spread=SEASON_SPREAD,
        seasons=len({one.year for one in known}),
        reference=published.yield_per_area if published else nan,
        source=published.source if published else "",
    )


def _told(known: Sequence[Past]) -> tuple[list[float], list[float]]:
    """Weights and logarithms of the record: own seasons, and one mean of the others a year."""
    own = [log(one.yield_per_area) for one in known if one.same_plot]
    weights, values = [1.0 / SEASON_SPREAD**2] * len(own), list(own)
    others: dict[int, list[float]] = {}
    for one in known:
        if not one.same_plot:
            others.setdefault(one.year, []).append(log(one.yield_per_area))
    if others:
        # However many the seasons of other plots are, the plots stay different.
        means = [sum(logs) / len(logs) for logs in others.values()]
        error = hypot(SEASON_SPREAD / sqrt(len(means)), PLOT_SPREAD)
        weights.append(1.0 / error**2)
        values.append(sum(means) / len(means))
    return weights, values
