"""`/metrics` is what Prometheus reads, and costs the same for ten devices and for thousands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from math import nan
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event, insert, select

from agro.config import now
from agro.records import Device
from agro.server import metrics
from agro.server.metrics import exposition
from agro.server.source import Source
from agro.store import farms, feeds, heartbeat, problems, readings, schema, writing
from agro.store.alerts import deliveries, events, subscriptions
from agro.store.alerts.deliveries import Delivery
from agro.store.alerts.events import AlertEvent
from agro.store.alerts.subscriptions import AlertSubscription
from agro.store.problems import ProblemRow
from agro.store.readings import Row

Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


def _samples(source: Source) -> Samples:
    """Sample name → labels → value, as Prometheus' own parser reads them."""
    found: Samples = {}
    for family in text_string_to_metric_families(exposition(source)):
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


@pytest.fixture
def source(store_url: str) -> Iterator[Source]:
    """The server's way to the store."""
    source = Source(store_url)
    yield source
    with source.connect() as c:
        engine = c.engine
    engine.dispose()


def _fill(store: Engine, at: int) -> str:
    """One device heard, one collector, problems, quarantine and a gap; gives the device."""
    with writing(store) as c:
        site = farms.sites(c)[0].slug
        farms.save_device(c, Device("probe", "", "dragino/lse01", site, "", "", (20.0,)))
        rows = [Row("probe", "soil_moisture", 20.0, at, 0.2, 1)]
        rows.append(Row("probe", "battery_voltage", nan, at, 3.4, 1))
        rows.append(Row("probe", "battery_level", nan, at, 80.0, 1))
        readings.write(c, rows)
        told = {"running": True, "connected": True, "waiting": 7, "messages": 12, "rows": 36}
        heartbeat.beat(c, "collector-1", now(), told | {"problems": 2})
        problems.write(
            c, [ProblemRow(now(), "t", "x", "bad_json", payload=str(i)) for i in range(2)]
        )
        kept = [
            {"key": str(i), "device": f"new-{i % 2}", "body": b"{}", "arrived_at": at}
            for i in range(5)
        ]
        c.execute(insert(schema.quarantine), kept)
        thing = c.scalar(select(schema.thing.c.id).where(schema.thing.c.device == "probe"))
        gap = {"thing_id": thing, "after": at - 900, "before": at, "missing": 3, "state": "open"}
        c.execute(insert(schema.frame_gap), [gap])
    return site


def test_it_tells_what_the_store_holds(store: Engine, source: Source) -> None:
    at = int((now() - timedelta(minutes=10)).timestamp())
    site = _fill(store, at)
    found = _samples(source)
    one = (("collector", "collector-1"),)
    probe = (("device", "probe"), ("model", "dragino/lse01"), ("site", site))
    assert found["agro_up"][()] == 1.0
    assert found["agro_collector_messages_total"][one] == 12.0
    assert found["agro_collector_rows_total"][one] == 36.0
    assert found["agro_collector_problems_total"][one] == 2.0
    assert found["agro_collector_connected"][one] == 1.0
    assert found["agro_collector_waiting_messages"][one] == 7.0
    assert found["agro_problems_total"][("reason", "bad_json"),] == 2.0
    assert found["agro_device_last_seen_timestamp_seconds"][probe] == at
    assert found["agro_device_battery_volts"][probe] == 3.4
    assert found["agro_device_battery_ratio"][probe] == 0.8
    assert found["agro_newest_observation_age_seconds"][()] == pytest.approx(600, abs=10)
    assert found["agro_newest_arrival_age_seconds"][()] == pytest.approx(0, abs=10)
    assert found["agro_arrival_delay_seconds"][()] == pytest.approx(600, abs=10)
    assert found["agro_quarantine_messages"][()] == 5.0
    assert found["agro_quarantine_devices"][()] == 2.0
    assert found["agro_frame_gaps_open"][()] == 1.0
    assert found["agro_frames_missing"][()] == 3.0
    assert found["agro_database_size_bytes"][()] > 100_000
    assert [dict(labels)["dialect"] for labels in found["agro_schema_info"]] == [store.dialect.name]
    assert "version" in dict(next(iter(found["agro_build_info"])))
    assert found["agro_scrape_duration_seconds"][()] < 30.0


