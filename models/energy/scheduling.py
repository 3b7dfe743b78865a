"""Pumps and fans in the hours of surplus sun, within the hours in which they may run.

A day is cut into slots. Each load gets as many slots as its minutes need, inside its windows, on a
tap that serves one at a time, in runs no longer than the soil takes and with pauses in which it
soaks. Of all such plans the one that draws least from the grid is found exactly, as a mixed-integer
linear programme [1]; starts are counted too, so that of equals the one with fewer runs is taken,
and of those the one in the brightest hours, which a cloud spoils least.
The minutes, hence the water, are those that were asked: only the hours move.

References
----------
[1] Huangfu, Hall (2018), Parallelizing the dual revised simplex method.
    doi:10.1007/s12532-017-0130-5
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]

SLOT = 15.0  # min
START_COST = 1e-3  # kWh that a start counts, so that runs are not cut up for nothing
DIM_COST = 1e-5  # kWh that a slot without sun counts: of equal plans that in the brightest hours
SECONDS = 10.0  # that the search may take


@dataclass(frozen=True, slots=True)
class Load:
    """Something that must run for some minutes of a day.

    Attributes
    ----------
    name : Of the bed or fan.
    power : While it runs. [kW]
    minutes : That it must run: the water advised, no more and no less. [min]
    windows : Start and end of the stretches in which it may run, those of the system, of the
        advice and of drought orders cut with each other. [min after midnight]
    tap : Loads of the same tap run one at a time; "" shares none.
    longest_run, soak : How long it may run at once, and the pause after a run. [min]
    timer : When a fixed timer would start it. [min after midnight]
    """

    name: str
    power: float
    minutes: float
    windows: tuple[tuple[float, float], ...]
    tap: str = ""
    longest_run: float = inf
    soak: float = 0.0
    timer: float = 360.0


@dataclass(frozen=True, slots=True)
class Run:
    """A load running from `start` to `end`. [min after midnight]"""

    load: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Plan:
    """When what runs, and where its energy comes from.

    Attributes
    ----------
    chosen : (loads, slots)  Slots that a load has.
    runs : In order of their start.
    energy, grid : All that runs, and what of it the surplus does not cover. [kWh]
    proved : Whether no plan draws less; False where the search ran out of time.
    """

    chosen: Chosen
    runs: tuple[Run, ...]
    energy: float
    grid: float
    proved: bool = True

    @property
    def sun(self) -> float:
        """What the surplus covers. [kWh]"""
        return self.energy - self.grid


@dataclass(frozen=True, slots=True)
class Shift:
    """A plan against the fixed timer that gives the same minutes, on the surplus that came.

    Attributes
    ----------
    plan, timer : What each draws from the grid. [kWh]
    shifted : Drawn from the surplus instead of the grid. [kWh]
    value : What that spares: the price of bought energy less that of sold energy. [EUR]
    """

    plan: float
    timer: float
    shifted: float
    value: float


def within(
    windows: Sequence[tuple[float, float]], legal: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """The stretches that are in both. [min after midnight]"""
    cut = [(max(a, c), min(b, d)) for a, b in windows for c, d in legal]
    return tuple(sorted((start, end) for start, end in cut if end > start))


def slots_of(load: Load, slot: float = SLOT) -> int:
    """How many slots its minutes need."""
    return ceil(load.minutes / slot - 1e-9)


def open_slots(load: Load, slots: int, slot: float = SLOT) -> Chosen:
    """The slots that lie wholly in one of its windows. (slots,)"""
    start = np.arange(slots) * slot
    found = np.zeros(slots, dtype=bool)
    for opens, closes in load.windows:
        found |= (start >= opens - 1e-9) & (start + slot <= closes + 1e-9)
    return found


def schedule(loads: Sequence[Load], surplus: Array, slot: float = SLOT) -> Plan | None:
    """The plan that draws least from the grid; None where the windows cannot hold it all.

    Parameters
    ----------
    surplus : (slots,)  Power of the sun that nothing else uses; NaN counts as none. [kW]
    slot : Length of a slot. [min]

    Raises
    ------
    ValueError  A slot is longer than a load may run at once.
    """
    for load in loads:
        if load.longest_run < slot:
            told = f"{load.longest_run:g} min at once"
            raise ValueError(f"{load.name} may run {told}; slots of {slot:g} min are too long")
    needed = [load for load in loads if load.minutes > 0.0]
    sun = np.maximum(np.nan_to_num(np.asarray(surplus, float), nan=0.0), 0.0)
    if not needed:
        return _plan(loads, np.zeros((len(loads), len(sun)), dtype=bool), sun, slot)
    size, count = len(sun), len(needed)
    dim = DIM_COST * (1.0 - sun / max(float(sun.max(initial=0.0)), 1e-9))
    cost = np.concatenate([np.tile(dim, count), np.full(count * size, START_COST), np.ones(size)])
    may = np.concatenate([open_slots(load, size, slot) for load in needed]).astype(float)
    upper = np.concatenate([may, np.ones(count * size), np.full(size, np.inf)])
    found = milp(
        cost,
        integrality=np.concatenate([np.ones(2 * count * size), np.zeros(size)]),
        bounds=Bounds(np.zeros(len(cost)), upper),
        constraints=_constraints(needed, sun, slot),
        options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None
    mine = found.x[: count * size].reshape(count, size) > 0.5
    rows = iter(mine)
    none = np.zeros(size, dtype=bool)
    chosen = np.array([next(rows) if load.minutes > 0.0 else none for load in loads])
    return replace(_plan(loads, chosen, sun, slot), proved=found.status == 0)


def timer(loads: Sequence[Load], surplus: Array, slot: float = SLOT) -> Plan:
    """What a fixed timer does: each load at its set time, one after the other on a tap."""
    sun = np.maximum(np.nan_to_num(np.asarray(surplus, float), nan=0.0), 0.0)
    chosen = np.zeros((len(loads), len(sun)), dtype=bool)
    free: dict[str, int] = {}
    for row in sorted(range(len(loads)), key=lambda number: loads[number].timer):
        load = loads[row]
        first = max(int(load.timer // slot), free.get(load.tap, 0) if load.tap else 0)
        first = min(first, len(sun) - slots_of(load, slot))
        chosen[row, first : first + slots_of(load, slot)] = True
        free[load.tap] = first + slots_of(load, slot)
    return _plan(loads, chosen, sun, slot)


def counted(plan: Plan, baseline: Plan, *, bought: float, sold: float) -> Shift:
    """The kWh that a plan moved into the surplus, and their value.

    Parameters
    ----------
    bought, sold : Price of a kWh from the grid and of one given to it. [EUR kWh⁻¹]
    """
    shifted = baseline.grid - plan.grid
    return Shift(plan.grid, baseline.grid, shifted, shifted * (bought - sold))


def after(plan: Plan, loads: Sequence[Load], surplus: Array, slot: float = SLOT) -> Plan:
    """The same runs on the surplus that really came."""
    sun = np.maximum(np.nan_to_num(np.asarray(surplus, float), nan=0.0), 0.0)
    return _plan(loads, plan.chosen, sun, slot)


def grid_energy(chosen: Chosen, power: Array, surplus: Array, slot: float = SLOT) -> float:
    """What the surplus does not cover. [kWh]

    Parameters
    ----------
    chosen : (loads, slots)
    power : (loads,)  Mean over the slots that a load has. [kW]
    surplus : (slots,)  [kW]
    """
    drawn = power @ chosen if len(power) else np.zeros(len(surplus))
    return float(np.maximum(drawn - surplus, 0.0).sum() * slot / 60.0)


def mean_power(loads: Sequence[Load], slot: float = SLOT) -> Array:
    """Power over the slots that a load has: of the last one it may need a part only. [kW]"""
    slots = np.array([max(slots_of(load, slot), 1) for load in loads], float)
    minutes = np.array([load.minutes for load in loads], float)
    return np.array([load.power for load in loads], float) * minutes / (slots * slot)


def _plan(loads: Sequence[Load], chosen: Chosen, sun: Array, slot: float) -> Plan:
    runs = [run for load, row in zip(loads, chosen, strict=True) for run in _runs(load, row, slot)]
    energy = sum(load.power * load.minutes / 60.0 for load in loads)
    grid = grid_energy(chosen, mean_power(loads, slot), sun, slot)
    return Plan(chosen, tuple(sorted(runs, key=lambda run: run.start)), energy, grid)


def _runs(load: Load, row: Chosen, slot: float) -> list[Run]:
    """A load's slots as runs; the last one ends when its minutes are full."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(int), [0]]))).reshape(-1, 2)
    left, found = load.minutes, list[Run]()
    for begin, stop in edges:
        length = min(float(stop - begin) * slot, left)
        found.append(Run(load.name, float(begin) * slot, float(begin) * slot + length))
        left -= length
    return found


