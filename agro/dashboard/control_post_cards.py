"""The cards of the control post as HTML, every value escaped."""

from collections.abc import Mapping, Sequence
from html import escape

from agro.city.overview import Overview
from agro.city.reading import Figure
from agro.dashboard import control_post_say as say
from agro.dashboard import parts
from agro.dashboard.control_post_map import MISSING
from agro.dashboard.frame import Frame
from agro.records import Commune
from agro.store.feeds import Source
from agro.words import Words


def strip(frame: Frame, found: Overview) -> str:
    """The newest figure of each layer, small, side by side."""
    words = frame.words
    tiles = []
    for layer in found.layers:
        figure = found.whole.get(layer)
        if figure is not None:
            told = escape(say.headline(words, layer, figure))
            old = " old" if say.is_stale(layer, figure, found.moment) else ""
            tiles.append(
                f'<div class="post-tile{old}"><dt>{escape(say.name(words, layer))}</dt>'
                f"<dd>{told}</dd></div>"
            )
    return f'<dl class="post-strip">{"".join(tiles)}</dl>'


def city_cards(frame: Frame, found: Overview, failing: Mapping[str, Source]) -> str:
    """A card for each layer of the whole city."""
    cards = [_card(frame, layer, found, failing) for layer in found.layers]
    return f'<div class="post-cards">{"".join(cards)}</div>'


def _card(frame: Frame, layer: str, found: Overview, failing: Mapping[str, Source]) -> str:
    words, figure = frame.words, found.whole.get(layer)
    head = f"<h3>{escape(say.name(words, layer))}</h3>"
    if figure is None:
        return (
            f'<article class="post-card">{head}{_quiet(words.t("control_post.silent"))}</article>'
        )
    lines = [
        f'<p class="figure">{escape(say.headline(words, layer, figure))}</p>',
        _plain(say.detail(words, layer, figure)),
        _quiet(say.pieces(words, layer, figure)),
        _quiet(say.origin(frame, figure, found.moment)),
        *_troubles(frame, layer, figure, found, failing),
    ]
    return f'<article class="post-card">{head}{"".join(lines)}</article>'


def _troubles(
    frame: Frame, layer: str, figure: Figure, found: Overview, failing: Mapping[str, Source]
) -> list[str]:
    """That a figure is old, and that its source does not answer."""
    told = []
    if say.is_stale(layer, figure, found.moment):
        age = frame.words.age(found.moment.end - figure.observed_at)
        told.append(frame.words.t("control_post.stale", age=age))
    if found.moment.kind == "now":
        told.append(say.failure(frame, figure, failing))
    return [parts.old(one) for one in told if one]


def commune_card(frame: Frame, commune: Commune, found: Overview, layer: str) -> str:
    """Everything that is known of a commune at the moment; the chosen layer first."""
    words = frame.words
    order = [layer, *(one for one in found.layers if one != layer)]
    rows = "".join(_row(frame, one, commune, found, is_first=one == layer) for one in order)
    people = words.t("control_post.people", n=commune.population)
    area = words.t("control_post.area", value=words.number(commune.area_km2, 1))
    return (
        f'<article class="post-card commune"><h3>{escape(commune.name)}</h3>'
        f"{_quiet(f'{people} · {area}')}<dl>{rows}</dl></article>"
    )


def _row(frame: Frame, layer: str, commune: Commune, found: Overview, *, is_first: bool) -> str:
    words, figure = frame.words, found.figures.get(layer, {}).get(commune.code)
    css = ' class="first"' if is_first else ""
    name = escape(say.name(words, layer))
    if figure is None:
        none = escape(nothing(words, layer))
        return f'<div{css}><dt>{name}</dt><dd class="none">{none}</dd></div>'
    below = [say.detail(words, layer, figure)]
    if is_first:
        below += [say.pieces(words, layer, figure), say.origin(frame, figure, found.moment)]
    told = "".join(f"<small>{escape(one)}</small>" for one in below if one)
    return (
        f"<div{css}><dt>{name}</dt>"
        f"<dd>{escape(say.headline(words, layer, figure))}{told}</dd></div>"
    )


def nothing(words: Words, layer: str) -> str:
    """Why a commune has no figure."""
    group = layer if layer in ("soil_dryness", "drought") else "equipment"
    return words.t(f"control_post.nothing.{group}")


def legend(words: Words, layer: str, colours: Sequence[str]) -> str:
    """The classes of the map in words, and what the stripes mean."""
    texts = say.legend(words, layer)
    items = [
        f'<li><i style="background:{colour}"></i>{escape(text)}</li>'
        for colour, text in zip(colours, texts, strict=False)
    ]
    striped = ""
    if layer not in say.UNCOUNTED:
        missing = escape(nothing(words, layer))
        striped = f'<li><i class="lost" style="background-color:{MISSING}"></i>{missing}</li>'
    return f'<ul class="field-legend post-legend">{"".join(items)}{striped}</ul>'


def hover(frame: Frame, layer: str, commune: Commune, found: Overview) -> str:
    """A commune's figure in a line, for the map."""
    words, figure = frame.words, found.figures.get(layer, {}).get(commune.code)
    if figure is None:
        told = [nothing(words, layer)]
    else:
        told = [say.headline(words, layer, figure), say.detail(words, layer, figure)]
    value = ", ".join(one for one in told if one)
    return words.t("control_post.hover", commune=commune.name, value=value)


def _plain(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _quiet(text: str) -> str:
    return f'<p class="when">{escape(text)}</p>' if text else ""
