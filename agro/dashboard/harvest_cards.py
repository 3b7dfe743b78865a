"""A planting's harvest card: how much, when, what counted, how far it is, who says so."""

from html import escape
from math import isfinite

from agro.dashboard.frame import Frame, crop_name
from agro.records import YieldForecast
from agro.words.harvest import Harvest, harvest_sentence


def card(frame: Frame, one: YieldForecast, *, plot: str, picked: float) -> str:
    """The card as HTML, every value escaped."""
    words = frame.words
    today = words.local(frame.now).date()
    said = harvest_sentence(words, one, picked=picked, today=today)
    name = f"{plot} · {crop_name(words, one.crop)}"
    if one.variety:
        name += f" {words.t('writing.quoted', text=one.variety)}"
    return (
        f'<article class="card"><div class="head"><h3>{escape(name)}</h3></div>'
        f'<p class="headline">{escape(said.headline)}</p>'
        f"{_line('when', said.interval)}{_line('when', said.when)}"
        f"{_progress(one, picked, said)}{_factors(frame, one, said)}"
        f"{_line('when', _speaks(frame, one, said))}{_cautions(said)}</article>"
    )


def _speaks(frame: Frame, one: YieldForecast, said: Harvest) -> str:
    """Who says so, and where the reference yield was published."""
    source = one.sources.get("reference_source")
    if not source:
        return said.speaks
    return f"{said.speaks} {frame.words.t('harvest.source', source=str(source).partition(', ')[0])}"


def _line(css: str, text: str) -> str:
    return f'<p class="{css}">{escape(text)}</p>' if text else ""


def _progress(one: YieldForecast, picked: float, said: Harvest) -> str:
    """A bar of what is in, with its figures; without a weight the figures alone."""
    mass = one.middle * one.area
    if not (isfinite(picked) and isfinite(mass) and mass > 0.0):
        return _line("why", said.progress)
    share = min(max(picked / mass, 0.0), 1.0) * 100.0
    return (
        f'<div class="gauge" role="img" aria-label="{escape(said.progress)}">'
        f'<p class="when" aria-hidden="true">{escape(said.progress)}</p>'
        f'<div class="bar"><div class="level" style="width:{share:.1f}%"></div></div></div>'
    )


def _factors(frame: Frame, one: YieldForecast, said: Harvest) -> str:
    if not isfinite(one.middle):
        return ""
    words = frame.words
    if not said.factors:
        return _line("why", words.t("harvest.no_factors"))
    items = "".join(f"<li>{escape(text)}</li>" for text in said.factors)
    return (
        f'<p class="sure">{escape(words.t("harvest.factors"))}</p><ul class="cautions">{items}</ul>'
    )


def _cautions(said: Harvest) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in said.cautions)
    return f'<ul class="cautions">{items}</ul>' if items else ""