def _constraints(loads: Sequence[Load], sun: Array, slot: float) -> LinearConstraint:
    """Everything that binds a plan, on variables: has a slot, starts in it, the grid's power.

    Each row is (coefficients by variable, least, most).
    """
    size, count = len(sun), len(loads)
    rows: list[tuple[dict[int, float], float, float]] = []
    for number, load in enumerate(loads):
        own = number * size
        wanted = float(slots_of(load, slot))
        rows.append((dict.fromkeys(range(own, own + size), 1.0), wanted, wanted))
        rows += _starting(own, count * size + own, size)
        rows += _soaking(load, own, size, slot)
    for tap in sorted({load.tap for load in loads if load.tap}):
        same = [number for number, load in enumerate(loads) if load.tap == tap]
        rows += [({n * size + at: 1.0 for n in same}, -inf, 1.0) for at in range(size)]
    power = mean_power(loads, slot) * slot / 60.0
    for at in range(size):  # grid ≥ drawn − surplus, in kWh
        drawn = {n * size + at: float(-power[n]) for n in range(count)}
        rows.append(({**drawn, 2 * count * size + at: 1.0}, -float(sun[at]) * slot / 60.0, inf))
    return _matrix(rows, (2 * count + 1) * size)


def _starting(own: int, starts: int, size: int) -> list[tuple[dict[int, float], float, float]]:
    """A slot that follows one which the load has not is a start."""
    first: list[tuple[dict[int, float], float, float]] = [({starts: 1.0, own: -1.0}, 0.0, inf)]
    return first + [
        ({starts + at: 1.0, own + at: -1.0, own + at - 1: 1.0}, 0.0, inf) for at in range(1, size)
    ]


def _soaking(
    load: Load, own: int, size: int, slot: float
) -> list[tuple[dict[int, float], float, float]]:
    """No run longer than the soil takes, and no slot within the pause after a run."""
    if not isfinite(load.longest_run):
        return []
    longest = max(int(load.longest_run // slot), 1)
    pause = ceil(load.soak / slot - 1e-9)
    rows: list[tuple[dict[int, float], float, float]] = [
        (dict.fromkeys(range(own + at, own + at + longest + 1), 1.0), -inf, float(longest))
        for at in range(size - longest)
    ]
    for at in range(size - 1):
        rows += [
            ({own + at: 1.0, own + at + 1: -1.0, own + later: 1.0}, -inf, 1.0)
            for later in range(at + 2, min(at + 1 + pause, size))
        ]
    return rows


def _matrix(rows: list[tuple[dict[int, float], float, float]], columns: int) -> LinearConstraint:
    where = [(row, column) for row, (values, _, _) in enumerate(rows) for column in values]
    values = [value for coefficients, _, _ in rows for value in coefficients.values()]
    at = tuple(np.array(where, int).T)
    table = csr_array((values, at), shape=(len(rows), columns))
    return LinearConstraint(table, [row[1] for row in rows], [row[2] for row in rows])
