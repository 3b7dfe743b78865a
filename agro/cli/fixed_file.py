"""Files of pyfao56 (.par, .sol, .irr, .upd, .wth) as the tables they hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agro.errors import BadInput

_RULE = re.compile(r"\*{20,}\s*")
_PARAMETER = re.compile(r"\s*([-+.\deE]+)\s+([A-Za-z]\w*)\s*,")
_HEADERS = ("Year-DOY", "Depth")
_TALL = ("etref",)  # of a reference crop that is not ours


@dataclass(frozen=True, slots=True)
class Station:
    """Where the weather of a .wth file was measured: metres, degrees, metres of the wind."""

    elevation: float
    latitude: float
    wind_height: float
    tall_reference: bool


def is_fixed(text: str) -> bool:
    """Whether the text is one of these files."""
    return bool(_RULE.fullmatch(text.lstrip().partition("\n")[0]))


def as_csv(text: str, name: str, *, left_out: Sequence[str] = ()) -> str:
    """The table of the file, each row on the line where it stood.

    Raises
    ------
    BadInput  It holds no table.
    """
    lines = text.splitlines()
    body = _after_rules(lines)
    found = [_PARAMETER.match(line) for line in lines[body:]]
    if any(found):
        rows = [f"{one[2]},{one[1]}" if one else "" for one in found]
        return "\n".join(["parameter,value", *rows, ""])
    start = next((n for n in range(body, len(lines)) if lines[n].startswith(_HEADERS)), None)
    if start is None:
        raise BadInput([f"{name}: has no table below its header; save it again"])
    header = [_named(word) for word in lines[start].split()]
    keep = [n for n, word in enumerate(header) if word.lower() not in left_out]
    table = [header, *(_widened(line.split(), len(header)) for line in lines[start + 1 :])]
    rows = [",".join(row[n] for n in keep) if row else "" for row in table]
    return "\n".join(["#"] * start + rows) + "\n"


def station_of(text: str) -> Station | None:
    """The place that a .wth file tells; None where it tells none."""
    lines = text.splitlines()
    crop, *numbers = lines[_after_rules(lines) :][:4] or [""]
    try:
        elevation, latitude, height = (float(line.split()[0]) for line in numbers)
    except (ValueError, IndexError):
        return None
    return Station(elevation, latitude, height, crop.split()[:1] == ["T"])


def weather_csv(text: str, name: str, station: Station | None) -> str:
    """The days of a .wth file under names that say the height of the wind."""
    tall = station is not None and station.tall_reference
    table = as_csv(text, name, left_out=("morp", *(_TALL if tall else ())))
    height = station.wind_height if station else 2.0
    return table.replace("Wndsp", f"wind_{height:g}m", 1) if height in (2.0, 10.0) else table


def _after_rules(lines: Sequence[str]) -> int:
    return max((n for n, line in enumerate(lines) if _RULE.fullmatch(line)), default=-1) + 1


def _named(word: str) -> str:
    return {"Year-DOY": "date", "Depth": "Depth", "IrrEff": "efficiency"}.get(word, word)


def _widened(cells: list[str], width: int) -> list[str]:
    """The cells of a row, the last ones empty where it is short."""
    return [*cells, *[""] * (width - len(cells))] if cells else []
