"""What the map shows as a table, and as a file."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from agro.city.overview import Overview
from agro.city.reading import Figure
from agro.dashboard import control_post_say as say
from agro.dashboard import parts
from agro.dashboard.control_post_cards import nothing
from agro.dashboard.frame import Frame
from agro.records import Commune
from agro.tables import known, to_csv
from agro.words import Words

COLUMNS = (
    *("code", "commune", "population", "area_km2", "layer", "value", "unit", "whole", "share"),
    *("assets", "known", "observed_at", "sources", "modes", "from", "to"),
)


def draw_table(frame: Frame, layer: str, found: Overview) -> None:
    """A row a commune, the city last; its total is made again of the numbers."""
    words = frame.words
    name = say.name(words, layer)
    parts.section(words.t("control_post.table", layer=name), say.when(words, found.moment))
    rows = [_row(words, layer, one, found) for one in found.communes]
    rows.append(_total(words, layer, found))
    heads = [
        words.t(f"control_post.head_{one}") for one in ("commune", "people", "value", "pieces")
    ]
    st.html(parts.table(heads, rows, numbers=frozenset({1, 3}), tight=True))
    day = words.local(found.moment.start).strftime("%Y-%m-%dT%H%M")
    st.download_button(
        words.t("control_post.csv"),
        lambda: to_csv(file_rows(layer, found), COLUMNS),
        file_name=f"{words.t('control_post.file')}-{layer}-{day}.csv",
        mime="text/csv",
        on_click="ignore",
        key="control_post_csv",
    )


def _row(words: Words, layer: str, one: Commune, found: Overview) -> Sequence[str]:
    figure = found.figures.get(layer, {}).get(one.code)
    people = words.number(one.population)
    if figure is None:
        return one.name, people, nothing(words, layer), ""
    return one.name, people, say.headline(words, layer, figure), _heard(layer, figure)


def _total(words: Words, layer: str, found: Overview) -> Sequence[str]:
    people = words.number(sum(one.population for one in found.communes))
    figure, name = found.whole.get(layer), words.t("control_post.whole_city")
    if figure is None:
        return name, people, words.t("control_post.silent"), ""
    return name, people, say.headline(words, layer, figure), _heard(layer, figure)


def _heard(layer: str, figure: Figure) -> str:
    return "" if layer in say.UNCOUNTED else f"{figure.assets}/{figure.known}"


def file_rows(layer: str, found: Overview) -> list[dict[str, Any]]:
    """A row a commune with plain numbers; what is not known is empty, times are UTC."""
    rows = []
    for one in found.communes:
        row: dict[str, Any] = {
            "code": one.code,
            "commune": one.name,
            "population": one.population,
            "area_km2": known(one.area_km2),
            "layer": layer,
            "from": found.moment.start.isoformat(),
            "to": found.moment.end.isoformat(),
        }
        figure = found.figures.get(layer, {}).get(one.code)
        if figure is not None:
            row |= {
                "value": known(figure.value),
                "unit": figure.unit,
                "whole": known(figure.whole),
                "share": known(figure.share),
                "assets": figure.assets,
                "known": figure.known,
                "observed_at": figure.observed_at.isoformat(),
                "sources": " ".join(figure.sources),
                "modes": " ".join(figure.modes),
            }
        rows.append(row)
    return rows
