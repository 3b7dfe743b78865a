"""Every kind of outside source, each way to misbehave: the last values stay, the fault is told."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.transit import gtfs_realtime_pb2 as gtfs
from sqlalchemy import Engine, func, select

from agro.config import Settings
from agro.feeds import Asking, Outcome, early, equipment, fetch_weather, gardens, orders
from agro.feeds import reports as report_feed
from agro.feeds import sources_of as asked_of
from agro.store import feeds, open_store, problems, schema
from agro.store.city import assets
from agro.store.feeds import Source
from sensors.feeds import fetching
from sensors.feeds.fetching import Fetcher
from tests.agro.feeds.conftest import answer, packet
from tests.bad_server import WAYS, BadServer, Way

AT = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=4)
PARIS = ZoneInfo("Europe/Paris")
STATION, WELL = "U142541001", "04993X0114/SONDAG"
KINDS = {  # each kind of source, by the beginning of its key
    "open-meteo",
    "open-meteo-ensemble",
    "meteo-france",
    "vigieau",
    "hubeau",
    "atmo",
    "open311-services",
    "open311",
    "explore",
    "gtfs-rt",
    "ngsi-ld",
    "sensor-things",
}
REASONS = {
    "hang": "unreachable",
    "drip": "unreachable",
    "500": "server_fault",
    "garbage": "unreadable",
    "50 MB": "too_large",
    "elsewhere": "sent_on",
}


def _json(told: Any) -> bytes:
    return json.dumps(told).encode()


def _bus() -> bytes:
    header = gtfs.FeedHeader(gtfs_realtime_version="2.0", timestamp=int(AT.timestamp()))
    told = gtfs.FeedMessage(header=header)
    told.entity.add(id="1").vehicle.timestamp = int(AT.timestamp())
    return told.SerializeToString()


def pages() -> dict[str, bytes]:
    """A good answer of each source, by its path."""
    at = AT.isoformat()
    river = {"code_station": STATION, "grandeur_hydro": "H", "date_obs": at, "resultat_obs": 491.0}
    well = {"code_bss": WELL, "date_mesure": "2026-07-13", "niveau_eau_ngf": 231.4}
    air = {"code_zone": "21231", "lib_zone": "Dijon", "date_ech": "2026-07-14", "code_qual": 2}
    spot = {"value": 9, "observedAt": at}
    park = {"id": "urn:1", "type": "OffStreetParking", "availableSpotNumber": spot}
    stream = {
        "unitOfMeasurement": {"symbol": "1"},
        "ObservedProperty": {"name": "free_spaces"},
        "Thing": {"@iot.id": 3, "@iot.selfLink": "http://town/Things(3)", "name": "Gare"},
        "Observations": [{"phenomenonTime": at, "result": 31}],
    }
    places = {"nom_du_parking": "A", "nombre_de_places_libres": 4, "derniere_mise_a_jour": at}
    places |= {"nombre_de_places_totales": 9, "geo_point_2d": {"lon": 5.04, "lat": 47.32}}
    report = {"service_request_id": "1", "service_code": "7", "status": "open"}
    arrete = {"id": 1, "dateDebutValidite": "2026-07-01", "dateFinValidite": "2026-07-31"}
    zone = {"id": 1, "type": "AEP", "niveauGravite": "alerte", "arrete": arrete, "usages": []}
    return {
        "/v1/forecast": answer(),
        "/v1/ensemble": answer(members=3),
        "/public/DPPaquetObs/v1/paquet/horaire": packet(),
        "/api/zones": _json([zone]),
        "/api/v2/hydrometrie/observations_tr": _json({"data": [river]}),
        "/api/v1/niveaux_nappes/chroniques_tr": _json({"data": [well]}),
        "/geoserver/ind/ows": _json({"features": [{"properties": air}]}),
        "/311/services.json": _json([{"service_code": "7", "service_name": "Éclairage public"}]),
        "/311/requests.json": _json([report | {"requested_datetime": at}]),
        "/dispo/records": _json({"results": [places]}),
        "/bus": _bus(),
        "/ngsi-ld/v1/entities": _json([park]),
        "/v1.1/Datastreams": _json({"value": [stream]}),
    }


@dataclass
class City:
    """One garden and the whole city's sources, all of them at one server."""

    engine: Engine
    server: BadServer

    @property
    def settings(self) -> Settings:
        url = self.server.url
        return Settings(
            weather="open-meteo",
            open_meteo_url=url,
            meteo_france_url=url,
            meteo_france_key="A-KEY",
            drought_orders="vigieau",
            vigieau_url=url,
            rivers=STATION,
            water_tables=WELL,
            hubeau_url=url,
            air="atmo",
            atmo_url=url,
            ngsi_ld_url=url,
            sensor_things_url=f"{url}/v1.1",
            car_parks_url=f"{url}/dispo",
            transit_positions_url=f"{url}/bus",
            open311_url=f"{url}/311",
        )

    def ask(self, at: datetime, **patience: float) -> list[Outcome]:
        """One round over everything."""
        told, engine, stop = self.settings, self.engine, Event()
        sources, site = asked_of(told), gardens(engine)[0]
        with Fetcher(**{"first_pause_s": 0.001, **patience}) as fetcher:
            due = frozenset(sources.keys)
            done = fetch_weather(Asking(engine, fetcher, sources, site, PARIS, at, due))
            done += orders.fetch_orders(engine, fetcher, told, site, PARIS, at=at)
            done += early.fetch_early(engine, fetcher, told, stop, at=at)
            done += equipment.fetch_equipment(engine, fetcher, told, stop, at=at)
            return done + report_feed.fetch_reports(engine, fetcher, told, at)

    def sources(self) -> dict[str, Source]:
        with self.engine.connect() as c:
            return {one.source: one for one in feeds.sources(c)}

    def values(self) -> dict[str, Any]:
        """What the pages read."""
        of_rows = (schema.forecast, schema.weather_day, schema.drought_answer, schema.report)
        with self.engine.connect() as c:
            found: dict[str, Any] = {
                one.name: c.scalar(select(func.count()).select_from(one)) for one in of_rows
            }
            newest = assets.latest(c)[["device", "quantity", "time", "value"]]
            return found | {"city": newest.to_numpy().tolist()}


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store which every source has answered once."""
    file = tmp_path_factory.mktemp("told") / "agro.sqlite"
    shutil.copy(sqlite_template, file)
    with BadServer(pages()) as server:
        engine = open_store(f"sqlite:///{file.as_posix()}")
        done = City(engine, server).ask(AT)
        engine.dispose()
    assert {one.state for one in done} == {"new"}, done
    yield file


@pytest.fixture
def city(told: Path, tmp_path: Path) -> Iterator[City]:
    file = shutil.copy(told, tmp_path / "agro.sqlite")
    engine = open_store(f"sqlite:///{file.as_posix()}")
    with BadServer(pages()) as server:
        yield City(engine, server)
    engine.dispose()


@pytest.mark.parametrize("way", WAYS)
def test_whatever_a_source_does_its_last_values_stay_and_the_fault_is_told(
    city: City, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1 << 20)  # of each source once: 16 MiB are elsewhere
    good, values = city.sources(), city.values()
    assert {key.partition("@")[0] for key in good} == KINDS
    assert {one[0] for one in values["city"]} >= {"urn:1", "explore:A", "gtfs-rt:127.0.0.1"}
    city.server.way = way
    whole_s = 0.2 if way in ("hang", "drip") else 20.0
    started = monotonic()
    failed = city.ask(LATER, whole_s=whole_s)
    took_s = monotonic() - started
    assert {one.state for one in failed} == {"failed"}, failed
    assert city.values() == values
    for key, one in city.sources().items():
        assert (one.failures, one.fetched_at) == (1, good[key].fetched_at), key
        assert one.reason.startswith(REASONS[way]), (key, one.reason)
        assert one.next_try is not None
        assert one.next_try > LATER
    with city.engine.connect() as c:
        counted = problems.counts(c)
    assert counted == {"feed_failed": len(good)}
    assert city.server.followed == []
    if way in ("hang", "drip"):  # each source costs its own time and no more
        assert took_s < 5.0 * whole_s * len(good)
