"""Rivers are asked for page by page, again over a stretch; what is told twice is there once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.config import Settings
from agro.feeds import Outcome
from agro.feeds.early import OVERLAP, fetch_early, named
from agro.packs import read_pack
from agro.records import Site
from agro.store import farms, feeds, readings, writing
from agro.store.city.assets import assets
from sensors.feeds.fetching import Fetcher

NOW = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
STATION, RIVER = "U142541001", "/api/v2/hydrometrie/observations_tr"
AIR = "/geoserver/ind/ows"


def page(values: dict[int, float], *, following: str = "") -> bytes:
    """Levels by the hours before now."""
    rows = [
        {
            "code_station": STATION,
            "grandeur_hydro": "H",
            "date_obs": f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}",
            "resultat_obs": value,
            "latitude": 47.31,
            "longitude": 5.06,
        }
        for hours, value in values.items()
    ]
    return json.dumps({"count": 9, "next": following or None, "data": rows}).encode()


@pytest.fixture
def posted(store: Engine) -> Engine:
    """A store whose city has a control post."""
    with writing(store) as c:
        if farms.control_post(c) is None:
            pack = read_pack("dijon")
            post = Site("post", "Post", "control_post", "21231", 47.32, 5.04, 245.0)
            farms.save_pack(c, replace(pack, sites=(*pack.sites, post)))
    return store


def ask(engine: Engine, server: Any, at: datetime = NOW, **more: Any) -> list[Outcome]:
    told = {"rivers": STATION, "hubeau_url": server.url, "atmo_url": server.url, **more}
    with Fetcher(first_pause_s=0.01, silence_s=5.0) as fetcher:
        return fetch_early(engine, fetcher, Settings(**told), Event(), at=at, only_due=False)


def levels(engine: Engine) -> dict[int, float]:
    """What is stored, by the hours before now."""
    with engine.connect() as c:
        found = readings.series(
            c,
            device=f"hubeau:{STATION}",
            quantity="river_level",
            start=NOW - timedelta(days=9),
            end=NOW + timedelta(days=1),
        )
    hours = [(NOW - at) / timedelta(hours=1) for at in found["time"]]
    return dict(zip([round(one) for one in hours], found["value"], strict=True))


def test_all_pages_are_stored_and_late_or_mended_values_replace(
    posted: Engine, feed_server: Any
) -> None:
    feed_server.pages[RIVER] = page({5: 480.0})
    feed_server.faults = [
        (206, {}, page({3: 470.0, 4: 475.0}, following=f"{feed_server.url}{RIVER}?cursor=B")),
    ]
    done = ask(posted, feed_server)
    assert [one.state for one in done] == ["new", "new", "new"]  # two pages of H, one of Q
    assert feed_server.asked[1][1] == {"cursor": "B"}
    assert levels(posted) == {3: 470.0, 4: 475.0, 5: 480.0}
    # An hour later what was missing has come, and one value is mended.
    feed_server.pages[RIVER] = page({2: 460.0, 3: 471.0, 6: 490.0, 30: 500.0})
    feed_server.asked.clear()
    ask(posted, feed_server, NOW + timedelta(hours=1))
    since = datetime.fromisoformat(feed_server.asked[0][1]["date_debut_obs"])
    assert since == NOW + timedelta(hours=1) - OVERLAP
    expected = {2: 460.0, 3: 471.0, 4: 475.0, 5: 480.0, 6: 490.0, 30: 500.0}
    assert levels(posted) == expected
    ask(posted, feed_server, NOW + timedelta(hours=2))
    assert levels(posted) == expected


def test_a_next_page_of_another_server_is_not_asked_for(posted: Engine, feed_server: Any) -> None:
    feed_server.pages[RIVER] = page({1: 450.0}, following="http://192.0.2.7/next")
    done = ask(posted, feed_server)
    assert [one.state for one in done] == ["new", "failed", "new", "failed"]
    assert "another server" in done[1].reason
    assert levels(posted) == {1: 450.0}


@pytest.mark.parametrize("fault", [500, "garbage", (302, {"Location": "http://192.0.2.7/"})])
def test_what_fails_leaves_what_was_known(posted: Engine, feed_server: Any, fault: Any) -> None:
    feed_server.pages[RIVER] = page({1: 450.0})
    ask(posted, feed_server)
    feed_server.faults = [fault] * 20
    assert {one.state for one in ask(posted, feed_server, NOW + timedelta(hours=1))} == {"failed"}
    assert levels(posted) == {1: 450.0}
    with posted.connect() as c:
        sources = [one for one in feeds.sources(c) if one.source.startswith("hubeau@")]
    assert all(one.failures == 1 and one.fetched_at for one in sources)


def test_the_air_of_every_municipality_is_asked_for_at_once(
    posted: Engine, feed_server: Any
) -> None:
    told = {"code_zone": "21231", "lib_zone": "Dijon", "date_ech": "2026-07-14", "code_qual": 3}
    told |= {"x_wgs84": 5.04, "y_wgs84": 47.32}
    document = {"features": [{"properties": told}]}
    feed_server.pages[AIR] = json.dumps(document).encode()
    (done,) = ask(posted, feed_server, rivers="", air="atmo")
    assert done.state == "new"
    with posted.connect() as c:
        (air,) = assets(c, kind="air_station")
    assert (air.device, air.commune, air.source, air.mode) == (
        "atmo:21231",
        "21231",
        "atmo",
        "live",
    )
    assert len(feed_server.asked) == 1


def test_nothing_is_asked_that_nobody_named(posted: Engine, feed_server: Any) -> None:
    assert ask(posted, feed_server, rivers="") == []
    assert feed_server.asked == []
    assert named(" u142541001, 04993x0114/sondag ") == ["U142541001", "04993X0114/SONDAG"]
    (done, _) = ask(posted, feed_server, rivers="nothing'here")
    assert (done.state, done.reason.partition(":")[0]) == ("failed", "refused")
