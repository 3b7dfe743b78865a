"""Whatever is asked of the public routes: no fault of ours, no long wait, nothing of a person."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from agro.records import Device, LogEntry
from agro.store import farms, logbook, writing
from tests.agro.publish.conftest import NOW, PLOT, SITE, fill
from tests.agro.server.http_fuzz import PERSONAL, Asked, Target, fault

_REQUESTS = 250


def settle(store: Engine) -> None:
    """A little of everything, and things of a person that are nobody's business."""
    who, note, mail, phone, eui = PERSONAL
    fill(store)
    with writing(store) as c:
        at = NOW - timedelta(days=3)
        logbook.write(c, [LogEntry(SITE, PLOT, "irrigation", at, 20.0, "L", who=who, notes=note)])
        farms.save_device(c, Device("hers", eui, "dragino/lse01", SITE, PLOT, "Sonde"))
    target = Target(store.url.render_as_string(hide_password=False))
    told = f"service_code=food_help&lat=47.3141&long=5.029&description={note}"
    body = f"{told}&first_name={who}&email={mail}&phone={phone}".encode()
    asked = Asked("POST", "/open311/v2/requests.json", body, "application/x-www-form-urlencoded")
    answer = target.ask(asked)
    target.close()
    assert answer.status == 200, answer.text


@pytest.fixture
def target(store: Engine) -> Iterator[Target]:
    """The server's routes over a store with something of a person, on either database."""
    settle(store)
    found = Target(store.url.render_as_string(hide_password=False))
    yield found
    found.close()


def test_any_request_is_answered_well_and_soon(target: Target) -> None:
    luck, statuses = random.Random(20260701), Counter[int]()
    faults = []
    for _ in range(_REQUESTS):
        asked = target.request(luck)
        answer = target.ask(asked)
        statuses[answer.status] += 1
        faults += [found] if (found := fault(asked, answer)) else []
    assert not faults, "\n".join(faults)
    assert statuses[200] > _REQUESTS / 20  # some are well asked
    assert statuses[400] > _REQUESTS / 20


_WORST = (
    "/open311/v2/requests.json?start_date=9999-12-31T23:59:59%2B00:00",
    "/open311/v2/requests.json?end_date=0001-01-01T00:00:00Z",
    "/open311/v2/requests/%00.json",
    "/open311/v2/requests.json?service_request_id=%00&status=open",
    "/ngsi-ld/v1/entities/%00",
    "/ngsi-ld/v1/entities?idPattern=(a*)*%24&q=name~=.*",
    "/api/v1.1/Things?$filter=name%20eq%20'%00'",
    "/data/soil_water.csv?from=0001-01-01&to=9999-12-31",
)


def test_the_worst_addresses_are_answered(target: Target) -> None:
    for address in _WORST:
        asked = Asked("GET", address, b"", "")
        assert fault(asked, target.ask(asked)) == ""


def test_nothing_of_a_person_is_told_where_all_is_told(target: Target) -> None:
    for address in (
        "/ngsi-ld/v1/entities?limit=1000",
        "/ngsi-ld/v1/temporal/entities",
        "/open311/v2/requests.json",
        "/api/v1.1/Things?$expand=Datastreams/Observations,Locations",
        "/plots.geojson",
        "/data/irrigation.csv",
        "/metrics",
        "/healthz",
    ):
        asked = Asked("GET", address, b"", "")
        answer = target.ask(asked)
        assert answer.status in (200, 503), answer.text  # nothing collects here: not healthy
        assert not [one for one in PERSONAL if one in answer.text], address
