"""Numbers as people write them: 3.5, 3,5, 1 234,5, 3.5 kg, ½ is none."""

import re
from math import nan

from agro.logbook.rows import Refused

MOST = 1e8  # of anything: what is more is a slip
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "–", "—", "?", "nd", "n.d."})
_SPLIT = re.compile(r"([-+−]?[\d.,\s'’]*\d(?:[.,]?(?:[eE][-+]?\d+)?))\s*([^\d\s].*)?", re.DOTALL)
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+")


def number_and_unit(text: str, field: str, *, comma: bool) -> tuple[float, str]:
    """The number of a cell and the unit behind it, NaN where nothing stands.

    `comma`: a comma alone is always decimal, as in files that separate cells otherwise.

    Raises
    ------
    Refused  It is no number, is negative, may be two numbers, or is out of all proportion.
    """
    cleaned = text.strip()
    if cleaned.casefold() in _MISSING:
        return nan, ""
    parts = _SPLIT.fullmatch(cleaned)
    value = None if parts is None else _value(parts[1], text, field, comma=comma)
    if parts is None or value is None:
        raise Refused(field, text, "not_a_number")
    if value < 0.0:
        raise Refused(field, text, "negative")
    if value > MOST:
        raise Refused(field, text, "too_much", most=MOST)
    return value, (parts[2] or "").strip()


def _value(number: str, text: str, field: str, *, comma: bool) -> float | None:
    plain = re.sub(r"[\s'’]", "", number).replace("−", "-")
    if "," in plain and "." in plain:  # the last of them is the decimal sign
        plain = plain.replace("." if plain.rfind(",") > plain.rfind(".") else ",", "")
    elif not comma and _GROUPED.fullmatch(plain) and not plain.lstrip("+-").startswith("0"):
        raise Refused(field, text, "comma_unclear", whole=plain.replace(",", ""))
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return None
