"""What goes wrong with a station, and what it then says."""

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["stuck", "dead_battery", "clogged_gauge", "gap", "noise", "offset"]

_FULL, _EMPTY = 3.6, 2.45  # V of a lithium cell: new, and where the radio fails
_YEARLY_DROP = 0.12  # V
_DYING_DAYS = 25.0
_DAY = 86400.0
_JUMPS_ABOVE, _JUMP = 2.5, 0.6  # standard deviations: one message in 160; m³ m⁻³


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one station from `start` to `end` (epoch s; `end` inf = it stays).

    `stuck`: soil moisture stays at `size` m³ m⁻³. `dead_battery`: the voltage falls for weeks
    before `start`, then silence. `clogged_gauge`: no rain is counted. `gap`: nothing is heard.
    `noise`: a loose plug; soil moisture scatters by `size` m³ m⁻³ and now and then jumps out of
    every range. `offset`: it is `size` m³ m⁻³ too high.
    """

    kind: Kind
    start: float
    end: float = inf
    size: float = 0.0

    def holds(self, times: Floats) -> NDArray[np.bool_]:
        """Whether the fault is there at these times."""
        return (self.start <= times) & (times < self.end)


def is_heard(faults: tuple[Fault, ...], times: Floats) -> NDArray[np.bool_]:
    """Whether the station is heard at these times."""
    heard = np.ones(len(times), bool)
    for fault in faults:
        if fault.kind in ("gap", "dead_battery"):
            heard &= ~fault.holds(times)
    return heard


def battery_voltage(faults: tuple[Fault, ...], times: Floats, since: float) -> Floats:
    """Voltage of the station's battery, new at `since`. [V]"""
    voltage = _FULL - _YEARLY_DROP * (times - since) / (365.0 * _DAY)
    for fault in faults:
        if fault.kind == "dead_battery":
            dying = np.clip(1.0 - (fault.start - times) / (_DYING_DAYS * _DAY), 0.0, 1.0)
            # Flat for long, then ever faster: how lithium cells end.
            voltage = voltage - (voltage - _EMPTY) * dying**1.6
    return np.asarray(voltage)


def battery_level(voltage: Floats) -> Floats:
    """Charge as a device that tells no voltage states it. [%]"""
    return np.clip((voltage - _EMPTY) / (_FULL - _EMPTY), 0.0, 1.0) * 100.0


def soil_moisture(
    faults: tuple[Fault, ...], times: Floats, true: Floats, scatter: Floats
) -> Floats:
    """What the probe says for the true moisture; `scatter` is standard normal. [m³ m⁻³]"""
    said = true
    for fault in faults:
        wrong = {
            "stuck": np.full_like(true, fault.size),
            "noise": said + fault.size * scatter + np.where(scatter > _JUMPS_ABOVE, _JUMP, 0.0),
            "offset": said + fault.size,
        }
        if fault.kind in wrong:
            said = np.where(fault.holds(times), wrong[fault.kind], said)
    return np.maximum(said, 0.0)


def rain_clock(faults: tuple[Fault, ...], times: Floats) -> Floats:
    """Up to when rain was counted: a clogged gauge counts none after its clogging."""
    clogs = [fault.start for fault in faults if fault.kind == "clogged_gauge"]
    return np.minimum(times, min(clogs, default=inf))
