"""`/metrics`: what Prometheus scrapes, computed from the store at each scrape.

A scrape reads the register, the newest observations, heartbeats and counts, never a series: its
number of queries is the same for ten devices and for ten thousand. Names and units are
Prometheus' own: seconds, bytes, ratios; what only grows ends in `_total`.
"""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from importlib.metadata import version
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from agro.config import now
from agro.errors import StoreError
from agro.server.source import Source
from agro.store import feeds, health, heartbeat, problems
from agro.store.alerts import deliveries
from agro.store.feeds import Source as Feed

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MOST_DEVICES = 10_000
"""So many devices are told one by one; a Prometheus is not drowned by a country's."""

_RECENT = timedelta(minutes=15)
_COUNTERS = {
    "messages": "Messages taken from the broker.",
    "rows": "Observations written.",
    "problems": "Messages or values refused for the first time.",
}


def exposition(source: Source) -> str:
    """The metrics in Prometheus' text format; only `agro_up 0` when the database is away."""
    registry = CollectorRegistry()
    registry.register(_StoreCollector(source))
    return generate_latest(registry).decode()


class _StoreCollector(Collector):
    """Reads the store once for each scrape."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def describe(self) -> list[Metric]:
        """Nothing is read when the collector is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics of one scrape."""
        started, found = perf_counter(), []
        try:
            with self._source.connect() as c:
                found = [*_everything(c, now())]
        except (StoreError, SQLAlchemyError):
            found = []
        yield _gauge("agro_up", "1 when the database can be read.", bool(found))
        yield from found
        took = perf_counter() - started
        yield _gauge("agro_scrape_duration_seconds", "Time that this answer took.", took)


def _everything(c: Connection, at: datetime) -> Iterator[Metric]:
    yield InfoMetricFamily("agro_build", "This program.", value=_build())
    yield from _collectors(heartbeat.read(c))
    yield from _flow(c, at)
    yield from _problems(c)
    yield from _waiting(c)
    yield from _advice(c, at)
    yield from _alerts(c)
    yield from _feeds(feeds.sources(c), at)
    yield from _devices(health.heard(c))
    yield from _database(c)


def _build() -> dict[str, str]:
    return {"version": version("agro"), "python": platform.python_version()}


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=float(value))


def _labelled(
    name: str, told: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    metric = GaugeMetricFamily(name, told, labels=labels)
    for label, value in values:
        metric.add_metric(label, value)
    return metric


def _collectors(beats: Mapping[str, tuple[datetime, dict[str, Any]]]) -> Iterator[Metric]:
    """What the collectors count themselves, since each was started: rates are Prometheus' work."""
    collecting = {
        name: facts for name, (_, facts) in beats.items() if name.startswith("collector-")
    }
    for field, told in _COUNTERS.items():
        counter = CounterMetricFamily(f"agro_collector_{field}", told, labels=["collector"])
        for name, facts in collecting.items():
            counter.add_metric([name], float(facts.get(field, 0)))
        yield counter
    for field, metric, told in (
        ("connected", "connected", "1 when its broker has let it in and granted its topics."),
        ("running", "running", "0 when it was stopped and said so."),
        ("waiting", "waiting_messages", "Messages received and not yet written."),
    ):
        values = (((name,), float(facts.get(field, 0))) for name, facts in collecting.items())
        yield _labelled(f"agro_collector_{metric}", told, ("collector",), values)
    yield _labelled(
        "agro_process_heartbeat_timestamp_seconds",
        "Last sign of life of each process.",
        ("process",),
        (((name,), time.timestamp()) for name, (time, _) in beats.items()),
    )


def _flow(c: Connection, at: datetime) -> Iterator[Metric]:
    found = health.flow(c, at - _RECENT)
    for name, time, told in (
        ("observation", found.newest, "Age of the newest observation, by its own time."),
        ("arrival", found.written, "Time since an observation was last written."),
    ):
        if time is not None:
            yield _gauge(f"agro_newest_{name}_age_seconds", told, (at - time).total_seconds())
    if found.delay_s is not None:
        told = "Mean time from measuring to writing, of what was written in the last 15 minutes."
        yield _gauge("agro_arrival_delay_seconds", told, found.delay_s)


def _problems(c: Connection) -> Iterator[Metric]:
    metric = CounterMetricFamily(
        "agro_problems", "Messages or values refused, by reason.", labels=["reason"]
    )
    for reason, count in problems.counts(c).items():
        metric.add_metric([reason], count)
    yield metric


