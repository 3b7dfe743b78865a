"""French as prefectures write it, brought to one spelling, and the words known of it."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

_SPELLINGS = (
    (r"[\u00ad\u200b-\u200f\u2060\ufeff]", ""),  # soft hyphens, joiners and marks of direction
    (r"[’‘`´]", "'"),
    (r"[‐‑‒–—−]", "-"),
    (r"œ", "oe"),
    (r"\bg(?:ou|)t?t?es?[ -]*(?:a|à)[ -]*g(?:ou|)t?t?es?\b", "goutte-a-goutte"),
    (r"\by\.? ?/? ?c\.?(?= )", "y compris"),
    (r"\bminuit\b", "24h"),
    (r"\bmidi\b", "12h"),
    (r"(\d)[\s.](?=\d{3}\b)", r"\1"),  # 1 000 m³
    (r"\s+", " "),
)
_COMPILED = tuple((re.compile(pattern), to) for pattern, to in _SPELLINGS)


def plain(text: str) -> str:
    """Small letters without accents, one space between words, one way to write what has many.

    `Interdiction de 8 H à 20 H` and `interdiction de 8 h a 20 h` are the same text.
    """
    spelled = text.replace("\r\n", "\n").replace("\n", " ; ").lower()
    for pattern, to in _COMPILED:
        spelled = pattern.sub(to, spelled)
    parts = unicodedata.normalize("NFKD", spelled)
    return "".join(one for one in parts if not unicodedata.combining(one)).strip(" ;")


@cache
def vocabulary() -> dict[str, Any]:
    """What stands in `vigieau_words.toml`."""
    return tomllib.loads(files("sensors.feeds").joinpath("vigieau_words.toml").read_text("utf-8"))


def patterns(group: str) -> dict[str, re.Pattern[str]]:
    """The patterns of a group, each code's alternatives in one."""
    return {code: re.compile("|".join(told)) for code, told in vocabulary()[group].items()}


def words(group: str, name: str) -> list[str]:
    """A list of a group, written as a list or as words with spaces between."""
    told = vocabulary()[group][name]
    return told.split() if isinstance(told, str) else list(told)
