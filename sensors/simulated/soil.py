"""A layered soil column for many plots at once: the truth behind the simulated probes.

Not FAO-56's bucket: water moves between layers by Darcy's law with Campbell's conductivity [1, 2],
up as well as down; roots take it layer by layer with Feddes' stress [3]; the top layer evaporates
less as it dries; rain and irrigation faster than the soil can swallow stand on it and run off.
Depths and amounts in mm, arrays (layers, plots) or (plots,).

References
----------
[1] Campbell 1974, A simple method for determining unsaturated conductivity from moisture
    retention data, doi:10.1097/00010694-197406000-00001
[2] Saxton & Rawls 2006, Soil water characteristic estimates by texture and organic matter,
    doi:10.2136/sssaj2005.0117
[3] Feddes, Kowalik & Zaradny 1978, Simulation of field water use and crop yield, Pudoc
"""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LAYERS = np.array([0.05, 0.10, 0.15, 0.20, 0.25, 0.25])  # shares of the column, top first
_KPA_TO_MM = 101.97  # of water
_FIELD_CAPACITY_KPA, _WILTING_KPA = 33.0, 1500.0
_SATURATION = 0.46  # of a mineral soil, whatever its texture within 0.05 [2, Table 3]
_AIR_SPACE = 0.09  # at least, above field capacity
_FEDDES_MM = (100.0, 250.0, 6000.0, 150000.0)  # suctions: no air, enough air, stress, wilting
_POND_MM = 4.0  # what the surface holds before it runs off
_STEP_H = 1.0 / 6.0
_CALM_RATE = 8.0  # mm h⁻¹: faster water needs shorter steps
_TILTH = 3.0  # a worked soil conducts this many times better than its texture says
_EASY = 0.4  # share of a step towards equilibrium that two layers may go at once
_AIR_DRY = 0.4  # of the wilting point: evaporation stops
_ROOT_SHAPE = 1.7


@dataclass(frozen=True, slots=True)
class Column:
    """What does not change. `thickness`, `middle` mm (layers, plots); the rest (plots,).

    `saturation`, `field_capacity`, `wilting_point` m³ m⁻³; `exponent` Campbell's b; `entry`
    air-entry suction, mm; `conductivity` at saturation, mm h⁻¹.
    """

    thickness: Floats
    middle: Floats
    saturation: Floats
    field_capacity: Floats
    wilting_point: Floats
    exponent: Floats
    entry: Floats
    conductivity: Floats


@dataclass(frozen=True, slots=True)
class State:
    """What changes. `moisture` m³ m⁻³ (layers, plots); `pond` mm (plots,)."""

    moisture: Floats
    pond: Floats


@dataclass(frozen=True, slots=True)
class Forcing:
    """What comes and what could go in a stretch of time, mm in all; `root_depth` mm; (plots,)."""

    rain: Floats
    irrigation: Floats
    evaporation: Floats
    transpiration: Floats
    root_depth: Floats


@dataclass(frozen=True, slots=True)
class Fluxes:
    """What went in a stretch of time, mm; (plots,)."""

    evaporation: Floats
    transpiration: Floats
    drainage: Floats
    runoff: Floats


def column(field_capacity: ArrayLike, wilting_point: ArrayLike, depth: ArrayLike) -> Column:
    """Columns of these soils: water contents m³ m⁻³ at 33 and 1500 kPa, `depth` m; (plots,).

    Raises
    ------
    ValueError  A wilting point is not between zero and its field capacity, or a depth not above 0.
    """
    fc, wp, deep = np.broadcast_arrays(*np.atleast_1d(field_capacity, wilting_point, depth))
    fc, wp, deep = fc.astype(float), wp.astype(float), deep.astype(float)
    if not np.all((wp > 0.0) & (wp < fc) & (deep > 0.0)):
        raise ValueError("need 0 < wilting_point < field_capacity [m³ m⁻³] and depth > 0 m")
    saturation = np.maximum(_SATURATION, fc + _AIR_SPACE)
    exponent = log(_WILTING_KPA / _FIELD_CAPACITY_KPA) / np.log(fc / wp)
    thickness = LAYERS[:, None] * deep * 1000.0
    return Column(
        thickness=thickness,
        middle=np.cumsum(thickness, axis=0) - thickness / 2.0,
        saturation=saturation,
        field_capacity=fc,
        wilting_point=wp,
        exponent=exponent,
        entry=_FIELD_CAPACITY_KPA * _KPA_TO_MM * (fc / saturation) ** exponent,
        conductivity=_TILTH * 1930.0 * (saturation - fc) ** (3.0 - 1.0 / exponent),  # [2, eq. 16]
    )


