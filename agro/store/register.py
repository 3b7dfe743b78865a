"""Finding a device by any of its names: the id its network uses or its EUI, in any case."""

from collections.abc import Iterable

from agro.records import Device

EUI_PREFIX = "eui-"  # The Things Stack names devices so by default


class Register:
    """The registered devices by their names."""

    def __init__(self, devices: Iterable[Device]) -> None:
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


def fold(name: str) -> str:
    """A name without what networks add to it: case, and `eui-` before an EUI."""
    return name.lower().removeprefix(EUI_PREFIX)
