"""A network's vehicles, delays and alerts, out of protobuf messages made with the same library."""

from datetime import UTC, datetime
from math import isnan

import pytest
from google.transit import gtfs_realtime_pb2 as gtfs

from sensors.errors import FeedError
from sensors.feeds import gtfs_realtime
from sensors.feeds.city_assets import Report
from sensors.feeds.gtfs_realtime import Part
from sensors.feeds.source import Place

AT = 1_784_520_000  # 2026-07-20T04:00:00Z
ALL: tuple[Part, ...] = ("positions", "trips", "alerts")
URL = "http://town/rt/all?token=A-KEY"


def feed_of(*, at: int = AT) -> gtfs.FeedMessage:
    return gtfs.FeedMessage(header=gtfs.FeedHeader(gtfs_realtime_version="2.0", timestamp=at))


def whole() -> gtfs.FeedMessage:
    """Three vehicles, one lost; four trips; two alerts, one over."""
    told = feed_of()
    for number, age in enumerate((20, 60, 7200)):
        seen = gtfs.VehiclePosition(timestamp=AT - age)
        told.entity.add(id=f"v{number}").vehicle.CopyFrom(seen)
    for number, late in enumerate((120, -30)):
        trip = told.entity.add(id=f"t{number}").trip_update
        trip.trip.trip_id = f"{number}"
        passed = trip.stop_time_update.add(stop_sequence=1)
        passed.arrival.delay, passed.arrival.time = 999, AT - 600
        coming = trip.stop_time_update.add(stop_sequence=2)
        coming.arrival.delay, coming.arrival.time = late, AT + 60
    gone = told.entity.add(id="t9").trip_update.trip
    gone.trip_id, gone.schedule_relationship = "9", gtfs.TripDescriptor.CANCELED
    timed = told.entity.add(id="t8").trip_update
    timed.trip.trip_id = "8"
    timed.stop_time_update.add(stop_sequence=2).arrival.time = AT + 90
    alert = told.entity.add(id="a1").alert
    alert.active_period.add(start=AT - 60, end=AT + 3600)
    alert.effect = gtfs.Alert.DETOUR
    for language, text in (("fr-FR", "Ligne  5\ndéviée"), ("en", "Line 5 diverted")):
        alert.header_text.translation.add(text=text, language=language)
    told.entity.add(id="a2").alert.active_period.add(end=AT - 1)
    told.entity.add(id="a3", is_deleted=True).alert.SetInParent()
    return told


def read(told: gtfs.FeedMessage | bytes, garden: Place, parts: tuple[Part, ...] = ALL) -> Report:
    body = told if isinstance(told, bytes) else told.SerializeToString()
    (report,) = gtfs_realtime.network(URL, parts).read(body, garden).value
    return report


def values(report: Report) -> dict[str, float]:
    return {one.quantity: one.value for one in report.measured}


def test_the_key_of_an_address_is_sent_and_shown_nowhere(garden: Place) -> None:
    feed = gtfs_realtime.network(URL, ALL)
    request = feed.ask(garden)
    assert (feed.key, request.url, request.secrets) == (
        "gtfs-rt@town/rt/all",
        "http://town/rt/all",
        {"token": "A-KEY"},
    )
    assert "A-KEY" not in repr(request) + feed.key + feed.licence.link


def test_a_network_is_one_piece_of_equipment_with_its_vehicles_delay_and_alerts(
    garden: Place,
) -> None:
    report = read(whole(), garden)
    own = report.equipment
    assert own is not None
    assert (own.name, own.kind, own.latitude) == ("gtfs-rt:town", "transit", garden.latitude)
    assert values(report) == {
        "vehicles_seen": 2.0,
        "transit_delay": 45.0,
        "trips_cancelled": 1.0,
        "service_alerts": 1.0,
    }
    assert {one.time for one in report.measured} == {datetime(2026, 7, 20, 4, tzinfo=UTC)}
    assert own.details["alerts"] == [
        {
            "title": {"fr": "Ligne 5 déviée", "en": "Line 5 diverted"},
            "text": {},
            "effect": "detour",
            "until": "2026-07-20T05:00:00Z",
        }
    ]


def test_nothing_told_means_none_only_of_what_an_address_is_there_for(garden: Place) -> None:
    alerts = read(feed_of(), garden, ("alerts",))
    assert values(alerts) == {"service_alerts": 0.0}
    assert alerts.equipment is not None
    assert alerts.equipment.details == {"alerts": []}  # old texts go
    trips = read(feed_of(), garden, ("trips",))
    assert isnan(values(trips)["transit_delay"])  # no trip is late by nothing


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>nothing</html>",
        whole().SerializeToString()[:99],
        b"\xff" * 99,
        feed_of(at=0).SerializeToString(),
        feed_of(at=1 << 62).SerializeToString(),
    ],
    ids=["empty", "html", "cut", "noise", "no time", "no such time"],
)
def test_a_bad_message_is_a_clear_fault(garden: Place, body: bytes) -> None:
    with pytest.raises(FeedError, match="unreadable"):
        read(body, garden)


def test_a_message_of_changes_alone_is_refused(garden: Place) -> None:
    told = whole()
    told.header.incrementality = gtfs.FeedHeader.DIFFERENTIAL
    with pytest.raises(FeedError, match="full data set"):
        read(told, garden)
