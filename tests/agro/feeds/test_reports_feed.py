"""Reports of another system are read to their end or not at all, and their status is followed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from starlette.requests import Request
from starlette.responses import Response

from agro.config import Settings
from agro.feeds.asking import Outcome
from agro.feeds.reports import fetch_reports
from agro.store import feeds, problems, report_sources, reports, schema
from agro.store.reports import Report, Wanted
from sensors.feeds import open311
from sensors.feeds.fetching import LARGEST, Fetcher
from tests.servers import RecordedServer

NOW = datetime(2026, 7, 21, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _told(name: str, at: datetime, **changed: object) -> dict[str, object]:
    when = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    told: dict[str, object] = {
        "service_request_id": name,
        "service_code": "7",
        "status": "open",
        "description": f"report {name}",
        "requested_datetime": when,
        "updated_datetime": when,
        "lat": 47.3141,
        "long": 5.0290,
    }
    return told | changed


@dataclass
class City(RecordedServer):
    """A GeoReport server: pages of three, newest first; `plain` knows no extension.

    An entry of `faults` is what the next answer is instead; None is no fault.
    """

    listed: list[dict[str, object]] = field(default_factory=list)
    kinds: list[dict[str, object]] = field(
        default_factory=lambda: [{"service_code": "7", "service_name": "Éclairage public"}]
    )
    plain: bool = False
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def hear(self, request: Request) -> None:
        self.asked.append((request.url.path, dict(request.query_params)))

    def answer(self, request: Request, fault: str | None) -> Response:
        query = request.query_params
        found = self.kinds if "services" in request.url.path else self._found(dict(query))
        whole = json.dumps(found).encode()
        faulty = self.pieces(fault, [whole[:41]] * 100 if fault == "slow" else [whole], 0.1)
        return faulty or Response(whole, media_type=self.media)

    def _found(self, query: dict[str, str]) -> list[dict[str, object]]:
        if names := query.get("service_request_id"):
            return [one for one in self.listed if one["service_request_id"] in names.split(",")]
        recent = sorted(self.listed, key=lambda one: str(one["updated_datetime"]), reverse=True)
        if self.plain:
            return [one for one in recent if str(one["requested_datetime"]) > "2026-04"]
        since, page = query.get("updated_after", ""), int(query["page"])
        changed = [one for one in recent if str(one["updated_datetime"]) >= since]
        return changed[3 * (page - 1) : 3 * page]

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture
def city() -> Iterator[City]:
    server = City()
    yield server
    server.stop()


@dataclass
class Reader:
    """Reads the server's reports into the store."""

    engine: Engine
    settings: Settings

    def ask(self, at: datetime = NOW, **timing: float) -> list[Outcome]:
        with Fetcher(**{"first_pause_s": 0.01, "silence_s": 3.0, **timing}) as fetcher:
            return fetch_reports(self.engine, fetcher, self.settings, at)

    def known(self) -> dict[str, Report]:
        with self.engine.connect() as c:
            found = reports.reports(c, Wanted(sources=(open311.KEY,)), limit=1000)
        return {one.reference: one for one in found}

    def read_until(self) -> datetime | None:
        with self.engine.connect() as c:
            return report_sources.read_until(c, open311.KEY)

    def source(self) -> feeds.Source:
        with self.engine.connect() as c:
            found = [one for one in feeds.sources(c) if one.source == open311.KEY]
        assert len(found) == 1
        return found[0]


@pytest.fixture
def reader(store: Engine, city: City) -> Reader:
    return Reader(store, Settings(open311_url=f"{city.url}/v2", open311_licence="ODbL"))


