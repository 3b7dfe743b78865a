"""A pulse counter on a water meter and a valve's controller, as the bytes they send."""

import struct

_SUPPLY_MV = 3612
_PULSES, _SUPPLY = 0x0B, 0x07
_OPEN = 0x80
_BATTERY = 96


def elt_2_pulses(total: int) -> tuple[int, bytes]:
    """Port and payload of an Elsys ELT-2 that has counted so many pulses."""
    supply = struct.pack(">BH", _SUPPLY, _SUPPLY_MV)
    return 1, supply + struct.pack(">BI", _PULSES, total & 0xFFFFFFFF)


def pm_io_5_valve(*, is_open: bool) -> tuple[int, bytes]:
    """Port and payload of a Tinovi PM-IO-5-SM with a valve and no probe."""
    return 1, bytes((_OPEN if is_open else 0, _BATTERY))
