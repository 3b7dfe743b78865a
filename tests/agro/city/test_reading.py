"""The communes at a moment: sums with their wholes, origins and ages; silence is told."""

import json
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

import pytest
from sqlalchemy import Engine

from agro.city.reading import CommuneState, communes_now, whole_city
from agro.city.receiving import receive
from agro.demo.control_post import open_room
from agro.records import Advice
from agro.store import decisions, farms, writing

AT = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _parking(name: str, free: int, at: datetime, town: str = "Dijon") -> dict[str, Any]:
    return {
        "id": f"urn:{name}",
        "type": "OffStreetParking",
        "availableSpotNumber": {"value": free, "observedAt": at.isoformat()},
        "totalSpotNumber": 100,
        "address": {"addressLocality": town},
        "dataProvider": "simulated" if name == "b" else "OnDijon",
    }


def _tell(store: Engine, *entities: dict[str, Any]) -> None:
    with writing(store) as c:
        receive(c, json.dumps(list(entities)).encode(), AT)


def _at(store: Engine, at: datetime) -> dict[str, CommuneState]:
    with store.connect() as c:
        return {one.commune.name: one for one in communes_now(c, at)}


def test_every_commune_is_there_with_its_farms(store: Engine) -> None:
    found = _at(store, AT)
    assert len(found) == 23
    assert sum(one.commune.population for one in found.values()) == 258_630
    assert (found["Dijon"].sites, found["Dijon"].plots) == (4, 22)
    assert found["Talant"].figures == {}


def test_a_sum_has_its_whole_its_origin_and_its_age(store: Engine) -> None:
    _tell(store, _parking("a", 30, AT), _parking("b", 50, AT - HOUR))
    _tell(store, _parking("c", 9, AT, "Talant"))
    found = _at(store, AT + HOUR)
    free = found["Dijon"].figures["free_spaces"]
    assert (free.value, free.whole, free.share) == (80.0, 200.0, 0.4)
    assert (free.assets, free.known, free.unit) == (2, 2, "1")
    assert free.observed_at == AT - HOUR  # of the oldest that is in it
    assert (free.sources, free.modes) == (("ngsi-ld",), ("live", "simulated"))
    city = whole_city(list(found.values()))["free_spaces"]
    assert (city.value, city.whole, city.assets) == (89.0, 300.0, 3)
    assert city.modes == ("live", "simulated")


def test_who_is_silent_is_left_out_and_counted(store: Engine) -> None:
    _tell(store, _parking("a", 30, AT), _parking("b", 50, AT - 4 * HOUR))
    free = _at(store, AT)["Dijon"].figures["free_spaces"]
    assert (free.value, free.assets, free.known) == (30.0, 1, 2)


def test_where_all_are_silent_the_last_state_stays_with_its_age(store: Engine) -> None:
    _tell(store, _parking("a", 30, AT), _parking("b", 50, AT))
    free = _at(store, AT + 50 * HOUR)["Dijon"].figures["free_spaces"]
    assert (free.value, free.observed_at) == (80.0, AT)


def test_an_index_is_the_worst_and_is_never_added(store: Engine) -> None:
    def station(name: str, index: int) -> dict[str, Any]:
        own = {"id": f"urn:{name}", "type": "AirQualityObserved", "airQualityIndex": index}
        town = {"addressLocality": "Dijon" if name != "c" else "Talant"}
        return own | {"dateObserved": AT.isoformat(), "address": town}

    _tell(store, station("a", 2), station("b", 4), station("c", 3))
    found = _at(store, AT)
    assert found["Dijon"].figures["air_index"].value == 4.0
    assert isnan(found["Dijon"].figures["air_index"].whole)
    assert whole_city(list(found.values()))["air_index"].value == 4.0


def test_soils_are_weighted_by_what_they_hold(store: Engine) -> None:
    with writing(store) as c:
        plots = farms.plots(c)[:2]
        for plot, gone, at in zip(plots, (10.0, 40.0), (AT - HOUR, AT), strict=True):
            decisions.write(c, [_advice(plot.site, plot.slug, gone, at)])
        decisions.write(c, [_advice(plots[0].site, plots[0].slug, 99.0, AT + HOUR)])
    dry = _at(store, AT)["Dijon"].figures["soil_dryness"]
    areas = [plot.area for plot in plots]
    assert dry.value == pytest.approx(10.0 * areas[0] + 40.0 * areas[1])
    assert dry.whole == pytest.approx(100.0 * sum(areas))
    assert (dry.assets, dry.known, dry.observed_at) == (2, 22, AT - HOUR)
    assert dry.sources == ("advice",)


def _advice(site: str, plot: str, gone: float, at: datetime) -> Advice:
    return Advice(
        site=site,
        plot=plot,
        issued_at=at,
        decision="wait",
        when=None,
        depth_mm=0.0,
        litres=0.0,
        minutes=0.0,
        reason="soil_moist",
        confidence="high",
        depletion_mm=gone,
        raw_mm=50.0,
        taw_mm=100.0,
        chance_of_stress=0.0,
        data_age_h=1.0,
    )


def test_the_simulated_control_post_fills_every_layer(store: Engine) -> None:
    with store.connect() as c:
        room = open_room(c, "dijon", days=3, until=AT)
    for body in room.bodies(AT - HOUR) + room.bodies(AT):
        with writing(store) as c:
            assert receive(c, body, AT).problems == 0
    for at in (AT, AT - HOUR / 2):  # now, and what was known then
        found = _at(store, at)
        city = whole_city(list(found.values()))
        assert set(city) == {
            "lighting_power",
            "lamps_on",
            "free_spaces",
            "vehicle_flow",
            "building_power",
            "pv_power",
            "air_index",
        }
        assert city["lamps_on"].whole == 34_000.0
        assert city["building_power"].assets == city["building_power"].known == 180
        assert all(figure.modes == ("simulated",) for figure in city.values())
        assert all("lamps_on" in one.figures for one in found.values())
