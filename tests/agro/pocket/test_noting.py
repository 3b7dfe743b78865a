"""What is tapped is in the logbook once, however often it is sent, and can be taken back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette

from agro.access.secrets import new_token, token_hash
from agro.config import now
from agro.dashboard.logbook_choices import said_again, yesterdays
from agro.pocket import pocket_routes
from agro.records import LogEntry, Noted
from agro.server.source import Source
from agro.store import farms, logbook, writing
from agro.store.access import audit, sessions, users
from agro.store.logbook import NOTE_ID
from tests.agro.dashboard.conftest import NOW
from tests.servers import answering

JSON = {"Accept": "application/json"}


def _done(note_id: str = "") -> dict[str, str]:
    return {"id": note_id or str(uuid4()), "done": "p1:12:min:Planche 1"}


def _noted(engine: Engine) -> list[Noted]:
    """What stands since this morning."""
    with engine.connect() as c:
        return logbook.noted(c, site="potager", start=NOW - timedelta(hours=6))


def test_one_tap_is_an_entry_and_is_undone(phone: httpx.Client, engine: Engine) -> None:
    form = _done()
    answer = phone.post("/m/potager/note", data=form)
    assert answer.status_code == 303
    (noted,) = _noted(engine)
    entry = noted.entry
    assert (entry.plot, entry.type, entry.quantity, entry.unit) == ("p1", "irrigation", 12.0, "min")
    assert entry.method == "timed"
    page = phone.get(answer.headers["location"], headers={"Accept-Language": "fr"}).text
    assert "Noté\u00a0: Arrosage, 12\u00a0min, Planche 1" in page
    assert f'value="{form["id"]}"' in page
    back = phone.post("/m/potager/undo", data={"undo": form["id"]})
    assert back.status_code == 303
    assert _noted(engine) == []
    told = phone.get(back.headers["location"], headers={"Accept-Language": "fr"}).text
    assert "Annulé\u00a0: Arrosage, 12\u00a0min, Planche 1" in told
    assert phone.post("/m/potager/undo", data={"undo": form["id"]}).status_code == 303


def test_sent_again_it_is_written_once(phone: httpx.Client, engine: Engine) -> None:
    form = _done()
    first = phone.post("/m/potager/note", data=form, headers=JSON).json()
    for ago in ("", "3600"):
        again = phone.post("/m/potager/note", data={**form, "ago": ago}, headers=JSON).json()
        assert again == first
    assert len(_noted(engine)) == 1
    with engine.connect() as c:
        assert [one.action for one in audit.audited(c)] == ["logbook.write"]


def test_undone_it_does_not_come_back(phone: httpx.Client, engine: Engine) -> None:
    """The answer was lost, the note taken back, then the phone sends it once more."""
    form = _done()
    phone.post("/m/potager/note", data=form)
    phone.post("/m/potager/undo", data={"undo": form["id"]})
    again = phone.post("/m/potager/note", data=form, headers=JSON).json()
    assert again["stands"] is False
    assert _noted(engine) == []


def test_two_taps_of_two_pages_are_two_entries(phone: httpx.Client, engine: Engine) -> None:
    for _ in range(2):
        phone.post("/m/potager/note", data=_done())
    assert len(_noted(engine)) == 2


def test_what_waited_has_the_time_of_its_tap(phone: httpx.Client, engine: Engine) -> None:
    phone.post("/m/potager/note", data={**_done(), "ago": "7200"})
    (noted,) = _noted(engine)
    assert abs(now() - timedelta(hours=2) - noted.entry.time) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("form", "entry"),
    [
        (
            {"type": "harvest", "amount": "2,4", "unit": "kg", "crop": "tomato"},
            {"quantity": 2.4, "unit": "kg", "crop": "tomato", "method": "weighed"},
        ),
        ({"type": "observation", "notes": " pucerons "}, {"notes": "pucerons", "unit": ""}),
        (
            {"type": "irrigation", "amount": "20", "unit": "L"},
            {"quantity": 20.0, "unit": "L", "method": "estimated"},
        ),
    ],
)
def test_harvests_and_what_was_seen(
    phone: httpx.Client, engine: Engine, form: dict[str, str], entry: dict[str, object]
) -> None:
    answer = phone.post("/m/potager/p1/note", data={"id": str(uuid4()), **form})
    assert answer.headers["location"].startswith("/m/potager/p1?told=")
    (noted,) = _noted(engine)
    assert {name: getattr(noted.entry, name) for name in entry} == entry
    assert (noted.entry.plot, noted.entry.type) == ("p1", form["type"])


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"type": "irrigation", "amount": "beaucoup", "unit": "min"}, "is no amount"),
        ({"type": "irrigation", "amount": "", "unit": "min"}, "Say how much"),
        ({"type": "irrigation", "amount": "1e3", "unit": "min"}, "is no amount"),
        ({"type": "irrigation", "amount": "12", "unit": "kg"}, "is no amount"),
        ({"type": "irrigation", "amount": "9999", "unit": "min"}, "too much"),
        ({"type": "harvest", "amount": "2", "unit": "kg"}, "which crop"),
        ({"type": "observation", "notes": "  "}, "what you saw"),
        ({"type": "delivery", "amount": "2", "unit": "kg"}, "too old or damaged"),
        ({"type": "observation", "notes": "x", "id": "../.."}, "too old or damaged"),
    ],
)
def test_what_cannot_be_noted_says_why(
    phone: httpx.Client, engine: Engine, form: dict[str, str], told: str
) -> None:
    headers = {**JSON, "Accept-Language": "en"}
    answer = phone.post("/m/potager/p1/note", data={"id": str(uuid4()), **form}, headers=headers)
    assert answer.status_code == 400
    assert told in answer.json()["told"]
    assert _noted(engine) == []


def test_a_bed_that_is_gone_takes_no_note(phone: httpx.Client, engine: Engine) -> None:
    form = {"id": str(uuid4()), "done": "p9:12:min:Planche 9"}
    assert phone.post("/m/potager/note", data=form).status_code == 400
    assert phone.post("/m/elsewhere/note", data=_done()).status_code == 400
    assert phone.post("/m/potager/undo", data={"undo": str(uuid4())}).status_code == 404
    assert _noted(engine) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_s_form_notes_nothing(
    phone: httpx.Client, engine: Engine, headers: dict[str, str]
) -> None:
    assert phone.post("/m/potager/note", data=_done(), headers=headers).status_code == 403
    assert _noted(engine) == []


def _sign_in(engine: Engine, email: str, *sites: str) -> dict[str, str]:
    token, at = new_token(), now()
    with writing(engine) as c:
        users.save(c, users.User(email, "Jeanne", frozenset({"farmer"}), at, frozenset(sites)))
        sessions.begin(c, token_hash(token), email, at=at, expires=at + timedelta(days=1))
    return {"Cookie": f"agro_session={token}"}


def test_gardeners_note_in_their_own_garden_only(phone: httpx.Client, engine: Engine) -> None:
    own = _sign_in(engine, "own@example.org", "potager")
    foreign = _sign_in(engine, "foreign@example.org", "elsewhere")
    form = _done()
    for path, data in (("note", form), ("undo", {"undo": form["id"]})):
        assert phone.post(f"/m/potager/{path}", data=data, headers=foreign).status_code == 403
        nobody = phone.post(f"/m/potager/{path}", data=data, headers={"Accept-Language": "fr"})
        assert nobody.status_code == 401
        assert "Ce n’est pas noté" in nobody.text
        assert "Connectez-vous, puis notez de nouveau" in nobody.text
        assert 'href="/signin?next=%2Fm%2Fpotager"' in nobody.text
        assert phone.post(f"/m/potager/{path}", data=data, headers=JSON).status_code == 401
    assert _noted(engine) == []
    phone.post("/m/potager/note", data=form, headers=own)
    (noted,) = _noted(engine)
    assert noted.entry.who == "Jeanne"
    # The name of a note, learnt by somebody else, does not open their garden either.
    assert (
        phone.post("/m/potager/undo", data={"undo": form["id"]}, headers=foreign).status_code == 403
    )
    assert (
        phone.post("/m/elsewhere/undo", data={"undo": form["id"]}, headers=foreign).status_code
        == 404
    )
    assert len(_noted(engine)) == 1
    with engine.connect() as c:
        (told,) = audit.audited(c)
    assert (told.who, told.action, told.site) == ("own@example.org", "logbook.write", "potager")


def test_what_somebody_else_tapped_is_not_noted_in_my_name(
    phone: httpx.Client, engine: Engine
) -> None:
    """A page that was open, or a note that waited, while the phone changed hands."""
    own = _sign_in(engine, "own@example.org", "potager")
    next_one = _sign_in(engine, "next@example.org", "potager")
    page = phone.get("/m/potager", headers=own).text
    mark = re.findall(r'name="by" value="(\w+)"', page)
    assert len(set(mark)) == 1
    assert "own@example.org" not in page
    form = {**_done(), "by": mark[0]}
    refused = phone.post(
        "/m/potager/note", data=form, headers={**JSON, **next_one, "Accept-Language": "en"}
    )
    assert refused.status_code == 400
    assert "somebody else" in refused.json()["told"]
    assert _noted(engine) == []
    assert phone.post("/m/potager/note", data=form, headers={**JSON, **own}).status_code == 200
    (noted,) = _noted(engine)
    assert noted.entry.details[NOTE_ID] == form["id"]


def test_said_again_by_hand_it_is_another_note(phone: httpx.Client, engine: Engine) -> None:
    """`Comme hier` of the logbook page knows a note from a phone, and gives it no second name."""
    phone.post("/m/potager/note", data={**_done(), "ago": "86400"})
    with engine.connect() as c:
        before = logbook.noted(c, site="potager", start=NOW - timedelta(hours=30))
    (yesterday,) = yesterdays(before, "p1", now(), ZoneInfo("Europe/Paris"))
    (again,) = said_again([yesterday], now(), "")
    assert again.details == {}


@pytest.fixture
def other_phone(store: Engine, store_url: str) -> Iterator[httpx.Client]:
    """A phone over the whole city, on either database."""
    source = Source(store_url)
    with answering(Starlette(routes=pocket_routes(source))) as client:
        yield client
    source.close()


def test_both_databases_know_a_note_by_its_name(other_phone: httpx.Client, store: Engine) -> None:
    with store.connect() as c:
        entries, plot = logbook.entries(c), farms.plots(c)[0]
    form = {"id": str(uuid4()), "type": "observation", "notes": "limaces"}
    path = f"/m/{plot.site}/{plot.slug}"
    for _ in range(3):
        assert other_phone.post(f"{path}/note", data=form).status_code == 303
    with store.connect() as c:
        after: list[LogEntry] = logbook.entries(c)
    assert len(after) == len(entries) + 1
    assert other_phone.post(f"{path}/undo", data={"undo": form["id"]}).status_code == 303
    with store.connect() as c:
        assert len(logbook.entries(c)) == len(entries)
