"""Signing in with a local account, over real HTTP."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette

from agro.access import SESSION_COOKIE, actor_of, sign_in
from agro.access.forms import FORM_COOKIE, own_page
from agro.access.onward import ONWARD_COOKIE, onward
from agro.access.routes import access_routes
from agro.access.secrets import hash_secret, token_hash
from agro.access.throttle import home_of
from agro.config import Settings, now, settings
from agro.server.source import Source
from agro.store import schema, writing
from agro.store.access import audit, users
from agro.store.access.users import User
from tests.servers import answering

ANNE, PASSWORD = "anne@potager.example", "une phrase que personne ne devine"
HERE = {"Host": "127.0.0.1"}


@pytest.fixture
def store_url(sqlite_template: Any, sqlite_url: str, tmp_path: Any) -> str:
    """SQLite alone: what differs between databases is tested with the store."""
    (tmp_path / "agro.sqlite").write_bytes(sqlite_template.read_bytes())
    return sqlite_url


@pytest.fixture
def accounts(store: Engine) -> Engine:
    """A store with Anne, Paul without a password, and Zoé whose account is closed."""
    hashed = hash_secret(PASSWORD)
    with writing(store) as c:
        site = frozenset({"potager-des-ducs"})
        one = User(ANNE, "Anne", frozenset({"farmer"}), now(), site, hashed)
        users.save(c, one)
        users.save(c, User("paul@example.org", "Paul", frozenset({"official"}), now()))
        closed = User("zoe@example.org", "Zoé", frozenset({"farmer"}), now(), site, hashed, True)
        users.save(c, closed)
    return store


@pytest.fixture
def web(accounts: Engine, store_url: str) -> Iterator[httpx.Client]:
    """A client of the sign-in routes."""
    source = Source(store_url)
    with answering(Starlette(routes=access_routes(source, settings()))) as client:
        yield client
    source.close()


def _token(page: httpx.Response) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def _enter(
    web: httpx.Client, email: str = ANNE, password: str = PASSWORD, **more: Any
) -> httpx.Response:
    """Fill the form in as a browser does."""
    form = {"token": _token(web.get("/signin")), "email": email, "password": password}
    headers = {"Sec-Fetch-Site": "same-origin"} | more.pop("headers", {})
    return web.post("/signin", data=form | more, headers=headers)


def _who(engine: Engine, web: httpx.Client) -> str:
    cookies = {SESSION_COOKIE: web.cookies.get(SESSION_COOKIE, "")}
    return actor_of(engine, cookies=cookies, headers=HERE).email


def test_the_right_password_opens_a_session(accounts: Engine, web: httpx.Client) -> None:
    answer = _enter(web, email=" Anne@Potager.example ", next="/logbook?site=potager-des-ducs")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/logbook?site=potager-des-ducs",
    )
    cookie = next(
        one for one in answer.headers.get_list("set-cookie") if one.startswith(SESSION_COOKIE)
    )
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(re.split(r"; ", cookie))
    assert "Secure" not in cookie  # nobody reaches this server by https
    assert _who(accounts, web) == ANNE
    token = web.cookies[SESSION_COOKIE]
    with accounts.connect() as c:
        kept = c.scalars(select(schema.app_session.c.token_hash)).all()
        told = audit.audited(c)
    assert kept == [token_hash(token)]
    assert [(one.who, one.action) for one in told] == [(ANNE, "session.begin")]
    assert "Anne" in web.get("/signin").text


def test_behind_https_the_cookie_travels_only_so(
    accounts: Engine, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_PUBLIC_URL", "https://jardins.example/")
    source = Source(store_url)
    with answering(Starlette(routes=access_routes(source, settings()))) as client:
        page = client.get("/signin")
        held = re.match(f"{FORM_COOKIE}=([^;]+)", page.headers["set-cookie"])
        assert held is not None
        form = {"token": _token(page), "email": ANNE, "password": PASSWORD}
        headers = {"Cookie": f"{FORM_COOKIE}={held[1]}", "Origin": "https://jardins.example"}
        answer = client.post("/signin", data=form, headers=headers)
    source.close()
    assert answer.status_code == 303
    assert all("; Secure" in one for one in answer.headers.get_list("set-cookie"))


def test_nobody_learns_who_has_an_account(web: httpx.Client) -> None:
    """Unknown, without a password, closed, or with a wrong one: the same answer."""
    asked = {
        ANNE: "another phrase altogether",
        "nobody@example.org": PASSWORD,
        "paul@example.org": "",
        "zoe@example.org": PASSWORD,
    }
    answers = {email: _enter(web, email, password) for email, password in asked.items()}
    assert {one.status_code for one in answers.values()} == {401}
    plain = {one.text.replace(email, "…") for email, one in answers.items()}
    assert len({re.sub(r'name="token" value="[^"]+"', "", text) for text in plain}) == 1
    assert all(SESSION_COOKIE not in one.headers["set-cookie"] for one in answers.values())


def test_an_unknown_account_takes_as_long(accounts: Engine) -> None:
    with accounts.connect() as c:
        anne = users.user(c, ANNE)
    sign_in.password_holds(None, "first: makes the hash that stands for nobody")

    def took(found: User | None) -> float:
        best = []
        for _ in range(4):
            started = time.perf_counter()
            assert not sign_in.password_holds(found, "wrong")
            best.append(time.perf_counter() - started)
        return min(best)

    assert took(None) > 0.4 * took(anne)


def test_after_a_few_tries_one_waits(web: httpx.Client) -> None:
    codes = [_enter(web, password=f"guess {n}").status_code for n in range(8)]
    assert codes == [401] * 6 + [429] * 2
    late = _enter(web)
    assert late.status_code == 429  # the right password too
    assert 0 < int(late.headers["retry-after"]) <= 15 * 60
    assert "réessayez" in late.text.lower()
    # Somebody else here, and the same person elsewhere, are not kept waiting.
    assert _enter(web, "paul@example.org", "x").status_code == 401
    assert _enter(web, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 303


def test_who_remembers_in_the_end_begins_anew(web: httpx.Client) -> None:
    for _ in range(3):
        assert _enter(web, ANNE, "forgotten").status_code == 401
        assert _enter(web, ANNE, "forgotten").status_code == 401
        assert _enter(web).status_code == 303


def test_one_address_may_not_try_every_account(web: httpx.Client) -> None:
    codes = [_enter(web, f"{n}@example.org", "x").status_code for n in range(31)]
    assert codes == [401] * 30 + [429]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_s_form_signs_nobody_in(
    accounts: Engine, web: httpx.Client, headers: dict[str, str]
) -> None:
    form = {"token": _token(web.get("/signin")), "email": ANNE, "password": PASSWORD}
    answer = web.post("/signin", data=form, headers=headers)
    assert answer.status_code == 400
    assert SESSION_COOKIE not in web.cookies
    with accounts.connect() as c:
        assert c.scalars(select(schema.app_session.c.id)).all() == []


def test_the_form_s_token_is_its_visitor_s(web: httpx.Client) -> None:
    form = {"email": ANNE, "password": PASSWORD}
    assert web.post("/signin", data=form).status_code == 400  # none at all
    theirs = _token(web.get("/signin"))
    web.cookies.clear()
    assert web.post("/signin", data=form | {"token": theirs}).status_code == 400
    web.get("/signin")
    assert web.post("/signin", data=form | {"token": theirs}).status_code == 400


@pytest.mark.parametrize("body", [b"a" * 20_000, b"\xff=1", b"&".join([b"a=1"] * 60)])
def test_what_is_no_form_is_refused(web: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert web.post("/signin", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/", "/"),
        ("/logbook?site=a&plot=b#c", "/logbook?site=a&plot=b#c"),
        ("", "/"),
        ("logbook", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
    ],
)
def test_one_goes_on_to_our_own_pages_only(asked: str, page: str) -> None:
    assert own_page(asked) == page


def test_signing_out_ends_the_session(accounts: Engine, web: httpx.Client) -> None:
    _enter(web)
    held = web.cookies[SESSION_COOKIE]
    page = web.get("/signout")
    assert _who(accounts, web) == ANNE  # asking is not leaving
    form = {"token": _token(page)}
    assert web.post("/signout", data=form, headers={"Origin": "https://e.example"}).is_error
    assert _who(accounts, web) == ANNE
    answer = web.post("/signout", data=form)
    assert answer.status_code == 303
    assert SESSION_COOKIE not in web.cookies
    assert actor_of(accounts, cookies={SESSION_COOKIE: held}, headers=HERE).is_public
    with accounts.connect() as c:
        assert {one.action for one in audit.audited(c)} == {"session.begin", "session.end"}


def test_signing_out_everywhere_ends_every_session_of_oneself(
    accounts: Engine, web: httpx.Client
) -> None:
    held = []
    for _ in range(2):
        web.cookies.clear()
        _enter(web)
        held.append(web.cookies[SESSION_COOKIE])
    with writing(accounts) as c:
        paul = users.user(c, "paul@example.org")
        assert paul is not None
        other = sign_in.begin(c, paul, at=now(), days=1)
    form = {"token": _token(web.get("/signout")), "every": "1"}
    assert web.post("/signout", data=form).status_code == 303
    for token in held:
        assert actor_of(accounts, cookies={SESSION_COOKIE: token}, headers=HERE).is_public
    assert actor_of(accounts, cookies={SESSION_COOKIE: other}, headers=HERE).email == paul.email
    with accounts.connect() as c:
        assert audit.audited(c)[0].what == {"others": 1}


def test_a_token_that_was_planted_never_becomes_a_session(
    accounts: Engine, web: httpx.Client
) -> None:
    """What stood in the browser before is worth nothing after, whoever put it there."""
    planted = "a" * 43
    with writing(accounts) as c:
        paul = users.user(c, "paul@example.org")
        assert paul is not None
        theirs = sign_in.begin(c, paul, at=now(), days=1)
    for token in (planted, theirs):
        web.cookies.clear()
        web.cookies.set(SESSION_COOKIE, token)
        page = web.get("/signin")
        assert SESSION_COOKIE not in page.headers.get("set-cookie", "")
        form = {"token": _token(page), "email": ANNE, "password": PASSWORD}
        answer = web.post("/signin", data=form, headers={"Sec-Fetch-Site": "same-origin"})
        given = re.search(f"{SESSION_COOKIE}=([^;]+)", answer.headers["set-cookie"])
        assert given is not None
        assert given[1] != token
        assert actor_of(accounts, cookies={SESSION_COOKIE: token}, headers=HERE).is_public
        assert actor_of(accounts, cookies={SESSION_COOKIE: given[1]}, headers=HERE).email == ANNE


def test_a_session_ends_by_itself(
    accounts: Engine, web: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _enter(web)
    assert _who(accounts, web) == ANNE
    later = now() + timedelta(days=settings().session_days, seconds=1)
    monkeypatch.setattr("agro.access.who.now", lambda: later)
    assert _who(accounts, web) == ""


def test_an_account_that_is_closed_or_changed_is_out_at_once(
    accounts: Engine, web: httpx.Client
) -> None:
    _enter(web)
    with writing(accounts) as c:
        anne = users.user(c, ANNE)
        assert anne is not None
        users.save(c, replace(anne, disabled=True))
    assert _who(accounts, web) == ""
    with writing(accounts) as c:
        users.save(c, anne)
        users.set_password_hash(c, ANNE, hash_secret("another long phrase"))
    assert _who(accounts, web) == ""


def test_signing_in_again_ends_the_session_before(accounts: Engine, web: httpx.Client) -> None:
    _enter(web)
    before = web.cookies[SESSION_COOKIE]
    _enter(web)
    assert web.cookies[SESSION_COOKIE] != before
    assert actor_of(accounts, cookies={SESSION_COOKIE: before}, headers=HERE).is_public
    assert _who(accounts, web) == ANNE


@pytest.mark.parametrize(("language", "title"), [("fr", "Se connecter"), ("en", "Sign in")])
def test_the_page_speaks_the_visitor_s_language(
    web: httpx.Client, language: str, title: str
) -> None:
    asked = web.get("/signin", params={"lang": language})
    told = web.get("/signin", headers={"Accept-Language": f"{language}-XX,de;q=0.8"})
    for page in (asked, told):
        assert f'<html lang="{language}">' in page.text
        assert f"<h1>{title}</h1>" in page.text
        assert len(page.content) < 6_000
    assert web.get("/signin", headers={"Accept-Language": "de"}).status_code == 200


def test_what_is_typed_is_shown_as_text(web: httpx.Client) -> None:
    page = _enter(web, email='"><script>alert(1)</script>')
    assert "<script>" not in page.text
    assert "script" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


def test_an_address_counts_as_its_home() -> None:
    assert home_of("2001:db8:1:2::1") == home_of("2001:db8:1:2:ffff::9")
    assert home_of("2001:db8:1:2::1") != home_of("2001:db8:1:3::1")
    assert home_of("::ffff:203.0.113.9") == home_of("203.0.113.9") == "203.0.113.9"


def test_while_the_store_is_away_nobody_is_told_wrong(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source("postgresql://nobody@127.0.0.1:9/away")
    with answering(Starlette(routes=access_routes(source, settings()))) as client:
        assert client.get("/signin").status_code == 200
        assert _enter(client).status_code == 503


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ("lang=fr&next=%2Flogbook%3Fsite%3Da", ("fr", "/logbook?site=a")),
        ("lang=xx&next=%2F%2Fevil.example", ("", "/")),
        ("next=https%3A%2F%2Fevil.example%2F", ("", "/")),
        ("next=%2Fa%0D%0ASet-Cookie%3A+x%3D1", ("", "/")),
        ("&".join(["a=1"] * 40), ("", "/")),
        ("", ("", "/")),
    ],
)
def test_what_the_browser_kept_is_looked_at_again(kept: str, found: tuple[str, str]) -> None:
    assert onward({ONWARD_COOKIE: quote(kept, safe="")}) == found


def test_where_one_was_going_is_kept_for_who_leaves_for_a_provider(
    accounts: Engine, store_url: str
) -> None:
    told = Settings.model_validate(
        {
            "oidc_metadata_url": "https://ville.example/.well-known/openid-configuration",
            "oidc_client_id": "agro",
            "oidc_client_secret": "ours",
        }
    )
    source = Source(store_url)
    with answering(Starlette(routes=access_routes(source, told))) as client:
        client.get("/signin", params={"lang": "fi", "next": "/bed?plot=butte-1"})
        assert onward(dict(client.cookies)) == ("fi", "/bed?plot=butte-1")
        long = client.get("/signin", params={"lang": "fi", "next": f"/{'a' * 4_000}"})
        assert onward(dict(client.cookies)) == ("fi", "/")
        assert "HttpOnly" in long.headers["set-cookie"]
    source.close()
