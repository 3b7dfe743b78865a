"""A device is accepted: its kept messages are read as they would have been on their arrival."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from agro.records import Device
from agro.store import quarantine, schema
from agro.store.ingest import Ingested, Message, ingest
from agro.store.values import from_epoch

_BATCH = 500  # messages read at once


def replay(c: Connection, devices: Sequence[Device]) -> Ingested:
    """Take the kept messages of these devices in, oldest first, and out of the quarantine.

    What still cannot be believed becomes a problem with its reason, as any message.
    """
    table, total = schema.quarantine, Ingested(0, 0, 0)
    wanted = (
        select(table.c.id, table.c.topic, table.c.body, table.c.arrived_at)
        .where(quarantine.kept_of(devices))
        .order_by(table.c.arrived_at, table.c.id)
        .limit(_BATCH)
    )
    while kept := c.execute(wanted).all():
        messages = [
            Message(topic, bytes(body), from_epoch(arrived)) for _, topic, body, arrived in kept
        ]
        done = ingest(c, messages, set_aside=False)
        total = Ingested(
            total.messages + done.messages,
            total.rows + done.rows,
            total.problems + done.problems,
        )
        c.execute(delete(table).where(table.c.id.in_([row.id for row in kept])))
    return total
