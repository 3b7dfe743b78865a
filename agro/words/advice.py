"""An advice, said to a gardener: what, how much, when, why, and how sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, isfinite

from agro.records import Advice, PlanDay, Plot
from agro.words.catalogue import Words, say

# A day with less rain than this does not wet a bed. [mm]
_WETTING_RAIN = 2.0
_REST_OF_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sentence:
    """An advice in words. `amount` and `when` are empty when there is nothing to pour."""

    headline: str
    amount: str
    when: str
    why: str
    confidence: str
    cautions: tuple[str, ...]


def advice_sentence(
    advice: Advice,
    plot: Plot,
    language: str,
    *,
    zone: str = "UTC",
    now: datetime | None = None,
) -> Sentence:
    """Say `advice` for `plot`; moments are named as seen from `now` (the issue when not given)."""
    words = say(language, zone)
    seen_from = now or advice.issued_at
    amount = _amount(words, advice) if advice.decision == "irrigate" else ""
    return Sentence(
        headline=_headline(words, advice, amount, seen_from),
        amount=amount,
        when=_when(words, advice),
        why=_why(words, advice, plot, seen_from),
        confidence=words.t(f"confidence.{advice.confidence}"),
        cautions=tuple(_caution(words, advice, code) for code in advice.cautions),
    )


def _headline(words: Words, advice: Advice, amount: str, now: datetime) -> str:
    if advice.decision == "irrigate":
        when = words.soon(advice.when or now, now)
        if not amount:
            return words.t("headline.irrigate_when", when=when)
        return words.t("headline.irrigate", when=when, amount=amount)
    if advice.decision == "wait":
        upcoming = _next_irrigation(advice, words.local(now))
        if upcoming is not None and advice.reason not in {"no_crop", "dormant"}:
            return words.t("headline.wait_until", day=words.weekday(upcoming.day))
    return words.t(f"headline.{advice.decision}")


def _amount(words: Words, advice: Advice) -> str:
    if not isfinite(advice.litres):
        return ""
    litres = words.litres(advice.litres)
    if _fact(advice, "cans") is not None and not isfinite(advice.minutes):
        cans = max(1, round(_fact(advice, "cans") or 0))
        return words.t("amount.cans", litres=litres, cans=words.t("unit.cans", n=cans))
    if not isfinite(advice.minutes) or advice.minutes <= 0:
        return litres
    duration, parts = words.duration(advice.minutes), _fact(advice, "cycles")
    if parts is not None:
        pause = words.duration(_fact(advice, "soak_minutes") or 0.0)
        told = {"litres": litres, "duration": duration, "pause": pause}
        return words.t("amount.cycles", cycles=int(parts), **told)
    return words.t("amount.minutes", litres=litres, duration=duration)


def _when(words: Words, advice: Advice) -> str:
    if advice.decision != "irrigate" or advice.when is None:
        return ""
    day = words.day(words.local(advice.when).date())
    clock = words.clock(advice.when)
    if not isfinite(advice.minutes) or advice.minutes <= 0:
        return words.t("when.from", day=day, clock=clock)
    whole = _fact(advice, "span_minutes") or advice.minutes  # with the pauses
    end = words.clock(advice.when + timedelta(minutes=whole))
    return words.t("when.between", day=day, start=clock, end=end)


def _why(words: Words, advice: Advice, plot: Plot, now: datetime) -> str:
    clauses = [_reason(words, advice), _probe(words, advice)]
    if advice.decision in {"irrigate", "wait"} and advice.reason not in {"no_crop", "dormant"}:
        clauses += [_sky(words, advice, plot, now), _mulch(words, plot)]
    said = [clause for clause in clauses if clause]
    text = words.t("why.join").join(said)
    return text[:1].upper() + text[1:] + "." if text else ""


def _reason(words: Words, advice: Advice) -> str:
    known = isfinite(advice.raw_mm) and isfinite(advice.depletion_mm)
    allowed = _fact(advice, "allowed_mm") or advice.raw_mm
    left = allowed - advice.depletion_mm if known else 0.0
    days = _fact(advice, "days_to_raw")
    fields: dict[str, float] = {
        "left": max(0.0, left),
        "short": max(0.0, -left),
        "rain": _fact(advice, "rain_since_mm") or 0.0,
        "expected": _fact(advice, "rain_next_3d_mm") or 0.0,
    }
    key = f"reason.{advice.reason}"
    with_days = days is not None and 1 <= days < 15 and words.knows(f"{key}_days")
    if with_days:
        lasts = words.t("unit.days", n=floor(days or 0))
        return words.t(f"{key}_days", lasts=lasts, **fields)
    return words.code("reason", advice.reason, **fields)


def _probe(words: Words, advice: Advice) -> str:
    moisture, depth = _fact(advice, "soil_moisture"), _fact(advice, "probe_depth_cm")
    if moisture is None:
        return ""
    age = _fact(advice, "probe_age_h")
    if age is not None and age > 6:
        heard = words.age(timedelta(hours=age))
        return words.t("why.probe_old", moisture=words.percent(moisture), age=heard)
    if depth is None:
        return words.t("why.probe", moisture=words.percent(moisture))
    return words.t("why.probe_depth", moisture=words.percent(moisture), depth=depth)


def _sky(words: Words, advice: Advice, plot: Plot, now: datetime) -> str:
    """What the sky will do: a covered bed never sees it."""
    if plot.covered:
        is_drier_outside = plot.kind == "greenhouse" and not plot.et0_share >= 1.0
        return words.t("why.greenhouse" if is_drier_outside else "why.covered")
    if not advice.plan or advice.reason == "rain_expected":
        return ""
    wet = next((day for day in advice.plan if day.rain_mm >= _WETTING_RAIN), None)
    if wet is None:
        return words.t("why.no_rain_week")
    ahead = (wet.day - words.local(now).date()).days
    if ahead <= 0:
        return words.t("why.rain_today", rain=wet.rain_mm)
    if ahead == 1:
        return words.t("why.rain_tomorrow", rain=wet.rain_mm)
    return words.t("why.no_rain_until", day=words.weekday(wet.day))


def _mulch(words: Words, plot: Plot) -> str:
    """What lies on the soil: it explains why a bed needs less than its neighbour."""
    return words.t(f"why.mulch_{plot.mulch}") if plot.mulch else ""


def _caution(words: Words, advice: Advice, code: str) -> str:
    age = _fact(advice, "probe_age_h")
    if code == "probe_silent" and age is not None:
        return words.t("caution.probe_silent_since", age=words.age(timedelta(hours=age)))
    rejected = advice.sources.get("probes_rejected")
    if code == "probe_rejected" and isinstance(rejected, Mapping):
        why = next(iter(rejected.values()), "")
        if words.knows(f"caution.probe_rejected_{why}"):
            return words.t(f"caution.probe_rejected_{why}")
    return words.code("caution", code)


def _next_irrigation(advice: Advice, now: datetime) -> PlanDay | None:
    days = (day for day in advice.plan if timedelta(0) < day.day - now.date() < _REST_OF_WEEK)
    return next((day for day in days if day.irrigation_mm > 0), None)


def _fact(advice: Advice, name: str) -> float | None:
    """A number among the facts; None when absent or not a number."""
    value = advice.facts.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return None
    return float(value)
