"""Names as people spell them: the same one with other capitals, accents, spaces and zeros."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_NOTHING = ("NA", "N/A", "#N/A", "NaN", "nan", "NULL", ".")


def level_text(text: str) -> str:
    """The level of a cell; empty where a program has written that there is none."""
    return "" if text in _NOTHING else text


def plain(text: str) -> str:
    """Without accents, capitals and doubled spaces."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    flat = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return " ".join(flat.split())


def plain_header(header: str) -> str:
    """A header without its unit and signs: `Yield (t/ha)` → yield."""
    return re.sub(r"[^a-z0-9]+", " ", plain(_IN_BRACKETS.sub(" ", header))).strip()


def plain_level(level: str) -> str:
    """What spellings of a level have in common: `golden_rain` and `GoldenRain`, `G1` and `G01`.

    Signs that tell levels apart (`+`, `-`) stay, except a hyphen between words.
    """
    number = number_of(level)
    if number is not None:
        return f"{number:.12g}"
    text = re.sub(r"(?<=[^\W\d])[-–](?=[^\W\d]{2})", "", plain(level))
    text = re.sub(r"[\s_.'’\"]+", "", text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text) or level


def number_of(text: str) -> float | None:
    """The number that a level is, with a point or a decimal comma; None where it is a name."""
    if not re.fullmatch(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)", text.strip()):
        return None
    return float(text.strip().replace(",", "."))


def near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known names that a misspelt one may stand for, the likeliest first."""
    by_plain = {plain(one): one for one in known}
    return tuple(by_plain[one] for one in get_close_matches(plain(name), by_plain, n=3, cutoff=0.5))
