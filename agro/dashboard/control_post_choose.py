"""What is looked at: one layer, one moment, one commune; all of it can be sent as an address."""

from dataclasses import dataclass
from typing import cast

import streamlit as st

from agro.city.overview import DAYS_BACK, HOURS_BACK, Overview
from agro.dashboard import control_post_say as say
from agro.dashboard.control_post_data import Unit
from agro.words import Words

LAYER, COMMUNE, UNIT, MAP = (f"control_post_{name}" for name in ("layer", "commune", "unit", "map"))
_BACK = {"hours": "control_post_hours", "days": "control_post_days"}
_MOST = {"hours": HOURS_BACK, "days": DAYS_BACK}
_FIRST = ("vehicle_flow", "lighting_power", "soil_dryness", "farms")


@dataclass(frozen=True, slots=True)
class Time:
    """So many hours or days back; 0 = now, or today until now."""

    unit: Unit
    back: int


def start(found: Overview) -> None:
    """What a visit begins with: what its address asks for, else what the city has most of."""
    if LAYER in st.session_state:
        return
    layer, commune = (st.query_params.get(name, "") for name in ("layer", "commune"))
    first = next((one for one in _FIRST if one in found.layers), found.layers[0])
    codes = {one.code for one in found.communes}
    st.session_state[LAYER] = layer if layer in found.layers else first
    st.session_state[COMMUNE] = commune if commune in codes else ""


def choose_layer(words: Words, layers: tuple[str, ...]) -> str:
    """The layer that fills the map."""
    if st.session_state.get(LAYER) not in layers:
        st.session_state[LAYER] = layers[0]
    chosen = st.segmented_control(
        words.t("control_post.choose_layer"),
        layers,
        required=True,
        key=LAYER,
        format_func=lambda layer: say.name(words, layer),
    )
    return chosen or layers[0]


def choose_time(words: Words) -> Time:
    """The one slider that everything follows, and steps for what a thumb cannot hit."""
    with st.container(key="control_post_time"):
        unit = cast(
            Unit,
            st.segmented_control(
                words.t("control_post.choose_time"),
                ("hours", "days"),
                default="hours",
                required=True,
                key=UNIT,
                format_func=lambda unit: words.t(f"control_post.unit_{unit}"),
            )
            or "hours",
        )
        key = _BACK[unit]
        value = st.slider(
            words.t("control_post.choose_moment"),
            min_value=-_MOST[unit],
            max_value=0,
            value=0,
            key=key,
            format=words.t(f"control_post.slider_{unit}"),
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, key="control_post_steps"):
            _step(words, "earlier", key, -1, disabled=value <= -_MOST[unit])
            _step(words, "later", key, 1, disabled=value >= 0)
            _step(words, f"back_{unit}", key, _MOST[unit], disabled=value >= 0)
    return Time(unit, -int(value))


def _step(words: Words, name: str, key: str, by: int, *, disabled: bool) -> None:
    def move() -> None:
        st.session_state[key] = max(min(int(st.session_state.get(key, 0)) + by, 0), -DAYS_BACK)

    label, own = words.t(f"control_post.{name}"), f"control_post_step_{name}"
    st.button(label, key=own, on_click=move, disabled=disabled)


def choose_commune(words: Words, found: Overview) -> str:
    """The commune whose card is open; "" = the whole city."""
    names = {"": words.t("control_post.whole_city")}
    names |= {one.code: one.name for one in found.communes}
    if st.session_state.get(COMMUNE) not in names:
        st.session_state[COMMUNE] = ""
    chosen = st.selectbox(
        words.t("control_post.choose_commune"),
        list(names),
        key=COMMUNE,
        format_func=lambda code: names[code],
    )
    return chosen or ""


def take_from_map() -> None:
    """Open the commune that was touched on the map; touched again it stays."""
    code = touched(st.session_state.get(MAP))
    if code:
        st.session_state[COMMUNE] = code


def touched(told: object) -> str:
    """The code of the commune in a selection of the map; "" where none is."""
    selection = told.get("selection", {}) if isinstance(told, dict) else {}
    codes = [point.get("customdata") for point in selection.get("points", [])]
    code = next((one for one in codes if one), "")
    return str(code[0] if isinstance(code, list | tuple) else code)


def mirror(layer: str, commune: str) -> None:
    """Keep layer and commune in the address."""
    for name, value in (("layer", layer), ("commune", commune)):
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value:
            st.query_params.pop(name, None)
