"""The one shape of every outside source: what is asked, how its answer is read, whose it is.

A source is a `Feed`: `ask` makes the request for a place, `read` makes values of the bytes that
came back and does nothing else, so that kept bytes can be read again. `fetch` joins the two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Generic, Literal, TypeVar

from sensors.feeds.weather_table import Fault

Mode = Literal["live", "file", "simulated"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Licence:
    """Under what terms values are used, and the line that has to stand beside them."""

    name: str
    attribution: str
    link: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody asks for. `area` is the code of its municipality, `zone` its clock."""

    latitude: float
    longitude: float
    elevation: float
    zone: tzinfo
    area: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One question. What is in `secrets` and `headers` is sent and shown nowhere.

    `answers` are the statuses whose body is an answer; any other is a fault.
    """

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    answers: frozenset[int] = frozenset({200})


@dataclass(frozen=True, slots=True)
class Known:
    """What the server said of the last answer, by which it knows whether a new one differs."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: bytes as they were, or nothing where the last answer still holds."""

    status: int
    body: bytes
    known: Known

    @property
    def is_unchanged(self) -> bool:
        """Whether the last answer still holds."""
        return self.status == 304


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """Values, the newest time they tell of (None: the source does not say) and what was wrong."""

    value: T
    observed_at: datetime | None
    problems: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed(Generic[T]):
    """An outside source. `key` is the `source` of the rows that come of it."""

    key: str
    licence: Licence
    ask: Callable[[Place], Request]
    read: Callable[[bytes, Place], Parsed[T]]


@dataclass(frozen=True, slots=True)
class Observed(Generic[T]):
    """Values with all that is known of their origin."""

    value: T
    source: str
    observed_at: datetime
    fetched_at: datetime
    licence: Licence
    mode: Mode
    problems: tuple[Fault, ...] = ()


def observed(
    feed: Feed[T], body: bytes, place: Place, *, fetched_at: datetime, mode: Mode = "live"
) -> Observed[T]:
    """The values of an answer, new or kept.

    Raises
    ------
    FeedError  It cannot be read: its reason begins with `unreadable`.
    """
    parsed = feed.read(body, place)
    return Observed(
        value=parsed.value,
        source=feed.key,
        observed_at=parsed.observed_at or fetched_at,
        fetched_at=fetched_at,
        licence=feed.licence,
        mode=mode,
        problems=parsed.problems,
    )