def at_field_capacity(soil: Column, share: float = 1.0) -> State:
    """Every layer at this share of the available water, 1 = field capacity."""
    water = soil.wilting_point + share * (soil.field_capacity - soil.wilting_point)
    return State(np.repeat(water[None, :], len(LAYERS), axis=0), np.zeros_like(water))


def stored(soil: Column, state: State) -> Floats:
    """All the water of a column, the pond included. [mm]"""
    return np.asarray((state.moisture * soil.thickness).sum(axis=0) + state.pond)


def advance(soil: Column, state: State, forcing: Forcing, hours: float) -> tuple[State, Fluxes]:
    """Let `hours` pass; what comes and what could go is spread evenly over them.

    Raises
    ------
    ValueError  `hours` is not above zero.
    """
    if not hours > 0.0:
        raise ValueError(f"hours must be above 0: {hours}")
    steps = _steps(forcing, state, hours)
    roots = root_shares(soil, forcing.root_depth)
    moisture, pond = state.moisture.copy(), state.pond
    gone = np.zeros((4, len(pond)))
    for _ in range(steps):
        pond = pond + (forcing.rain + forcing.irrigation) / steps
        swallowed = np.minimum(pond, _swallows(soil, moisture) * hours / steps)
        moisture[0] += swallowed / soil.thickness[0]
        pond = pond - swallowed
        took = _evaporate(soil, moisture, forcing.evaporation / steps)
        drank = _drink(soil, moisture, roots, forcing.transpiration / steps)
        sank = _flow(soil, moisture, hours / steps)
        pond = pond + _overflow(soil, moisture)
        ran = np.maximum(pond - _POND_MM, 0.0)
        pond = pond - ran
        gone += np.stack([took, drank, sank, ran])
    return State(moisture, pond), Fluxes(*gone)


def _steps(forcing: Forcing, state: State, hours: float) -> int:
    """Short steps while water enters, the shorter the faster it comes; long ones else."""
    rate = float(np.max(forcing.rain + forcing.irrigation)) / hours
    if not rate and not state.pond.any():
        return max(1, round(hours / (3.0 * _STEP_H)))
    return max(1, round(hours / _STEP_H * max(1.0, min(rate / _CALM_RATE, 10.0))))


def suction(soil: Column, moisture: Floats) -> Floats:
    """Matric suction by Campbell's power law. [mm of water]"""
    return np.asarray(soil.entry * (moisture / soil.saturation) ** -soil.exponent)


def root_shares(soil: Column, root_depth: Floats) -> Floats:
    """Share of the roots in each layer, denser near the surface; zero everywhere without roots."""
    bottom = np.cumsum(soil.thickness, axis=0)
    reach = np.maximum(root_depth, 1e-6)
    above = 1.0 - (1.0 - np.minimum(bottom / reach, 1.0)) ** _ROOT_SHAPE
    shares = np.diff(above, axis=0, prepend=0.0)
    total = shares.sum(axis=0)
    return np.asarray(np.where(root_depth > 0.0, shares / np.maximum(total, 1e-12), 0.0))


def moisture_at(soil: Column, moisture: Floats, plot: int, depth_cm: float) -> Floats:
    """Water content at a depth of one plot, between the layers' middles; leading axes are kept."""
    middle = soil.middle[:, plot]
    depth = min(max(depth_cm * 10.0, middle[0]), middle[-1])
    below = min(max(int(np.searchsorted(middle, depth)), 1), len(middle) - 1)
    way = (depth - middle[below - 1]) / (middle[below] - middle[below - 1])
    upper, lower = moisture[..., below - 1, plot], moisture[..., below, plot]
    return np.asarray(upper + way * (lower - upper))


