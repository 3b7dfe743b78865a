"""All that the control post shows of a moment: every layer of every commune, and of the city."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from math import nan
from typing import Literal

from sqlalchemy import Connection

from agro.city.drought import Ordered, gravest, ordered
from agro.city.reading import LAYERS, CommuneState, Figure, communes_now, communes_on, whole_city
from agro.config import clock_is_simulated
from agro.records import Commune
from agro.store.buckets import hour_start, midnight
from agro.store.city.assets import counts
from agro.store.city.reported import Reported, open_at
from agro.store.values import from_epoch, to_epoch

EVERY = ("farms", "soil_dryness", *LAYERS, "drought", "reports")
"""The layers of the page, in its order."""
Kind = Literal["now", "hour", "day"]
HOURS_BACK, DAYS_BACK = 48, 365
_SECOND, _HOUR = timedelta(seconds=1), timedelta(hours=1)
_REGISTER = "register"  # the source of what the city's own register tells


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, an hour or a local day: from its first moment until its last, or until now."""

    kind: Kind
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """A moment of the city.

    `layers` are those of which it has something to show; `figures` by layer and commune (code),
    `whole` by layer, made again of the numbers of the communes. `unplaced` open reports lie in no
    commune and are in neither.
    """

    moment: Moment
    communes: tuple[Commune, ...]
    layers: tuple[str, ...]
    figures: Mapping[str, Mapping[str, Figure]]
    whole: Mapping[str, Figure]
    unplaced: int


def moment_of(unit: Literal["hours", "days"], back: int, at: datetime, zone: tzinfo) -> Moment:
    """The moment so many whole hours or local days before a time; 0 = now, or today until now."""
    if unit == "hours":
        if back == 0:
            return Moment("now", at, at)
        start = from_epoch(hour_start(to_epoch(at), zone)) - back * _HOUR
        return Moment("hour", start, start + _HOUR - _SECOND)
    day = at.astimezone(zone).date().toordinal() - back
    start, end = from_epoch(midnight(day, zone)), from_epoch(midnight(day + 1, zone))
    return Moment("day", start, min(end - _SECOND, at))


def overview(c: Connection, moment: Moment) -> Overview:
    """Every layer at a moment, from rollups and what was said last."""
    if moment.kind == "day":
        states = communes_on(c, moment.start, moment.end)
    else:
        states = communes_now(c, moment.end)
    drought, reported = ordered(c, moment.end), open_at(c, moment.end)
    codes = [one.commune.code for one in states]
    figures: dict[str, dict[str, Figure]] = {
        layer: {one.commune.code: one.figures[layer] for one in states if layer in one.figures}
        for layer in (*LAYERS, "soil_dryness")
    }
    none = _register_at(moment.end)
    figures["farms"] = _farms(states, none)
    figures["drought"] = _drought(codes, drought)
    figures["reports"] = _reports(codes, reported, none)
    whole: dict[str, Figure] = {str(layer): one for layer, one in whole_city(states).items()}
    for layer in ("farms", "drought", "reports"):
        if figures[layer]:
            whole[layer] = _together(layer, list(figures[layer].values()))
    return Overview(
        moment=moment,
        communes=tuple(one.commune for one in states),
        layers=_layers(c, states, drought),
        figures=figures,
        whole=whole,
        unplaced=sum(one.number for one in reported if one.commune not in codes),
    )


def _layers(
    c: Connection, states: Sequence[CommuneState], drought: Sequence[Ordered]
) -> tuple[str, ...]:
    """A layer stays while its equipment is silent: what there is counts, not what is heard."""
    kinds = {kind for kind, _ in counts(c)}
    has: dict[str, bool] = {layer: meaning.kind in kinds for layer, meaning in LAYERS.items()}
    has |= {"soil_dryness": any(one.plots for one in states), "drought": bool(drought)}
    return tuple(layer for layer in EVERY if has.get(layer, True))


def _farms(states: Sequence[CommuneState], none: Figure) -> dict[str, Figure]:
    """How many plots of how many farms: zero is known here, the register is whole."""
    return {
        one.commune.code: replace(none, value=one.plots, assets=one.sites, known=one.sites)
        for one in states
    }


def _register_at(at: datetime) -> Figure:
    """What the register of gardens tells of none."""
    mode = "simulated" if clock_is_simulated() else "live"
    return Figure(0.0, "1", nan, 0, 0, at, (_REGISTER,), (mode,))


def _drought(codes: Sequence[str], told: Sequence[Ordered]) -> dict[str, Figure]:
    found = {}
    for code in codes:
        own = [one for one in told if one.commune == code]
        if own:
            found[code] = Figure(
                value=gravest(own),
                unit="1",
                whole=nan,
                assets=sum(one.level == one.level for one in own),
                known=len(own),
                observed_at=min(one.answer.fetched_at for one in own),
                sources=_names(one.answer.source for one in own),
                modes=_names(one.answer.mode for one in own),
            )
    return found


def _reports(codes: Sequence[str], told: Sequence[Reported], none: Figure) -> dict[str, Figure]:
    """Open reports: a commune of which nobody reports anything has none, and no source."""
    found = {}
    for code in codes:
        own = [one for one in told if one.commune == code]
        number = sum(one.number for one in own)
        found[code] = replace(
            none,
            value=number,
            assets=number,
            known=number,
            observed_at=min((one.heard_at for one in own), default=none.observed_at),
            sources=_names(one.source for one in own),
            modes=_names(one.mode for one in own),
        )
    return found


def _names(told: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(told)))


def _together(layer: str, parts: Sequence[Figure]) -> Figure:
    values = [one.value for one in parts if one.value == one.value]
    total = max(values, default=nan) if layer == "drought" else sum(values)
    return Figure(
        value=total,
        unit="1",
        whole=nan,
        assets=sum(one.assets for one in parts),
        known=sum(one.known for one in parts),
        observed_at=min(one.observed_at for one in parts),
        sources=_names(name for one in parts for name in one.sources),
        modes=_names(name for one in parts for name in one.modes),
    )
