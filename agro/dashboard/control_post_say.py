"""The figures of the control post in words: value, unit, what is behind, source, mode and age."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from math import isnan

from agro.city.overview import Moment
from agro.city.reading import Figure
from agro.dashboard.control_post_layers import LOOKS, step_code
from agro.dashboard.frame import Frame
from agro.store.feeds import Source
from agro.words import Words

UNCOUNTED = ("farms", "reports")
"""Layers that every commune has, none being a zero: no equipment is counted."""
_SECOND, _WHOLE_DAY = timedelta(seconds=1), timedelta(hours=22, minutes=59)


def name(words: Words, layer: str) -> str:
    """The layer's name."""
    return words.t(f"control_post.layer.{layer}")


def headline(words: Words, layer: str, figure: Figure) -> str:
    """The figure with its unit, or the word that it stands for."""
    if isnan(figure.value):
        return words.t("control_post.not_known")
    if LOOKS[layer].steps:
        code = step_code(layer, _step(layer, figure))
        return words.code("control_post.drought" if layer == "drought" else "air_step", code)
    value = words.number(figure.value)
    if layer in ("lamps_on", "soil_dryness") and not isnan(figure.share):
        return words.percent(figure.share)
    return words.t(f"control_post.value.{layer}", value=value)


def _step(layer: str, figure: Figure) -> int:
    return round(figure.value) - (0 if layer == "drought" else 1)


def detail(words: Words, layer: str, figure: Figure) -> str:
    """What the figure is of: its whole, its farms; empty where the headline says it all."""
    if layer in ("farms", "reports"):
        number = figure.assets if layer == "farms" else figure.value
        return words.t(f"control_post.detail.{layer}", n=number)
    if layer in ("air_index", "drought"):
        return words.t(f"control_post.detail.{layer}")
    if isnan(figure.whole):
        return words.t(f"control_post.alone.{layer}")
    in_litres = layer == "soil_dryness"
    value, whole = (
        words.litres(one) if in_litres else words.number(one)
        for one in (figure.value, figure.whole)
    )
    share = 1.0 - figure.share if layer == "free_spaces" else figure.share
    return words.t(
        f"control_post.detail.{layer}", value=value, whole=whole, share=words.percent(share)
    )


def pieces(words: Words, layer: str, figure: Figure) -> str:
    """How many pieces of equipment, plots or answers it is of; empty where nobody counts them."""
    if layer in UNCOUNTED:
        return ""
    group = layer if layer in ("soil_dryness", "drought") else "equipment"
    return words.t(f"control_post.pieces.{group}", n=figure.known, heard=figure.assets)


def origin(frame: Frame, figure: Figure, moment: Moment) -> str:
    """Source, mode, and how old it is; of what is past, when it was."""
    words = frame.words
    sources = [words.code("control_post.source", one) for one in figure.sources]
    modes = [words.code("control_post.mode", one) for one in figure.modes]
    told = [words.listing(sources), words.listing(modes), _when(frame, figure, moment)]
    return " · ".join(one for one in told if one)


def _when(frame: Frame, figure: Figure, moment: Moment) -> str:
    words = frame.words
    if figure.observed_at == moment.end and figure.sources in (("register",), ()):
        return ""
    if moment.kind == "now":
        return words.age(frame.now - figure.observed_at)
    if moment.kind == "day" and figure.observed_at == moment.start:
        return words.t("control_post.mean_of_day")
    if figure.observed_at == moment.start:
        return words.t("control_post.mean_of_hour")
    return words.t("control_post.known_at", time=words.stamp(figure.observed_at))


def is_stale(layer: str, figure: Figure, moment: Moment) -> bool:
    """Whether a figure was already old at the moment that it is shown for."""
    return moment.start - figure.observed_at > LOOKS[layer].stale


def failure(frame: Frame, figure: Figure, failing: Mapping[str, Source]) -> str:
    """That a source of the figure does not answer; empty where all do."""
    words = frame.words
    one = next((failing[name] for name in figure.sources if name in failing), None)
    if one is None:
        return ""
    reason = words.code("reports.reason", one.reason)
    source = words.code("control_post.source", one.source.partition("@")[0])
    return words.t("control_post.failing", source=source, reason=reason)


def when(words: Words, moment: Moment) -> str:
    """The moment itself: `Maintenant, lun. 20 juil. à 06:32`."""
    if moment.kind == "now":
        return words.t("control_post.now", time=words.stamp(moment.end))
    day = words.day(words.local(moment.start).date())
    if moment.kind == "hour":
        start, end = words.clock(moment.start), words.clock(moment.end + _SECOND)
        return _capital(words.t("control_post.hour", day=day, start=start, end=end))
    local = words.local(moment.start)
    told = {"weekday": words.weekday(local), "day": words.long_day(local.date())}
    if moment.end - moment.start < _WHOLE_DAY:
        return words.t("control_post.day_begun", **told, time=words.clock(moment.end))
    return _capital(words.t("control_post.day", **told))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def legend(words: Words, layer: str) -> list[str]:
    """Each class of the layer in words, the lowest first."""
    look = LOOKS[layer]
    if look.steps:
        group = "control_post.drought" if layer == "drought" else "air_step"
        return [words.code(group, step_code(layer, n)) for n in range(len(look.breaks) + 1)]
    if not look.unit:
        return _counted(words, look.breaks)
    factor = 100.0 if look.unit == "%" else 1.0
    edges = [words.number(one * factor) for one in look.breaks]
    texts = [words.t("control_post.less", high=edges[0], unit=look.unit)]
    for low, high in pairwise(edges):
        texts.append(words.t("control_post.between", low=low, high=high, unit=look.unit))
    return [*texts, words.t("control_post.more", low=edges[-1], unit=look.unit)]


def _counted(words: Words, breaks: tuple[float, ...]) -> list[str]:
    """Classes of whole numbers: 0, 1, 2 to 4 …"""
    edges = [0, *(int(one) for one in breaks)]
    texts = []
    for low, high in pairwise(edges):
        last = high - 1
        texts.append(str(low) if low == last else words.t("control_post.count", low=low, high=last))
    return [*texts, words.t("control_post.count_more", low=edges[-1])]
