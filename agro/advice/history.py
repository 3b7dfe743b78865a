"""Advice against what was done, and what then happened to the bed.

For each day that is over: the advice that stood when the gardener acted, what the logbook says was
poured, and whether the crop then lacked water. How a day ended is what the next morning's advice
knew of it, balance and probes joined; where there was none, the balance alone. Nothing is judged
on days without advice, and nothing is told of days that are not over.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import isfinite, nan
from typing import Literal

import pandas as pd

from agro.advice.moment import Moment
from agro.advice.record import Record
from agro.advice.watering import Amount
from agro.records import Advice

COLUMNS = (
    "day",
    "issued_at",
    "decision",
    "reason",
    "advised",
    "given",
    "outcome",
    "chance_of_stress",
    "rain",
    "depletion",
    "raw",
    "taw",
    "stress_days",
)
Outcome = Literal["followed", "more", "less", "not_watered"]

AFTERWARDS = 3  # days on which stress is counted after an advice
OLDEST = timedelta(hours=36)  # advice older than this led nobody
NOTHING = 0.5  # mm, less than which is no watering
_IN_80 = 1.2816  # standard errors either side of the mean that hold 80 % of a normal distribution
LESS, MORE = 0.5, 1.5  # shares of the advised depth between which it was followed


def history(known: Record | None) -> pd.DataFrame:
    """One row for each day with advice, oldest first; empty where nothing is on record.

    Returns
    -------
    Columns day, issued_at, decision, reason; `advised` and `given` (depths that reach the roots),
    rain, depletion at the day's end, raw (more where stress is meant), taw in mm; outcome:
    followed, more, less, not_watered; chance_of_stress as it was told; stress_days: how many of
    the `AFTERWARDS` days after it ended beyond raw, NaN until they are over.
    """
    if known is None:
        return pd.DataFrame(columns=list(COLUMNS))
    poured, ends = by_day(known.amounts, known.moment), _ends(known)
    rows = []
    for day in ends.index:
        advice = standing_advice(known.advices, day, poured.get(day, ()), known.moment)
        if advice is not None:
            rows.append(_row(advice, day, poured.get(day, ()), ends))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _ends(known: Record) -> pd.DataFrame:
    """How each day ended: rain, depletion, raw, taw. [mm]"""
    ends = known.days[["rain", "depletion", "raw", "taw"]].astype(float)
    for one in first_of_days(known.advices, known.moment):
        day = known.moment.date_of(one.issued_at) - timedelta(days=1)
        if day in ends.index and isfinite(one.depletion_mm):
            allowed = float(one.facts.get("allowed_mm", one.raw_mm))  # more where stress is meant
            water = [one.depletion_mm, allowed, one.taw_mm]
            ends.loc[day, ["depletion", "raw", "taw"]] = water
    return ends


def by_day(amounts: Iterable[Amount], moment: Moment) -> dict[date, list[Amount]]:
    """The waterings of each local day."""
    days: dict[date, list[Amount]] = {}
    for amount in amounts:
        days.setdefault(moment.date_of(amount.time), []).append(amount)
    return days


def standing_advice(
    advices: Sequence[Advice], day: date, poured: Sequence[Amount], moment: Moment
) -> Advice | None:
    """The advice that stood when the gardener acted on `day`, or at its end where nobody did.

    An advice to water speaks of the day it says to water on, any other of the day it was issued.
    Where none speaks of the day, the newest before the watering was what the gardener knew.

    Parameters
    ----------
    advices : Newest first.
    """
    acted = min((amount.time for amount in poured), default=None)
    before = [one for one in advices if acted is None or one.issued_at <= acted]
    found = next((one for one in before if _speaks_of(one, moment) == day), None)
    if found is None and acted is not None and before and acted - before[0].issued_at <= OLDEST:
        return before[0]
    return found


def _speaks_of(advice: Advice, moment: Moment) -> date | None:
    if advice.decision == "unknown":
        return None
    return moment.date_of(advice.when or advice.issued_at)


def outcome(advice: Advice, given: float) -> Outcome:
    """What was done of an advice, `given` mm having reached the roots."""
    if advice.decision != "irrigate":
        return "followed" if given < NOTHING else "more"
    if given < NOTHING:
        return "not_watered"
    if given < LESS * advice.depth_mm:
        return "less"
    return "more" if given > MORE * advice.depth_mm else "followed"


def _row(
    advice: Advice, day: date, poured: Sequence[Amount], days: pd.DataFrame
) -> Mapping[str, object]:
    given, here = sum(amount.depth for amount in poured), days.loc[day]
    return {
        "day": day,
        "issued_at": advice.issued_at,
        "decision": advice.decision,
        "reason": advice.reason,
        "advised": advice.depth_mm if advice.decision == "irrigate" else 0.0,
        "given": given,
        "outcome": outcome(advice, given),
        "chance_of_stress": advice.chance_of_stress,
        "rain": here["rain"],
        "depletion": here["depletion"],
        "raw": here["raw"],
        "taw": here["taw"],
        "stress_days": _stress_days(days, day),
    }


def _stress_days(days: pd.DataFrame, day: date) -> float:
    after = [day + timedelta(days=n + 1) for n in range(AFTERWARDS)]
    if any(one not in days.index for one in after):
        return nan
    known = days.loc[after]
    return float((known["depletion"] > known["raw"]).sum())


def estimates(known: Record | None) -> pd.DataFrame:
    """The root zone as each morning's advice knew it, balance and probes joined.

    Returns
    -------
    Columns time (UTC); value, low, high: water above the wilting point and its 80 % interval, mm.
    """
    mornings = first_of_days(known.advices, known.moment) if known is not None else []
    rows = [_estimate(one) for one in mornings]
    return pd.DataFrame(rows, columns=["time", "value", "low", "high"]).dropna()


def first_of_days(advices: Sequence[Advice], moment: Moment) -> list[Advice]:
    """The first advice with a plan of each local day, oldest first; `advices` newest first."""
    days = {moment.date_of(one.issued_at): one for one in advices if one.plan}
    return [days[day] for day in sorted(days)]


def _estimate(advice: Advice) -> tuple[datetime, float, float, float]:
    error = float(advice.facts.get("depletion_error_mm", nan))
    return advice.issued_at, *within(advice.depletion_mm, error, taw=advice.taw_mm)


def within(depletion: float, error: float, *, taw: float) -> tuple[float, float, float]:
    """Water above the wilting point and its 80 % interval. [mm]"""
    left, margin = taw - depletion, _IN_80 * error
    return left, max(left - margin, 0.0), min(left + margin, taw)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """For each outcome that occurred, most frequent first: `days`, and stress_days on average."""
    groups = table.groupby("outcome")
    found = pd.DataFrame({"days": groups.size(), "stress_days": groups["stress_days"].mean()})
    return found.sort_values("days", ascending=False, kind="stable")