def test_it_tells_how_each_outside_source_stands(store: Engine, source: Source) -> None:
    at = now().replace(microsecond=0) - timedelta(minutes=40)
    with writing(store) as c:
        site = farms.sites(c)[0].slug
        terms = ("live", "CC BY 4.0", "", "")
        good = feeds.Source("open-meteo", site, *terms, fetched_at=at, reason="busy: HTTP 503")
        feeds.answered(c, good, None)
        feeds.failed(c, replace(good, source="meteo-france", licence="L", failures=3))
        feeds.failed(c, replace(good, source="other", fetched_at=None, failures=1, reason=""))
    found = _samples(source)
    names = [(("site", site), ("source", one)) for one in ("open-meteo", "meteo-france", "other")]
    success = found["agro_feed_last_success_timestamp_seconds"]
    assert success == dict.fromkeys(names[:2], at.timestamp())  # none is no time, never 0
    assert found["agro_feed_age_seconds"][names[0]] == pytest.approx(2400, abs=30)
    assert found["agro_feed_failures"] == dict(zip(names, (0.0, 3.0, 1.0), strict=True))
    errors = {dict(labels)["source"]: dict(labels)["reason"] for labels in found[_ERROR]}
    assert errors == {"meteo-france": "busy", "other": ""}
    terms = {dict(labels)["source"]: dict(labels) for labels in found["agro_feed_info"]}
    assert (terms["open-meteo"]["mode"], terms["open-meteo"]["licence"]) == ("live", "CC BY 4.0")
    assert terms["meteo-france"]["licence"] == "L"


_ERROR = "agro_feed_last_error"


def test_names_follow_prometheus() -> None:
    """Counters end in `_total`, times and sizes name their base unit."""
    source = Source("sqlite:///:memory:")
    for family in text_string_to_metric_families(exposition(source)):
        assert family.name.startswith("agro_")
        assert not family.name.endswith(("_ms", "_minutes", "_percent", "_count"))


def _statements(store: Engine, source: Source) -> list[str]:
    heard: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement.lower())

    with source.connect() as c:
        event.listen(c.engine, "before_cursor_execute", listen)
        exposition(source)
        event.remove(c.engine, "before_cursor_execute", listen)
    return heard


def test_a_scrape_asks_no_more_of_many_devices_and_reads_no_series(
    store: Engine, source: Source
) -> None:
    few = _statements(store, source)
    with writing(store) as c:
        site = farms.sites(c)[0].slug
        for i in range(60):
            farms.save_device(c, Device(f"probe-{i}", "", "dragino/lse01", site, "", "", (20.0,)))
        at = int(now().timestamp())
        rows = [Row(f"probe-{i}", "soil_moisture", 20.0, at, 0.2, 1) for i in range(60)]
        readings.write(c, rows)
    many = _statements(store, source)
    assert len(many) == len(few) < 20
    for statement in many:
        assert "from observation" not in statement
        assert "rollup_" not in statement


def test_the_newest_advice_is_found_by_its_index(sqlite_template: Path) -> None:
    from agro.store import health, open_store

    engine = open_store(f"sqlite:///{sqlite_template}")
    plans: list[str] = []

    def explain(c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            plan = c.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(str(row[-1]) for row in plan.fetchall())

    with engine.connect() as c:
        event.listen(engine, "before_cursor_execute", explain)
        health.decided(c)
    engine.dispose()
    assert plans
    assert not [step for step in plans if step.startswith("SCAN advice")]


def test_a_country_s_devices_do_not_drown_it(
    store: Engine, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "MOST_DEVICES", 1)
    _fill(store, int(now().timestamp()))
    found = _samples(source)
    assert found["agro_devices_untold"][()] == found["agro_devices"][()] - 1 > 0
    assert len(found.get("agro_device_last_seen_timestamp_seconds", {})) <= 1


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    found = _samples(Source(f"sqlite:///{tmp_path}"))
    assert found["agro_up"][()] == 0.0
    assert set(found) == {"agro_up", "agro_scrape_duration_seconds"}


def test_messages_of_alerts_are_counted_by_their_state(store: Engine, source: Source) -> None:
    at = now()
    with writing(store) as c:
        wanted = subscriptions.add(c, AlertSubscription("anne", "json://anne:pass@127.0.0.1", at))
        events.take(c, [AlertEvent("frost", farms.sites(c)[0].slug, "2026-05-01")], ["frost"], at)
        number = events.standing(c)[0].number
        deliveries.queue(c, [Delivery(number, wanted, deliveries.FIRST, at, at)])
    assert _samples(source)["agro_alert_deliveries"] == {(("state", "due"),): 1.0}
    assert "anne" not in exposition(source)
