"""Requests as nobody should send them, to every route beside the dashboard's.

The routes are read from the server itself, so that a new one is tried too.
"""

import random
import re
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette

from agro.server import data_routes
from agro.server.source import Source
from tests.conftest import free_port, wait_for_port

PERSONAL = (
    "Zénobie",
    "lumbago-de-zenobie",
    "zenobie@example.org",
    "0611223344",
    "A84041FEEDC0FFEE",
)
"""What is in the store of somebody, and must be in no answer."""

MOST_S = 5.0
"""Processor time of the slowest answer: the APIs' own limits are 10 s of a busy database."""

_WORDS = (
    *("", "0", "-1", "1e400", "NaN", "99999999999999999999", "9223372036854775807", "true", "null"),
    *("'", '"', "\\", "';DROP TABLE thing;--", "<script>", "../../etc/passwd", "%", "_", "*", "é"),
    *(
        "\x00",
        "\ud83c\udf31",
        "a" * 9_000,
        "(" * 300,
        "[" * 5_000,
        "{" * 50,
        "a," * 1_000,
        "🌱" * 500,
    ),
    *("9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00Z", "2026-02-30", "2026-07-01T12:00:00Z"),
    *("result gt 1", "name eq 'x'", "year(phenomenonTime) eq 2026", "not " * 150 + "true"),
    *("Observations/Datastream/" * 12 + "Thing", "Datastreams($expand=Observations($top=0))"),
    *("st_within(location,geography'POLYGON((0 0,1 1,1 0,0 1,0 0))')", "1 add " * 90 + "1 gt 0"),
    *(
        "soilMoistureVwc<0.2",
        "a==1|b==2;(c!=3)",
        "name~=.*",
        "[1e308,1e308]",
        "[[[[[]]]]]",
        "[0,0]",
    ),
    *("near;maxDistance==1e999", "within", "Point", "Polygon", "keyValues", "AgriParcel", "xml"),
    *("potager-des-ducs", "before", "between", "(a*)*$", "dataArray", "temporalValues", "open"),
)
_NAMES = {
    "/api/": (
        *("$filter", "$orderby", "$select", "$expand", "$top", "$skip", "$count"),
        "$resultFormat",
    ),
    "/ngsi-ld/": (
        *("type", "id", "idPattern", "q", "attrs", "georel", "geometry", "coordinates", "limit"),
        *("offset", "options", "format", "count", "details", "geoproperty", "timerel", "timeAt"),
        *("endTimeAt", "lastN"),
    ),
    "/open311/": (
        *("lang", "service_request_id", "start_date", "end_date", "updated_after", "page"),
        *("page_size", "status", "service_code", "jurisdiction_id", "api_key"),
    ),
    "/": ("from", "to", "site", "lang", "PASSKEY", "ID", "dateutc", "tempf"),
}
"""What each of them is asked, by the beginning of its address."""
_SETS = ("Things", "Locations", "Datastreams", "Observations", "FeaturesOfInterest", "Sensors")
_STEPS = (*_SETS, "Thing", "$ref", "$value", "name", "properties", "location", "(1)", "(-1)", "")
_TYPES = (
    "application/json",
    "text/plain",
    "multipart/mixed; boundary=x",
    "",
    "image/png; charset=none",
)
_BODIES = (
    *(b"", b"{", b"[" * 20_000, b"null", b'{"type":"Query"}', b"\xff\xfe\x00", b'{"a":NaN}'),
    *(b'{"type":"Query","entities":[{"type":"A","idPattern":"(a*)*$"}],"q":"a"}', b"x=%00&y=%ff"),
    *(b"service_code=tree&lat=NaN&long=1e999&description=a", b"PASSKEY=x&dateutc=now&tempf=1e999"),
)
_LONGEST = 50_000  # characters of an address; longer ones no server reads
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its address is sent as it stands, well escaped or not."""

    method: str
    address: str
    body: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and the processor time of this process until then. [s]"""

    status: int
    text: str
    seconds: float


class Target:
    """The server's routes over a store, over real HTTP."""

    def __init__(self, url: str) -> None:
        self._source = Source(url)
        routes = data_routes(self._source)
        self._paths = sorted({route.path for route in routes})
        port = free_port()
        settings = uvicorn.Config(
            Starlette(routes=list(routes)), port=port, lifespan="off", ws="none", log_config=None
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for_port(port)
        self._http = HTTPConnection("127.0.0.1", port, timeout=60)

    def request(self, luck: random.Random) -> Asked:
        """Any request."""
        path = _PARAMETER.sub(lambda found: _segment(luck, found[1]), luck.choice(self._paths))
        names = next(names for start, names in _NAMES.items() if path.startswith(start))
        pairs = [
            f"{_escaped(luck, luck.choice(names))}={_escaped(luck, _value(luck))}"
            for _ in range(luck.choice((0, 1, 1, 2, 3, 40)))
        ]
        method = luck.choice(("GET",) * 8 + ("HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"))
        body = luck.choice(_BODIES) if method in ("POST", "PATCH", "PUT") else b""
        address = path + ("?" + "&".join(pairs) if pairs else "")
        return Asked(method, address[:_LONGEST], body, luck.choice(_TYPES))

    def ask(self, asked: Asked) -> Answer:
        """The answer to a request."""
        headers = {"Content-Type": asked.kind} if asked.kind else {}
        began = time.process_time()
        self._http.request(asked.method, asked.address, asked.body, headers)
        answer = self._http.getresponse()
        text = answer.read().decode(errors="replace")
        return Answer(answer.status, text, time.process_time() - began)

    def close(self) -> None:
        self._http.close()
        self._server.should_exit = True
        self._thread.join(10)
        self._source.close()


def _value(luck: random.Random) -> str:
    if luck.random() < 0.75:
        return luck.choice(_WORDS)
    return "".join(luck.choice(_WORDS)[:40] for _ in range(luck.randrange(1, 4)))


def _segment(luck: random.Random, name: str) -> str:
    """A path's parameter: what belongs there, or anything."""
    if luck.random() < 0.2:
        return _escaped(luck, _value(luck)[:200])
    if name == "form":
        return luck.choice(("json", "xml", "csv"))
    if name == "path":
        return "/".join(luck.choice(_STEPS) for _ in range(luck.choice((1, 1, 2, 3, 25))))
    return luck.choice(
        ("AgriParcel", "soil_water", "harvest", "tree", "urn:ngsi-ld:Device:dijon:x")
    )


def _escaped(luck: random.Random, text: str) -> str:
    """Escaped as it should be; at times a byte is none, or an escape ends too early."""
    found = quote(text, safe="", errors="surrogatepass")
    if luck.random() < 0.1:
        found += luck.choice(("%ff", "%00", "%c3", "%zz", "%"))
    return found


def fault(asked: Asked, answer: Answer) -> str:
    """What is wrong with an answer; nothing where all is well."""
    shown = f"{asked.method} {asked.address[:300]} {asked.body[:80]!r}"
    # `/healthz` says 503 where nothing collects, as here.
    if answer.status >= 500 and not asked.address.startswith("/healthz"):
        return f"{answer.status}: {shown}: {answer.text[:200]}"
    if answer.seconds > MOST_S:
        return f"{answer.seconds:.1f} s: {shown}"
    told = [one for one in PERSONAL if one in answer.text]
    return f"tells {told[0]}: {shown}" if told else ""
