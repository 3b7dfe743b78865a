"""A bed's card in words: what every page says of a bed, the same on a laptop and in a pocket."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import isfinite

from agro.records import Advice, PlanDay, Plot
from agro.words.advice import advice_sentence
from agro.words.catalogue import Words
from agro.words.orders import OrderNotice, order_notice

# Advice older than this is shown as the last one known.
STALE = timedelta(hours=3)
# Less than this of a day's water is not drawn. [mm]
VISIBLE_MM = 0.5
# Bars of the week fill their box at this much water, or at the week's largest. [mm]
_FULL_BAR_MM = 8.0
_DOTS = {"high": "●●●", "medium": "●●○", "low": "●○○"}
_SIGNS = {"irrigate": "●", "wait": "✓", "forbidden": "✕", "unknown": "?"}
# A chance of stress below this is not worth a line.
_WORTH_SAYING = 0.15
_ORDER = {"irrigate": 0, "forbidden": 1, "wait": 2, "unknown": 3}


@dataclass(frozen=True, slots=True)
class Card:
    """A bed in words; texts that there is nothing to say for are empty."""

    decision: str
    title: str
    badge: str
    headline: str
    why: str
    when: str = ""
    stale: str = ""
    order: OrderNotice | None = None
    dots: str = ""
    confidence: str = ""
    cautions: tuple[str, ...] = ()


def card(
    words: Words,
    plot: Plot,
    advice: Advice | None,
    *,
    crop: str,
    now: datetime,
    said: frozenset[str] = frozenset(),
) -> Card:
    """Say a bed's advice as seen from `now`; cautions in `said` are told elsewhere.

    `crop` is the crop's name in the language of the words, empty where none stands.
    """
    title = f"{plot.name} · {crop}" if crop else plot.name
    if advice is None:
        headline, why = words.t("empty.advice_title"), words.t("empty.advice_body")
        return Card("unknown", title, _badge(words, "unknown"), headline, why)
    kept = tuple(code for code in advice.cautions if code not in said)
    sentence = advice_sentence(
        replace(advice, cautions=kept), plot, words.language, zone=words.zone.key, now=now
    )
    return Card(
        decision=advice.decision,
        title=title,
        badge=_badge(words, advice.decision),
        headline=sentence.headline,
        why=sentence.why,
        when=sentence.when,
        stale=_stale(words, now - advice.issued_at),
        order=order_notice(words, advice, now),
        dots=_DOTS[advice.confidence],
        confidence=sentence.confidence,
        cautions=tuple(map(_capital, (*sentence.cautions, *_stress(words, advice)))),
    )


def _badge(words: Words, decision: str) -> str:
    return f"{_SIGNS[decision]} {words.t(f'decision.{decision}')}"


def _stale(words: Words, age: timedelta) -> str:
    return words.t("card.stale", age=words.age(age)) if age > STALE else ""


def _stress(words: Words, advice: Advice) -> tuple[str, ...]:
    if advice.chance_of_stress >= _WORTH_SAYING and advice.decision != "irrigate":
        return (words.t("card.stress", chance=words.percent(advice.chance_of_stress)),)
    return ()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class SoilWater:
    """Water between wilting point and field capacity; `level` and `limit` are percent of it."""

    level: float
    limit: float
    label: str
    amount: str


def soil_water(words: Words, advice: Advice) -> SoilWater | None:
    """A bed's soil water and the limit below which plants suffer; None where it is not known."""
    full, raw = advice.taw_mm, advice.raw_mm
    if not (isfinite(full) and isfinite(raw) and isfinite(advice.depletion_mm)) or full <= 0:
        return None
    now, threshold = max(0.0, full - advice.depletion_mm), full - raw
    level, limit = (min(100.0, max(0.0, part / full * 100)) for part in (now, threshold))
    amounts = {"now": round(now), "full": round(full)}
    key = "gauge.label_dry" if now < threshold else "gauge.label"
    label = words.t(key, threshold=round(threshold), **amounts)
    return SoilWater(level, limit, label, words.t("gauge.now", **amounts))


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day of the week: its whole text, its short name, and its water. [mm]"""

    label: str
    name: str
    rain: float
    water: float
    is_today: bool


@dataclass(frozen=True, slots=True)
class WeekAhead:
    """The seven days ahead; where there is nothing to draw, `told` says so and no day is given.

    `largest` is the water that a bar of full height stands for. [mm]
    """

    days: tuple[DayAhead, ...]
    largest: float
    told: str = ""


def week_ahead(words: Words, plan: Sequence[PlanDay], today: date, *, covered: bool) -> WeekAhead:
    """Seven days of rain and planned watering; rain does not reach a covered bed."""
    if not plan:
        return WeekAhead((), _FULL_BAR_MM, words.t("week.none"))
    seen = [replace(day, rain_mm=0.0) if covered else day for day in plan[:7]]
    days = tuple(_day(words, day, today) for day in seen)
    if not any(day.rain + day.water >= VISIBLE_MM for day in days):
        told = words.t("week.nothing_covered") if covered else words.t("week.nothing")
        return WeekAhead((), _FULL_BAR_MM, told)
    return WeekAhead(days, max(_FULL_BAR_MM, *(max(day.rain, day.water) for day in days)))


def _day(words: Words, day: PlanDay, today: date) -> DayAhead:
    """Rain and watering of a day, nothing where unknown."""
    rain, water = (
        amount if isfinite(amount) else 0.0 for amount in (day.rain_mm, day.irrigation_mm)
    )
    label = words.t("week.day", day=words.day(day.day), rain=rain, water=water)
    name = words.weekday_short(day.day).rstrip(".")
    return DayAhead(label, name, rain, water, day.day == today)


def garden_lead(words: Words, plots: Sequence[Plot], advices: Mapping[str, Advice]) -> str:
    """A garden's day on one line: how many beds to water, how much, and of how many none knows."""
    thirsty = [advice for advice in advices.values() if advice.decision == "irrigate"]
    unknown = len(plots) - sum(advice.decision != "unknown" for advice in advices.values())
    if thirsty:
        litres = sum(advice.litres for advice in thirsty if isfinite(advice.litres))
        said = [words.t("today.lead_irrigate", n=len(thirsty), total=len(plots))]
        said.append(words.t("today.total", litres=words.litres(litres)))
    elif unknown < len(plots):
        said = [words.t("today.lead_none", n=len(plots) - unknown)]
    else:
        said = []
    if unknown:
        said.append(words.t("today.lead_unknown", n=unknown))
    return " · ".join(said)


def shared_cautions(advices: Iterable[Advice]) -> frozenset[str]:
    """The cautions of every bed that has an advice: told once for the whole garden."""
    advised = [set(advice.cautions) for advice in advices if advice.plan]
    return frozenset(set.intersection(*advised)) if len(advised) > 2 else frozenset()


def garden_cautions(words: Words, codes: frozenset[str]) -> str:
    """Cautions of the whole garden as one sentence; empty where there is none."""
    if not codes:
        return ""
    cautions = words.listing(words.code("caution", code) for code in sorted(codes))
    return words.t("today.cautions", cautions=cautions)


def thirsty_first(
    plots: Iterable[Plot], advices: Mapping[str, Advice], first: str = ""
) -> list[Plot]:
    """The plot that was asked for, then what must be watered, the driest first."""

    def key(plot: Plot) -> tuple[bool, int, float]:
        advice = advices.get(plot.slug)
        if advice is None:
            return plot.slug != first, len(_ORDER), 0.0
        left = advice.raw_mm - advice.depletion_mm
        return plot.slug != first, _ORDER[advice.decision], left if isfinite(left) else 0.0

    return sorted(plots, key=key)
