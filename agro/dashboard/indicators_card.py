"""One indicator as a card: its value, its coverage, and the lines it is read against."""

from html import escape
from math import isnan

from agro.indicators import saying as say
from agro.indicators.figures import Figure
from agro.indicators.judging import Line
from agro.words import Words

# Only what a law, a programme or an announced objective judges has a colour.
BADGES = {"reached": "wait", "not_reached": "forbidden", "incomplete": "unknown"}
PLAIN = "plain"
_AWAITED = "awaited"  # the target's year is not over: told, and no colour


def colour(one: Figure) -> str:
    """The colour of its card: that of its badge, else none."""
    return BADGES.get(one.status, PLAIN)


def card(words: Words, one: Figure) -> str:
    """The card as HTML, every value escaped."""
    name = escape(one.indicator.name(words.language))
    grey = " grey" if one.status in ("incomplete", "suppressed") else ""
    told = [
        f'<div class="head"><h3>{name}</h3>{_badge(words, one)}</div>',
        f'<p class="figure{grey}">{escape(say.value(words, one))}</p>',
        *(_quiet(text) for text in say.quartiles(words, one)),
        _coverage(words, one),
        _lines(words, one),
    ]
    if one.indicator.direction != "context":
        told.append(_quiet(words.t(f"indicators.direction_{one.indicator.direction}")))
    if one.status == "suppressed":
        told.append(_quiet(words.t("indicators.suppressed")))
    return f'<div class="card indicator">{"".join(told)}</div>'


def _badge(words: Words, one: Figure) -> str:
    css = _AWAITED if say.is_awaited(one) else BADGES.get(one.status, "")
    return f'<span class="badge {css}">{escape(say.status(words, one))}</span>' if css else ""


def _quiet(text: str) -> str:
    return f'<p class="caption">{escape(text)}</p>'


def _coverage(words: Words, one: Figure) -> str:
    """A bar of what is known, with a mark at the least that is asked."""
    if isnan(one.coverage):
        return ""
    share = min(max(one.coverage, 0.0), 1.0)
    least = one.indicator.coverage.min
    told = words.t("indicators.coverage", share=words.percent(share))
    if least is not None:
        told = words.t(
            "indicators.coverage_min", share=words.percent(share), least=words.percent(least)
        )
    mark = "" if least is None else f'<b style="left:{least * 100:.0f}%"></b>'
    bar = f'<i style="width:{share * 100:.0f}%"></i>{mark}'
    return (
        f'<div class="cover" role="img" aria-label="{escape(told)}">{bar}</div>'
        f'<p class="caption">{escape(told)}</p>'
    )


def _lines(words: Words, one: Figure) -> str:
    """Its thresholds, those that judge before the lines that are only named."""
    ordered = sorted(one.lines, key=lambda told: (told.reached is None, not told.awaited))
    items = "".join(
        f'<li class="{_judged(told)}">{escape(say.line(words, told, one.indicator.unit))}</li>'
        for told in ordered
    )
    return f'<ul class="lines">{items}</ul>' if items else ""


def _judged(told: Line) -> str:
    if told.reached is None:
        return _AWAITED if told.awaited else "named"
    return "reached" if told.reached else "missed"
