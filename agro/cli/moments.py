"""Moments that people give on the command line: a time with its zone, or a day of the city."""

from datetime import UTC, datetime, tzinfo
from typing import Annotated

import typer

from agro.errors import BadInput

Since = Annotated[
    str,
    typer.Option(metavar="TIME", help="From when: 2026-07-20, or 2026-07-20T05:00Z."),
]

_LENGTH_OF_A_DAY = len("2026-07-20")


def moment_of(text: str, zone: tzinfo, option: str = "--since") -> datetime | None:
    """The moment of a text, a day's is its midnight in `zone`; None of an empty one.

    Raises
    ------
    BadInput  It is no time, or one without a zone.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        line = f"{option}: {text!r} is not a time; write it as 2026-07-20T05:00:00Z"
        raise BadInput([line]) from error
    if found.tzinfo is None and len(text) > _LENGTH_OF_A_DAY:
        raise BadInput([f"{option}: {text!r} has no time zone; write it as {text}Z for UTC"])
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
