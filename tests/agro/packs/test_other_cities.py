"""Turku and Botoșani: packs as complete as the first one, whose demo speaks English."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from agro import packs
from agro.advice import advise
from agro.config import Settings
from agro.demo import SEASON_END, fill
from agro.errors import BadInput
from agro.feeds.orders import fetch_orders
from agro.packs import available, read_pack
from agro.packs.equipment import read_equipment
from agro.records import CityPack
from agro.store import deliveries, farms, forecasts, logbook, open_store, writing
from models.water import tables
from sensors import codecs
from sensors.feeds.fetching import Fetcher
from tests.servers import FeedServer

OTHERS = ("turku", "botosani")
MORNING = SEASON_END.date()
TABLE_19 = Path(tables.__file__).parent / "data/soils.csv"


@pytest.fixture(scope="module", params=OTHERS)
def pack(request: pytest.FixtureRequest) -> CityPack:
    return read_pack(str(request.param))


@pytest.fixture(scope="module", params=OTHERS)
def demo_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Twelve days of each city's demo."""
    file = tmp_path_factory.mktemp(request.param) / "agro.sqlite"
    engine = open_store(f"sqlite:///{file.as_posix()}")
    with writing(engine) as c:
        farms.save_pack(c, read_pack(request.param))
    fill(engine, days=12)
    request.addfinalizer(engine.dispose)
    return engine


@pytest.mark.parametrize(
    ("slug", "name", "country", "zone", "hour"),
    [
        ("turku", "Turku", "FI", "Europe/Helsinki", 7),
        ("botosani", "Botoșani", "RO", "Europe/Bucharest", 7),
        ("dijon", "Dijon métropole", "FR", "Europe/Paris", 6),
    ],
)
def test_each_city_keeps_its_own_clock(
    slug: str, name: str, country: str, zone: str, hour: int
) -> None:
    city = read_pack(slug).city
    assert (city.name, city.country, city.timezone) == (name, country, zone)
    assert SEASON_END.astimezone(ZoneInfo(city.timezone)).hour == hour


def test_no_french_source_or_law_elsewhere(pack: CityPack) -> None:
    assert pack.city.feeds == ("open-meteo",)
    assert set(pack.city.frameworks) == {"TAPE", "MUFPP", "SDG"}
    assert pack.city.language == "en"


def test_every_city_has_one_control_post_and_its_kinds_of_site() -> None:
    for slug in available():
        kinds = [site.kind for site in read_pack(slug).sites]
        assert kinds.count("control_post") == 1, slug
        assert {"market_garden", "field_station", "community_garden"} <= set(kinds), slug


def test_what_is_invented_says_so(pack: CityPack) -> None:
    for site in pack.sites:
        told = "approximate" if site.kind == "control_post" else "an example"
        assert told in site.position_note, site.slug
    assert all("an example" in soil.source for soil in pack.soils)


def test_no_normal_passes_for_a_published_one(pack: CityPack) -> None:
    with (Path(packs.__file__).parent / pack.city.slug / "normals.csv").open(
        encoding="utf-8"
    ) as file:
        sources = [row["source"] for row in csv.DictReader(file)]
    assert len(sources) == 8
    assert all("simulation only" in s or "not a published figure" in s for s in sources)


def test_the_year_s_sums_are_those_of_the_sources() -> None:
    """Turku Airport 720 mm (English Wikipedia); Botoșani 9.4 °C, 569 mm (Strătilă et al. 2021)."""
    turku, botosani = read_pack("turku").normals, read_pack("botosani").normals
    assert sum(turku.rain) == 720
    assert (turku.rain[3], turku.rain[7]) == (32, 80)
    assert sum(botosani.rain) == 569
    assert sum(botosani.tmean) / 12 == pytest.approx(9.4, abs=0.06)


def test_soils_are_within_table_19(pack: CityPack) -> None:
    with TABLE_19.open(encoding="utf-8") as file:
        ranges = {row["texture"]: row for row in csv.DictReader(file)}
    for soil in pack.soils:
        for name in ("field_capacity", "wilting_point"):
            row = ranges[soil.texture]
            low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
            assert low <= getattr(soil, name) <= high, (soil.slug, name)


def test_on_the_demo_s_morning_crops_are_past_their_first_stage(pack: CityPack) -> None:
    standing = [
        one
        for one in pack.plantings
        if one.planted <= MORNING and (one.removed is None or one.removed > MORNING)
    ]
    assert len({(one.site, one.plot) for one in standing}) == len(pack.plots)
    for one in standing:
        crop = tables.crop(one.crop)
        age = (MORNING - one.planted).days
        assert crop.season_start or crop.length_ini < age < crop.season_length, one


def test_devices_are_invented_and_stand_somewhere(pack: CityPack) -> None:
    """IEEE 802: the second bit of the first byte is set in an address nobody was given."""
    euis = [bytes.fromhex(device.eui) for device in pack.devices]
    assert all(len(eui) == 8 and eui[0] & 0b10 for eui in euis)
    assert len(set(euis)) == len(euis)
    assert all(device.model in codecs.MODELS for device in pack.devices)
    bare = {(p.site, p.slug) for p in pack.plots} - {(d.site, d.plot) for d in pack.devices}
    assert bare, "some beds have no probe on purpose"


