"""The newest value of each series of the farms' devices, read once for one answer."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite, isnan

from sqlalchemy import Connection

from agro.publish.place import Register
from agro.records import Device
from agro.store import open_data
from sensors.quality import NOT_EVALUATED


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value of one series. `depth_cm` is NaN where it has none."""

    device: Device
    quantity: str
    depth_cm: float
    time: datetime
    value: float
    flag: int

    @property
    def is_believable(self) -> bool:
        """Whether no test speaks against it."""
        return self.flag <= NOT_EVALUATED and isfinite(self.value)

    @property
    def level(self) -> str:
        """Its depth as a part of a URN."""
        return "" if isnan(self.depth_cm) else f"{self.depth_cm:g}cm"


def newest(c: Connection, here: Register) -> list[Newest]:
    """By device, quantity and depth; not those of the city's own equipment."""
    return [
        Newest(here.devices[row.device], row.quantity, row.depth_cm, row.time, row.value, row.flag)
        for row in open_data.newest(c)
        if row.device in here.devices
    ]
