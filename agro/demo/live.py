"""The stations of the history go on, in real time, as real payloads over MQTT."""

import logging
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import isnan
from threading import Event
from types import FrameType

import numpy as np
from numpy.typing import NDArray
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from agro.config import Settings, now
from agro.demo.farm import Farm, read_farm
from agro.demo.fleet import make_stations, place_of
from agro.demo.history import DAYS, SEASON_END, SEED, simulate, write_forecasts
from agro.demo.outlook import issue_times
from agro.demo.taps import credited, taps
from agro.demo.world import HOUR, step
from agro.records import LogEntry
from agro.store import logbook, open_store, writing
from agro.store.meters import MACHINES
from sensors.mqtt import read_broker_url
from sensors.simulated.stations import Station

log = logging.getLogger(__name__)

REPORT_EVERY_S = 60
_LOOK_EVERY_S = 20.0  # at the soil and the logbook
_QUEUE = 10_000
_KEEP_ALIVE_S = 30
_AHEAD = timedelta(hours=1)  # a watering noted for the hour that has begun

Floats = NDArray[np.float64]
_Said = tuple[str, str, datetime, float, str]


class Fields:
    """The simulated fields after the season: they dry, and get wet by rain and by the logbook."""

    def __init__(self, farm: Farm, *, days: int, seed: int, until: datetime) -> None:
        self.world, season = simulate(farm, days=days, seed=seed, until=until)
        self.stations = [station for station, _ in make_stations(self.world, season)]
        self.state = season.state
        self.time = float(season.times[-1])
        self.taps = taps(farm, season)
        self._credited: set[_Said] = set()
        self._given = np.zeros(len(farm.plots))

    def go_on(self, until: float, entries: Sequence[LogEntry]) -> None:
        """Let time pass up to `until` (epoch s); waterings not yet seen are given at once."""
        self._credit(entries)
        while self.time < until:
            span = min(until - self.time, HOUR - self.time % HOUR)
            self.state = step(self.world, self.state, self.time, span / HOUR, self._given)
            self.time += span
            self._given = np.zeros_like(self._given)

    def _credit(self, entries: Sequence[LogEntry]) -> None:
        """What reaches the soil of each plot by the entries not yet seen."""
        farm = self.world.farm
        for entry in entries:
            plot = farm.index(entry.site, entry.plot)
            # A meter and a valve tell of water that was given already.
            is_new = entry.source not in MACHINES and _said(entry) not in self._credited
            if plot is not None and is_new:
                depth = _depth_mm(farm, plot, entry)
                self._given[plot] += depth
                amount = depth * farm.plots[plot].area / farm.systems[plot].efficiency
                start = entry.time.timestamp()
                self.taps = [
                    credited(farm, tap, start=start, amount=amount) if tap.plot == plot else tap
                    for tap in self.taps
                ]
        self._credited |= {_said(entry) for entry in entries}

    def messages(self, station: Station, at: float, span: float) -> list[tuple[str, bytes]]:
        """What a station says now."""
        device = next(d for d in self.world.farm.devices if d.device == station.device)
        moisture = np.repeat(self.state.moisture[None], 2, axis=0)
        times = np.array([at - 1.0, at])
        place = self.world.place(device.site, moisture, times, place_of(self.world.farm, device))
        sent = station.messages(place, np.array([at]), span)
        return [(topic, body) for _, topic, body in sent]


def _said(entry: LogEntry) -> _Said:
    """What makes a watering the same, corrected or not."""
    return entry.site, entry.plot, entry.time, entry.quantity, entry.unit


def _depth_mm(farm: Farm, plot: int, entry: LogEntry) -> float:
    """What of an entry reached the soil; nothing where it tells no amount. [mm]"""
    system, area = farm.systems[plot], farm.plots[plot].area
    per_unit = {"mm": 1.0, "L": 1.0 / area, "l": 1.0 / area, "min": system.flow / area}
    depth = entry.quantity * per_unit.get(entry.unit, 0.0) * system.efficiency
    return 0.0 if isnan(depth) else depth


def live(
    engine: Engine,
    broker_url: str,
    stop: Event,
    *,
    days: int = DAYS,
    seed: int = SEED,
    until: datetime = SEASON_END,
    report_every: int = REPORT_EVERY_S,
) -> None:
    """Publish as the season goes on after `until`, at QoS 1, until `stop` is set.

    Time is the application's (`agro.config.now`). Waterings written into the logbook reach the
    simulated soil, so that the probes answer. Every station reports each `report_every` seconds,
    more often than in the field, so that there is something to see.

    Parameters
    ----------
    days, seed, until : As the history was filled.
    """
    with engine.connect() as c:
        farm = read_farm(c)
    fields = Fields(farm, days=days, seed=seed, until=until)
    client = _connect(broker_url)
    try:
        _run(engine, fields, client, stop, until, report_every)
    finally:
        client.disconnect()
        client.loop_stop()


def _run(
    engine: Engine, fields: Fields, client: Client, stop: Event, until: datetime, every: int
) -> None:
    stations = [station.set_to(every, until.timestamp()) for station in fields.stations]
    last, looked, forecast = now().timestamp() - every, 0.0, until
    while not stop.is_set():
        at = now()
        if at.timestamp() - looked >= _LOOK_EVERY_S:
            forecast = _look(engine, fields, at, until, forecast)
            looked = at.timestamp()
        for station in stations:
            for due in station.due(last, at.timestamp()):
                for topic, body in fields.messages(station, float(due), float(every)):
                    client.publish(topic, body, qos=1)
        for tap in fields.taps:
            for _, topic, body in replace(tap, interval=every).messages(last, at.timestamp()):
                client.publish(topic, body, qos=1)
        last = at.timestamp()
        stop.wait(1.0)


def _look(
    engine: Engine, fields: Fields, at: datetime, until: datetime, forecast: datetime
) -> datetime:
    """Bring the fields up to `at`, and the forecasts; returns up to when these are written."""
    try:
        with engine.connect() as c:
            written = logbook.entries(c, types=["irrigation"], start=until, end=at + _AHEAD)
        if issue_times(forecast, at):
            with writing(engine) as c:
                write_forecasts(c, fields.world, forecast, at)
    except SQLAlchemyError as error:
        log.warning("the stations go on without the database: %s", error.__class__.__name__)
        written, at_forecast = [], forecast
    else:
        at_forecast = at
    fields.go_on(at.timestamp(), written)
    return at_forecast


def _connect(broker_url: str) -> Client:
    """A publisher that keeps connecting and keeps its messages meanwhile."""
    broker = read_broker_url(broker_url)
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id="agro-demo-stations",
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    if broker.user:
        client.username_pw_set(broker.user, broker.password)
    client.max_queued_messages_set(_QUEUE)
    client.connect_async(broker.host, broker.port, _KEEP_ALIVE_S)
    client.loop_start()
    return client


def live_main(
    settings: Settings,
    *,
    days: int = DAYS,
    seed: int = SEED,
    until: datetime = SEASON_END,
    report_every: int = REPORT_EVERY_S,
) -> None:
    """`live` with these settings until SIGTERM or SIGINT: what a child process runs.

    Raises
    ------
    StoreError  The database cannot be opened, or no city is in it.
    ValueError  The broker's URL cannot be read.
    """
    stop = Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    engine = open_store(settings.database)
    try:
        live(
            engine,
            settings.broker,
            stop,
            days=days,
            seed=seed,
            until=until,
            report_every=report_every,
        )
    finally:
        engine.dispose()
