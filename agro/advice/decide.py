"""From a bed's water, the days ahead and what lowers confidence to an `Advice`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite, nan
from typing import Any, Literal

import numpy as np

from agro.advice.beds import Bed
from agro.advice.moment import Moment
from agro.advice.order import BedOrder
from agro.advice.outlook import Outlook
from agro.advice.probes import Probes, mean_water_content
from agro.advice.state import Now
from agro.advice.supply import clock_time
from agro.records import Advice, Decision, PlanDay
from models.irrigation import intake
from models.irrigation.plan import NEVER, Plan
from models.water import need

Confidence = Literal["high", "medium", "low"]

DORMANT_ET = 0.3  # mm d⁻¹ of crop use below which nothing grows
WIDE = 0.35  # share of total available water beyond which the water is not well known

# Cautions that alone make an advice doubtful; any other makes it fairly sure.
_GRAVE = {"probe_rejected", "weather_from_climate"}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one bed at the moment, beside the plan.

    `raw`, `taw` mm and `basal_et` (what its crop alone would use in a day, mm d⁻¹) are today's;
    `allowed` mm is how dry it may become, more than `raw` where stress is meant. Water may run
    `longest_run` minutes at once, then it pauses for `soak` minutes. `order` is what a drought
    order says of it.
    """

    bed: Bed
    now: Now
    raw: float
    taw: float
    basal_et: float
    probes: Probes
    chance_at: datetime
    rain_since: float
    data_age_h: float
    cautions: tuple[str, ...]
    sources: Mapping[str, Any]
    allowed: float
    longest_run: float
    soak: float
    order: BedOrder | None = None


def advice_of(known: Known, plan: Plan, index: int, outlook: Outlook, moment: Moment) -> Advice:
    """The advice for bed number `index` of the plan."""
    bed, reason = known.bed, _reason(known, plan, index)
    decision = _decision(known, plan, index, reason)
    irrigate = decision == "irrigate"
    if decision == "unknown":
        reason = "order_unread"
    depth = float(plan.depth[index]) if irrigate else 0.0
    litres = float(need.litres(depth, area=bed.plot.area, efficiency=bed.efficiency))
    minutes = float(need.minutes(litres, flow=bed.flow)) if irrigate else 0.0
    untold = nan if decision == "unknown" else 0.0
    return Advice(
        site=bed.site.slug,
        plot=bed.plot.slug,
        issued_at=moment.at,
        decision=decision,
        when=_when(known, plan, index, moment) if irrigate else None,
        depth_mm=_rounded(depth + untold),
        litres=_rounded(litres + untold),
        minutes=_rounded(minutes + untold),
        reason=reason,
        confidence=confidence(known),
        depletion_mm=_rounded(known.now.depletion),
        raw_mm=_rounded(known.raw),
        taw_mm=_rounded(known.taw),
        chance_of_stress=_rounded(float(plan.chance[index])),
        data_age_h=_rounded(known.data_age_h),
        crop=bed.planting.crop if bed.planting else "",
        facts=_facts(known, plan, index, outlook, litres, moment)
        | _runs(known, plan, index, minutes),
        cautions=known.cautions,
        sources=dict(known.sources),
        plan=_plan_days(plan, index, moment),
    )


def _decision(known: Known, plan: Plan, index: int, reason: str) -> Decision:
    """The plan's decision within the law: what an order forbids now, no need of a bed allows."""
    rule = known.order.kind if known.order and known.bed.can_water else "allowed"
    if reason == "drought_order" or rule == "forbidden":
        return "forbidden"
    if not plan.irrigate[index]:
        return "wait"
    return "unknown" if rule == "unknown" else "irrigate"


def _reason(known: Known, plan: Plan, index: int) -> str:
    """The plan's reason, unless the bed cannot be watered or its crop sleeps."""
    reason = plan.reasons[index]
    asks = reason in ("depletion_above_raw", "stress_soon", "tank_low", "window_full")
    is_shut = known.order is not None and known.order.kind == "forbidden"
    if asks and not known.bed.can_water:
        return "no_irrigation"
    if asks and (is_shut or plan.day[index] >= NEVER):
        return "drought_order"
    if not asks and known.basal_et < DORMANT_ET:
        return "dormant"
    return reason


