"""What a failure drill needs: a server with every route of ours, pages as visitors open them."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from agro.access.routes import access_routes
from agro.config import settings
from agro.dashboard.app import PAGES
from agro.packs import read_pack
from agro.pocket import pocket_routes
from agro.records import Device
from agro.server import data_routes
from agro.server.source import Source
from agro.store import farms, open_store, readings, writing
from agro.words import say
from tests.servers import answering

AT_ONCE_S = 2.0
WRITTEN = "/weatherstation/updateweatherstation.php"  # a GET that brings measurements
AWAY = "the database is away; try again\n"
_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_PARAMETERS = {"form": "json"}  # of a path; every other one is "x"
_STATION = "34271334ED1FADA6D8B988B14267E55D"


@dataclass(frozen=True)
class Answer:
    """How a route answered: the status, the text, and after how long [s]."""

    status: int
    text: str
    took: float


def _routes(source: Source) -> list[Route]:
    """Every route that is no page of the dashboard."""
    people = access_routes(source, settings())
    return [*data_routes(source), *people, *pocket_routes(source)]


@contextmanager
def serving(source: Source) -> Iterator[httpx.Client]:
    """A client of a running server with every route that is no page."""
    with closing(source), answering(Starlette(routes=_routes(source))) as client:
        yield client


def paths() -> list[str]:
    """A path of each route that is read, also of those that are written tomorrow."""
    found = []
    for route in _routes(Source("sqlite://")):
        if "GET" in (route.methods or ()):
            filled = {name: _PARAMETERS.get(name, "x") for name in route.param_convertors}
            found.append(str(route.url_path_for(route.name, **filled)))
    return sorted(set(found))


def ask_all(client: httpx.Client) -> dict[str, Answer]:
    """What each route answers a reader."""
    answers = {}
    for path in paths():
        started = time.perf_counter()
        answer = client.get(path)
        took = time.perf_counter() - started
        answers[path] = Answer(answer.status_code, answer.text, took)
    return answers


def check_told(during: Mapping[str, Answer], before: Mapping[str, Answer]) -> None:
    """Each route says at once, in a sentence, that it cannot answer, or answers as ever."""
    slow = {path: round(one.took, 2) for path, one in during.items() if one.took >= AT_ONCE_S}
    assert not slow, slow
    traced = [path for path, answer in during.items() if "Traceback" in answer.text]
    assert not traced, traced
    for path, answer in during.items():
        assert answer.status in (503, before[path].status), path
        assert answer.text.strip() or answer.status == before[path].status, path


def send_weather(client: httpx.Client, minute: int) -> httpx.Response:
    """What a weather gateway pushes, of so many minutes ago."""
    at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minute)
    form = {"PASSKEY": _STATION, "dateutc": f"{at:%Y-%m-%d %H:%M:%S}", "tempf": f"{60 + minute}"}
    return client.post("/data/report/", data=form)


def city(url: str) -> None:
    """A store with Dijon's city pack and a weather gateway."""
    engine = open_store(url)
    with writing(engine) as c:
        farms.save_pack(c, read_pack("dijon"))
        site = farms.sites(c)[0].slug
        farms.save_device(c, Device(_STATION, "", "", site, "", "", ()))
    engine.dispose()


def temperatures(url: str) -> int:
    """How many temperatures of that gateway are kept."""
    engine = open_store(url)
    with engine.connect() as c:
        found = readings.series(
            c,
            device=_STATION,
            quantity="air_temperature",
            start=datetime.now(UTC) - timedelta(days=1),
            end=datetime.now(UTC) + timedelta(days=1),
        )
    engine.dispose()
    return len(found)


def open_page(page: str, language: str = "fr") -> tuple[AppTest, float]:
    """A page as a visitor opens it, and how long it took [s]."""
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"] = language
    started = time.perf_counter()
    test.run()
    if page != PAGES[0] and not is_away(test, language):
        test.switch_page(f"agro/dashboard/pages/{page}.py").run()
    return test, time.perf_counter() - started


def is_away(test: AppTest, language: str) -> bool:
    """Whether the page says that the database does not answer."""
    return says(test, "error.body", language)


def says(test: AppTest, key: str, language: str = "fr") -> bool:
    """Whether the page says these words."""
    shown = "\n".join(element.proto.body for element in test.get("html"))
    return say(language).t(key) in shown


def check_pages(languages: tuple[str, ...], *, away: bool) -> None:
    """Every page says that the database is away, and at once; or none does."""
    for page in PAGES:
        took = []
        for language in languages:
            test, seconds = open_page(page, language)
            assert not test.exception, page
            assert is_away(test, language) == away, page
            took.append(seconds)
        assert min(took) < AT_ONCE_S or not away, page