def _waiting(c: Connection) -> Iterator[Metric]:
    found = health.waiting(c)
    for name, told, value in (
        ("quarantine_messages", "Messages of unknown devices, kept aside.", found.messages),
        ("quarantine_devices", "Unknown devices whose messages are kept aside.", found.devices),
        ("frame_gaps_open", "Holes in the frame counters that are still filled.", found.gaps),
        ("frames_missing", "Frames missing in the open gaps.", found.missing),
        ("frames_given_up", "Frames missing for good.", found.given_up),
    ):
        yield _gauge(f"agro_{name}", told, value)


def _advice(c: Connection, at: datetime) -> Iterator[Metric]:
    decided = health.decided(c)
    issued = {one.site: one.issued_at for one in sorted(decided, key=lambda one: one.issued_at)}
    yield _labelled(
        "agro_advice_issued_timestamp_seconds",
        "Time of the newest advice of each site.",
        ("site",),
        (((site,), time.timestamp()) for site, time in issued.items()),
    )
    yield _labelled(
        "agro_advice_age_seconds",
        "Age of the newest advice of each site.",
        ("site",),
        (((site,), (at - time).total_seconds()) for site, time in issued.items()),
    )
    counts = Counter(one.decision for one in decided)
    by_decision = (((decision,), float(count)) for decision, count in sorted(counts.items()))
    yield _labelled("agro_plots", "Plots by their newest decision.", ("decision",), by_decision)


def _alerts(c: Connection) -> Iterator[Metric]:
    """How the messages of alerts stand; to whom they go is nobody's business here."""
    counts = (((state,), float(count)) for state, count in deliveries.counts(c).items())
    told = "Messages of alerts by their state: due, sent, failed, unclear …"
    yield _labelled("agro_alert_deliveries", told, ("state",), counts)


def _feeds(asked: list[Feed], at: datetime) -> Iterator[Metric]:
    """Outside sources, each for each garden for which it was asked."""
    labels = ("source", "site")
    names = {one: (one.source, one.site) for one in asked}
    answered = [(names[one], one.fetched_at) for one in asked if one.fetched_at is not None]
    yield _labelled(
        "agro_feed_last_success_timestamp_seconds",
        "Time of the last good answer of each outside source.",
        labels,
        ((name, time.timestamp()) for name, time in answered),
    )
    yield _labelled(
        "agro_feed_age_seconds",
        "Age of the last good answer of each outside source.",
        labels,
        ((name, (at - time).total_seconds()) for name, time in answered),
    )
    yield _labelled(
        "agro_feed_failures",
        "Questions to each outside source that failed since its last good answer.",
        labels,
        ((names[one], float(one.failures)) for one in asked),
    )
    yield _labelled(
        "agro_feed_last_error",
        "1 for the reason for which an outside source failed last, while it fails.",
        (*labels, "reason"),
        (((*names[one], one.reason.partition(":")[0]), 1.0) for one in asked if one.failures),
    )
    terms = InfoMetricFamily(
        "agro_feed", "How each outside source is taken, and its licence.", labels=["source", "site"]
    )
    for one in asked:
        terms.add_metric(names[one], {"mode": one.mode, "licence": one.licence})
    yield terms


def _devices(heard: list[health.Heard]) -> Iterator[Metric]:
    labels = ("device", "site", "model")
    told = heard[:MOST_DEVICES]
    yield _gauge("agro_devices", "Registered devices.", len(heard))
    beyond = "Devices beyond the first 10,000, which are not told one by one."
    yield _gauge("agro_devices_untold", beyond, len(heard) - len(told))
    names = {one: (one.device, one.site, one.model) for one in told}
    yield _labelled(
        "agro_device_last_seen_timestamp_seconds",
        "Time of the newest reading of each device.",
        labels,
        ((names[one], one.seen.timestamp()) for one in told if one.seen is not None),
    )
    yield _labelled(
        "agro_device_battery_volts",
        "Voltage of each device's battery, as it told last.",
        labels,
        ((names[one], one.battery_voltage) for one in told if one.battery_voltage is not None),
    )
    yield _labelled(
        "agro_device_battery_ratio",
        "Charge of each device's battery, 1 = full, as it told last.",
        labels,
        ((names[one], one.battery_level / 100) for one in told if one.battery_level is not None),
    )


def _database(c: Connection) -> Iterator[Metric]:
    told = {"revision": health.revision(c), "dialect": c.dialect.name}
    yield InfoMetricFamily("agro_schema", "The tables' revision.", value=told)
    yield _gauge("agro_database_size_bytes", "Size of the database.", health.size(c))
    archived = health.archive(c)
    yield _gauge("agro_archived_months", "Months moved to Parquet.", archived.months)
    yield _gauge("agro_archive_size_bytes", "Size of the Parquet files.", archived.bytes)
    if archived.at is not None:
        name = "agro_archive_last_timestamp_seconds"
        yield _gauge(name, "When a month was last moved.", archived.at.timestamp())
