"""The pack of Dijon says what its sources say, and has something to decide in every season."""

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest

from agro import packs
from agro.packs import available, read_pack
from agro.records import CityPack, Planting
from models.water import tables
from sensors import codecs

TABLE_19 = Path(tables.__file__).parent / "data/soils.csv"


@pytest.fixture(scope="module")
def pack() -> CityPack:
    return read_pack("dijon")


def _growing(pack: CityPack, day: date) -> list[Planting]:
    return [
        planting
        for planting in pack.plantings
        if planting.planted <= day and (planting.removed is None or day < planting.removed)
    ]


@pytest.mark.parametrize("name", available())
def test_every_pack_of_ours_reads(name: str) -> None:
    assert read_pack(name).sites


def test_communes_are_those_of_the_register(pack: CityPack) -> None:
    """23 communes, 258,630 inhabitants, 240.3 km²: register of INSEE and IGN, 2026."""
    assert len(pack.communes) == 23
    assert sum(commune.population for commune in pack.communes) == 258_630
    assert sum(commune.area_km2 for commune in pack.communes) == pytest.approx(240.3, abs=0.06)


def test_the_market_garden_is_within_its_areas(pack: CityPack) -> None:
    """3,000 m² open and 300 m² under glass."""
    plots = [plot for plot in pack.plots if plot.site == "potager-des-ducs"]
    assert {plot.kind for plot in plots} == {"bed", "greenhouse", "pots"}
    assert 0 < sum(plot.area for plot in plots if not plot.covered) <= 3000
    assert 0 < sum(plot.area for plot in plots if plot.covered) <= 300


def test_there_are_two_community_gardens_and_a_field_station_with_a_trial(pack: CityPack) -> None:
    kinds = [site.kind for site in pack.sites]
    assert kinds.count("community_garden") == 2
    (trial,) = pack.trials
    assert (trial.site, trial.plot) == ("domaine-de-la-cras", "moutarde")


def test_no_approximate_position_passes_for_a_surveyed_one(pack: CityPack) -> None:
    assert all("approximate" in site.position_note for site in pack.sites)


def test_sites_and_plots_lie_in_the_commune_they_name(pack: CityPack, data: Path) -> None:
    boundaries = (data / "city/communes.geojson").read_text(encoding="utf-8")
    features = json.loads(boundaries)["features"]
    rings = {f["properties"]["insee"]: f["geometry"]["coordinates"][0] for f in features}
    communes = {site.slug: site.commune for site in pack.sites}
    for site in pack.sites:
        assert _inside(site.longitude, site.latitude, rings[site.commune]), site.slug
    for plot in pack.plots:
        ring = rings[communes[plot.site]]
        assert _inside(plot.longitude, plot.latitude, ring), plot.slug


def _inside(x: float, y: float, ring: list[list[float]]) -> bool:
    crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def test_soils_are_within_table_19(pack: CityPack) -> None:
    """FAO-56 Table 19: ranges of field capacity and wilting point of each texture."""
    with TABLE_19.open(encoding="utf-8") as file:
        ranges = {row["texture"]: row for row in csv.DictReader(file)}
    for soil in pack.soils:
        row = ranges[soil.texture]
        for name in ("field_capacity", "wilting_point"):
            low, high = float(row[f"{name}_low"]), float(row[f"{name}_high"])
            assert low <= getattr(soil, name) <= high, soil.slug
        assert "Table 19" in soil.source


def test_drip_wets_what_table_20_says(pack: CityPack) -> None:
    """FAO-56 Table 20, in the ground; a dripper wets all of a pot."""
    low, high = tables.WETTED_FRACTIONS["drip"]
    in_ground = {(p.site, p.irrigation) for p in pack.plots if p.kind != "pots"}
    for system in pack.irrigation_systems:
        if system.method == "drip" and (system.site, system.slug) in in_ground:
            assert low <= system.wetted_fraction <= high, system.slug


@pytest.mark.parametrize(
    ("day", "least"), [(date(2026, 7, 20), 20), (date(2026, 11, 23), 12)], ids=str
)
def test_most_plots_have_a_crop(pack: CityPack, day: date, least: int) -> None:
    assert len({(p.site, p.plot) for p in _growing(pack, day)}) >= least


def test_on_the_day_of_the_demo_annual_crops_are_past_their_first_stage(pack: CityPack) -> None:
    day = date(2026, 7, 20)
    ages = [
        ((day - planting.planted).days, tables.crop(planting.crop))
        for planting in _growing(pack, day)
        if not tables.crop(planting.crop).season_start
    ]
    assert all(crop.length_ini < age < crop.season_length for age, crop in ages)


def test_some_growing_beds_have_no_probe(pack: CityPack) -> None:
    probed = {(device.site, device.plot) for device in pack.devices if device.plot}
    bare = {(plot.site, plot.slug) for plot in pack.plots} - probed
    assert bare & {(p.site, p.plot) for p in _growing(pack, date(2026, 7, 20))}


def test_every_site_measures_its_rain_and_two_their_weather(pack: CityPack) -> None:
    gauges = {d.site for d in pack.devices if d.model == "decentlab/dl-tbrg"}
    assert gauges == {site.slug for site in pack.sites if site.kind != "control_post"}
    stations = {d.site for d in pack.devices if d.model == "decentlab/dl-atm41"}
    assert stations == {"potager-des-ducs", "domaine-de-la-cras"}


def test_french_sources_and_frameworks_exist_here(pack: CityPack) -> None:
    assert {"vigieau", "hubeau", "atmo"} <= set(pack.city.feeds)
    assert {"EGalim", "IFT", "TAPE", "MUFPP", "SDG"} == set(pack.city.frameworks)


def test_invented_euis_are_locally_administered(pack: CityPack) -> None:
    """IEEE 802: the second bit of the first byte is set in an address nobody was given."""
    euis = [bytes.fromhex(device.eui) for device in pack.devices]
    assert all(len(eui) == 8 and eui[0] & 0b10 for eui in euis)


def test_the_profile_has_a_depth_for_each_level(pack: CityPack) -> None:
    (profile,) = [d for d in pack.devices if d.model == "decentlab/dl-smtp"]
    assert profile.depths == codecs.MODELS[profile.model].depths


def test_normals_are_the_published_ones_where_there_are_any(pack: CityPack) -> None:
    """DIJON-LONGVIC 1971-2000; the mean of the extremes is the mean, to 0.05 °C."""
    normals = pack.normals
    assert sum(normals.rain) == 748
    assert sum(normals.tmean) / 12 == pytest.approx(10.7, abs=0.05)
    pairs = zip(normals.tmin, normals.tmax, strict=True)
    assert [(low + high) / 2 for low, high in pairs] == pytest.approx(normals.tmean, abs=0.051)
    assert "not a published figure" in normals.source


def test_the_folder_has_what_the_readme_tells_of_and_nothing_else() -> None:
    folder = Path(packs.__file__).parent / "dijon"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    told = (folder.parent / "README.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z_]+\.[a-z]+)`", told, re.MULTILINE))
    assert {"city.toml", "communes.csv", "devices.csv", "normals.csv"} <= named
    assert files == named | {"trials/moutarde-2026.csv"}
