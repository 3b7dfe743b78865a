"""What the control post shows: each commune at a moment, layer by layer, with its origin and age.

A figure is of the pieces of equipment that were heard last: what has been silent for longer than
`TOGETHER` beside its neighbours is left out and missing from `assets`. Where all are silent the
last state stays, and `observed_at` tells its age.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import nan
from typing import Literal

from sqlalchemy import Connection

from agro.config import clock_is_simulated
from agro.records import Commune
from agro.store import farms
from agro.store.city.assets import counts
from agro.store.city.sums import ADDED
from agro.store.city.values import Said, said_at, said_on, soils_at
from agro.store.values import from_epoch
from sensors.quantities import QUANTITIES

TOGETHER = timedelta(hours=3)
_FARMS = "advice"  # the source of what is told of soils

Layer = Literal[
    "lighting_power",
    "lamps_on",
    "free_spaces",
    "vehicle_flow",
    "building_power",
    "pv_power",
    "air_index",
    "soil_dryness",
]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """Of which equipment a layer is, and the detail that it is a part of."""

    kind: str
    quantity: str
    whole: str = ""


LAYERS: Mapping[Layer, _Meaning] = {
    "lighting_power": _Meaning("lighting_cabinet", "power"),
    "lamps_on": _Meaning("lighting_cabinet", "lamps_on", "lights"),
    "free_spaces": _Meaning("parking", "free_spaces", "spaces"),
    "vehicle_flow": _Meaning("traffic_counter", "vehicle_flow"),
    "building_power": _Meaning("building", "power"),
    "pv_power": _Meaning("pv_plant", "power", "peak_power"),
    "air_index": _Meaning("air_station", "air_index"),
}
"""The layers that are equipment's; `soil_dryness` is the farms'."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One layer of one commune.

    `value` in `unit`: a sum where the quantity adds up, of an index the highest, else the mean;
    `whole` what it is a part of (lamps, spaces, kW of peak; NaN = not told by all). `soil_dryness`
    is water gone of the water that the plots can hold, both in L. `assets` of the `known` pieces
    (plots) are in it; `observed_at` is the time of the oldest of them.
    """

    value: float
    unit: str
    whole: float
    assets: int
    known: int
    observed_at: datetime
    sources: tuple[str, ...]
    modes: tuple[str, ...]

    @property
    def share(self) -> float:
        """What part of the whole it is [1]; NaN where there is no whole."""
        return self.value / self.whole if self.whole > 0.0 else nan


@dataclass(frozen=True, slots=True)
class CommuneState:
    """A commune at a moment: how many `sites` of how many `plots` it has, and its figures."""

    commune: Commune
    sites: int = 0
    plots: int = 0
    figures: Mapping[Layer, Figure] = field(default_factory=dict)


def communes_now(c: Connection, at: datetime) -> list[CommuneState]:
    """Every commune of the city as it was known at a time, by name."""
    return _states(c, said_at(c, at), at)


def communes_on(c: Connection, day: datetime, end: datetime) -> list[CommuneState]:
    """Every commune over a local day: the day's means, the soils as they were known at its end.

    `day` is its first moment, `end` its last.
    """
    return _states(c, said_on(c, day), end)


def _states(c: Connection, said: Sequence[Said], at: datetime) -> list[CommuneState]:
    communes = farms.communes(c)
    found: dict[str, dict[Layer, Figure]] = {one.code: {} for one in communes}
    told: dict[tuple[str, str, str], list[Said]] = {}
    for one in said:
        told.setdefault((one.commune, one.kind, one.quantity), []).append(one)
    known = counts(c)
    for layer, meaning in LAYERS.items():
        for code, figures in found.items():
            part = told.get((code, meaning.kind, meaning.quantity))
            if part:
                figures[layer] = _figure(part, meaning, known.get((meaning.kind, code), 0))
    sites, plots = _farms(c)
    for code, figure in _soils(c, at, plots).items():
        found[code]["soil_dryness"] = figure
    return [
        CommuneState(one, sites.get(one.code, 0), plots.get(one.code, 0), found[one.code])
        for one in communes
    ]


def whole_city(states: list[CommuneState]) -> dict[Layer, Figure]:
    """The figures of all communes together, made again of their numbers."""
    found: dict[Layer, Figure] = {}
    for layer in (*LAYERS, "soil_dryness"):
        parts = [one.figures[layer] for one in states if layer in one.figures]
        if parts:
            found[layer] = _together(layer, parts)
    return found


def _together(layer: Layer, parts: list[Figure]) -> Figure:
    heard = sum(one.assets for one in parts)
    if layer == "air_index":
        value = max(one.value for one in parts)
    else:
        value = sum(one.value for one in parts)
    return Figure(
        value=value,
        unit=parts[0].unit,
        whole=sum(one.whole for one in parts),
        assets=heard,
        known=sum(one.known for one in parts),
        observed_at=min(one.observed_at for one in parts),
        sources=tuple(sorted({name for one in parts for name in one.sources})),
        modes=tuple(sorted({name for one in parts for name in one.modes})),
    )


def _figure(part: list[Said], meaning: _Meaning, known: int) -> Figure:
    newest = max(one.time for one in part)
    fresh = [one for one in part if one.time > newest - TOGETHER.total_seconds()]
    values, quantity = [one.value for one in fresh], QUANTITIES[meaning.quantity]
    if meaning.quantity in ADDED:
        value = sum(values)
    else:
        value = max(values) if quantity.kind == "status" else sum(values) / len(values)
    return Figure(
        value=value,
        unit=quantity.unit,
        # NaN where one of them does not tell it.
        whole=sum(one.details.get(meaning.whole, nan) for one in fresh) if meaning.whole else nan,
        assets=len(fresh),
        known=known,
        observed_at=from_epoch(min(one.time for one in fresh)),
        sources=tuple(sorted({one.source for one in fresh})),
        modes=tuple(sorted({one.mode for one in fresh})),
    )


def _soils(c: Connection, at: datetime, plots: Mapping[str, int]) -> dict[str, Figure]:
    mode = "simulated" if clock_is_simulated() else "live"
    return {
        row["commune"]: Figure(
            value=float(row["depletion"]),
            unit="L",
            whole=float(row["taw"]),
            assets=int(row["plots"]),
            known=plots.get(row["commune"], 0),
            observed_at=from_epoch(int(row["issued_at"])),
            sources=(_FARMS,),
            modes=(mode,),
        )
        for row in soils_at(c, at).to_dict("records")
    }


def _farms(c: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """How many farms and how many of their plots each commune has."""
    homes = {site.slug: site.commune for site in farms.sites(c)}
    sites: dict[str, int] = {}
    plots: dict[str, int] = {}
    for commune in homes.values():
        sites[commune] = sites.get(commune, 0) + 1
    for plot in farms.plots(c):
        commune = homes.get(plot.site, "")
        plots[commune] = plots.get(commune, 0) + 1
    return sites, plots
