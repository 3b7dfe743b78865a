"""Payloads of tagged values: channel, type, value, and the next (IPSO/Cayenne style)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sensors.codecs.layout import Layout, joined
from sensors.errors import DecodeError
from sensors.reading import Decoded, Problem

Tag = tuple[int, int]
_TIME_BYTES = 4


@dataclass(frozen=True, slots=True)
class Tagged:
    """The tags of one model.

    `values` are read now; `history` entries begin with their own time (seconds since 1970 as u32,
    least byte first); `skipped` are tags about the device itself, with their length in bytes.
    """

    values: Mapping[Tag, Layout]
    history: Mapping[Tag, Layout]
    skipped: Mapping[Tag, int]

    def decode(self, payload: bytes, received_at: datetime | None) -> Decoded:
        """Read tag after tag.

        An unknown tag has an unknown length, so what follows it cannot be read: what came before
        is kept and the rest becomes a problem.
        """
        parts: list[Decoded] = []
        position = 0
        while position < len(payload):
            tag = _tag(payload, position)
            size = self._size(tag)
            if size is None:
                parts.append(_unknown(tag, payload[position:], alone=not parts))
                break
            chunk = payload[position + 2 : position + 2 + size]
            if len(chunk) < size:
                raise DecodeError("", "short_payload", f"tag {_name(tag)} ends after {len(chunk)}")
            parts.append(self._read(tag, chunk, received_at))
            position += 2 + size
        if not parts:
            raise DecodeError("", "short_payload", "0 bytes")
        return joined(parts)

    def _size(self, tag: Tag) -> int | None:
        if tag in self.values:
            return self.values[tag].size
        if tag in self.history:
            return _TIME_BYTES + self.history[tag].size
        return self.skipped.get(tag)

    def _read(self, tag: Tag, chunk: bytes, received_at: datetime | None) -> Decoded:
        if tag in self.values:
            return self.values[tag].read(chunk)
        if tag in self.history:
            return _past(self.history[tag], chunk, received_at)
        return Decoded()


def _past(layout: Layout, chunk: bytes, received_at: datetime | None) -> Decoded:
    """One entry of the device's memory, at its distance from the uplink."""
    taken = int.from_bytes(chunk[:_TIME_BYTES], "little")
    if received_at is None:
        said = f"{datetime.fromtimestamp(taken, UTC):%FT%TZ}"
        detail = "a value from the device's memory can be placed only beside its uplink's time"
        return Decoded(problems=(Problem("no_time", field="history", value=said, detail=detail),))
    offset = taken - int(received_at.timestamp())
    return layout.read(chunk[_TIME_BYTES:], offset_s=offset)


def _tag(payload: bytes, position: int) -> Tag:
    if position + 1 >= len(payload):
        raise DecodeError("", "short_payload", f"a lone byte {payload[position]:02x} at the end")
    return payload[position], payload[position + 1]


def _unknown(tag: Tag, rest: bytes, *, alone: bool) -> Decoded:
    detail = f"tag {_name(tag)} is not of this model; {len(rest)} bytes left unread"
    if alone:
        raise DecodeError("", "unknown_channel", detail)
    problem = Problem("unknown_channel", field=_name(tag), value=rest.hex(), detail=detail)
    return Decoded(problems=(problem,))


def _name(tag: Tag) -> str:
    return f"{tag[0]:02x} {tag[1]:02x}"
