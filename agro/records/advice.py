"""What was decided for a plot, and what it is expected to give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Decision = Literal["irrigate", "wait", "forbidden", "unknown"]


@dataclass(frozen=True, slots=True)
class YieldForecast:
    """What a planting will give, as foreseen at `issued_at`: kg m⁻², 80 % between low and high.

    `start` and `end` of the harvest window; `model` speaks (physics, record, a learner's name);
    `factors` what moved it, as codes and numbers, the strongest first.
    """

    site: str
    plot: str
    crop: str
    planted: date
    issued_at: datetime
    low: float
    middle: float
    high: float
    area: float
    start: date | None
    end: date | None
    model: str
    factors: tuple[Mapping[str, Any], ...] = ()
    sources: Mapping[str, Any] = field(default_factory=dict)
    variety: str = ""


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day of the week ahead. Water amounts mm; `low` and `high` bound depletion (80 %)."""

    day: date
    et_mm: float
    rain_mm: float
    irrigation_mm: float
    depletion_mm: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do on one plot, as codes and numbers; `agro.words` makes the sentence.

    `reason` is the main code, `facts` the numbers its sentence needs, `cautions` codes of what
    lowers confidence. `data_age_h` is the age of the newest measurement used (NaN = none).
    """

    site: str
    plot: str
    issued_at: datetime
    decision: Decision
    when: datetime | None
    depth_mm: float
    litres: float
    minutes: float
    reason: str
    confidence: Literal["high", "medium", "low"]
    depletion_mm: float
    raw_mm: float
    taw_mm: float
    chance_of_stress: float
    data_age_h: float
    crop: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    sources: dict[str, Any] = field(default_factory=dict)
    plan: tuple[PlanDay, ...] = ()
