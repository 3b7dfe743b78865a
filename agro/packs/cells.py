"""The cells of a pack's files: what a number, a day, a name or an EUI may look like."""

import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from agro.packs.faults import hint


def _decimal(value: object, info: ValidationInfo) -> object:
    """A decimal comma is read where the file's cells are divided by semicolons."""
    if isinstance(value, str) and (info.context or {}).get("decimal_comma"):
        return value.replace(",", ".", 1)
    return value


def listed(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [part.strip() for part in re.split(r"[;|]", value) if part.strip()]


def shaped(pattern: str, remedy: str) -> AfterValidator:
    """Text of this pattern; `remedy` is told where it is not."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(remedy)
        return text

    return AfterValidator(check)


def known_to(find: Callable[[str], str], names: Collection[str], told: str) -> AfterValidator:
    """A name that `find` knows."""

    def check(name: str) -> str:
        try:
            return find(name)
        except (ValueError, KeyError) as error:
            near = hint(name.lower(), names, "the README")
            raise ValueError(f"{told}; {near}") from error

    return AfterValidator(check)


def _date(value: object) -> object:
    """A day that exists, as 2026-07-20."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("is not a date; write it as 2026-07-20")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("is a date that does not exist") from error


def _eui(value: object) -> object:
    """Sixteen hexadecimal digits, however the label divides them."""
    return re.sub(r"[-:\s]", "", value).upper() if isinstance(value, str) else value


def _zone(name: str) -> str:
    if name not in available_timezones():
        near = hint(name, available_timezones(), "the IANA list; it is written Europe/Paris")
        raise ValueError(f"is not a time zone; {near}")
    return name


Number = Annotated[float, BeforeValidator(_decimal), Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(gt=0, le=1)]
Percent = Annotated[Number, Field(ge=0, le=100)]
WaterContent = Annotated[Number, Field(gt=0, lt=1)]
Latitude = Annotated[Number, Field(ge=-90, le=90)]
Longitude = Annotated[Number, Field(ge=-180, le=180)]
Elevation = Annotated[Number, Field(ge=-500, le=9000)]
Day = Annotated[date, BeforeValidator(_date)]
Name = Annotated[str, Field(min_length=1)]
Slug = Annotated[
    str,
    shaped(
        "[a-z0-9]+(-[a-z0-9]+)*", "must be lower-case letters, digits and hyphens, as in planche-1"
    ),
]
Clock = Annotated[
    str, shaped(r"([01]\d|2[0-3]):[0-5]\d", "is not a time of day; write it as 05:30")
]
DeviceName = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9][A-Za-z0-9._-]*",
        "is not a device's name in a network; use letters, digits, hyphens and dots",
    ),
]
Eui = Annotated[
    str,
    BeforeValidator(_eui),
    shaped("[0-9A-F]{16}", "must be the 16 hexadecimal digits on the device's label"),
]
Depth = Annotated[Number, Field(ge=0, le=1000)]

Timezone = Annotated[str, AfterValidator(_zone)]
Depths = Annotated[tuple[Depth, ...], BeforeValidator(listed)]
Days = Annotated[tuple[Day, ...], BeforeValidator(listed)]
