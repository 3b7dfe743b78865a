"""A bed's card: decision, amount, reason, gauge, the week, and how sure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from html import escape
from math import isfinite

from agro.dashboard.frame import Frame, crop_name
from agro.records import Advice, PlanDay, Plot
from agro.words import Sentence, Words, order_notice

# Advice older than this is shown as the last one known.
_STALE = timedelta(hours=3)
# Bars of the week fill their box at this much water, or at the week's largest. [mm]
_FULL_BAR_MM = 8.0
_BAR_HEIGHT_REM = 2.3
_VISIBLE_MM = 0.5
_DOTS = {"high": "●●●", "medium": "●●○", "low": "●○○"}
_SIGNS = {"irrigate": "●", "wait": "✓", "forbidden": "✕", "unknown": "?"}
# A chance of stress below this is not worth a line.
_WORTH_SAYING = 0.15


def advice_card(
    frame: Frame, plot: Plot, advice: Advice | None, *, said: frozenset[str] = frozenset()
) -> str:
    """The whole card as HTML; without advice it says so.

    Cautions in `said` are told once for the whole garden and not again on the card.
    """
    words = frame.words
    if advice is None:
        body = f'<p class="headline">{escape(words.t("empty.advice_title"))}</p>'
        body += f'<p class="why">{escape(words.t("empty.advice_body"))}</p>'
        return _article(_head(words, plot, "", "unknown") + body)
    kept = tuple(code for code in advice.cautions if code not in said)
    sentence = frame.sentence(replace(advice, cautions=kept), plot)
    crop = crop_name(words, advice.crop) if advice.crop else ""
    told = _head(words, plot, crop, advice.decision) + _stale(frame, advice) + _say(sentence)
    told += _order(frame, advice)
    if not advice.plan:  # nothing grows, or nothing is known: the reason says it all
        return _article(told)
    return _article(
        told
        + gauge(words, advice)
        + week(words, advice.plan, words.local(frame.now).date(), covered=plot.covered)
        + _sure(words, advice, sentence)
    )


def _article(inner: str) -> str:
    return f'<article class="card">{inner}</article>'


def _head(words: Words, plot: Plot, crop: str, decision: str) -> str:
    name = f"{plot.name} · {crop}" if crop else plot.name
    badge = f"{_SIGNS[decision]} {words.t(f'decision.{decision}')}"
    return (
        f'<div class="head"><h3>{escape(name)}</h3>'
        f'<span class="badge {decision}">{escape(badge)}</span></div>'
    )


def _stale(frame: Frame, advice: Advice) -> str:
    age = frame.now - advice.issued_at
    if age <= _STALE:
        return ""
    text = frame.words.t("card.stale", age=frame.words.age(age))
    return f'<p class="old">{escape(text)}</p>'


def _say(sentence: Sentence) -> str:
    when = f'<p class="when">{escape(sentence.when)}</p>' if sentence.when else ""
    return (
        f'<p class="headline">{escape(sentence.headline)}</p>{when}'
        f'<p class="why">{escape(sentence.why)}</p>'
    )


def _order(frame: Frame, advice: Advice) -> str:
    """The drought order that is in force here: its rule, its words, its link, its age."""
    told = order_notice(frame.words, advice, frame.now)
    if told is None:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in told.lines)
    link = f'<a href="{escape(told.link)}">{escape(told.link_text)}</a> · ' if told.link else ""
    return (
        f'<div class="order" role="note"><p>{escape(told.rule)}</p>'
        f"{f'<ul>{lines}</ul>' if lines else ''}"
        f'<p class="when">{link}{escape(told.heard)}</p></div>'
    )


def _sure(words: Words, advice: Advice, sentence: Sentence) -> str:
    dots = f'<span class="dots" aria-hidden="true">{_DOTS[advice.confidence]}</span>'
    lines = list(sentence.cautions)
    if advice.chance_of_stress >= _WORTH_SAYING and advice.decision != "irrigate":
        chance = words.percent(advice.chance_of_stress)
        lines.append(words.t("card.stress", chance=chance))
    items = "".join(f"<li>{escape(_capital(line))}</li>" for line in lines)
    cautions = f'<ul class="cautions">{items}</ul>' if items else ""
    return f'<p class="sure">{dots} {escape(sentence.confidence)}</p>{cautions}'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def gauge(words: Words, advice: Advice) -> str:
    """Soil water between wilting point (left) and field capacity, with the stress band."""
    full, raw = advice.taw_mm, advice.raw_mm
    if not (isfinite(full) and isfinite(raw) and isfinite(advice.depletion_mm)) or full <= 0:
        return f'<p class="when">{escape(words.t("gauge.unknown"))}</p>'
    now, threshold = max(0.0, full - advice.depletion_mm), full - raw
    level, limit = (min(100.0, max(0.0, part / full * 100)) for part in (now, threshold))
    key = "gauge.label_dry" if now < threshold else "gauge.label"
    amounts = {"now": round(now), "full": round(full)}
    label = words.t(key, threshold=round(threshold), **amounts)
    return (
        f'<div class="gauge" role="img" aria-label="{escape(label)}">'
        f'<div class="now">{_at(level, words.t("gauge.now", **amounts))}</div>'
        f'<div class="bar"><div class="stress" style="width:{limit:.1f}%"></div>'
        f'<div class="level" style="width:{level:.1f}%"></div>'
        f'<div class="line" style="left:{limit:.1f}%"></div></div>'
        f'<div class="scale">{_at(0, words.t("gauge.dry"))}'
        f"{_at(limit, words.t('gauge.threshold'), 'limit')}"
        f"{_at(100, words.t('gauge.full'))}</div></div>"
    )


def _at(percent: float, text: str, css: str = "") -> str:
    """A label at a place of the scale; left, on or right of it, so that none meets another."""
    shift = 0 if percent < 30 else 50 if percent < 50 else 100
    return (
        f'<span class="{css}" style="left:{percent:.1f}%;transform:translateX(-{shift}%)">'
        f"{escape(text)}</span>"
    )


def week(words: Words, plan: Sequence[PlanDay], today: date, *, covered: bool) -> str:
    """Seven days of rain and planned watering, as small bars with their figures."""
    if not plan:
        return f'<p class="when">{escape(words.t("week.none"))}</p>'
    days = [replace(day, rain_mm=0.0) if covered else day for day in plan[:7]]
    if not any(sum(_amounts(day)) >= _VISIBLE_MM for day in days):
        text = words.t("week.nothing_covered") if covered else words.t("week.nothing")
        return f'<p class="when">{escape(text)}</p>'
    largest = max(_FULL_BAR_MM, *(max(_amounts(day)) for day in days))
    legend = (
        f'<div class="legend" aria-hidden="true"><span>{escape(words.t("week.title"))}, '
        f"{escape(words.t('week.unit'))}</span>"
        f"{'' if covered else _key(words, 'rain')}{_key(words, 'water')}</div>"
    )
    items = "".join(_week_day(words, day, today, largest) for day in days)
    return f'<div class="week">{legend}<ol>{items}</ol></div>'


def _key(words: Words, css: str) -> str:
    name = words.t("week.rain" if css == "rain" else "week.watering")
    return f'<span><i class="{css}"></i>{escape(name)}</span>'


def _amounts(day: PlanDay) -> tuple[float, float]:
    """Rain and watering of a day, nothing where unknown. [mm]"""
    rain, water = day.rain_mm, day.irrigation_mm
    return rain if isfinite(rain) else 0.0, water if isfinite(water) else 0.0


def _week_day(words: Words, day: PlanDay, today: date, largest: float) -> str:
    rain, water = _amounts(day)
    label = words.t("week.day", day=words.day(day.day), rain=rain, water=water)
    bars = _bar(words, "rain", rain, largest) + _bar(words, "water", water, largest)
    css = "today" if day.day == today else ""
    name = words.weekday_short(day.day).rstrip(".")
    return (
        f'<li class="{css}" aria-label="{escape(label)}"><div class="bars" aria-hidden="true">'
        f'{bars}</div><span aria-hidden="true">{escape(name)}</span></li>'
    )


def _bar(words: Words, css: str, amount: float, largest: float) -> str:
    if amount < _VISIBLE_MM:
        return ""
    height = amount / largest * _BAR_HEIGHT_REM
    figure = words.number(amount, 0)
    return f'<span class="bar">{figure}<b class="{css}" style="height:{height:.2f}rem"></b></span>'
