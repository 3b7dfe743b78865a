"""Two other clients of the same messages: `clients.py bare|tutorial DATABASE BROKER`.

`bare` is the quickest that loses nothing: it takes the six values out, without register, flags or
rollups, writes them by the batch with one upsert and acknowledges after the commit. `tutorial`
inserts one object for each message through SQLAlchemy's ORM, as tutorials do.
"""

import json
import sqlite3
import sys
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from struct import unpack
from threading import Event

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, Float, Integer, Text, create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from sensors import mqtt

TOPIC = "v3/+/devices/+/up"
BATCH = 500
Row = tuple[int, int, float, int]  # series, epoch s, value, flag


def values_of(body: bytes) -> tuple[str, int, tuple[float, ...]]:
    """Device, time and the six values of an LSE01's uplink, without a single test of them."""
    message = json.loads(body)
    uplink = message["uplink_message"]
    battery, _, water, temperature, conductivity, _ = unpack(
        ">HHHhHB", b64decode(uplink["frm_payload"])
    )
    time = int(datetime.fromisoformat(message["received_at"]).timestamp())
    heard = uplink["rx_metadata"][0]
    values = (water / 1e4, temperature / 100, conductivity / 1e3, battery / 1e3)
    return message["end_device_ids"]["device_id"], time, (*values, heard["rssi"], heard["snr"])


def rows_of(body: bytes) -> list[Row]:
    """The six rows of a message; a device's number tells its series."""
    device, time, values = values_of(body)
    first = int(device.removeprefix("probe-")) * len(values)
    return [(first + i, time, value, 1) for i, value in enumerate(values)]


def bare(database: str, broker: str) -> None:
    write = _sqlite(database) if database.startswith("sqlite") else _postgresql(database)
    with mqtt.Session(broker, "bare", [TOPIC]) as session:
        while True:
            received = session.batch(BATCH)
            if received:
                write([row for message in received for row in rows_of(message.body)])
                session.acknowledge(received)


_UPSERT = "ON CONFLICT (series, time) DO UPDATE SET value = excluded.value, flag = excluded.flag"


def _sqlite(database: str) -> Callable[[list[Row]], None]:
    connection = sqlite3.connect(make_url(database).database or "", isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")

    def write(rows: list[Row]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO peer VALUES (?, ?, ?, ?) {_UPSERT}", sorted(rows))
        connection.execute("COMMIT")

    return write


def _postgresql(database: str) -> Callable[[list[Row]], None]:
    connection = psycopg.connect(database)
    connection.execute(
        "CREATE TEMP TABLE staged (series int4, time int8, value float8, flag int2) "
        "ON COMMIT DELETE ROWS"
    )
    connection.commit()

    def write(rows: list[Row]) -> None:
        with connection.cursor() as cursor:
            with cursor.copy("COPY staged FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int4", "int8", "float8", "int2"])
                for row in sorted(rows):
                    copy.write_row(row)
            cursor.execute(
                f"INSERT INTO peer SELECT DISTINCT ON (series, time) * FROM staged {_UPSERT}"
            )
        connection.commit()

    return write


class Base(DeclarativeBase):
    """Of the tutorial's tables."""


class Measurement(Base):
    """One message."""

    __tablename__ = "tutorial"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    device: Mapped[str] = mapped_column(Text)
    time: Mapped[int] = mapped_column(Integer)
    moisture: Mapped[float] = mapped_column(Float)
    temperature: Mapped[float] = mapped_column(Float)
    conductivity: Mapped[float] = mapped_column(Float)
    battery: Mapped[float] = mapped_column(Float)
    rssi: Mapped[float] = mapped_column(Float)
    snr: Mapped[float] = mapped_column(Float)


def engine_of(database: str) -> Engine:
    """The plain engine of a database."""
    url = make_url(database)
    return create_engine(
        url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
    )


def tutorial(database: str, broker: str) -> None:
    engine = engine_of(database)
    Base.metadata.create_all(engine)
    client = Client(CallbackAPIVersion.VERSION2, client_id="tutorial", clean_session=False)

    def store(_client: Client, _data: object, message: MQTTMessage) -> None:
        device, time, values = values_of(bytes(message.payload))
        names = ("moisture", "temperature", "conductivity", "battery", "rssi", "snr")
        with Session(engine) as session:
            measured = dict(zip(names, values, strict=True))
            session.add(Measurement(device=device, time=time, **measured))
            session.commit()

    host, _, port = broker.removeprefix("mqtt://").partition(":")
    client.on_message = store
    client.connect(host, int(port))
    client.subscribe(TOPIC, 1)
    client.loop_forever()


if __name__ == "__main__":
    {"bare": bare, "tutorial": tutorial}[sys.argv[1]](*sys.argv[2:])
    Event().wait()
