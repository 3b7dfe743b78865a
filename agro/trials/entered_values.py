"""The cells of a trait in a returned field book: numbers in its unit, within its bounds."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from agro.store.trials import Trait
from agro.trials.findings import Finding
from agro.trials.measures import is_missing, measured
from agro.trials.spelling import plain
from agro.units import AREA, COUNT, DEPTH, LENGTH, MASS, TIME, VOLUME, Unit, unit_of

_IN_BRACKETS = re.compile(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*$")
_PER = re.compile(r"\s*(?:/|\bper\b|\bpar\b)\s*")
_POWER = re.compile(r"([a-zμ]+)\s*(?:\^|\*\*)?\s*[-−]\s*([12])")
_BEHIND = re.compile(r"([-+−]?[\d.,\s]*\d)\s*([^\d\s].*)")
_AMOUNTS = (MASS, VOLUME, COUNT, LENGTH, AREA, TIME, DEPTH)
_FIGURES = 15  # of a product; more are the noise of arithmetic


@dataclass(frozen=True, slots=True)
class Said:
    """What cells say of a trait: the line, and the number or NaN where the plot was lost."""

    values: Mapping[int, float]
    findings: tuple[Finding, ...]


def said_of(
    trait: Trait, header: str, units: str, cells: Sequence[tuple[int, str]], *, comma: bool
) -> Said:
    """The values of the cells of one trait, each with its line.

    Parameters
    ----------
    header, units : What stands above the column, and in a line of units below that.
    comma : A comma alone is always decimal.
    """
    written = [(line, text) for line, text in cells if text]
    stated = stated_unit(header, units)
    plain_cells = [(line, _without_own_unit(text, stated or trait.unit)) for line, text in written]
    read = measured(trait.name, plain_cells, comma=comma, unit=stated)
    unit = stated or _behind(read.findings)
    factor = exact_factor(unit, trait.unit)
    facts = {"unit": unit, "wanted": trait.unit}
    if factor is None:
        wrong = Finding(0, trait.name, unit, "unit_differs", facts)
        return Said({}, (*read.findings, wrong))
    told = {
        line: _out_of_bounds(trait, line, text, value)
        for (line, text), value in zip(written, _times(read.values, factor), strict=True)
    }
    found = _joined(read.findings, [one for one in told.values() if one is not None])
    if factor != 1.0:
        facts["factor"] = f"{factor:g}"
        found.append(Finding(0, trait.name, unit, "unit_converted", facts, used=True))
    out = {one.row for one in found if one.row and not one.used}
    values = {
        line: value
        for (line, text), value in zip(written, _times(read.values, factor), strict=True)
        if line not in out and (is_missing(text) or not isnan(value))
    }
    return Said(values, tuple(found))


def _without_own_unit(text: str, unit: str) -> str:
    """A cell without the unit that its column has anyhow."""
    parts = _BEHIND.fullmatch(text)
    return parts[1] if parts and unit and _same(parts[2], unit) else text


def _times(values: Sequence[float], factor: float) -> list[float]:
    if factor == 1.0:
        return list(values)
    return [float(f"{value * factor:.{_FIGURES}g}") for value in values]


def _joined(found: Sequence[Finding], told: Sequence[Finding]) -> list[Finding]:
    """What cells and bounds tell; of a cell beyond its bounds not also that it is odd."""
    beyond = {one.row for one in told}
    odd = ("negative", "far_off")
    return [*(one for one in found if one.code not in odd or one.row not in beyond), *told]


def _behind(found: Iterable[Finding]) -> str:
    """The unit that most cells have behind their number."""
    return next((str(one.facts["unit"]) for one in found if one.code == "unit_in_cell"), "")


def stated_unit(header: str, units: str) -> str:
    """The unit that a header has in brackets, else that of the line below."""
    inside = _IN_BRACKETS.search(header)
    return inside[1] if inside else units.strip("()[] ")


def exact_factor(unit: str, wanted: str) -> float | None:
    """By how much values in `unit` are to be multiplied; None where no exact factor is known.

    A unit that is not stated is that of the trait; grams per plot are no tonnes per hectare, for
    nobody knows here how much of the plot was harvested.
    """
    if not unit or not wanted or _same(unit, wanted):
        return 1.0
    given, asked = _parts(unit), _parts(wanted)
    if len(given) != len(asked):
        return None
    factor = 1.0
    for place, (one, other) in enumerate(zip(given, asked, strict=True)):
        if one is None or other is None or one.dimension != other.dimension:
            return None
        if one.base != other.base or isnan(one.factor + other.factor):
            return None
        factor *= one.factor / other.factor if place == 0 else other.factor / one.factor
    return float(f"{factor:.{_FIGURES}g}")


def _same(one: str, other: str) -> bool:
    return _spelled(one) == _spelled(other)


def _spelled(unit: str) -> str:
    """A unit in one spelling: `t.ha⁻¹`, `t ha-1` and `t par ha` as t/ha."""
    text = _POWER.sub(_divided, plain(unit))
    return re.sub(r"[\s.·]*/\s*", "/", _PER.sub("/", text)).strip()


def _divided(found: re.Match[str]) -> str:
    return f"/{found[1]}{'2' if found[2] == '2' else ''}"


def _parts(unit: str) -> list[Unit | None]:
    return [unit_of(part) for part in _spelled(unit).split("/")]


def _out_of_bounds(trait: Trait, line: int, text: str, value: float) -> Finding | None:
    if value < 0.0 and _is_amount(trait.unit):
        return Finding(line, trait.name, text, "below_nothing", {"unit": trait.unit})
    if value < trait.low or value > trait.high:
        facts = {"low": _bound(trait.low), "high": _bound(trait.high), "unit": trait.unit}
        return Finding(line, trait.name, text, "out_of_bounds", facts, used=True)
    return None


def _is_amount(unit: str) -> bool:
    """Whether a unit measures something that cannot be less than nothing."""
    first = _parts(unit)[0] if unit else None
    return first is not None and first.dimension in _AMOUNTS


def _bound(value: float) -> str:
    return "…" if isnan(value) else f"{value:g}"


def conflicting(
    lines: Sequence[tuple[int, int]], trait: str, said: Said, texts: Mapping[int, str]
) -> Iterator[Finding]:
    """Values of one plot that two lines tell differently: nobody knows which of them is meant.

    Parameters
    ----------
    lines : Lines that speak of a plot again, each with the earlier one.
    """
    for line, earlier in lines:
        if line not in said.values or earlier not in said.values:
            continue
        one, other = said.values[line], said.values[earlier]
        if one != other and not (isnan(one) and isnan(other)):
            facts = {"earlier": earlier, "other": texts[earlier]}
            yield Finding(line, trait, texts[line], "plot_told_twice", facts)
