"""GTFS Realtime: where public transport runs, how late it is, and what its riders are told.

An answer is one protobuf message. An operator offers vehicle positions, trip updates and alerts at
one address or at three; all of one host become one piece of equipment of kind `transit`. A delay
is that of a trip's next stop. Where a trip tells times alone, how late it is would need the
timetable: it has no delay.

References
----------
[1] MobilityData. GTFS Realtime Reference, v2.0: FeedMessage, TripUpdate, VehiclePosition, Alert.
    https://gtfs.org/documentation/realtime/reference/
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as gtfs

from sensors.errors import FeedError
from sensors.feeds.city_assets import LONGEST_NAME, Equipment, Measured, Report
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request

KEY = "gtfs-rt"
Part = Literal["positions", "trips", "alerts"]
MOST_ALERTS = 50  # whose texts are kept
SEEN_WITHIN = timedelta(minutes=15)  # a vehicle that was seen before is parked, or lost
_LONGEST_TEXT = 600
_GONE = frozenset({gtfs.TripDescriptor.CANCELED, gtfs.TripDescriptor.DELETED})


def network(
    url: str, parts: Collection[Part], *, licence: Licence | None = None
) -> Feed[tuple[Report, ...]]:
    """What one address tells of a network.

    Parameters
    ----------
    url : Address of the message. What stands in its query may be a key, and is shown nowhere.
    parts : What it is there for: of these, nothing told means none.
    """
    where = urlsplit(url)
    host = where.hostname or KEY
    shown = where._replace(query="", fragment="").geturl()
    key = f"{KEY}@{host}{where.path}"

    def ask(_place: Place) -> Request:
        asked = dict(parse_qsl(where.query, keep_blank_values=True))
        return Request(shown, secrets=asked, headers={"Accept": "application/x-protobuf, */*"})

    def read(body: bytes, place: Place) -> Parsed[tuple[Report, ...]]:
        return read_network(body, parts, f"{KEY}:{host}"[:LONGEST_NAME], place)

    return Feed(key, licence or Licence("", "", shown), ask, read)


def read_network(
    body: bytes, parts: Collection[Part], name: str, place: Place
) -> Parsed[tuple[Report, ...]]:
    """What a message tells, as the report of a network that stands at `place`.

    Raises
    ------
    FeedError  `unreadable`: it is no protobuf, no feed, or does not say of when it is.
    """
    told = _message(body)
    at = _time(told.header.timestamp)
    if at is None:
        raise _unreadable("its header tells no time, or none that can be")
    entities = [one for one in told.entity if not one.is_deleted]
    measured: list[Measured] = []
    details: dict[str, object] = {}
    if "positions" in parts:
        seen = [one.vehicle for one in entities if one.HasField("vehicle")]
        measured.append(Measured("vehicles_seen", _seen(seen, at), at))
    if "trips" in parts:
        measured += _trips([one.trip_update for one in entities if one.HasField("trip_update")], at)
    if "alerts" in parts:
        alerts = [one.alert for one in entities if one.HasField("alert")]
        held = [one for one in alerts if _holds(one, at)]
        measured.append(Measured("service_alerts", float(len(held)), at))
        details["alerts"] = [_alert(one) for one in held[:MOST_ALERTS]]
    own = Equipment(
        name,
        "transit",
        label=name.partition(":")[2],
        latitude=place.latitude,
        longitude=place.longitude,
        mode="live",
        details=details,
    )
    text = f"{len(told.entity)} entities of {told.header.gtfs_realtime_version or 'no version'}"
    return Parsed((Report(name, own, tuple(measured), text=text),), at)


def _message(body: bytes) -> gtfs.FeedMessage:
    try:
        told = gtfs.FeedMessage.FromString(body)
    except DecodeError as error:
        raise _unreadable("is no GTFS Realtime message") from error
    if not body or not told.IsInitialized():
        raise _unreadable("is no whole GTFS Realtime message")
    if told.header.incrementality != gtfs.FeedHeader.FULL_DATASET:
        raise _unreadable("tells only what has changed; ask the operator for the full data set")
    return told


def _unreadable(why: str) -> FeedError:
    return FeedError(KEY, "answer", f"unreadable: {why}")


def _time(epoch: int) -> datetime | None:
    """A time of seconds since 1970; None where it is not told or no time that can be."""
    try:
        return datetime.fromtimestamp(epoch, UTC) if epoch else None
    except (OverflowError, OSError, ValueError):
        return None


def _seen(vehicles: list[gtfs.VehiclePosition], at: datetime) -> float:
    """How many vehicles are on the road; one that does not say when it was seen is seen now."""
    own = [_time(one.timestamp) if one.timestamp else at for one in vehicles]
    return float(sum(1 for one in own if one is not None and at - one <= SEEN_WITHIN))


def _trips(trips: list[gtfs.TripUpdate], at: datetime) -> Iterator[Measured]:
    """The mean delay of the trips that tell one, and how many do not run."""
    running = [one for one in trips if one.trip.schedule_relationship not in _GONE]
    delays = [late for one in running if (late := _delay(one, at)) is not None]
    mean = sum(delays) / len(delays) if delays else nan
    yield Measured("transit_delay", mean, at)
    yield Measured("trips_cancelled", float(len(trips) - len(running)), at)


def _delay(trip: gtfs.TripUpdate, at: datetime) -> float | None:
    """How late a trip is at its next stop, else as a whole; early is below 0. [s]"""
    coming: list[float] = []
    for stop in trip.stop_time_update:
        for event in (stop.arrival, stop.departure):
            if event.HasField("delay"):
                coming.append(float(event.delay))
                if not event.time or event.time >= at.timestamp():
                    return coming[-1]
    if trip.HasField("delay"):
        return float(trip.delay)
    return coming[-1] if coming else None


def _holds(alert: gtfs.Alert, at: datetime) -> bool:
    """Whether an alert holds now; one that names no time always does."""
    now = at.timestamp()
    spans = [(one.start, one.end) for one in alert.active_period]
    return not spans or any(start <= now and (not end or now <= end) for start, end in spans)


def _alert(alert: gtfs.Alert) -> dict[str, object]:
    """Its texts by language, the standard's word for its effect, and until when it holds."""
    ends = [one.end for one in alert.active_period]
    until = None if not ends or 0 in ends else _time(max(ends))
    return {
        "title": _texts(alert.header_text),
        "text": _texts(alert.description_text),
        "effect": _effect(alert.effect),
        "until": None if until is None else f"{until:%Y-%m-%dT%H:%M:%SZ}",
    }


def _effect(number: int) -> str:
    known = gtfs.Alert.Effect
    return known.Name(number).lower() if number in known.values() else "unknown_effect"


def _texts(told: gtfs.TranslatedString) -> dict[str, str]:
    """Texts by their language, empty where none is stated: `fr`, `en`."""
    found: dict[str, str] = {}
    for one in told.translation:
        language = one.language.replace("_", "-").partition("-")[0].lower()
        found.setdefault(language, " ".join(one.text.split())[:_LONGEST_TEXT])
    return found
