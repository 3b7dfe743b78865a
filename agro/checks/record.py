"""One thing that was looked at, how it was found, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Status = Literal["ok", "warn", "fail"]

_NAMED = 6  # so many names make a readable line


@dataclass(frozen=True, slots=True)
class Check:
    """How `check` was found; `to_do` is empty where nothing is to be done."""

    check: str
    status: Status
    found: str
    to_do: str = ""

    @property
    def ok(self) -> bool:
        """Whether it works, if not perfectly."""
        return self.status != "fail"


def good(check: str, found: str) -> Check:
    """As it should be."""
    return Check(check, "ok", found)


def warn(check: str, found: str, to_do: str) -> Check:
    """It works, and somebody should look at it."""
    return Check(check, "warn", found, to_do)


def fail(check: str, found: str, to_do: str) -> Check:
    """It does not work."""
    return Check(check, "fail", found, to_do)


def span(age: timedelta) -> str:
    """`12 min`, `30 h`, `5 d`."""
    minutes = age / timedelta(minutes=1)
    if minutes < 120:
        return f"{max(minutes, 0.0):.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 72 * 60 else f"{age.days} d"


def named(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def amount(count: int, one: str, many: str = "") -> str:
    """`1 message`, `3 messages`."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def megabytes(size: int) -> str:
    """`12 MB`, `3.4 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
