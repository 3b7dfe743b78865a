"""What the commands of `agro chain` are given, read once: days, lots, places; bad input refused."""

from datetime import UTC, date, datetime, time, timedelta
from math import nan
from typing import TYPE_CHECKING

from agro.cli.output import nearest
from agro.cli.records_file import site_named
from agro.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from agro.records import LotUse


def or_nan(value: float | None) -> float:
    """A number; NaN where none was given."""
    return nan if value is None else value


def of_site(c: "Connection", site: str) -> None:
    """Refuse a site that does not exist; none is all."""
    if site:
        site_named(c, site)


def known_ways(c: "Connection", site: str, *, channel: str, outlet: str) -> None:
    """Refuse a channel and an outlet that are none."""
    from agro.store.deliveries import CHANNELS, outlets

    told = []
    slugs = [one.slug for one in outlets(c, site)]
    if outlet and outlet not in slugs:
        told.append(f"--outlet: {outlet!r} is no outlet of {site}; {nearest(outlet, slugs)}")
    if channel and channel not in CHANNELS:
        told.append(f"--channel: {channel!r} is none; {nearest(channel, CHANNELS)}")
    if not channel and not outlet:
        told.append("--channel: is missing; give it, or an --outlet")
    if told:
        raise BadInput(told)


def plot_named(c: "Connection", site: str, plot: str) -> None:
    """Refuse a plot that is not on the site."""
    from agro.store import farms

    slugs = [one.slug for one in farms.plots(c, site)]
    if plot and plot not in slugs:
        raise BadInput([f"--plot: {plot!r} is not on {site}; {nearest(plot, slugs)}"])


def uses_of(
    c: "Connection", site: str, given: "list[str] | tuple[str, ...]", unit: str
) -> "tuple[LotUse, ...]":
    """`CODE=QUANTITY`, or `NUMBER=QUANTITY`, as uses."""
    from agro.store.lots import lots

    if not given:
        return ()
    found = lots(c, site)
    by_name = {lot.code: lot for lot in found} | {str(lot.number): lot for lot in found}
    uses, told = [], []
    for one in given:
        code, _, written = one.partition("=")
        try:
            amount = float(written)
        except ValueError:
            amount = nan
        if code not in by_name:
            told.append(f"--lot: {code!r} is no lot of {site}; {nearest(code, by_name)}")
        elif not amount > 0:
            told.append(f"--lot: {one!r} is not CODE=QUANTITY; write how many {unit} of it")
        else:
            uses.append(by_name[code].use(amount))
    if told:
        raise BadInput(told)
    return tuple(uses)


def day_of(text: str, option: str) -> date:
    """A day as it was written."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput([f"{option}: {text!r} is not a date; write it as 2026-07-20"]) from error


def today(c: "Connection") -> date:
    """Today by the city's clock."""
    from agro.config import now
    from agro.store.values import time_zone

    return now().astimezone(time_zone(c)).date()


def noon_of(c: "Connection", text: str) -> datetime:
    """The noon of a day by the city's clock; today's when none is given."""
    from agro.store.values import time_zone

    day = day_of(text, "--date") if text else today(c)
    if day > today(c):
        raise BadInput([f"--date: {day} is in the future; note it when it has left"])
    return datetime.combine(day, time(12), time_zone(c)).astimezone(UTC)


def span_of(c: "Connection", start: str, end: str) -> tuple[datetime | None, datetime | None]:
    """Two days as moments, the second one with its day."""
    from agro.store.values import time_zone

    zone = time_zone(c)
    first = day_of(start, "--from") if start else None
    last = day_of(end, "--to") + timedelta(days=1) if end else None
    if first and last and last <= first:
        raise BadInput([f"--to: {end} is before --from {start}; exchange them"])
    begin, until = (
        None if day is None else datetime.combine(day, time(), zone) for day in (first, last)
    )
    return begin, until