def test_the_equipment_of_a_control_post_is_assumed_and_placed_in_the_city(
    pack: CityPack,
) -> None:
    found = read_equipment(pack.city.slug, pack.communes)
    (plant,) = [one for one in found if one.kind == "pv_plant"]
    assert plant.latitude == pytest.approx(pack.city.latitude, abs=0.1)
    assert plant.longitude == pytest.approx(pack.city.longitude, abs=0.1)
    with (Path(packs.__file__).parent / pack.city.slug / "equipment.csv").open(
        encoding="utf-8"
    ) as file:
        assert all("assumed" in row["source"] for row in csv.DictReader(file))


def test_no_two_cities_share_a_site_or_a_device() -> None:
    every = [read_pack(slug) for slug in available()]
    for names in (
        [site.slug for one in every for site in one.sites],
        [device.eui for one in every for device in one.devices],
    ):
        assert len(names) == len(set(names))


def test_the_store_keeps_what_exists_in_a_city(pack: CityPack, sqlite_url: str) -> None:
    engine = open_store(sqlite_url)
    with writing(engine) as c:
        farms.save_pack(c, pack)
        assert farms.city(c) == pack.city
    engine.dispose()


def test_the_french_service_is_not_asked_elsewhere(
    demo_store: Engine, feed_server: FeedServer
) -> None:
    """It would answer 404, as for a place without restrictions: nobody would be the wiser."""
    chosen = Settings(drought_orders="vigieau", vigieau_url=feed_server.url)
    with demo_store.connect() as c:
        sites = farms.sites(c)
    with Fetcher() as fetcher:
        for site in sites:
            assert fetch_orders(demo_store, fetcher, chosen, site, UTC, at=SEASON_END) == []
    assert feed_server.asked == []


def test_a_city_that_names_no_sources_leaves_them_to_the_operator() -> None:
    turku = read_pack("turku").city
    assert (turku.has_feed("open-meteo"), turku.has_feed("vigieau")) == (True, False)
    assert replace(turku, feeds=()).has_feed("vigieau")


def test_a_demo_elsewhere_speaks_english(demo_store: Engine) -> None:
    with demo_store.connect() as c:
        outlets = {one.name for one in deliveries.outlets(c)}
        devices = {device.name.split()[0] for device in farms.devices(c)}
        notes = {entry.notes for entry in logbook.entries(c)}
    assert {"Market stall", "School canteen", "The gardeners"} <= outlets
    assert "Compteur" not in devices
    assert {"Water", "Valve"} <= devices
    assert "Care and harvest" in notes
    assert not {"Entretien et récolte", "Total de la saison"} & notes


def test_a_control_post_harvests_nothing_and_says_nothing(demo_store: Engine) -> None:
    with demo_store.connect() as c:
        post = farms.control_post(c)
        assert post is not None
        assert not [entry for entry in logbook.entries(c) if entry.site == post.slug]
        assert post.slug not in {site.slug for site in farms.sites(c)}


def test_a_demo_elsewhere_is_advised(demo_store: Engine) -> None:
    """Beds that need water beside beds that do not, and no bed without an answer."""
    with demo_store.connect() as c:
        found = [row for site in farms.sites(c) for row in advise(c, site=site.slug, at=SEASON_END)]
        plots = farms.plots(c)
        assert all(forecasts.latest(c, site.slug) for site in farms.sites(c))
    assert len(found) == len(plots)
    decisions = {row.decision for row in found}
    assert "wait" in decisions
    assert decisions <= {"irrigate", "wait", "unknown"}
    assert sum(row.decision == "unknown" for row in found) <= len(found) // 4


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('feeds = ["open-meteo"]', 'feeds = ["vigiwater"]', "feeds.0 'vigiwater' must be 'atmo'"),
        ('["MUFPP", "SDG", "TAPE"]', '["LEAF"]', "frameworks.0 'LEAF' must be 'EGalim'"),
        ('feeds = ["open-meteo"]', 'feeds = "open-meteo"', "feeds 'open-meteo' cannot be used"),
    ],
)
def test_a_switch_that_we_do_not_know_is_one_line(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    folder = tmp_path / "turku"
    folder.mkdir()
    for file in (Path(packs.__file__).parent / "turku").glob("*"):
        text = file.read_text("utf-8")
        assert file.name != "city.toml" or before in text
        (folder / file.name).write_text(text.replace(before, after), "utf-8")
    with pytest.raises(BadInput, match=r"city\.toml") as caught:
        read_pack(folder)
    (line,) = caught.value.lines
    assert told in line


def test_days_end_at_the_city_s_own_midnight() -> None:
    """Half past nine in the evening, UTC: tomorrow in Turku, still today in Dijon."""
    late = datetime(2026, 7, 19, 21, 30, tzinfo=UTC)
    days = {
        slug: late.astimezone(ZoneInfo(read_pack(slug).city.timezone)).date()
        for slug in available()
    }
    assert days == {
        "turku": date(2026, 7, 20),
        "botosani": date(2026, 7, 20),
        "dijon": date(2026, 7, 19),
    }
