"""`/metrics`: what Prometheus scrapes, computed from the store at each scrape."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from agro.errors import StoreError
from agro.server.source import Source
from agro.store import decisions, heartbeat, problems, readings, schema

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(source: Source) -> str:
    """The metrics in Prometheus' text format; only `agro_up 0` when the database is away."""
    registry = CollectorRegistry()
    registry.register(_StoreCollector(source))
    return generate_latest(registry).decode()


class _StoreCollector(Collector):
    """Reads the store once for each scrape; times are epoch seconds, so ages need no clock."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def describe(self) -> list[Metric]:
        """Nothing is read when the collector is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics of one scrape."""
        try:
            with self._source.connect() as c:
                found = [*_rows(c), *_problems(c), *_devices(c), *_advice(c), *_processes(c)]
        except (StoreError, SQLAlchemyError):
            found = []
        up = bool(found)
        yield GaugeMetricFamily("agro_up", "1 when the database can be read.", value=float(up))
        yield from found


def _rows(c: Connection) -> Iterator[Metric]:
    day = schema.rollup_day.c
    kept = func.sum(day.count + day.suspect + day.failed + day.missing)
    total = c.execute(select(kept)).scalar() or 0
    yield GaugeMetricFamily("agro_observations", "Observations stored.", value=float(total))


def _problems(c: Connection) -> Iterator[Metric]:
    metric = CounterMetricFamily(
        "agro_problems", "Messages or values refused, by reason.", labels=["reason"]
    )
    for reason, count in problems.counts(c).items():
        metric.add_metric([reason], count)
    yield metric


def _devices(c: Connection) -> Iterator[Metric]:
    metric = GaugeMetricFamily(
        "agro_device_last_seen_timestamp_seconds",
        "Time of the newest reading of each device.",
        labels=["site", "device"],
    )
    heard = readings.latest(c).groupby(["site", "device"], as_index=False)["time"].max()
    for site, device, time in heard.itertuples(index=False):
        metric.add_metric([site, device], time.timestamp())
    yield metric


def _advice(c: Connection) -> Iterator[Metric]:
    latest = decisions.latest(c)
    by_decision = GaugeMetricFamily(
        "agro_plots", "Plots by their newest decision.", labels=["decision"]
    )
    for decision in sorted({advice.decision for advice in latest}):
        count = sum(advice.decision == decision for advice in latest)
        by_decision.add_metric([decision], count)
    yield by_decision
    issued = GaugeMetricFamily(
        "agro_advice_issued_timestamp_seconds",
        "Time of the newest advice of each site.",
        labels=["site"],
    )
    for site in sorted({advice.site for advice in latest}):
        newest = max(advice.issued_at for advice in latest if advice.site == site)
        issued.add_metric([site], newest.timestamp())
    yield issued


def _processes(c: Connection) -> Iterator[Metric]:
    metric = GaugeMetricFamily(
        "agro_process_heartbeat_timestamp_seconds",
        "Last sign of life of each process.",
        labels=["process"],
    )
    for name, (time, _) in heartbeat.read(c).items():
        metric.add_metric([name], time.timestamp())
    yield metric
