"""The flow picture: from crops or plots to the ways the food goes, as wide as its kilograms.

Okabe–Ito colours, and every band ends at its name and its kilograms, so that no colour is needed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from agro.dashboard.charts import (
    BLACK,
    BLUE,
    BROWN,
    EDGE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    TEMPLATE,
    VERMILLION,
    YELLOW,
    faint,
)
from agro.store.deliveries import Delivered
from agro.store.lots import Lot
from agro.words import separators

_COLOURS = {
    "market": BLUE,
    "box": SKY,
    "shop": BROWN,
    "restaurant": PURPLE,
    "canteen": GREEN,
    "wholesaler": BLACK,
    "donation": ORANGE,
    "self": YELLOW,
    "compost": VERMILLION,
    "unnoted": GREY,
}


@dataclass(frozen=True, slots=True)
class Flow:
    """So many kg from a crop or plot to a channel."""

    origin: str
    channel: str
    kg: float


def by_crop(delivered: Iterable[Delivered]) -> list[Flow]:
    """The flows from crops; what was counted has no mass and is in none."""
    return _summed(
        (one.delivery.entry.crop, one.delivery.channel, one.amount)
        for one in delivered
        if one.unit == "kg"
    )


def by_plot(delivered: Iterable[Delivered], lots: Mapping[int, Lot], unknown: str) -> list[Flow]:
    """The flows from plots, as the lots say; what no lot accounts for comes from `unknown`."""
    parts: list[tuple[str, str, float]] = []
    for one in delivered:
        if one.unit != "kg":
            continue
        channel = one.delivery.channel
        for use in one.delivery.lots:
            plot = lots[use.harvest].plot if use.harvest in lots else unknown
            parts.append((plot, channel, use.mass_kg))
        parts.append((unknown, channel, max(one.unassigned, 0.0)))
    return _summed(parts)


def _summed(parts: Iterable[tuple[str, str, float]]) -> list[Flow]:
    total: dict[tuple[str, str], float] = {}
    for origin, channel, kg in parts:
        if kg > 0:  # NaN: nobody knows how much
            total[origin, channel] = total.get((origin, channel), 0.0) + kg
    flows = [Flow(*key, kg) for key, kg in total.items()]
    return sorted(flows, key=lambda flow: -flow.kg)


def fewest(flows: list[Flow], most: int, other: str) -> list[Flow]:
    """The flows of the `most` largest origins; the rest comes from `other`."""
    total: dict[str, float] = {}
    for flow in flows:
        total[flow.origin] = total.get(flow.origin, 0.0) + flow.kg
    kept = sorted(total, key=lambda origin: -total[origin])
    kept = kept if len(kept) <= most else kept[: most - 1]
    return _summed(
        (flow.origin if flow.origin in kept else other, flow.channel, flow.kg) for flow in flows
    )


def sankey(
    flows: list[Flow],
    *,
    origin: Callable[[str], str],
    channel: Callable[[str], str],
    kg: Callable[[float], str],
    language: str,
) -> go.Figure:
    """The picture; the texts come from `origin`, `channel` and `kg`."""
    starts = _sums((flow.origin, flow.kg) for flow in flows)
    ends = _sums((flow.channel, flow.kg) for flow in flows)
    place = {name: len(starts) + index for index, name in enumerate(ends)}
    where = {name: index for index, name in enumerate(starts)}
    labels = [f"{origin(name)} · {kg(total)}" for name, total in starts.items()]
    labels += [f"{channel(name)} · {kg(total)}" for name, total in ends.items()]
    names = [f"{origin(flow.origin)} → {channel(flow.channel)}: {kg(flow.kg)}" for flow in flows]
    colours = [GREY] * len(starts) + [_COLOURS.get(name, EDGE) for name in ends]
    figure = go.Figure(
        go.Sankey(
            arrangement="fixed",
            node={
                "label": labels,
                "color": colours,
                "pad": 22,
                "thickness": 14,
                "line": {"color": INK, "width": 0.5},
                "hoverinfo": "skip",
            },
            link={
                "source": [where[flow.origin] for flow in flows],
                "target": [place[flow.channel] for flow in flows],
                "value": [flow.kg for flow in flows],
                "color": [faint(_COLOURS.get(flow.channel, EDGE), 0.38) for flow in flows],
                "customdata": names,
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        )
    )
    figure.update_layout(
        template=TEMPLATE,
        height=max(280, 54 * max(len(starts), len(ends)) + 60),
        margin={"l": 4, "r": 4, "t": 8, "b": 8},
        separators=separators(language),
    )
    return figure


def _sums(parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for name, kg in parts:
        total[name] = total.get(name, 0.0) + kg
    return dict(sorted(total.items(), key=lambda item: -item[1]))
