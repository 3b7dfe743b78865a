"""What the tests of the backfill share: frames of simulated probes, and a configured server."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from agro.backfill import Storages
from agro.config import Settings, now
from agro.store import schema, writing
from agro.store.ingest import Ingested, Message, ingest
from sensors.simulated import networks
from sensors.simulated.networks import Transmission

EVERY = timedelta(minutes=10)
DAY = 144


class World:
    """Probes that send every ten minutes, the last of a day's frames a moment ago."""

    def __init__(self, engine: Engine, server: Any, register: Callable[..., Any]) -> None:
        self.engine, self.server, self.register = engine, server, register
        self.start = now().replace(microsecond=250_000) - EVERY * DAY
        self.network: Callable[[Transmission], tuple[str, bytes]] = networks.the_things_stack

    def at(self, counter: int) -> datetime:
        return self.start + EVERY * counter

    def sent(self, counter: int, device: str = "probe", *, payload: str = "") -> tuple[str, bytes]:
        """A frame of this counter: soil moisture rises by 0.01 % from frame to frame."""
        moisture = f"{2000 + counter:04x}"
        bytes_ = bytes.fromhex(payload or f"0ce40000{moisture}09c4012c10")
        eui = f"{sum(device.encode()):016X}"
        return self.network(
            Transmission(device, eui, self.at(counter), 2, bytes_, counter, -80, 7.0)
        )

    def hear(self, counters: Iterable[int], device: str = "probe") -> Ingested:
        """These frames come by MQTT."""
        messages = [Message(*self.sent(n, device), self.at(n)) for n in counters]
        with writing(self.engine) as c:
            return ingest(c, messages)

    def keep(self, counters: Iterable[int], device: str = "probe") -> None:
        """The server stores these frames."""
        for counter in counters:
            self.server.keep(*self.sent(counter, device))

    def stored(self, quantity: str = "soil_moisture") -> list[tuple[str, int, float, int, int]]:
        """Observations: device, counter, value, flag, tests."""
        seen, stream, thing = schema.observation, schema.datastream, schema.thing
        query = (
            select(thing.c.device, seen.c.time, seen.c.value, seen.c.flag, seen.c.tests)
            .join_from(seen, stream, stream.c.id == seen.c.datastream_id)
            .join(thing, thing.c.id == stream.c.thing_id)
            .where(stream.c.quantity == quantity)
            .order_by(thing.c.device, seen.c.time)
        )
        first = int(self.start.timestamp())
        length = int(EVERY.total_seconds())
        with self.engine.connect() as c:
            return [(row[0], (row[1] - first) // length, *row[2:]) for row in c.execute(query)]

    def gaps(self) -> list[Any]:
        with self.engine.connect() as c:
            return list(c.execute(select(schema.frame_gap).order_by(schema.frame_gap.c.after)))

    def storages(self, **changed: str) -> Storages:
        return Storages(self.settings(**changed))

    def settings(self, **changed: str) -> Settings:
        return Settings(
            **{"tts_url": self.server.url, "tts_key": self.server.KEY} | changed  # type: ignore[arg-type]
        )


@pytest.fixture
def world(store: Engine, storage_server: Any, register: Callable[..., Any]) -> World:
    """A store that knows `probe`, and a server with a storage."""
    register("probe")
    return World(store, storage_server, register)
