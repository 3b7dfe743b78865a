"""Times as the API writes them: ISO 8601 in UTC with milliseconds, an interval as from/to."""

from datetime import UTC, datetime

from agro.api.sensor_things.values import from_ms


def instant(ms: int | None) -> str | None:
    """The text of milliseconds since 1970; None stays None."""
    if ms is None:
        return None
    return f"{from_ms(ms):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z".rjust(24, "0")


def seconds(time: int | None) -> str | None:
    """The text of whole seconds since 1970; None stays None."""
    if time is None:
        return None
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def interval(start: int | None, end: int | None) -> str | None:
    """From/to of milliseconds since 1970; only the instant where both are the same."""
    if start is None or end is None:
        return None
    return instant(start) if start == end else f"{instant(start)}/{instant(end)}"
