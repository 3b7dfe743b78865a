"""Payloads of entries that a type byte names, where Cayenne's have a channel byte before it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sensors.codecs.layout import Layout, joined
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem


@dataclass(frozen=True, slots=True)
class Typed:
    """The types of one format.

    `values` are read; `skipped` are no measurements of ours, with their length in bytes. Entries
    of one type are levels in the order of their channels, which is that of the payload where it
    has none: the first stands at its layout's own level, the second one below, and so on.
    """

    values: Mapping[int, Layout]
    skipped: Mapping[int, int]
    channels: bool = False

    def decode(self, payload: bytes, received_at: datetime | None) -> Decoded:
        """Read entry after entry.

        An unknown type has an unknown length, so what follows it cannot be read: what came before
        is kept and the rest becomes a problem.
        """
        del received_at  # no history
        head = 2 if self.channels else 1
        found: list[tuple[int, int, bytes]] = []  # channel, type, value
        problems: tuple[Problem, ...] = ()
        position = 0
        while position < len(payload):
            if position + head > len(payload):
                raise DecodeError("", "short_payload", f"a lone byte {payload[position]:02x}")
            channel, kind = payload[position], payload[position + head - 1]
            size = self._size(kind)
            if size is None:
                problems = _unknown(kind, payload[position:], alone=not position)
                break
            start = position + head
            chunk = payload[start : start + size]
            if len(chunk) < size:
                raise DecodeError("", "short_payload", f"type {kind:02x} ends after {len(chunk)}")
            found.append((channel if self.channels else 0, kind, chunk))
            position = start + size
        return joined((*self._read(found), Decoded(problems=problems)))

    def _size(self, kind: int) -> int | None:
        return self.values[kind].size if kind in self.values else self.skipped.get(kind)

    def _read(self, found: list[tuple[int, int, bytes]]) -> list[Decoded]:
        """The values of the entries, those of one type on levels by their channels."""
        parts: list[Decoded] = []
        seen: Counter[int] = Counter()
        for _, kind, chunk in sorted(found, key=lambda entry: entry[0]):
            if kind in self.values:
                decoded = self.values[kind].read(chunk)
                placed = (replace(one, level=one.level + seen[kind]) for one in decoded.readings)
                parts.append(replace(decoded, readings=tuple(placed)))
                seen[kind] += 1
        return parts


def _unknown(kind: int, rest: bytes, *, alone: bool) -> tuple[Problem, ...]:
    detail = f"type {kind:02x} is not of this model; {len(rest)} bytes left unread"
    if alone:
        raise DecodeError("", "unknown_channel", detail)
    return (Problem("unknown_channel", field=f"{kind:02x}", value=rest.hex(), detail=detail),)
