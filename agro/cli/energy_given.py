"""What the commands of `agro energy` are given: numbers, hours, fans; bad input refused."""

import re
from typing import TYPE_CHECKING

from agro.cli.output import pairs
from agro.errors import BadInput

if TYPE_CHECKING:
    from models.energy.payback import Assumptions
    from models.energy.scheduling import Load

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_DAY = 24 * 60.0  # min
_FAN = "write NAME=KW,MINUTES,10:00-18:00"


def assumptions_of(told: list[str]) -> "Assumptions":
    """The assumptions with the numbers that are known."""
    from models.energy.payback import Assumptions, edited

    changes, faults = {}, []
    for name, text in pairs(told, "--assume").items():
        try:
            changes[name] = float(text)
            edited(Assumptions(), {name: changes[name]}, "given")
        except ValueError as error:
            faults.append(f"--assume: {name}: {error}")
    if faults:
        raise BadInput(faults)
    return edited(Assumptions(), changes, "given")


def hours_of(text: str, option: str) -> tuple[float, float]:
    """Hours as minutes after midnight; an end before the start is on the next day."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise BadInput([f"{option}: {text!r} are no hours; write 20:00-08:00"])
    first, first_min, last, last_min = (float(part) for part in found.groups())
    start, end = first * 60.0 + first_min, last * 60.0 + last_min
    return start, end if end > start else end + _DAY


def legal_of(told: list[str]) -> tuple[tuple[float, float], ...]:
    """The hours that are left open, each day anew, from this midnight to the one after next."""
    found = [hours_of(text, "--legal") for text in told]
    return tuple((a + shift, b + shift) for a, b in found for shift in (-_DAY, 0.0, _DAY))


def fans_of(told: list[str]) -> "list[Load]":
    """Fans, each to run for some minutes within some hours; a timer starts it with them."""
    from models.energy.scheduling import Load

    found, faults = [], []
    for name, text in pairs(told, "--fan").items():
        parts = text.split(",")
        try:
            power, minutes, hours = float(parts[0]), float(parts[1]), parts[2]
        except (ValueError, IndexError):
            faults.append(f"--fan: {name}={text} is no fan; {_FAN}")
            continue
        if not (0.0 < power < float("inf") and 0.0 < minutes <= _DAY):
            faults.append(
                f"--fan: {name} needs a power over 0 and at most {_DAY:g} minutes; {_FAN}"
            )
            continue
        window = hours_of(hours, f"--fan: {name}")
        found.append(Load(name, power, minutes, (window,), timer=window[0]))
    if faults:
        raise BadInput(faults)
    return found
