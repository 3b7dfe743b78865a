"""Hours and local days: where a bucket starts and ends, daylight-saving nights included."""

from datetime import UTC, datetime, timedelta, tzinfo

HOUR = 3600
LONGEST_DAY = 25 * HOUR


def hour_start(time: int, zone: tzinfo) -> int:
    """Start of the local hour that holds `time` (epoch s): days are whole hours in every zone."""
    offset = datetime.fromtimestamp(time, UTC).astimezone(zone).utcoffset() or timedelta()
    shift = int(offset.total_seconds()) % HOUR
    return (time + shift) // HOUR * HOUR - shift


def day_bounds(time: int, zone: tzinfo) -> tuple[int, int]:
    """Start and end (epoch s) of the local day that holds `time`: 23, 24 or 25 hours apart."""
    day = datetime.fromtimestamp(time, UTC).astimezone(zone).date()
    return midnight(day.toordinal(), zone), midnight(day.toordinal() + 1, zone)


def midnight(ordinal: int, zone: tzinfo) -> int:
    """Epoch seconds at which the local day with this proleptic ordinal begins."""
    start = datetime.fromordinal(ordinal).replace(tzinfo=zone)
    return int(start.timestamp())
