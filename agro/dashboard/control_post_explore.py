"""The map of a layer at a moment, the commune that is opened, the whole city and the table."""

import streamlit as st

from agro.city.overview import Overview
from agro.dashboard import control_post_choose as choose
from agro.dashboard import control_post_data as read
from agro.dashboard import control_post_say as say
from agro.dashboard import parts
from agro.dashboard.control_post_cards import city_cards, commune_card, hover, legend
from agro.dashboard.control_post_curves import draw_curves
from agro.dashboard.control_post_layers import LOOKS, class_of
from agro.dashboard.control_post_map import Place, city_map
from agro.dashboard.control_post_table import draw_table
from agro.dashboard.frame import Frame

EVERY_S = 60  # "now" on the map moves on with the minutes


@st.fragment(run_every=EVERY_S)
def draw(frame: Frame) -> None:
    """Draw all that follows the layer and the slider."""
    with parts.answering(frame.words):
        _draw(frame.refreshed())


def _draw(frame: Frame) -> None:
    words = frame.words
    choose.start(now := read.state("hours", 0))
    parts.section(words.t("control_post.map"))
    layer = choose.choose_layer(words, now.layers)
    time = choose.choose_time(words)
    found = read.state(time.unit, time.back)
    st.html(f'<p class="verdict post-when">{say.when(words, found.moment)}</p>')
    left, right = st.columns([3, 2], gap="medium")
    with right:
        commune = choose.choose_commune(words, found)
        _opened(frame, layer, found, commune)
    with left:
        _map(frame, layer, found, commune)
    draw_curves(frame, layer, found, commune)
    parts.section(words.t("control_post.city"), words.t("control_post.city_caption"))
    st.html(city_cards(frame, found, read.failing()))
    if found.unplaced:
        parts.caption(words.t("control_post.unplaced", n=found.unplaced))
    draw_table(frame, layer, found)
    choose.mirror(layer, commune)


def _map(frame: Frame, layer: str, found: Overview, commune: str) -> None:
    words, colours = frame.words, LOOKS[layer].colours
    places = []
    for one in found.communes:
        number = class_of(layer, found.figures.get(layer, {}).get(one.code))
        colour = "" if number is None else colours[number]
        places.append(Place(one, colour, hover(frame, layer, one, found)))
    figure = city_map(places, read.outlines(), commune, language=words.language)
    alt = words.t("control_post.map_alt", n=len(places), layer=say.name(words, layer))
    parts.chart(
        figure,
        key=choose.MAP,
        on_select=choose.take_from_map,
        selection_mode="points",
        alt=alt,
    )
    st.html(legend(words, layer, colours))
    drawn = "control_post.map_drawn" if read.outlines() else "control_post.map_circles"
    parts.caption(words.t(drawn))


def _opened(frame: Frame, layer: str, found: Overview, commune: str) -> None:
    own = next((one for one in found.communes if one.code == commune), None)
    if own is None:
        parts.caption(frame.words.t("control_post.tap"))
    else:
        st.html(commune_card(frame, own, found, layer))
