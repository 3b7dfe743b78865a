"""Signs of life of the processes, so that silence can be seen."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from agro.store import schema
from agro.store.values import from_epoch, to_epoch, upsert


def beat(c: Connection, name: str, time: datetime, facts: dict[str, Any] | None = None) -> None:
    """Say that process `name` is alive at `time`."""
    row = {"name": name, "time": to_epoch(time), "facts": facts or {}}
    upsert(c, schema.heartbeat, [row], ("name",))


def read(c: Connection) -> dict[str, tuple[datetime, dict[str, Any]]]:
    """The last sign of life of every process, with its facts."""
    table = schema.heartbeat.c
    rows = c.execute(select(table.name, table.time, table.facts))
    return {name: (from_epoch(time), facts or {}) for name, time, facts in rows}
