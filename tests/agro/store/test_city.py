"""The city's equipment in the store: registered once, no device of the farms, summed by commune."""

from datetime import UTC, datetime, timedelta
from math import isnan, nan

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from agro.errors import StoreError
from agro.records import Device
from agro.store import (
    deployments,
    farms,
    health,
    marks,
    open_store,
    readings,
    schema,
    stations,
    things,
    writing,
)
from agro.store.city import assets, registering, sums
from agro.store.city.assets import Asset
from agro.store.city.places import Boundary, Places, places, save_boundaries
from agro.store.city.values import Said, known_at, said_at, soils_at
from agro.store.readings import Row

NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
CABINET = Asset(
    "urn:cabinet:1",
    "lighting_cabinet",
    "Rue de la Gare",
    latitude=47.2926,
    longitude=5.0049,
    source="ngsi-ld",
    mode="simulated",
    details={"lights": 80},
)
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[5.0, 47.28], [5.01, 47.28], [5.01, 47.3], [5.0, 47.3], [5.0, 47.28]]],
}


def _save(store: Engine, *told: Asset) -> registering.Saved:
    with writing(store) as c:
        return registering.save(c, told)


def _why(saved: registering.Saved) -> dict[str, str]:
    return {name: problem.reason for name, problem in saved.refused.items()}


def _all(store: Engine) -> list[Asset]:
    with store.connect() as c:
        return assets.assets(c)


def _rows(device: str, quantity: str, values: dict[datetime, float]) -> list[Row]:
    return [
        Row(device, quantity, nan, int(time.timestamp()), value, 0)
        for time, value in values.items()
    ]


def test_equipment_is_registered_once(store: Engine) -> None:
    assert _save(store, CABINET).new == 1
    assert _save(store, CABINET).new == 0
    (found,) = _all(store)
    assert (found.device, found.kind, found.name) == (
        "urn:cabinet:1",
        "lighting_cabinet",
        "Rue de la Gare",
    )
    assert (found.commune, found.mode, found.source) == ("21166", "simulated", "ngsi-ld")
    with store.connect() as c:
        post = farms.control_post(c)
        assert post is not None
        (stay,) = deployments.history(c, "urn:cabinet:1")
        assert (stay.site, stay.since, stay.until) == (post.slug, deployments.BEGINNING, None)


def test_what_is_not_told_stays(store: Engine) -> None:
    _save(store, CABINET)
    _save(store, Asset("urn:cabinet:1", "lighting_cabinet", details={"peak_power": 9.0}))
    (found,) = _all(store)
    assert found.details == {"lights": 80, "peak_power": 9.0}
    assert (found.name, found.mode, found.latitude) == ("Rue de la Gare", "simulated", 47.2926)
    _save(store, Asset("urn:cabinet:1", "lighting_cabinet", "Gare", mode="live"))
    (found,) = _all(store)
    assert (found.name, found.mode, found.source) == ("Gare", "live", "ngsi-ld")


def test_a_farm_s_device_is_not_taken_over(store: Engine) -> None:
    with store.connect() as c:
        probe = things.devices(c)[0]
    saved = _save(store, Asset(probe.device, "parking"), CABINET)
    assert (saved.new, _why(saved)) == (1, {probe.device: "is_a_device"})
    assert [one.device for one in _all(store)] == ["urn:cabinet:1"]


def test_a_mad_source_fills_no_database(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registering, "MOST", 2)
    told = [Asset(f"urn:{n}", "parking") for n in range(4)]
    saved = _save(store, *told)
    assert (saved.new, set(_why(saved).values())) == (2, {"too_many_assets"})
    assert _save(store, told[0]).refused == {}  # known ones are not many


def test_equipment_is_no_device_of_the_farms(store: Engine) -> None:
    with store.connect() as c:
        before = [things.devices(c), things.site_devices(c, NOON), things.devices(c, at=NOON)]
        sites, heard = farms.sites(c), health.heard(c)
        written = readings.written(c)
    _save(store, CABINET)
    with writing(store) as c:
        assets.record(c, _rows("urn:cabinet:1", "power", {NOON: 4.0}), written_at=NOON)
    with store.connect() as c:
        after = [things.devices(c), things.site_devices(c, NOON), things.devices(c, at=NOON)]
        assert after == before
        assert (farms.sites(c), health.heard(c)) == (sites, heard)
        assert readings.written(c) == written
        assert readings.latest(c).empty
        assert "urn:cabinet:1" not in set(stations.overview(c)["device"])
        assert stations.intervals(c, NOON + 3 * 24 * HOUR) == {}
        assert health.flow(c, NOON).newest is None
        assert marks.backlog(c).datastreams == 0  # nothing waits for the probes' tests
        assert [one.kind for one in farms.sites(c)].count("control_post") == 0


