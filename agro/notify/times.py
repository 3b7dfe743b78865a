"""When somebody is told: at once, after the quiet hours, or at the hour of the digest."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from agro.store.alerts.subscriptions import AlertSubscription

_DAY = timedelta(days=1)


def due_at(
    one: AlertSubscription, kind: str, at: datetime, zone: tzinfo, *, in_digest: bool = True
) -> datetime:
    """When an event of a kind is told to a subscriber who could be told at `at`."""
    if kind in one.wake:
        return at
    if in_digest and one.digest_hour is not None:
        return _next(at, 60 * one.digest_hour, zone)
    if is_quiet(one, at, zone) and one.quiet_until is not None:
        return _next(at, one.quiet_until, zone)
    return at


def is_quiet(one: AlertSubscription, at: datetime, zone: tzinfo) -> bool:
    """Whether it is within the quiet hours of a subscriber."""
    start, end = one.quiet_from, one.quiet_until
    if start is None or end is None or start == end:
        return False
    local = at.astimezone(zone)
    minute = 60 * local.hour + local.minute
    return start <= minute < end if start < end else minute >= start or minute < end


def _next(at: datetime, minute: int, zone: tzinfo) -> datetime:
    """The next time, `at` or later, at which local clocks show this minute of the day."""
    today = at.astimezone(zone).date()
    first = _on(today, minute, zone)
    return first if first >= at else _on(today + _DAY, minute, zone)


def _on(day: date, minute: int, zone: tzinfo) -> datetime:
    clock = time(minute // 60 % 24, minute % 60)
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
