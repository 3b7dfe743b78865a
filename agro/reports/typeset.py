"""Values laid out by a template as a PDF that is kept for decades and read aloud.

A template gets every text as data, never as markup: what people wrote is printed as it stands.
Fonts are those that come with the typesetter, so that a report looks alike everywhere.
"""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import typst

STANDARDS: Final[list[Literal["a-2a", "ua-1"]]] = ["a-2a", "ua-1"]
"""Kept for decades (PDF/A-2a, ISO 19005-2), read aloud by a screen reader (PDF/UA-1, ISO 14289)."""
_INVISIBLE = {
    *range(0x202A, 0x202F),  # signs that turn the direction of what follows
    *range(0x2066, 0x206A),
    0xFEFF,
}


def typeset(told: Mapping[str, Any], templates: tuple[str, ...], when: datetime) -> bytes:
    """The values as a PDF; the same ones at the same time give the same bytes.

    It follows `STANDARDS` unless a text holds signs that the typesetter's own fonts lack: these
    are then taken from the fonts of the computer, and the PDF is a plain tagged one.
    """
    inputs = {"data": json.dumps(printable(told), ensure_ascii=False, allow_nan=False)}
    template = _template(templates)
    try:
        return typst.compile(
            template,
            sys_inputs=inputs,
            timestamp=when,
            ignore_system_fonts=True,
            pdf_standards=list(STANDARDS),
        )
    except typst.TypstError as error:
        if "could not be displayed" not in error.message:
            raise
        return typst.compile(template, sys_inputs=inputs, timestamp=when)


def printable(value: Any) -> Any:
    """The same values without signs that no font shows or that turn the text around."""
    if isinstance(value, str):
        return "".join(_shown(sign) for sign in value)
    if isinstance(value, Mapping):
        return {name: printable(one) for name, one in value.items()}
    return [printable(one) for one in value] if isinstance(value, (list, tuple)) else value


def _shown(sign: str) -> str:
    if ord(sign) in _INVISIBLE:
        return ""
    return " " if unicodedata.category(sign) == "Cc" and sign != "\n" else sign


@cache
def _template(names: tuple[str, ...]) -> bytes:
    folder = files("agro.reports")
    return b"\n".join(folder.joinpath(name).read_bytes() for name in names)
