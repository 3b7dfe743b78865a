"""Finding a device by any of its names (the id its network uses or its EUI), as it was then."""

from collections.abc import Iterable

from agro.records import Device
from agro.store.deployments import Whereabouts

EUI_PREFIX = "eui-"  # The Things Stack names devices so by default


class Register:
    """The registered devices by their names, and where they stood."""

    def __init__(self, devices: Iterable[Device], where: Whereabouts) -> None:
        self._where = where
        self._exact: dict[str, Device] = {}
        self._folded: dict[str, Device] = {}
        for device in devices:
            self._exact[device.device] = device
            for name in (device.device, device.eui):
                if name:
                    self._folded.setdefault(fold(name), device)

    def find(self, name: str, eui: str = "") -> Device | None:
        """The device of this name, else of this EUI; a name may itself be an EUI."""
        return self._exact.get(name) or self._folded.get(fold(name)) or self._folded.get(fold(eui))

    def at(self, device: Device, time: int) -> Device | None:
        """The device as it was at this time (epoch s); None when it stood nowhere."""
        return self._where.at(device, time)


def fold(name: str) -> str:
    """A name without what networks add to it: case, and `eui-` before an EUI."""
    return name.lower().removeprefix(EUI_PREFIX)