def depletion_share(soil: Column, moisture: Floats, root_depth: Floats) -> Floats:
    """Share of the root zone's available water that is gone; 0 without roots. (plots,)"""
    roots = root_shares(soil, root_depth) > 0.0
    weight = roots * soil.thickness
    span = soil.field_capacity - soil.wilting_point
    lack = np.clip((soil.field_capacity - moisture) / span, 0.0, 1.0)
    return np.asarray((lack * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9))


def _swallows(soil: Column, moisture: Floats) -> Floats:
    """Infiltration capacity: gravity, and the pull of a dry surface. [mm h⁻¹]"""
    pull = 1.0 + 3.0 * np.clip(1.0 - moisture[0] / soil.saturation, 0.0, 1.0)
    return np.asarray(soil.conductivity * pull)


def _evaporate(soil: Column, moisture: Floats, wanted: Floats) -> Floats:
    """Take evaporation from the top layer, less as it dries. [mm]"""
    dry = _AIR_DRY * soil.wilting_point
    wetness = np.clip((moisture[0] - dry) / (soil.field_capacity - dry), 0.0, 1.0)
    took = np.minimum(wanted * wetness**2, (moisture[0] - dry).clip(0.0) * soil.thickness[0])
    moisture[0] -= took / soil.thickness[0]
    return np.asarray(took)


def _drink(soil: Column, moisture: Floats, roots: Floats, wanted: Floats) -> Floats:
    """Take transpiration where the roots are; wetter layers make up for dry ones in part. [mm]"""
    ease = feddes(suction(soil, moisture))
    supply = roots * ease
    met = supply.sum(axis=0)
    # Roots that find water take up to half as much again for those that do not.
    factor = np.minimum(1.0 / np.maximum(met, 1e-9), 1.5)
    spare = (moisture - soil.wilting_point).clip(0.0) * soil.thickness
    took = np.minimum(wanted * supply * factor, spare)
    moisture -= took / soil.thickness
    return np.asarray(took.sum(axis=0))


def feddes(head: Floats) -> Floats:
    """Share of the wanted water that roots can take at this suction. [-]"""
    no_air, air, stress, wilting = _FEDDES_MM
    wet = np.clip((head - no_air) / (air - no_air), 0.0, 1.0)
    dry = np.clip((wilting - head) / (wilting - stress), 0.0, 1.0)
    return np.asarray(np.minimum(wet, dry))


def _flow(soil: Column, moisture: Floats, hours: float) -> Floats:
    """Move water between layers and out of the bottom; return what left. [mm]"""
    relative = np.minimum(moisture / soil.saturation, 1.0)
    head = soil.entry * relative**-soil.exponent
    k = soil.conductivity * relative ** (2.0 * soil.exponent + 3.0)
    apart = np.diff(soil.middle, axis=0)
    drop = apart + head[1:] - head[:-1]  # total head of the upper less that of the lower layer
    # The upstream layer decides: a dry layer neither gives nor bars.
    wanted = np.where(drop > 0.0, k[:-1], k[1:]) * drop / apart * hours
    stiffness = soil.exponent * head / (moisture * soil.thickness)  # change of head per mm
    limit = _EASY * np.abs(drop) / (stiffness[:-1] + stiffness[1:])
    moved = np.clip(wanted, -limit, limit)
    spare = (moisture[-1] - soil.wilting_point).clip(0.0) * soil.thickness[-1]
    left = np.minimum(k[-1] * hours, _EASY * spare)
    change = np.zeros_like(moisture)
    change[:-1] -= moved
    change[1:] += moved
    change[-1] -= left
    moisture += change / soil.thickness
    return np.asarray(left)


def _overflow(soil: Column, moisture: Floats) -> Floats:
    """Push what is above saturation up, layer by layer; return what surfaces. [mm]"""
    excess = np.zeros_like(soil.saturation)
    for layer in range(len(moisture) - 1, -1, -1):
        moisture[layer] += excess / soil.thickness[layer]
        excess = (moisture[layer] - soil.saturation).clip(0.0) * soil.thickness[layer]
        moisture[layer] -= excess / soil.thickness[layer]
    return np.asarray(excess)