def test_a_pack_without_a_control_post_gets_one(store: Engine) -> None:
    with writing(store) as c:
        site = schema.site
        c.execute(site.update().where(site.c.kind == "control_post").values(kind="field_station"))
    _save(store, CABINET)
    with store.connect() as c:
        post, city = farms.control_post(c), farms.city(c)
        assert post is not None
        assert city is not None
        assert (post.slug, post.name, post.latitude) == (
            registering.SLUG,
            city.name,
            city.latitude,
        )


def test_without_a_city_there_is_no_control_post(database_url: str) -> None:
    engine = open_store(database_url)
    with pytest.raises(StoreError, match="load a city pack"), writing(engine) as c:
        registering.save(c, [CABINET])
    engine.dispose()


def test_values_are_kept_with_flags_and_rollups(store: Engine) -> None:
    _save(store, CABINET)
    values = {NOON: 4.0, NOON + HOUR / 2: 6.0, NOON + HOUR: 1e9}
    for _ in range(2):
        with writing(store) as c:
            assets.record(c, _rows("urn:cabinet:1", "power", values), written_at=NOON)
    with store.connect() as c:
        assert c.scalar(select(func.count()).select_from(schema.observation)) == 3
        (row,) = assets.latest(c).to_dict("records")
        assert (row["value"], row["flag"], row["commune"]) == (1e9, 4, "21166")  # beyond the world
        told = {"kind": "lighting_cabinet", "quantity": "power"}
        found = sums.hourly(c, **told, start=NOON - HOUR, end=NOON + 3 * HOUR)
        (hour,) = found.to_dict("records")
        assert (hour["time"], hour["assets"], hour["value"]) == (NOON, 1, 5.0)
        assert (hour["minimum"], hour["maximum"]) == (4.0, 6.0)
        (day,) = sums.daily(
            c, **told, start=NOON - 24 * HOUR, end=NOON + HOUR, commune="21166"
        ).to_dict("records")
        assert (str(day["day"]), day["value"]) == ("2026-07-14", 5.0)


def test_unregistered_equipment_is_refused(store: Engine) -> None:
    with pytest.raises(ValueError, match="not registered"), writing(store) as c:
        assets.record(c, _rows("urn:nobody", "power", {NOON: 4.0}))


_READINGS = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 3)),
    st.floats(0.0, 1000.0, width=32),
    min_size=1,
    max_size=24,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=_READINGS)
@pytest.mark.parametrize("quantity", ["power", "vehicle_speed"])
def test_sums_of_communes_make_those_of_the_city(
    store: Engine, quantity: str, told: dict[tuple[int, int, int], float]
) -> None:
    """The city's figures from the communes' are those from the values themselves."""
    towns = ["21231", "21166", "21231", "", "21617"]
    pieces = [Asset(f"urn:piece:{n}", "other", commune=town) for n, town in enumerate(towns)]
    connection = store.connect().execution_options(writes=True)
    with connection as c, c.begin() as undone:
        registering.save(c, pieces)
        rows = [
            Row(f"urn:piece:{n}", quantity, nan, int((NOON + hour * HOUR).timestamp()) + at, v, 1)
            for (n, hour, at), v in told.items()
        ]
        readings.write(c, rows, written_at=NOON)
        by_commune = sums.hourly(
            c, kind="other", quantity=quantity, start=NOON, end=NOON + 24 * HOUR
        )
        city = sums.city_wide(by_commune, quantity)
        undone.rollback()
    raw = pd.DataFrame(
        [(n, NOON + hour * HOUR, value) for (n, hour, _), value in told.items()],
        columns=["piece", "time", "value"],
    )
    means = raw.groupby(["time", "piece"], as_index=False)["value"].mean()
    together = means.groupby("time")["value"]
    expected = together.sum() if quantity in sums.ADDED else together.mean()
    assert list(city["value"]) == pytest.approx(list(expected))
    assert list(city["assets"]) == list(together.count())
    assert list(city["minimum"]) == pytest.approx(list(raw.groupby("time")["value"].min()))


