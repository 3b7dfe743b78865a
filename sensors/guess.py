"""What device could have sent these messages: what its network says, else whose decoder fits."""

import struct
from collections.abc import Sequence

from sensors import codecs
from sensors.codecs import Model
from sensors.errors import DecodeError
from sensors.quantities import QUANTITIES
from sensors.reading import Reading, Uplink

_MOST = 5  # candidates that are told
_WORST = 0.5  # of the values may be missing or beyond belief
_SELF_MADE = "cayenne/lpp"  # reads what many send; only where nothing else does
# Beginnings of EUIs, as the IEEE has given them to makers.
_MAKERS = {
    "A84041": "dragino",
    "24E124": "milesight",
    "70B3D57BA": "decentlab",
    "A81758": "elsys",
    "647FDA": "tektelic",
    "2CF7F1": "sensecap",
    "00137A": "netvox",
}
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    DecodeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)


def models_of(uplinks: Sequence[Uplink]) -> tuple[str, ...]:
    """Keys of the models that these messages of one device may come from, the likeliest first.

    What the network states is alone, where we know it. Else every model whose decoder reads all
    the payloads and makes mostly believable values of them: those that the device's name names
    first, then those of the maker of its EUI, then those whose values fit best. Empty for plain
    messages, which need none, and for devices we cannot read.
    """
    stated = [name for uplink in uplinks if (name := _known(uplink.model))]
    if stated:
        return (stated[0],)
    sent = [uplink for uplink in uplinks if uplink.payload]
    if not sent:
        return ()
    costs = {key: cost for key in codecs.MODELS if (cost := _cost(key, sent)) is not None}

    def place(key: str) -> tuple[bool, bool, bool, float, str]:
        model = codecs.MODELS[key]
        is_named, is_of_maker = _names(sent[0], model), key.startswith(f"{_maker(sent[0])}/")
        return not is_named, not is_of_maker, key == _SELF_MADE, costs[key], key

    return tuple(sorted(costs, key=place)[:_MOST])


def _known(model: str) -> str:
    try:
        return codecs.find(model).key
    except DecodeError:
        return ""


def _names(uplink: Uplink, model: Model) -> bool:
    """Whether people put the model into the device's name, as in `lse01-bed-3`."""
    name = model.key.partition("/")[2].removeprefix("dl-")
    return name in uplink.device.lower()


def _maker(uplink: Uplink) -> str:
    eui = uplink.eui.upper()
    return next((maker for start, maker in _MAKERS.items() if eui.startswith(start)), "?")


def _cost(key: str, uplinks: Sequence[Uplink]) -> float | None:
    """How badly a model fits: share of values without belief; None = not at all."""
    readings: list[Reading] = []
    lacking = 0
    for uplink in uplinks:
        try:
            decoded = codecs.read(key, uplink)
        except _UNREADABLE:
            return None
        readings += decoded.readings
        lacking += len(decoded.problems)
    lacking += sum(not _is_believable(one) for one in readings)
    cost = lacking / len(readings) if readings else 1.0
    return cost if cost <= _WORST else None


def _is_believable(reading: Reading) -> bool:
    quantity = QUANTITIES.get(reading.quantity)
    return quantity is not None and quantity.low <= reading.value <= quantity.high
