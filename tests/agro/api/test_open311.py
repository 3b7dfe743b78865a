"""Our Open311 server, asked over real HTTP: the standard's documents, and who posts what."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from defusedxml.ElementTree import fromstring
from referencing import Registry, Resource
from sqlalchemy import Engine
from starlette.applications import Starlette

from agro.access.key_ring import KeyRing
from agro.api.open311 import open311_routes
from agro.api.open311_intake import LARGEST
from agro.config import Settings
from agro.server.source import Source
from agro.store import reports, writing
from agro.store.reports import OWN, Change, Report, Wanted
from sensors.feeds import open311
from sensors.feeds.source import Place
from tests.servers import answering

Serve = Callable[..., AbstractContextManager[httpx.Client]]
TREE = {"service_code": "tree", "lat": "47.3141", "long": "5.0290", "description": "branche"}
HELP = {
    "service_code": "food_help",
    "lat": "47.3141",
    "long": "5.0290",
    "description": "Mme Roy n’a plus rien",
    "first_name": "Ana",
    "phone": "06 12 34 56 78",
}
REQUESTS, SERVICES = "/open311/v2/requests.json", "/open311/v2/services.json"


@contextmanager
def _serving(url: str, **changed: Any) -> Iterator[httpx.Client]:
    source = Source(url)
    routes = open311_routes(source, Settings(**changed), KeyRing(source))
    with closing(source), answering(Starlette(routes=routes)) as client:
        yield client


@pytest.fixture
def client(store_url: str) -> Iterator[httpx.Client]:
    """A client of the server, over a store of either database."""
    with _serving(store_url) as found:
        yield found


@pytest.fixture
def serve(sqlite_url: str, sqlite_template: Path) -> Serve:
    """Starts a server with other settings, over an SQLite store."""
    Path(sqlite_url.removeprefix("sqlite:///")).write_bytes(sqlite_template.read_bytes())
    return lambda **changed: _serving(sqlite_url, **changed)


@pytest.fixture
def valid(data: Path) -> Callable[[object, str], None]:
    """Checks a document by a schema of the standard: `valid(document, "requests")`."""
    folder = data / "city" / "open311"
    if not folder.is_dir():
        pytest.skip("the schemas of Open311 are not beside the project")
    known = {
        file.name: Resource.from_contents(
            json.loads(file.read_text()), default_specification=_draft()
        )
        for file in folder.glob("*.json")
    }
    registry: Registry[Any] = Registry().with_resources(known.items())

    def check(document: object, name: str) -> None:
        schema = {"$ref": f"{name}.json"}
        jsonschema.Draft4Validator(schema, registry=registry).validate(document)

    return check


def _draft() -> Any:
    from referencing.jsonschema import DRAFT4

    return DRAFT4


def _post(client: httpx.Client, form: dict[str, str], status: int = 200) -> Any:
    answer = client.post(REQUESTS, data=form)
    assert answer.status_code == status, answer.text
    return answer.json()[0]


def test_answers_are_the_standards(
    client: httpx.Client, valid: Callable[[object, str], None]
) -> None:
    listed = client.get(SERVICES).json()
    valid(listed, "services")
    assert len(listed) == 12
    for one in listed:
        definition = client.get(f"/open311/v2/services/{one['service_code']}.json").json()
        valid(definition, "service-definition")
        assert bool(definition["attributes"]) == one["metadata"]
    _post(client, TREE)
    _post(client, {"service_code": "waste", "address_string": "3 rue Monge"})
    found = client.get(REQUESTS).json()
    valid(found, "requests")
    assert len(found) == 2


@pytest.mark.parametrize("broken", [{"status": "lost"}, {"lat": "47"}, {"service_code": None}])
def test_the_schema_finds_what_is_wrong(
    client: httpx.Client, valid: Callable[[object, str], None], broken: dict[str, object]
) -> None:
    _post(client, TREE)
    document = client.get(REQUESTS).json()
    with pytest.raises(jsonschema.ValidationError, match="is not"):
        valid([document[0] | broken], "requests")


def test_a_report_comes_in_and_is_told(client: httpx.Client) -> None:
    made = _post(client, TREE | {"email": "ana@example.org", "media_url": "https://p.example/1"})
    name = made["service_request_id"]
    assert "token" not in made
    assert made["service_notice"].startswith("Signalement reçu. Vos coordonnées")
    (one,) = client.get(f"/open311/v2/requests/{name}.json").json()
    assert (one["status"], one["service_name"]) == ("open", "Arbre dangereux ou malade")
    assert (one["lat"], one["long"], one["description"]) == (47.3141, 5.029, "branche")
    assert one["requested_datetime"].endswith("Z")
    assert client.get(f"/open311/v2/request/{name}.json?lang=en").json()[0]["service_name"] == (
        "Tree dangerous or ill"
    )


def test_no_answer_holds_contact_data(client: httpx.Client) -> None:
    made = _post(client, TREE | {"email": "ana@example.org", "first_name": "Anastasia"})
    token = _post(client, HELP)["token"]
    (held,) = client.get(f"/open311/v2/tokens/{token}.json").json()
    seen = [
        client.get(f"/open311/v2/{path}").text
        for path in (
            "requests.json",
            "requests.xml",
            f"requests/{made['service_request_id']}.json",
            f"requests/{held['service_request_id']}.json",
            f"requests.json?service_request_id={held['service_request_id']}",
            f"tokens/{token}.xml",
        )
    ]
    assert all(text for text in seen)
    for secret in ("ana@", "Anastasia", "06 12", "Mme Roy"):
        assert not any(secret in text for text in seen)


def test_of_a_person_in_need_no_more_is_told_than_how_it_stands(
    client: httpx.Client, valid: Callable[[object, str], None]
) -> None:
    made = _post(client, HELP)
    assert "service_request_id" not in made
    (held,) = client.get(f"/open311/v2/tokens/{made['token']}.json").json()
    found = client.get(f"/open311/v2/requests/{held['service_request_id']}.json").json()
    valid(found, "requests")
    told = {name for name, value in found[0].items() if value is not None}
    assert told == {
        "service_request_id",
        "status",
        "service_name",
        "service_code",
        "agency_responsible",
        "requested_datetime",
        "updated_datetime",
    }
    assert client.get(REQUESTS).json() == []
    assert client.get(f"{REQUESTS}?service_code=food_help").json() == []
    assert client.get("/open311/v2/tokens/.json").status_code == 404
    assert client.get("/open311/v2/tokens/x.json").status_code == 404


def test_xml_says_the_same(client: httpx.Client) -> None:
    _post(client, TREE | {"description": "a < b & <b>c</b>\nd"})
    place = Place(47.3, 5.0, 245.0, UTC)
    of_json = open311.read_requests(client.get(REQUESTS).content, place)
    answer = client.get("/open311/v2/requests.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert open311.read_requests(answer.content, place) == of_json
    assert of_json.value[0].description == "a < b & <b>c</b>\nd"
    services = client.get("/open311/v2/services.xml").content
    assert open311.read_services(services, place) == open311.read_services(
        client.get(SERVICES).content, place
    )
    definition = fromstring(client.get("/open311/v2/services/food_help.xml").text)
    assert definition.findtext("attributes/attribute/variable") == "false"


def test_discovery_leads_here(client: httpx.Client) -> None:
    found = client.get("/open311/discovery.json").json()
    (endpoint,) = found["endpoints"]
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert datetime.fromisoformat(found["changeset"]).tzinfo is not None
    assert httpx.get(f"{endpoint['url']}/services.json").status_code == 200
    xml = fromstring(client.get("/open311/v2/discovery.xml").text)
    assert xml.findtext("endpoints/endpoint/url") == endpoint["url"]


def test_the_same_twice_is_told(client: httpx.Client) -> None:
    first, again = _post(client, TREE), _post(client, TREE)
    assert again["service_request_id"] == first["service_request_id"]
    assert "déjà été reçu" in again["service_notice"]
    assert len(client.get(REQUESTS).json()) == 1


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"service_code": "dragons", "lat": "47.3", "long": "5.0"}, 404, "dragons"),
        ({"service_code": "tree"}, 400, "lat et long"),
        ({"service_code": "tree", "lat": "48.85", "long": "2.35"}, 400, "hors de la ville, à 255"),
        ({"service_code": "tree", "lat": "<b>", "long": "5.0"}, 400, "<b>"),
        ({"service_code": "isolated_person", "lat": "47.3", "long": "5.0"}, 400, "phone ou email"),
    ],
)
def test_a_refused_post_says_why_in_the_standards_way(
    client: httpx.Client, form: dict[str, str], status: int, told: str
) -> None:
    error = _post(client, form, status)
    assert error["code"] == status
    assert told in error["description"]
    xml = client.post("/open311/v2/requests.xml", data=form)
    assert fromstring(xml.text).findtext("error/code") == str(status)
    assert client.get(REQUESTS).json() == []


def test_what_says_who_one_is_does_not_stand_in_an_address(client: httpx.Client) -> None:
    answer = client.post(f"{REQUESTS}?phone=0612345678", data=TREE)
    assert (answer.status_code, "phone" in answer.text) == (400, True)


def test_bodies_are_bounded_and_forms(client: httpx.Client) -> None:
    assert client.post(REQUESTS, data={"description": "x" * LARGEST}).status_code == 413
    assert client.post(REQUESTS, json=TREE).status_code == 415
    assert client.post(REQUESTS, files={"media": b"\x89PNG"}).status_code == 415
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post(REQUESTS, content=b"\xff\xfe", headers=headers).status_code == 400
    many = "&".join(f"a{n}=1" for n in range(200)).encode()
    assert client.post(REQUESTS, content=many, headers=headers).status_code == 400
    text = "é" * 4000
    assert "service_request_id" in _post(client, TREE | {"description": text})
    assert client.get(REQUESTS).json()[0]["description"] == text


def test_so_many_reports_an_hour_of_one_address(serve: Serve) -> None:
    with serve(report_rate=3) as client:
        made = [
            client.post(REQUESTS, data=TREE | {"description": str(n)}).status_code for n in range(5)
        ]
        late = client.post(REQUESTS, data=TREE)
        assert client.get(REQUESTS).status_code == 200  # reading goes on
    assert made == [200, 200, 200, 429, 429]
    assert 0 < int(late.headers["retry-after"]) <= 3600


def test_where_the_city_gave_keys_only_they_may_post(serve: Serve) -> None:
    with serve(report_keys="first, second") as client:
        assert client.post(REQUESTS, data=TREE).status_code == 403
        assert client.post(REQUESTS, data=TREE | {"api_key": "third"}).status_code == 403
        assert client.post(REQUESTS, data=TREE | {"api_key": "second"}).status_code == 200
        assert "second" not in client.get(REQUESTS).text


def test_a_photo_is_never_fetched(client: httpx.Client, feed_server: Any) -> None:
    feed_server.pages["/1.jpg"] = b"\xff\xd8"
    _post(client, TREE | {"media_url": f"{feed_server.url}/1.jpg"})
    for path in (REQUESTS, SERVICES):
        client.get(path)
    assert feed_server.asked == []


def _filled(store: Engine) -> None:
    """Ten own reports, one a day from today back, every second one closed; one of others."""
    now = datetime.now(UTC).replace(microsecond=0)
    with writing(store) as c:
        for day in range(10):
            at = now - timedelta(days=20 * day)
            code = "tree" if day < 5 else "waste"
            reports.add(c, Report(OWN, f"R-{day}", code, at, requested_at=at, updated_at=at))
            if day % 2:
                one = reports.report(c, OWN, f"R-{day}")
                assert one is not None
                reports.settle(c, one, Change(now, "closed", "fait", "Voirie"))
        reports.add(c, Report("open311", "X", "tree", now, requested_at=now))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [0, 1, 2, 3, 4]),  # ninety days
        ("status=closed", [1, 3]),
        ("status=open,closed&service_code=tree", [0, 1, 2, 3, 4]),
        ("service_code=waste", []),
        ("service_request_id=R-9,R-1&status=open", [1, 9]),  # overrides all else
        ("page_size=2", [0, 1]),
        ("page_size=2&page=2", [2, 3]),
        ("page_size=2&page=9", []),
        ("service_code=&status=", [0, 1, 2, 3, 4]),  # empty is as good as not given
    ],
)
def test_what_is_asked_for_is_answered(
    client: httpx.Client, store: Engine, query: str, wanted: list[int]
) -> None:
    _filled(store)
    found = client.get(f"{REQUESTS}?{query}").json()
    assert [one["service_request_id"] for one in found] == [f"R-{n}" for n in wanted]


def test_what_changed_since_is_told_however_old_it_is(client: httpx.Client, store: Engine) -> None:
    _filled(store)
    since = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%S}+00:00"
    found = client.get(f"{REQUESTS}?updated_after={since}").json()  # + becomes a space on the way
    assert {one["service_request_id"] for one in found} == {
        "R-0",
        "R-1",
        "R-3",
        "R-5",
        "R-7",
        "R-9",
    }


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("start_date=yesterday", "start_date yesterday"),
        ("start_date=2026-07-20T05:00:00", "2026-07-20T05:00:00Z"),
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-07-01T00:00:00Z", "181"),
        ("status=lost", "status lost"),
        ("page=0", "page 0"),
        ("page_size=5000", "1 à 1000"),
        ("page=99999999999999999999", "page"),
        ("service_request_id=" + ",".join("x" * 300), "300"),
    ],
)
def test_a_question_that_cannot_be_is_refused(client: httpx.Client, query: str, told: str) -> None:
    answer = client.get(f"{REQUESTS}?{query}")
    assert answer.status_code == 400
    assert told in answer.json()[0]["description"]


def test_what_is_not_there_is_404_in_its_form(client: httpx.Client) -> None:
    for path in ("services/dragons", "requests/Q", "tokens/Q"):
        assert client.get(f"/open311/v2/{path}.json").json()[0]["code"] == 404
        assert fromstring(client.get(f"/open311/v2/{path}.xml").text).tag == "errors"
    assert client.get("/open311/v2/services.yaml").status_code == 404
    assert client.post("/open311/v2/requests.yaml", data=TREE).status_code == 404


def test_injected_names_are_only_names(client: httpx.Client, store: Engine) -> None:
    _post(client, TREE)
    for name in ("' OR '1'='1", "%25", "a';DROP TABLE report;--", "..%2f..%2fetc"):
        assert client.get(f"/open311/v2/requests/{name}.json").status_code == 404
        assert client.get(REQUESTS, params={"service_request_id": name}).json() == []
        assert client.get(REQUESTS, params={"service_code": name}).json() == []
    with store.connect() as c:
        assert len(reports.reports(c, Wanted(), limit=9)) == 1


def test_while_the_database_is_away_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with _serving(f"sqlite:///{tmp_path}/file/agro.sqlite") as client:
        for answer in (client.get(REQUESTS), client.post(REQUESTS, data=TREE)):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
            assert answer.json()[0]["code"] == 503
