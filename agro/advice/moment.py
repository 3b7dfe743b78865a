"""The moment an advice is issued, in the garden's own time; nothing later is ever read."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import cos, pi


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware time and the time zone whose dates are the days."""

    at: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        """The local date."""
        return self.at.astimezone(self.zone).date()

    @property
    def end(self) -> datetime:
        """End of half-open reading intervals: the moment itself is still read."""
        return datetime.fromtimestamp(int(self.at.timestamp()) + 1, UTC)

    def midnight(self, day: date) -> datetime:
        """The start of a local day, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def date_of(self, at: datetime) -> date:
        """The local date of a time."""
        return at.astimezone(self.zone).date()

    def elapsed_share(self, at: datetime) -> float:
        """Share of its local day's hours that has passed."""
        start = self.midnight(self.date_of(at))
        length = self.midnight(self.date_of(at) + timedelta(days=1)) - start
        return (at - start) / length


def et_share(at: datetime, longitude: float) -> float:
    """Share of a day's evapotranspiration that has passed: a half cosine from 6 to 20 h solar time.

    Nine tenths of it falls between 8 and 18 h, as hourly ET₀ does on a summer day.
    """
    utc = at.astimezone(UTC)
    hour = (utc.hour + utc.minute / 60 + utc.second / 3600 + longitude / 15) % 24
    return (1 - cos(pi * min(max((hour - 6) / 14, 0.0), 1.0))) / 2


def next_start(moment: Moment, start: str, end: str) -> datetime:
    """When watering may next begin: now within the preferred hours, else at their next start.

    Hours are the garden's clock, whatever the daylight saving; a start that the spring night
    skips is taken an hour later, as clocks do.
    """
    opens, closes = _clock(start), _clock(end)
    for day in (moment.today - timedelta(days=1), moment.today, moment.today + timedelta(days=1)):
        first = datetime.combine(day, opens, moment.zone).astimezone(UTC)
        last_day = day if closes > opens else day + timedelta(days=1)
        last = datetime.combine(last_day, closes, moment.zone).astimezone(UTC)
        if moment.at < last:
            return max(first, moment.at.astimezone(UTC))
    return moment.at.astimezone(UTC)


def window_minutes(start: str, end: str) -> float:
    """Length of the preferred hours on the garden's clock; past midnight where they end before."""
    opens, closes = _clock(start), _clock(end)
    minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    return float(minutes if minutes > 0 else minutes + 24 * 60)


def is_afternoon(at: datetime, moment: Moment) -> bool:
    """Whether most of the day's sun is past at this time."""
    return at.astimezone(moment.zone).hour >= 13


def _clock(text: str) -> time:
    """`05:30`; midnight where nothing is stated."""
    return time.fromisoformat(text) if text else time()
