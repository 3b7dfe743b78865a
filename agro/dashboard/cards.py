"""A bed's card: decision, amount, reason, gauge, the week, and how sure."""

from collections.abc import Sequence
from datetime import date
from html import escape

from agro.dashboard import parts
from agro.dashboard.frame import Frame, crop_name
from agro.records import Advice, PlanDay, Plot
from agro.words import Card, DayAhead, OrderNotice, Words, card, soil_water, week_ahead
from agro.words.card import VISIBLE_MM

_BAR_HEIGHT_REM = 2.3


def advice_card(
    frame: Frame, plot: Plot, advice: Advice | None, *, said: frozenset[str] = frozenset()
) -> str:
    """The whole card as HTML; without advice it says so.

    Cautions in `said` are told once for the whole garden and not again on the card.
    """
    words = frame.words
    crop = crop_name(words, advice.crop) if advice and advice.crop else ""
    card_ = card(words, plot, advice, crop=crop, now=frame.now, said=said)
    told = _head(card_) + _stale(card_) + _say(card_) + _order(card_.order)
    if advice is None or not advice.plan:  # nothing grows, or nothing is known: that says it all
        return _article(told)
    return _article(
        told
        + gauge(words, advice)
        + week(words, advice.plan, words.local(frame.now).date(), covered=plot.covered)
        + _sure(card_)
    )


def _article(inner: str) -> str:
    return f'<article class="card">{inner}</article>'


def _head(told: Card) -> str:
    return (
        f'<div class="head"><h3>{escape(told.title)}</h3>'
        f'<span class="badge {told.decision}">{escape(told.badge)}</span></div>'
    )


def _stale(told: Card) -> str:
    return parts.old(told.stale) if told.stale else ""


def _say(told: Card) -> str:
    when = f'<p class="when">{escape(told.when)}</p>' if told.when else ""
    return (
        f'<p class="headline">{escape(told.headline)}</p>{when}'
        f'<p class="why">{escape(told.why)}</p>'
    )


def _order(told: OrderNotice | None) -> str:
    """The drought order that is in force here: its rule, its words, its link, its age."""
    if told is None:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in told.lines)
    link = f'<a href="{escape(told.link)}">{escape(told.link_text)}</a> · ' if told.link else ""
    return (
        f'<div class="order" role="note"><p>{escape(told.rule)}</p>'
        f"{f'<ul>{lines}</ul>' if lines else ''}"
        f'<p class="when">{link}{escape(told.heard)}</p></div>'
    )


def _sure(told: Card) -> str:
    dots = f'<span class="dots" aria-hidden="true">{told.dots}</span>'
    items = "".join(f"<li>{escape(line)}</li>" for line in told.cautions)
    cautions = f'<ul class="cautions">{items}</ul>' if items else ""
    return f'<p class="sure">{dots} {escape(told.confidence)}</p>{cautions}'


def gauge(words: Words, advice: Advice) -> str:
    """Soil water between wilting point (left) and field capacity, with the stress band."""
    water = soil_water(words, advice)
    if water is None:
        return f'<p class="when">{escape(words.t("gauge.unknown"))}</p>'
    level, limit = water.level, water.limit
    return (
        f'<div class="gauge" role="img" aria-label="{escape(water.label)}">'
        f'<div class="now">{_at(level, water.amount)}</div>'
        f'<div class="bar"><div class="stress" style="width:{limit:.1f}%"></div>'
        f'<div class="level" style="width:{level:.1f}%"></div>'
        f'<div class="line" style="left:{limit:.1f}%"></div></div>'
        f'<div class="scale">{_at(0, words.t("gauge.dry"))}'
        f"{_at(limit, words.t('gauge.threshold'), 'limit')}"
        f"{_at(100, words.t('gauge.full'))}</div></div>"
    )


def pocket_link(words: Words, site: str) -> str:
    """The way to the light page of a garden, which opens without network."""
    address = escape(f"/m/{site}?lang={words.language}")
    return f'<p class="caption"><a href="{address}">{escape(words.t("pocket.open"))}</a></p>'


def _at(percent: float, text: str, css: str = "") -> str:
    """A label at a place of the scale; left, on or right of it, so that none meets another."""
    shift = 0 if percent < 30 else 50 if percent < 50 else 100
    return (
        f'<span class="{css}" style="left:{percent:.1f}%;transform:translateX(-{shift}%)">'
        f"{escape(text)}</span>"
    )


def week(words: Words, plan: Sequence[PlanDay], today: date, *, covered: bool) -> str:
    """Seven days of rain and planned watering, as small bars with their figures."""
    ahead = week_ahead(words, plan, today, covered=covered)
    if not ahead.days:
        return f'<p class="when">{escape(ahead.told)}</p>'
    legend = (
        f'<div class="legend" aria-hidden="true"><span>{escape(words.t("week.title"))}, '
        f"{escape(words.t('week.unit'))}</span>"
        f"{'' if covered else _key(words, 'rain')}{_key(words, 'water')}</div>"
    )
    items = "".join(_week_day(words, day, ahead.largest) for day in ahead.days)
    return f'<div class="week">{legend}<ol>{items}</ol></div>'


def _key(words: Words, css: str) -> str:
    name = words.t("week.rain" if css == "rain" else "week.watering")
    return f'<span><i class="{css}"></i>{escape(name)}</span>'


def _week_day(words: Words, day: DayAhead, largest: float) -> str:
    bars = _bar(words, "rain", day.rain, largest) + _bar(words, "water", day.water, largest)
    css = "today" if day.is_today else ""
    return (
        f'<li class="{css}" aria-label="{escape(day.label)}"><div class="bars" aria-hidden="true">'
        f'{bars}</div><span aria-hidden="true">{escape(day.name)}</span></li>'
    )


def _bar(words: Words, css: str, amount: float, largest: float) -> str:
    if amount < VISIBLE_MM:
        return ""
    height = amount / largest * _BAR_HEIGHT_REM
    figure = words.number(amount, 0)
    return f'<span class="bar">{figure}<b class="{css}" style="height:{height:.2f}rem"></b></span>'