def test_every_page_is_read_and_a_report_is_known_by_our_kinds(reader: Reader, city: City) -> None:
    city.listed = [_told(f"{n}", NOW - n * HOUR) for n in range(1, 8)]
    (outcome,) = reader.ask()
    assert outcome.state == "new"
    known = reader.known()
    assert set(known) == {str(n) for n in range(1, 8)}
    assert {(one.service_code, one.service_name) for one in known.values()} == {
        ("lighting", "Éclairage public")
    }
    assert {(one.commune, one.mode, one.visible) for one in known.values()} == {
        ("21231", "live", "all")
    }
    assert reader.read_until() == NOW - HOUR
    own = reader.source()
    assert (own.licence, own.mode, own.failures) == ("ODbL", "live", 0)


def test_the_next_round_asks_for_what_changed_with_an_overlap(reader: Reader, city: City) -> None:
    city.listed = [_told("1", NOW - 2 * HOUR)]
    reader.ask()
    city.asked.clear()
    city.listed = [
        _told("1", NOW - 2 * HOUR, status="closed", updated_datetime="2026-07-21T08:30:00Z"),
        _told("2", NOW + HOUR / 2),
    ]
    reader.ask(NOW + HOUR)
    asked = [query["updated_after"] for path, query in city.asked if "requests" in path]
    assert set(asked) == {"2026-07-21T05:00:00Z"}
    assert reader.known()["1"].status == "closed"
    assert "2" in reader.known()


def test_nothing_is_asked_before_it_is_due_or_where_nobody_is_named(
    reader: Reader, city: City
) -> None:
    reader.ask()
    count = len(city.asked)
    assert reader.ask(NOW + HOUR / 2) == []
    assert Reader(reader.engine, Settings()).ask(NOW + DAY) == []
    assert len(city.asked) == count


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (400, "refused: HTTP 400"),
        (403, "key_refused"),
        (404, "not_found"),
        ((302, {"Location": "http://127.0.0.1:9/elsewhere"}), "sent_on: HTTP 302"),
        ((429, {"Retry-After": "1800"}), "busy"),
        ("<html>works</html>", "unreadable"),
        ("[{]", "unreadable"),
        ('[{"code": 400, "description": "no jurisdiction"}]', "no jurisdiction"),
        ("x" * (LARGEST + 1), "too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_page_that_fails_loses_nothing(
    reader: Reader, city: City, fault: Any, reason: str
) -> None:
    city.listed = [_told("0", NOW - DAY)]
    reader.ask()
    before = reader.read_until()
    city.listed += [_told(f"{n}", NOW + n * HOUR / 10) for n in range(1, 7)]
    city.faults = [None, None, fault]  # services, page 1, page 2
    (outcome,) = reader.ask(NOW + HOUR)
    assert (outcome.state, reason in outcome.reason) == ("failed", True)
    assert reader.read_until() == before  # what page 2 held is asked for again
    assert "0" in reader.known()
    again = NOW + HOUR + timedelta(hours=7)
    (outcome,) = reader.ask(again)
    assert outcome.state == "new"
    assert set(reader.known()) == {str(n) for n in range(7)}
    with reader.engine.connect() as c:
        assert problems.counts(c)["feed_failed"] == 1


@pytest.mark.parametrize("fault", [500, "cut", "slow"])
def test_a_server_that_falters_or_hangs_is_left_alone(
    reader: Reader, city: City, fault: Any
) -> None:
    city.listed = [_told("1", NOW - HOUR)]
    reader.ask()
    city.faults = [None, *[fault] * 6]
    (outcome,) = reader.ask(NOW + HOUR, whole_s=1.0)
    assert (outcome.state, outcome.age_h) == ("failed", pytest.approx(1.0, abs=0.01))
    own = reader.source()
    assert own.failures == 1
    assert own.next_try is not None and own.next_try >= NOW + HOUR + timedelta(minutes=5)
    assert reader.known()["1"].status == "open"


def test_a_server_that_knows_no_extension_is_read_too(reader: Reader, city: City) -> None:
    city.plain = True
    city.listed = [_told(f"{n}", NOW - n * HOUR) for n in range(10)]
    reader.ask()
    assert len(reader.known()) == 10
    assert city.paths.count("/v2/requests.json") == 2  # the second brings nothing new