def confidence(known: Known) -> Confidence:
    """How sure: high without cautions and with well-known water, low when little is measured."""
    lost = "probe_silent" in known.cautions and not known.probes.levels
    unmeasured = "no_probe" in known.cautions and "weather_from_neighbour" in known.cautions
    if _GRAVE & set(known.cautions) or lost or unmeasured or known.now.error > WIDE * known.taw:
        return "low"
    return "medium" if known.cautions else "high"


def _facts(
    known: Known, plan: Plan, index: int, outlook: Outlook, litres: float, moment: Moment
) -> dict[str, Any]:
    """The numbers that the sentence needs; what is not known is left out."""
    bed, probes = known.bed, known.probes
    age = (moment.at - probes.time) / timedelta(hours=1) if probes.time else nan
    if not probes.time and probes.seen:
        age = (moment.at - probes.seen) / timedelta(hours=1)
    share = 0.0 if bed.plot.covered else 1.0
    numbers = {
        "soil_moisture": mean_water_content(probes),
        "probe_depth_cm": 100.0 * probes.levels[0].depth if len(probes.levels) == 1 else nan,
        "probe_age_h": age,
        "rain_next_3d_mm": share * float(np.mean(outlook.members.rain[:3].sum(axis=0))),
        "rain_since_mm": known.rain_since,
        "et_mm": float(plan.week.et[1, index]),
        "days_to_raw": float(plan.days_to_raw[index]),
        "efficiency": bed.efficiency,
        "flow": bed.flow,
        "cans": float(need.cans(litres)) if bed.system and bed.system.method == "can" else nan,
        "depletion_error_mm": known.now.error,
        "area_m2": bed.plot.area,
        "allowed_mm": known.allowed if known.allowed > known.raw else nan,
    }
    return {name: _rounded(value) for name, value in numbers.items() if isfinite(value)}


def _when(known: Known, plan: Plan, index: int, moment: Moment) -> datetime:
    """When to begin: among beds that share, at its own turn."""
    start = float(plan.start[index])
    return clock_time(moment, int(plan.day[index]), start) if isfinite(start) else known.chance_at


def _runs(known: Known, plan: Plan, index: int, minutes: float) -> dict[str, float]:
    """How a watering is divided where the soil must soak; the minutes from first to last."""
    if not minutes > 0.0:
        return {}
    parts = int(intake.cycles(minutes, known.longest_run))
    span = float(plan.end[index] - plan.start[index])
    found = {"cycles": float(parts), "soak_minutes": known.soak} if parts > 1 else {}
    whole = span if isfinite(span) else minutes + (parts - 1) * known.soak
    return {**found, "span_minutes": _rounded(whole)} if whole > minutes + 0.5 else found


def _plan_days(plan: Plan, index: int, moment: Moment) -> tuple[PlanDay, ...]:
    week = plan.week
    return tuple(
        PlanDay(
            day=moment.today + timedelta(days=n),
            et_mm=_rounded(float(week.et[n, index])),
            rain_mm=_rounded(float(week.rain[n, index])),
            irrigation_mm=_rounded(float(week.irrigation[n, index])),
            depletion_mm=_rounded(float(week.depletion[n, index])),
            low=_rounded(float(week.low[n, index])),
            high=_rounded(float(week.high[n, index])),
        )
        for n in range(len(week.et))
    )


def undecided(
    bed: Bed,
    moment: Moment,
    decision: Decision,
    reason: str,
    *,
    cautions: Sequence[str] = (),
    sources: Mapping[str, Any] | None = None,
) -> Advice:
    """An advice without numbers: nothing grows, or nothing is known."""
    nothing = 0.0 if decision in ("wait", "forbidden") else nan
    return Advice(
        site=bed.site.slug,
        plot=bed.plot.slug,
        issued_at=moment.at,
        decision=decision,
        when=None,
        depth_mm=nothing,
        litres=nothing,
        minutes=nothing,
        reason=reason,
        confidence="high" if reason == "no_crop" else "low",
        depletion_mm=nan,
        raw_mm=nan,
        taw_mm=nan,
        chance_of_stress=nan,
        data_age_h=nan,
        crop=bed.planting.crop if bed.planting else "",
        cautions=tuple(cautions),
        sources=dict(sources or {}),
    )


def _rounded(value: float) -> float:
    """To a thousandth: what is stored reads the same on every machine."""
    return round(value, 3) + 0.0
