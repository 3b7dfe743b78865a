"""Measured cells as people write them to numbers: 3.5, 3,5, 1 234,5, 3.5 kg, n.d., #DIV/0!."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from agro.trials.findings import Finding

_MISSING = frozenset(
    {
        *(
            "",
            "na",
            "n/a",
            "nan",
            "null",
            "none",
            "-",
            "–",
            "—",
            "?",
            "nd",
            "n.d.",
            "n.d",
            ".",
            "..",
        ),
        *("*", "x", "missing", "manquant", "manquante", "lost", "perdu", "perdue", "dead", "mort"),
    }
)
_SPLIT = re.compile(r"([-+−]?[\d.,\s'’\u202f]*\d[.,]?(?:[eE][-+]?\d+)?)\s*([^\d\s].*)?", re.DOTALL)
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
_GROUPS = re.compile(r"[-+−]?\s?\d{1,3}(?:[\s'’\u202f]\d{3})+(?:[.,]\d*)?")
_UNIT = re.compile(r"[a-zA-Zµμ%°²³/·.\s⁻¹]+2?(/[a-z]+2?)?")
_MONTH = (
    r"(jan|feb|fev|fév|mar|apr|avr|may|mai|jun|juin|jul|juil|aug|aou|aoû|sep|oct|nov|dec|déc)"
    r"[a-zé]*"
)
_DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d([ T].*)?|\d\d?[-/.]\d\d?[-/.](\d{{4}}|\d\d)|\d\d?[- ]{_MONTH}\.?([- ]\d+)?"
    rf"|{_MONTH}\.?[- ]\d+",
    re.IGNORECASE,
)
_ERROR = re.compile(r"#(DIV/0!|N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|N/D|NOM\?|VALEUR!|NOMBRE!|#+)")
_TWO = re.compile(r"[\d.,]+\s*(-|–|/|±|\+/-|\bto\b|\bet\b|\band\b|;|\bà\b)\s*[\d.,]+")
_SENTINELS = (-9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0, 99999.0)
_SERIALS = (30_000.0, 60_000.0)  # days since 1900 of the years 1982–2064
_LONGEST_UNIT = 12  # characters; more is a remark
_ENOUGH = 8  # values that show what is usual
_GAP = 3.0  # times beyond all others
_FAR = 6.0  # times beyond the median
_MOST_ODD = 20  # values; what is odd in more of them is how the column is


@dataclass(frozen=True, slots=True)
class Measured:
    """The numbers of a column, NaN where nothing stands or what stands cannot be used."""

    values: tuple[float, ...]
    findings: tuple[Finding, ...]


def is_missing(text: str) -> bool:
    """Whether a cell says that nothing was measured."""
    return text.casefold() in _MISSING


def measured(
    column: str, cells: Sequence[tuple[int, str]], *, comma: bool, unit: str = ""
) -> Measured:
    """The numbers of the cells of one column, each with its row.

    `comma`: a comma alone is always decimal, as in files that separate cells otherwise. `unit`: the
    one that the header states.
    """
    comma = comma or any(_decimal_comma(text) for _, text in cells)
    read = [_cell(row, column, text, comma=comma) for row, text in cells]
    values = [value for value, _, _ in read]
    found = [finding for _, _, finding in read if finding is not None]
    units = [(row, text, unit) for (row, text), (_, unit, _) in zip(cells, read, strict=True)]
    found += _units(column, units, unit)
    found += _unusual(column, cells, values, {one.row for one in found if not one.used})
    left_out = {one.row for one in found if not one.used}
    kept = (
        nan if row in left_out else value for (row, _), value in zip(cells, values, strict=True)
    )
    return Measured(tuple(kept), tuple(sorted(found, key=lambda one: one.row)))


def _decimal_comma(text: str) -> bool:
    """Whether the comma of a cell can only be decimal."""
    return bool(re.fullmatch(r"[-+]?(0*,\d+|\d+,(\d{1,2}|\d{4,}))(\s*[^\d\s,.].*)?", text))


def _cell(row: int, column: str, text: str, *, comma: bool) -> tuple[float, str, Finding | None]:
    """The number, the unit behind it, and what is wrong with the cell."""
    if is_missing(text):
        return nan, "", None
    code = _strange(text)
    if code:
        return nan, "", Finding(row, column, text, code)
    parts = _SPLIT.fullmatch(text)
    if parts is None or not _is_number(parts[1].strip(), (parts[2] or "").strip()):
        return nan, "", Finding(row, column, text, "not_a_number")
    number = re.sub(r"[\s'’\u202f]", "", parts[1]).replace("−", "-")
    if "," in number and "." in number:  # the last of them is the decimal sign
        number = number.replace("." if number.rfind(",") > number.rfind(".") else ",", "")
    elif not comma and _GROUPED.fullmatch(number):
        facts = {"whole": number.replace(",", ""), "decimal": number.replace(",", ".")}
        return nan, "", Finding(row, column, text, "comma_unclear", facts)
    try:
        value = float(number.replace(",", "."))
    except ValueError:
        return nan, "", Finding(row, column, text, "not_a_number")
    if not np.isfinite(value):
        return nan, "", Finding(row, column, text, "not_finite")
    return value, (parts[2] or "").strip(), None


def _is_number(number: str, unit: str) -> bool:
    """Whether spaces in the digits make groups of three, and what is behind may be a unit."""
    spaced = re.search(r"[\s'’\u202f]", number.lstrip("-+− "))
    behind = not unit or (len(unit) <= _LONGEST_UNIT and _UNIT.fullmatch(unit))
    return bool(behind and (not spaced or _GROUPS.fullmatch(number)))


def _strange(text: str) -> str:
    """The code of what is surely no number; empty where it may be one."""
    low = text.casefold()
    if _ERROR.fullmatch(text.upper()):
        return "spreadsheet_error"
    if text.startswith("="):
        return "formula"
    if _DATE.fullmatch(text):
        return "date_in_number"
    if low.lstrip("+-") in ("inf", "infinity", "∞"):
        return "not_finite"
    if text[0] in "<>≤≥":
        return "censored"
    return "two_numbers" if _TWO.fullmatch(low) else ""


def _units(column: str, cells: Sequence[tuple[int, str, str]], stated: str) -> list[Finding]:
    """Units in cells: the same in most of them is told; what may be of another unit is refused."""
    count = Counter(unit.casefold() for _, _, unit in cells if unit)
    if not count:
        return []
    filled = sum(1 for _, text, _ in cells if not is_missing(text))
    usual = stated.casefold() or count.most_common(1)[0][0]
    rare = not stated and count[usual] * 2 <= filled
    found, same = [], []
    for row, text, unit in cells:
        if unit and rare:
            found.append(Finding(row, column, text, "unit_alone", {"unit": unit}))
        elif unit and unit.casefold() != usual:
            found.append(Finding(row, column, text, "units_differ", {"usual": usual}))
        elif unit:
            same.append((row, text, unit))
    if same:
        row, text, unit = same[0]
        facts = {"unit": unit, "n": len(same)}
        found.append(Finding(row, column, text, "unit_in_cell", facts, used=True))
    return found


def _unusual(
    column: str, cells: Sequence[tuple[int, str]], values: Sequence[float], refused: set[int]
) -> list[Finding]:
    """Codes for missing, dates as numbers, slipped decimals, a lonely sign."""
    known = [
        (row, text, value)
        for (row, text), value in zip(cells, values, strict=True)
        if not isnan(value) and row not in refused
    ]
    few = min(max(1, len(known) // 20), _MOST_ODD)
    if len(known) < _ENOUGH:
        return []
    sizes = np.sort(np.array([value for _, _, value in known]))
    middle = float(np.median(sizes))
    low, high = _ends(sizes, few)
    below_zero = sizes[sizes < 0.0]
    lonely = len(below_zero) <= few
    coded = len(below_zero) <= len(sizes) / 2 and bool(np.isin(below_zero, _SENTINELS).all())
    found = []
    for row, text, value in known:
        below = 0.0 < value < min(low, middle / _FAR)
        beyond = value > high and value > _FAR * middle > 0.0
        negative = value < 0.0 and (lonely or coded)
        code = _unusual_code(value, negative=negative, below=below, beyond=beyond)
        if code:
            used = code in ("far_off", "negative")
            facts = {"median": middle}
            found.append(Finding(row, column, text, code, facts, used=used))
    return [one for one in found if one.code == "missing_code" or len(found) <= few]


def _unusual_code(value: float, *, negative: bool, below: bool, beyond: bool) -> str:
    """What a value is that is not as the others; empty where it is as they are."""
    if value in _SENTINELS and (negative or beyond):
        return "missing_code"
    if beyond and _SERIALS[0] <= value <= _SERIALS[1] and value.is_integer():
        return "date_serial"
    if negative:
        return "negative"
    return "far_off" if below or beyond else ""


def _ends(sizes: NDArray[np.float64], few: int) -> tuple[float, float]:
    """The least and the greatest of the sorted values that a wide gap parts from a few others."""
    low, high = float(sizes[0]), float(sizes[-1])
    for n in range(1, few + 1):
        if 0.0 < _GAP * sizes[n - 1] <= sizes[n]:
            low = float(sizes[n])
        if sizes[-n] >= _GAP * sizes[-n - 1] > 0.0:
            high = float(sizes[-n - 1])
    return low, high
