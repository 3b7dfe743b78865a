"""What the pocket page shows: the dashboard's words, in few bytes, to who may see them."""

import re
import struct
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from agro.access.secrets import new_token, token_hash
from agro.config import now
from agro.dashboard.colours import LOOKS as DASHBOARD_LOOKS
from agro.pocket.asked import LOOKS
from agro.store import decisions, farms, writing
from agro.store.access import sessions, users
from agro.words import LANGUAGES, card, say
from tests.agro.pocket.beds import plant

SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_TAG = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)
LARGEST = 10_000  # bytes of a page unpacked; and of a first visit with all it asks for, packed
_ASKED = re.compile(
    r'<(?:script src|link rel="(?:manifest|icon|apple-touch-icon)" href)="(/m/[^"]+)"'
)


def text(html: str) -> str:
    """A page as it is read."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dashboard_says_the_same(
    phone: httpx.Client, engine: Engine, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = AppTest.from_file(str(SCRIPT), default_timeout=60)
    page.query_params["lang"] = language
    page.run()
    assert not page.exception
    whole = " ".join(text(block.proto.body) for block in page.get("html"))
    garden = text(phone.get(f"/m/potager?lang={language}").text)
    with engine.connect() as c:
        plots, advices = farms.plots(c, "potager"), decisions.latest(c, "potager")
    words = say(language, "Europe/Paris")
    for advice in advices:
        plot = next(one for one in plots if one.slug == advice.plot)
        bed = text(phone.get(f"/m/potager/{plot.slug}?lang={language}").text)
        said = card(words, plot, advice, crop="", now=now())
        for sentence in (said.headline, said.when, said.why, said.confidence, *said.cautions):
            told = " ".join(sentence.split())
            assert told in whole
            assert told in bed
        assert " ".join(said.headline.split()) in garden
    assert f'"/m/potager?lang={language}"' in " ".join(
        block.proto.body for block in page.get("html")
    )


def test_a_garden_says_what_to_do_and_when_it_was_computed(phone: httpx.Client) -> None:
    told = text(phone.get("/m/potager", headers={"Accept-Language": "fr-FR,fr;q=0.9"}).text)
    for said in (
        "1 parcelle à arroser sur 3 · 48 L en tout",
        "Arrosez ce soir : 48 L, soit 12 min",
        "mardi 21 juillet, de 20:00 à 20:12",
        "J’ai arrosé : 12 min",
        "Pas encore de conseil",
        "Conseils calculés le mar. 21 juil. à 11:52",
        "Dernière mesure : mar. 21 juil. à 11:28.",
    ):
        assert said in told
    assert told.index("Planche 1") < told.index("Serre 1")


def test_a_bed_draws_its_water_and_its_week(phone: httpx.Client) -> None:
    html = phone.get("/m/potager/p1?lang=fr").text
    assert "Eau du sol : 42 mm sur 60 mm" in text(html)
    week = re.search(r'<svg class="week".*?</svg>', html, re.DOTALL)
    assert week is not None
    assert "pluie 6,5\u00a0mm" in week[0]
    assert week[0].count('class="rain"') == 2
    assert week[0].count('class="water"') == 1
    assert 'class="level"' in html


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "language"),
    [
        ("en", "fr", "fr", "en"),
        ("xx", "en", "fr", "en"),
        ("", "", "de-DE,en-GB;q=0.8,fr;q=0.3", "en"),
        ("", "", "fr;q=0.2,en;q=0.9", "en"),
        ("", "", "en;q=0", "fr"),
        ("", "", "en;q=much", "fr"),
        ("", "", "", "fr"),
    ],
)
def test_the_language_is_asked_kept_preferred_or_the_city_s(
    phone: httpx.Client, asked: str, cookie: str, accepted: str, language: str
) -> None:
    headers = {"Accept-Language": accepted, "Cookie": f"agro_lang={cookie}"}
    answer = phone.get("/m/potager", params={"lang": asked} if asked else {}, headers=headers)
    assert f'<html lang="{language}">' in answer.text
    assert ("set-cookie" in answer.headers) == (asked == language)


def test_the_only_garden_opens_at_once(phone: httpx.Client) -> None:
    assert phone.get("/m").headers["location"].endswith("/m/")
    html = phone.get("/m/").text
    assert "<h1>Potager des Ducs</h1>" in html
    assert 'action="/m/potager/note"' in html


@pytest.mark.parametrize("path", ["/m/elsewhere", "/m/potager/p9", "/m/elsewhere/p1"])
def test_what_is_not_there_is_said(phone: httpx.Client, path: str) -> None:
    answer = phone.get(f"{path}?lang=en")
    assert answer.status_code == 404
    assert "Nothing at this address" in text(answer.text)


def test_pages_are_small_and_run_nothing_strange(phone: httpx.Client) -> None:
    for path in ("/m/", "/m/potager", "/m/potager/p1", "/m/potager/s1", "/m/potager/p2"):
        answer = phone.get(path)
        assert answer.status_code == 200
        assert len(answer.content) < LARGEST
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "http" not in answer.text  # nothing is asked of another machine
    assert phone.get("/m/sw.js").headers["content-type"].startswith("text/javascript")
    manifest = phone.get("/m/manifest.webmanifest").json()
    assert (manifest["scope"], manifest["start_url"]) == ("/m/", "/m/")


def test_a_first_visit_to_twenty_beds_is_small(phone: httpx.Client, engine: Engine) -> None:
    """The page and everything that a phone asks for with it, as it travels; and warm the page."""
    plant(engine)
    told = {}
    page = phone.get("/m/potager")
    assert len(page.content) < LARGEST
    for path in ("/m/potager", *_ASKED.findall(page.text), "/m/sw.js"):
        answer = phone.get(path)
        assert answer.status_code == 200
        told[path] = answer.num_bytes_downloaded
        if seal := answer.headers.get("etag"):
            again = phone.get(path, headers={"If-None-Match": seal})
            assert (again.status_code, again.num_bytes_downloaded) == (304, 0)
    assert len(told) == 6
    assert sum(told.values()) < LARGEST, told
    unpacked = phone.get("/m/potager", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in unpacked.headers


def test_the_other_beds_are_one_link_away(phone: httpx.Client, engine: Engine) -> None:
    plant(engine)
    beds: list[str] = []
    for asked in ("", "?from=10", "?from=20"):
        html = phone.get(f"/m/potager{asked}").text
        beds += re.findall(r'<h2><a href="/m/potager/(\w+)"', html)
    with engine.connect() as c:
        assert sorted(beds) == sorted(plot.slug for plot in farms.plots(c, "potager"))
    assert "?from=" not in html


def test_the_look_is_asked_kept_or_the_phone_s(phone: httpx.Client) -> None:
    assert LOOKS == DASHBOARD_LOOKS
    own = phone.get("/m/potager").text
    assert "prefers-color-scheme:dark" in own
    assert "data-look" not in own
    for look in LOOKS:
        answer = phone.get("/m/potager", params={"look": look})
        assert f'data-look="{look}"' in answer.text
        assert f"agro_look={look}" in answer.headers["set-cookie"]
        kept = phone.get("/m/potager", headers={"Cookie": f"agro_look={look}"})
        assert f'data-look="{look}"' in kept.text
        assert "set-cookie" not in kept.headers
        css = re.findall(r"<style>(.*?)</style>", kept.text, re.DOTALL)[0]
        seal = b64encode(sha256(css.encode()).digest()).decode()
        assert f"style-src 'sha256-{seal}'" in kept.headers["content-security-policy"]
    assert "data-look" not in phone.get("/m/potager?look=x", headers={"Cookie": "agro_look=y"}).text


def test_a_phone_can_keep_it_among_its_apps(phone: httpx.Client) -> None:
    manifest = phone.get("/m/manifest.webmanifest?lang=fi").json()
    assert (manifest["lang"], manifest["short_name"], manifest["display"]) == (
        *("fi", "Kastelu"),
        "standalone",
    )
    for icon in manifest["icons"]:
        answer = phone.get(icon["src"])
        assert answer.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            side = int(icon["sizes"].partition("x")[0])
            assert struct.unpack(">II", answer.content[16:24]) == (side, side)
    sizes = {icon["sizes"] for icon in manifest["icons"] if icon["purpose"] == "any"}
    assert sizes >= {"192x192", "512x512"}


@pytest.mark.parametrize(
    ("asked", "onward"),
    [
        ("/m/potager/p1", "%2Fm%2Fpotager%2Fp1"),
        ("https://elsewhere.example/m/", "%2Fm%2F"),
        ("//elsewhere.example/m/", "%2Fm%2F"),
        ("/logbook", "%2Fm%2F"),
        ("", "%2Fm%2F"),
    ],
)
def test_signed_out_it_says_where_to_sign_in(phone: httpx.Client, asked: str, onward: str) -> None:
    html = phone.get("/m/out.html", params={"next": asked, "lang": "en"}).text
    assert "You are signed out" in text(html)
    assert f'href="/signin?next={onward}"' in html


def test_names_are_written_not_run(phone: httpx.Client, engine: Engine) -> None:
    with writing(engine) as c:
        c.exec_driver_sql("UPDATE plot SET name = '<img src=x>' WHERE slug = 'p1'")
    for path in ("/m/potager", "/m/potager/p1"):
        html = phone.get(path).text
        assert "<img" not in html
        assert "&lt;img src=x&gt;" in html


def _sign_in(engine: Engine, email: str, role: str, *sites: str) -> dict[str, str]:
    token, at = new_token(), now()
    with writing(engine) as c:
        users.save(c, users.User(email, "", frozenset({role}), at, frozenset(sites)))
        sessions.begin(c, token_hash(token), email, at=at, expires=at + timedelta(days=1))
    return {"Cookie": f"agro_session={token}"}


def test_gardeners_see_their_own_garden_only(phone: httpx.Client, engine: Engine) -> None:
    own = _sign_in(engine, "own@example.org", "farmer", "potager")
    foreign = _sign_in(engine, "foreign@example.org", "farmer", "elsewhere")
    official = _sign_in(engine, "city@example.org", "official")
    assert "Planche 1" in phone.get("/m/potager", headers=own).text
    for path in ("/m/potager", "/m/potager/p1"):
        refused = phone.get(path, headers=foreign)
        assert refused.status_code == 403
        assert "Planche 1" not in refused.text
        unknown = phone.get(path)
        assert (unknown.status_code, unknown.headers["location"]) == (
            303,
            f"/signin?next={path.replace('/', '%2F')}",
        )
        assert phone.get(path, headers=official).status_code == 403
    assert "Planche 1" not in phone.get("/m/", headers=foreign).text


def test_researchers_read_and_note_nothing(phone: httpx.Client, engine: Engine) -> None:
    headers = _sign_in(engine, "cras@example.org", "researcher")
    html = phone.get("/m/potager/p1", headers=headers).text
    assert "Planche 1" in html
    assert "<form" not in html.replace('<form method="post" action="§path">', "")


def test_without_a_database_it_says_so(
    phone: httpx.Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(engine) as c:
        c.exec_driver_sql("ALTER TABLE advice RENAME TO lost")
    answer = phone.get("/m/potager?lang=fr")
    assert answer.status_code == 503
    assert "Les données ne répondent pas" in text(answer.text)
