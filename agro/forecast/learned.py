"""What was learned of past seasons, and where it may speak.

What is kept is the table of past seasons with its scores: the machinery of
`models/harvest/yield_table` holds the season at hand out of it, as it held out every year before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from math import exp, isfinite, log, nan
from pathlib import Path
from typing import Any

import numpy as np

from agro.config import settings
from agro.forecast.features import Row, table
from models.harvest.season_yield import Foreseen
from models.harvest.yield_table.fold import hold_out
from models.learning import saving

FILE = "yield.skops"
OLDEST = timedelta(days=400)  # after a year and a month what was learned is the past's
_IN_80 = 2.5631  # standard deviations that an 80 % interval of a normal distribution is wide
_IN_MEMORY = 4


@dataclass(frozen=True, slots=True)
class Kept:
    """What training has kept.

    `rows` are the past seasons; `speaks` whether what was learned has won against the mean of the
    site, the trend and the physics; `low` and `high` widen the physics' interval to what its
    errors were, NaN where too few years tell.
    """

    rows: tuple[Row, ...]
    card: saving.Card
    trained_until: date
    speaks: bool
    low: float = nan
    high: float = nan


@dataclass(frozen=True, slots=True)
class Speaks:
    """The forecast that speaks. kg m⁻²; `model` is empty where the physics does."""

    low: float
    middle: float
    high: float
    model: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)


def packed(kept: Kept) -> bytes:
    """As bytes that can be read back without running anything."""
    model = {
        "rows": [asdict(one) for one in kept.rows],
        "speaks": kept.speaks,
        "low": kept.low,
        "high": kept.high,
    }
    return saving.packed(model, kept.card)


def read(file: Path) -> Kept | None:
    """What a file holds; None where there is none or it is of another version."""
    if not file.exists():
        return None
    try:
        model, card = saving.unpacked(file.read_bytes(), trusted=())
        rows = tuple(Row(**one) for one in model["rows"])
        until = date.fromisoformat(card.last_day)
        return Kept(rows, card, until, model["speaks"], model["low"], model["high"])
    except (ValueError, KeyError, TypeError, ImportError, AttributeError):
        return None


def dated(folder: Path, last_day: str) -> Path:
    """The file of what was learned until this ISO day."""
    return folder / f"yield-{last_day}.skops"


def kept_before(today: date, folder: Path | None = None) -> Kept | None:
    """The newest whose data ended before `today`; None without one, or with an old one."""
    where = folder or settings().var / "models"
    first, last = (dated(where, f"{day}").name for day in (today - OLDEST, today))
    names = {one.name for one in where.glob("yield-*.skops")}
    for name in sorted((one for one in names if first <= one < last), reverse=True):
        file = where / name
        found = _loaded(file, file.stat().st_mtime_ns)
        if found is not None:
            return found
    return None


@lru_cache(maxsize=_IN_MEMORY)
def _loaded(file: Path, _written: int) -> Kept | None:
    return read(file)


def speaking(
    kept: Kept | None, rows: Sequence[Row], physics: Sequence[Foreseen], had: Sequence[float]
) -> list[Speaks]:
    """For each standing planting what speaks: the physics, or what has won against it.

    Parameters
    ----------
    rows : The seasons at hand.
    had : What is in already, which no forecast may be below; NaN where nothing is. [kg m⁻²]
    """
    plain = [_physics(one, kept, floor) for one, floor in zip(physics, had, strict=True)]
    if kept is None or not kept.speaks or not rows:
        return plain
    learned = _learned(kept, rows)
    return [
        _beside(mine, known, kept, floor)
        for mine, known, floor in zip(plain, learned, had, strict=True)
    ]


def _physics(found: Foreseen, kept: Kept | None, floor: float) -> Speaks:
    """The physics with its interval as wide as its errors have been."""
    middle = found.middle
    if kept is None or not isfinite(kept.low + kept.high) or not found.low > 0.0:
        why = {"reason": "no_model" if kept is None else "few_years"}
        return Speaks(found.low, middle, found.high, told=why)
    spread = log(found.high / found.low) / _IN_80
    low, high = (middle * exp(one * spread) for one in (kept.low, kept.high))
    told = {
        "reason": "physics_better",
        "trained_until": f"{kept.trained_until}",
        "scores": dict(kept.card.scores),
    }
    return _above(Speaks(min(low, middle), middle, max(high, middle), told=told), floor)


def _above(found: Speaks, floor: float) -> Speaks:
    if not isfinite(floor):
        return found
    low, middle, high = (max(one, floor) for one in (found.low, found.middle, found.high))
    return replace(found, low=low, middle=middle, high=high)


@dataclass(frozen=True, slots=True)
class _Said:
    middle: float
    low: float
    high: float
    model: str


def _learned(kept: Kept, rows: Sequence[Row]) -> list[_Said | None]:
    """What the machinery says of these seasons, held out of the past; None where it knows none."""
    known = {one.group for one in kept.rows}
    asked = [one for one in rows if one.group in known]
    if not asked:
        return [None] * len(rows)
    # Whatever their own years are, these seasons are one that nothing has been learned of.
    after = max(one.year for one in (*kept.rows, *asked)) + 1
    whole = table([*kept.rows, *(replace(one, year=after) for one in asked)])
    fold = hold_out(whole, int(whole.year.max()))
    if fold.band is None:
        return [None] * len(rows)
    said = fold.predictions[fold.chosen]
    scale = fold.band.scale[whole.group[fold.asked]]
    bounds = np.exp(np.stack([said, said + fold.band.low * scale, said + fold.band.high * scale]))
    answers = iter(
        _Said(float(middle), float(low), float(high), fold.chosen) for middle, low, high in bounds.T
    )
    return [next(answers) if one.group in known else None for one in rows]


def _beside(mine: Speaks, known: _Said | None, kept: Kept, floor: float) -> Speaks:
    if known is None:
        return replace(mine, told=dict(mine.told) | {"reason": "other_crop"})
    told = {
        "physics": mine.middle,
        "trained_until": f"{kept.trained_until}",
        "scores": dict(kept.card.scores),
    }
    low, high = min(known.low, known.middle), max(known.high, known.middle)
    return _above(Speaks(low, known.middle, high, known.model, told), floor)
