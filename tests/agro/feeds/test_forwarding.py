"""A report that came to us reaches the city's own system once, whatever breaks in between."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import Engine

from agro.city import reports as intake
from agro.config import Settings
from agro.feeds import forwarding
from agro.feeds.reports import fetch_reports
from agro.store import report_forwards, report_sources, reports, writing
from agro.store.reports import Report, Wanted
from sensors.feeds import open311
from sensors.feeds.fetching import Fetcher
from sensors.feeds.source import Answer, Request
from tests.bad_server import BadServer

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
AT = datetime(2026, 7, 21, 8, 0, tzinfo=UTC)
LIGHTS = {"service_code": "E1", "service_name": "Éclairage public"}


@dataclass
class City:
    """Our store, and the city's system to which reports are handed on."""

    engine: Engine
    server: BadServer
    forward: str = "reports"

    def post(self, **told: str) -> Report:
        """A citizen's report."""
        with writing(self.engine) as c:
            kinds = [one for one in report_sources.services(c) if one.visible == "all"]
            form = {"service_code": kinds[0].code, "lat": "47.3141", "long": "5.0290"}
            form |= {"description": "Fuite au robinet", **told}
            done = intake.receive(c, form, at=AT, keep_contact=timedelta(days=90))
        assert not isinstance(done, tuple), done
        return done.report

    def hand_on(self, at: datetime, fetcher: Fetcher | None = None, **patience: float) -> str:
        """One round; what came of it."""
        url = f"{self.server.url}/311"
        told = Settings(open311_url=url, open311_key="A-KEY", open311_forward=self.forward)
        with fetcher or Fetcher(**{"first_pause_s": 0.001, **patience}) as own:
            done = forwarding.forward_reports(self.engine, own, told, at)
        return ", ".join(one.reason for one in done)

    def follow(self, at: datetime) -> None:
        told = Settings(open311_url=f"{self.server.url}/311")
        with Fetcher(first_pause_s=0.001) as fetcher:
            fetch_reports(self.engine, fetcher, told, at)

    def sent(self) -> list[dict[str, str]]:
        return [{k: v[0] for k, v in parse_qs(one.decode()).items()} for one in self.server.posted]

    def states(self) -> Mapping[str, int]:
        with self.engine.connect() as c:
            return report_forwards.counts(c)

    def lists(self, *told: dict[str, Any]) -> None:
        self.server.pages["/311/requests.json"] = json.dumps(told).encode()


@pytest.fixture
def city(store: Engine) -> Iterator[City]:
    with store.connect() as c:
        ours = next(one for one in report_sources.services(c) if one.visible == "all")
    kinds = [{"service_code": ours.code, "service_name": ours.name_fr}, LIGHTS]
    with BadServer({"/311/services.json": json.dumps(kinds).encode()}) as server:
        server.receipt = b'[{"service_request_id":"C-77"}]'
        yield City(store, server)


def test_a_report_is_sent_once_with_its_mark_and_without_contact_data(city: City) -> None:
    report = city.post(email="a@example.org", first_name="Ana", last_name="B C")
    assert city.hand_on(AT) == "1 taken"
    (form,) = city.sent()
    assert form == {
        "service_code": report.service_code,
        "description": f"Fuite au robinet [{report.reference}]",
        "lat": "47.314100",
        "long": "5.029000",
        "api_key": "A-KEY",
    }
    assert city.hand_on(AT + timedelta(hours=1)) == ""
    assert (len(city.sent()), city.states()) == (1, {"taken": 1})


def test_contact_data_go_in_the_standard_s_fields_where_the_operator_says_so(city: City) -> None:
    city.forward = "contacts"
    with city.engine.connect() as c:
        kinds = report_sources.services(c)
    code = next(one.code for one in kinds if one.visible == "all" and one.contact != "none")
    city.server.pages["/311/services.json"] = json.dumps(
        [{"service_code": code, "service_name": code}]
    ).encode()
    city.post(service_code=code, email="a@example.org", first_name="Ana", last_name="B C")
    city.hand_on(AT)
    (form,) = city.sent()
    own = {name: form[name] for name in ("first_name", "last_name", "email")}
    assert own == {"first_name": "Ana", "last_name": "B C", "email": "a@example.org"}


