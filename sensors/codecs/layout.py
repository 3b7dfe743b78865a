"""Bytes to readings by table: the part that every maker's layout shares."""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem, Reading


@dataclass(frozen=True, slots=True)
class Field:
    """One number of a layout: value = (count − offset) / divisor, then `convert` where given.

    `form` is a `struct` character. An empty `quantity` is read past. `sentinels` are counts, as
    unsigned numbers, by which the device says that it has no value: the reason of the problem to
    write, or "" when there is nothing to tell because nothing is connected.
    """

    quantity: str
    form: str
    divisor: float = 1.0
    offset: int = 0
    level: int = 0
    sentinels: Mapping[int, str] = field(default_factory=dict)
    convert: Callable[[float], float] | None = None

    def value(self, count: int) -> float:
        """The value in our unit that a count stands for."""
        value = (count - self.offset) / self.divisor
        return self.convert(value) if self.convert else value


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields one after another, all in one byte order (">" or "<")."""

    order: str
    fields: tuple[Field, ...]
    _struct: struct.Struct = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the forms once: every payload of this layout is read by them."""
        forms = self.order + "".join(one.form for one in self.fields)
        object.__setattr__(self, "_struct", struct.Struct(forms))

    @property
    def size(self) -> int:
        """Bytes that the fields take."""
        return self._struct.size

    def read(self, chunk: bytes, *, offset_s: int = 0) -> Decoded:
        """The readings of exactly `size` bytes.

        A count that means "no value" becomes a NaN reading and a problem that names the reason;
        where nothing is connected it becomes nothing at all.
        """
        readings: list[Reading] = []
        problems: list[Problem] = []
        counts = self._struct.unpack(chunk)
        for one, count in zip(self.fields, counts, strict=True):
            if not one.quantity:
                continue
            reason = one.sentinels.get(_unsigned(count, one.form)) if one.sentinels else None
            if reason == "":
                continue
            value = one.value(count) if reason is None else nan
            readings.append(Reading(one.quantity, value, offset_s=offset_s, level=one.level))
            if reason is not None:
                detail = "the device answers that it has no value; look at the probe and its plug"
                problems.append(
                    Problem(reason, field=one.quantity, value=str(count), detail=detail)
                )
        return Decoded(tuple(readings), tuple(problems))


def check_size(payload: bytes, size: int, *, most: int | None = None) -> None:
    """Refuse a payload shorter than `size` bytes, or longer than `most` (`size` when not given).

    Raises
    ------
    DecodeError  `short_payload` or `long_payload`, with both lengths.
    """
    if len(payload) < size:
        raise DecodeError("", "short_payload", f"{len(payload)} bytes, expected {size}")
    if len(payload) > (size if most is None else most):
        raise DecodeError("", "long_payload", f"{len(payload)} bytes, expected {most or size}")


def joined(parts: Sequence[Decoded]) -> Decoded:
    """Several pieces of one payload as one."""
    return Decoded(
        tuple(reading for part in parts for reading in part.readings),
        tuple(problem for part in parts for problem in part.problems),
    )


def quantities(*layouts: Layout) -> tuple[str, ...]:
    """The names that these layouts can give, each once, in order."""
    names = (one.quantity for layout in layouts for one in layout.fields if one.quantity)
    return tuple(dict.fromkeys(names))


def _unsigned(count: int, form: str) -> int:
    return count & ((1 << 8 * struct.calcsize("=" + form)) - 1)