def test_a_place_lies_in_an_outline_then_where_it_says_then_near_a_centre(store: Engine) -> None:
    with store.connect() as c:
        before = places(c)
    assert before.of(47.2926, 5.0049) == "21166"
    assert before.of(47.2926, 5.0049, "dijon") == "21231"
    assert before.of(nan, nan, "CHENOVE") == "21166"
    assert before.of(nan, nan, "21166") == "21166"
    assert before.of(nan, nan) == ""
    assert before.of(48.85, 2.35) == ""  # in none of them
    with writing(store) as c:
        save_boundaries(c, [Boundary("21231", SQUARE, "test")], NOON)
        after = places(c)
    assert after.of(47.2926, 5.0049, "Chenôve") == "21231"
    assert after.of(47.3, 5.0) == "21231"  # on its border


def test_equipment_follows_the_outlines(store: Engine) -> None:
    _save(store, CABINET, Asset("urn:nowhere", "parking"))
    with writing(store) as c:
        save_boundaries(c, [Boundary("21231", SQUARE, "test")], NOON)
        assert registering.place_again(c) == 1
        assert registering.place_again(c) == 0
    assert [one.commune for one in _all(store)] == ["21231", ""]


def test_places_are_no_one_s_without_communes() -> None:
    assert Places([]).of(47.3, 5.0) == ""


def test_a_moment_is_known_as_it_was_then(store: Engine) -> None:
    air = Asset("urn:air", "air_station", commune="21231")
    _save(store, CABINET, air)
    with writing(store) as c:
        power = {NOON - 2 * HOUR: 2.0, NOON: 4.0, NOON + HOUR / 2: 6.0, NOON + 9 * HOUR: 9.0}
        index = {NOON: 2.0, NOON + HOUR / 4: 3.0, NOON + 9 * HOUR: 1.0}
        rows = _rows("urn:cabinet:1", "power", power) + _rows("urn:air", "air_index", index)
        assets.record(c, rows, written_at=NOON)
    with store.connect() as c:

        def at(time: datetime) -> dict[str, tuple[float, int]]:
            return {one.device: (one.value, one.time) for one in said_at(c, time)}

        late = int((NOON + 9 * HOUR).timestamp())
        assert at(NOON + 10 * HOUR) == {"urn:cabinet:1": (9.0, late), "urn:air": (1.0, late)}
        hour = int(NOON.timestamp())
        # An index is never averaged: the worst of its hour.
        assert at(NOON + HOUR / 2) == {"urn:cabinet:1": (5.0, hour), "urn:air": (3.0, hour)}
        assert at(NOON + 2 * HOUR) == {"urn:cabinet:1": (5.0, hour), "urn:air": (3.0, hour)}
        assert at(NOON + 5 * HOUR) == {}  # nothing was known of that time
        assert at(NOON - HOUR) == {"urn:cabinet:1": (2.0, hour - 7200)}
        assert soils_at(c, NOON).empty
        frame = known_at(c, NOON + HOUR / 2)
        assert (list(frame.columns), len(frame)) == (list(Said._fields), 2)


def test_a_missing_value_says_nothing(store: Engine) -> None:
    _save(store, CABINET)
    with writing(store) as c:
        assets.record(c, _rows("urn:cabinet:1", "power", {NOON: nan}), written_at=NOON)
    with store.connect() as c:
        assert isnan(assets.latest(c)["value"].iloc[0])
        assert said_at(c, NOON + HOUR) == []
        assert known_at(c, NOON + HOUR).empty


def test_a_probe_may_be_moved_beside_equipment(store: Engine) -> None:
    """The control post is a site like others for whoever wants to put a device there."""
    with writing(store) as c:
        post = farms.control_post(c)
        assert post is not None
        farms.save_device(c, Device("roof", "", "", post.slug, "", "Roof", ()))
        assert "roof" in [one.device for one in things.devices(c)]