def test_one_bad_report_does_not_stop_the_others(reader: Reader, city: City) -> None:
    city.listed = [
        _told("1", NOW - HOUR, lat="north"),
        _told("", NOW - HOUR),
        _told("3", NOW - HOUR, status="assigned"),
        _told("4", NOW - HOUR),
    ]
    reader.ask()
    known = reader.known()
    assert set(known) == {"1", "3", "4"}
    assert not known["1"].is_placed
    assert (known["3"].status, known["3"].status_notes) == ("unknown", "assigned")
    with reader.engine.connect() as c:
        assert problems.counts(c)["feed_value"] >= 3


def test_what_was_closed_long_after_it_was_made_is_asked_for_by_name(
    reader: Reader, city: City
) -> None:
    old = NOW - 200 * DAY
    city.plain = True  # lists the last months only
    city.listed = [_told("old", old), _told("gone", old), _told("new", NOW - HOUR)]
    city.plain = False
    reader.ask()
    city.plain = True
    city.listed = [
        _told("old", old, status="closed", updated_datetime="2026-07-22T09:00:00Z"),
        _told("new", NOW - HOUR),
    ]
    outcomes = reader.ask(NOW + 2 * DAY)
    assert [one.source for one in outcomes] == [open311.KEY, open311.NAMED_KEY]
    known = reader.known()
    assert {name: one.status for name, one in known.items()} == {
        "old": "closed",
        "gone": "open",  # its source says nothing of it any more: it stays as it was
        "new": "open",
    }
    with reader.engine.connect() as c:
        asked = c.execute(
            select(schema.report.c.reference).where(schema.report.c.asked_at.is_not(None))
        )
        assert {name for (name,) in asked} == {"old", "gone"}


def test_names_that_nobody_knows_do_not_stop_the_round(reader: Reader, city: City) -> None:
    city.listed = [_told("1", NOW - HOUR)]
    reader.ask()
    city.listed = []
    missing = json.dumps([{"code": 404, "description": "unknown"}]).encode()
    city.faults = [None, None, (404, {}, missing)]
    outcomes = reader.ask(NOW + 2 * DAY)
    assert [one.state for one in outcomes] == ["new", "new"]
    assert reader.known()["1"].status == "open"


def test_what_may_be_of_a_person_is_kept_from_others(reader: Reader, city: City) -> None:
    city.kinds = [
        {"service_code": "7", "service_name": "Lampadaire"},
        {"service_code": "8", "service_name": "Personnes âgées isolées (canicule)"},
    ]
    city.listed = [_told("1", NOW - HOUR), _told("2", NOW - HOUR, service_code="8")]
    reader.ask()
    known = reader.known()
    assert (known["1"].visible, known["2"].visible) == ("all", "city")
    assert known["2"].service_code == "isolated_person"


def test_without_its_services_a_report_names_its_kind_itself(reader: Reader, city: City) -> None:
    city.listed = [_told("1", NOW - HOUR, service_name="Dépôt sauvage")]
    city.faults = [404]
    (outcome,) = reader.ask()
    assert outcome.state == "new"
    assert reader.known()["1"].service_code == "waste"


def test_the_same_list_twice_is_written_once(reader: Reader, city: City) -> None:
    city.listed = [_told(f"{n}", NOW - n * HOUR) for n in range(1, 5)]
    reader.ask()
    first = reader.known()
    reader.ask(NOW + HOUR)
    with reader.engine.connect() as c:
        steps = [len(reports.changes(c, one.number)) for one in reader.known().values()]
    assert steps == [1] * 4
    assert {name: one.number for name, one in reader.known().items()} == {
        name: one.number for name, one in first.items()
    }


def test_a_clock_that_is_ahead_hides_nothing(reader: Reader, city: City) -> None:
    city.listed = [_told("1", NOW + 30 * DAY)]
    reader.ask()
    assert reader.read_until() == NOW
