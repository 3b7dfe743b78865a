"""The colours of the three looks, read from `theme.css`, and which quantity has which.

A figure is drawn in the light look; `exchange` says what each of its colours is in another one.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from re import DOTALL, findall, search
from typing import Literal

Look = Literal["light", "dark", "sun"]
LOOKS: tuple[Look, ...] = ("light", "dark", "sun")  # by day, by night, in full sunshine
_CSS = Path(__file__).parent / "theme.css"
_BLOCKS: Mapping[Look, str] = {
    "light": ":root",
    "dark": ':root[data-look="dark"]',
    "sun": ':root[data-look="sun"]',
}

# One quantity, one colour, on every page: its name in `theme.css`.
QUANTITIES: Mapping[str, str] = {
    "soil_moisture": "blue",  # what a probe says
    "soil_water_balance": "ink",
    "soil_water_estimate": "green",  # probe and balance together
    "soil_water_plan": "water-deep",
    "soil_water_without": "brown",  # the plan, were nothing poured
    "field_capacity": "full",
    "wilting_point": "brown",
    "stress": "stress-ink",
    "dry": "vermillion",
    "rain": "rain",
    "irrigation": "water-deep",
    "irrigation_advised": "unsure",
    "evapotranspiration": "orange",
    "harvest_mass": "vermillion",
    "harvest_forecast": "water-deep",
    "battery": "blue",
    "pv_power": "orange",
    "power_drawn": "ink",
}


@cache
def palette(look: Look) -> Mapping[str, str]:
    """Name → `#rrggbb` of every colour of a look."""
    block = search(
        rf"(?:^|\n){_escaped(_BLOCKS[look])} \{{(.*?)\}}", _CSS.read_text("utf-8"), DOTALL
    )
    if block is None:
        raise ValueError(f"theme.css has no colours for the look {look!r}; write its block")
    return dict(findall(r"--([\w-]+): (#[0-9a-f]{6})\b", block[1]))


def _escaped(selector: str) -> str:
    return selector.replace("[", r"\[").replace("]", r"\]")


def colour(name: str) -> str:
    """A colour by its name, in the look in which figures are drawn."""
    return palette("light")[name]


def quantity(name: str) -> str:
    """The colour of a quantity, in the look in which figures are drawn."""
    return colour(QUANTITIES[name])


@cache
def exchange(look: Look) -> Mapping[str, str]:
    """Each colour of the light look → what it is in another one.

    What is written on a filled ground (`on-…`) shares its white with the paper and is in no figure.
    """
    there = palette(look)
    return {
        value: there[name] for name, value in palette("light").items() if not name.startswith("on-")
    }
