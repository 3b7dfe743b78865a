"""Answers go to standard output, everything else to standard error; `--json` is one document."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from agro.errors import BadInput, StoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from agro.config import Settings

_Made = TypeVar("_Made")

_PIPED_WIDTH = 160  # columns of a table that no terminal limits


def answer(text: str) -> None:
    """A line of the answer."""
    typer.echo(text)


def tell(lines: str | Iterable[str]) -> None:
    """Lines beside the answer; of a process that logs JSON, part of its log."""
    from agro.logs import is_structured

    for line in (lines,) if isinstance(lines, str) else lines:
        if is_structured():
            logging.getLogger("agro").warning(line)
        else:
            typer.echo(line, err=True)


def answer_json(document: Any) -> None:
    """The answer as one JSON document; missing numbers are null, times end in Z."""
    typer.echo(json.dumps(jsonable(document), ensure_ascii=False, allow_nan=False))


def jsonable(value: Any) -> Any:
    """What JSON can hold: NaN as null, dates and times as ISO text, NumPy numbers as numbers."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, datetime):
        return zulu(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not isfinite(value) else value


def zulu(time: datetime) -> str:
    """An aware time as ISO 8601 in UTC: `2026-07-20T05:00:00Z`."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def answer_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The answer as a table for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPED_WIDTH)
    console.print(table)


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, float):
        return f"{value:.2f}"
    return zulu(value) if isinstance(value, datetime) else str(value)


SHOWN = 6  # names in a hint; a line stays readable


def nearest(name: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown name."""
    names = list(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    near = near or [one for one in names if name and name.lower() in one.lower()][:3]
    if near:
        return f"did you mean {' or '.join(near)}?"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"known: {', '.join(sorted(names)[:SHOWN])}{more}" if names else "none is known yet"


class Gathered:
    """Everything that cannot be of one command: all its lines at once, not only the first."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def of(self, make: Callable[[], _Made]) -> _Made | None:
        """What `make` gives; None where it is bad input, which is kept."""
        try:
            return make()
        except BadInput as error:
            self._lines += error.lines
            return None

    def check(self) -> None:
        """End here if something was kept.

        Raises
        ------
        BadInput  With all the lines.
        """
        if self._lines:
            raise BadInput(self._lines)


def pairs(options: Sequence[str], option: str) -> dict[str, str]:
    """`name=value` options as a dict.

    Raises
    ------
    BadInput  One has no `=`.
    """
    wrong = [one for one in options if "=" not in one.strip("=")]
    if wrong:
        raise BadInput(f"{option}: {one!r} is not name=value; write it so" for one in wrong)
    return {name.strip(): value.strip() for name, _, value in (o.partition("=") for o in options)}


def configured() -> "Settings":
    """The settings.

    Raises
    ------
    BadInput  One of them cannot be used.
    """
    import tomllib

    from pydantic import ValidationError

    from agro.config import now, settings

    try:
        found = settings()
        now()
    except ValidationError as error:
        lines = [
            f"AGRO_{'_'.join(str(part) for part in fault['loc']).upper()}: "
            f"{fault['input']!r} cannot be used ({fault['msg']}); correct or unset it"
            for fault in error.errors()
        ]
        raise BadInput(lines) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput([f"agro.toml: cannot be read ({error}); correct it"]) from error
    except ValueError as error:
        line = f"AGRO_CLOCK: cannot be read ({error}); write 2026-07-20T05:00:00Z@1795500000"
        raise BadInput([line]) from error
    return found


@contextmanager
def store(url: str | None = None) -> Iterator["Engine"]:
    """The engine of the configured store.

    Raises
    ------
    StoreError  The database cannot be opened, or it failed on the way.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from agro.store import open_store

    engine = open_store(url or configured().database)
    try:
        yield engine
    except SQLAlchemyError as error:
        told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise StoreError(f"the database failed: {told}; see agro doctor") from error
    finally:
        engine.dispose()