def test_what_only_the_city_reads_is_never_sent(city: City) -> None:
    with city.engine.connect() as c:
        private = next(one for one in report_sources.services(c) if one.visible == "city")
    city.post(service_code=private.code, description="seule", phone="0380000000")
    assert (city.hand_on(AT), city.sent()) == ("", [])


def test_a_server_that_says_no_for_now_is_asked_again_later(city: City) -> None:
    city.post()
    city.server.way = "well"
    city.server.receipt = b""  # 400: it does not want this one
    assert city.hand_on(AT) == "1 refused"
    assert city.hand_on(AT + timedelta(days=1)) == ""


class _Killed(Fetcher):
    """Sends, and is killed before it hears the answer."""

    def post(self, feed: str, request: Request, form: Mapping[str, str]) -> Answer:
        super().post(feed, request, form)
        raise SystemExit


def test_a_process_killed_while_sending_sends_nothing_twice(city: City) -> None:
    report = city.post()
    with pytest.raises(SystemExit):
        city.hand_on(AT, _Killed())
    assert city.states() == {"sending": 1}
    city.lists()  # the city does not show it yet
    for minutes in (1, 30, 120):  # a restart, at once and later
        city.hand_on(AT + timedelta(minutes=minutes))
    assert (len(city.sent()), city.states()) == (1, {"doubtful": 1})
    other = {"service_request_id": "C-1", "description": "another", **LIGHTS, "status": "open"}
    mine = other | {"service_request_id": "C-77", "description": f"x {forwarding.mark(report)}"}
    city.lists(other, mine)
    assert city.hand_on(AT + timedelta(hours=4)) == "1 taken"
    assert len(city.sent()) == 1


@pytest.mark.parametrize("way", ["hang", "500", "garbage", "elsewhere"])
def test_whatever_the_server_does_nothing_is_sent_twice(city: City, way: Any) -> None:
    city.post()
    city.follow(AT)  # its services are known
    city.server.way = way
    city.hand_on(AT + timedelta(minutes=1), whole_s=0.3)
    assert len(city.sent()) == 1
    assert city.states() == {"doubtful": 1}
    city.server.way = "well"
    city.lists()
    city.hand_on(AT + timedelta(hours=5))
    assert len(city.sent()) == 1


def test_a_server_that_is_away_gets_it_when_it_is_back(city: City) -> None:
    city.post()
    city.follow(AT)
    url, city.server.url = city.server.url, "http://127.0.0.1:9"  # nobody listens
    assert city.hand_on(AT + timedelta(minutes=1)) == "1 waiting"
    city.server.url = url
    assert city.hand_on(AT + timedelta(minutes=2)) == ""  # not yet
    assert city.hand_on(AT + timedelta(minutes=9)) == "1 taken"
    assert len(city.sent()) == 1


def test_a_token_is_exchanged_for_the_name(city: City) -> None:
    city.post()
    city.server.receipt = b'[{"token":"t 1"}]'
    city.hand_on(AT)
    city.hand_on(AT + timedelta(minutes=5))
    city.server.pages["/311/tokens/t%201.json"] = b'[{"token":"t 1","service_request_id":"C-9"}]'
    city.hand_on(AT + timedelta(hours=2))
    with city.engine.connect() as c:
        assert set(report_forwards.by_reference(c, open311.KEY, ["C-9"])) == {"C-9"}


def test_the_city_s_answer_is_the_report_s_own_and_makes_no_second_report(city: City) -> None:
    report = city.post()
    city.hand_on(AT)
    closed = {"service_request_id": "C-77", "service_code": "E1", "status": "closed"}
    later = AT + timedelta(hours=3)
    closed |= {"status_notes": "Réparé", "updated_datetime": later.isoformat()}
    city.lists(closed)
    for hours in (3, 5):
        city.follow(AT + timedelta(hours=hours))
    with city.engine.connect() as c:
        (found,) = reports.reports(c, Wanted(), limit=9)
        steps = reports.changes(c, found.number)
    assert (found.reference, found.status, found.status_notes) == (
        report.reference,
        "closed",
        "Réparé",
    )
    assert [(one.status, one.who) for one in steps] == [("open", ""), ("closed", "open311")]
