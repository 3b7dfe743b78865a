"""What could not be believed, with its reason and its bytes: counted, shown, never lost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import pandas as pd
from sqlalchemy import Connection, case, func, select

from agro.store import schema
from agro.store.values import insert, insert_new, read_frame, to_epoch

_LONGEST_PAYLOAD = 16_384


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One problem: when, from which source (a topic, a file), of which device, and why."""

    time: datetime
    source: str
    device: str
    reason: str
    field: str = ""
    value: str = ""
    detail: str = ""
    payload: str = ""


def write(c: Connection, rows: Sequence[ProblemRow]) -> int:
    """Store problems and return how many were new: the same message again is the same problem."""
    return insert_new(c, schema.problem, [_row(row) for row in rows], ("key",))


def count_up(c: Connection, rows: Sequence[ProblemRow]) -> None:
    """Count problems that are too many to keep one by one: again is once more.

    One row stands for all of the same source, device, reason, field and value; its time is that
    of the newest.
    """
    together: dict[str, dict[str, object]] = {}
    times: dict[str, int] = {}
    for row in rows:
        told_by = ("counted", row.source, row.device, row.reason, row.field, row.value)
        key = _key(told_by)
        times[key] = times.get(key, 0) + 1
        newest = max(to_epoch(row.time), int(str(together.get(key, {}).get("time", 0))))
        together[key] = {**_row(row), "key": key, "time": newest, "count": times[key]}
    if not together:
        return
    table, statement = schema.problem.c, insert(c, schema.problem)
    new = statement.excluded
    raised = {
        "count": table.count + new.count,
        "time": case((new.time > table.time, new.time), else_=table.time),
        "detail": new.detail,
    }
    upsert_ = statement.on_conflict_do_update(index_elements=["key"], set_=raised)
    c.execute(upsert_, list(together.values()))


def _row(row: ProblemRow) -> dict[str, object]:
    text = {
        "source": _storable(row.source),
        "device": _storable(row.device),
        "reason": _storable(row.reason),
        "field": _storable(row.field),
        "value": _storable(row.value)[:1000],
        "detail": _storable(row.detail),
        "payload": _storable(row.payload)[:_LONGEST_PAYLOAD],
    }
    # A message without a payload to tell it by is told by its time.
    told_by = [text[name] for name in ("source", "device", "reason", "field", "value")]
    told_by.append(row.payload or str(to_epoch(row.time)))
    return {"key": _key(told_by), "time": to_epoch(row.time), **text}


def _key(told_by: Iterable[str]) -> str:
    return sha256("\x1f".join(told_by).encode("utf-8", "surrogatepass")).hexdigest()


def _storable(text: str) -> str:
    """Text that both databases hold: no NUL, no lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def recent(c: Connection, limit: int = 200) -> pd.DataFrame:
    """The newest problems.

    Returns
    -------
    Columns time (UTC), source, device, reason, field, value, detail, payload, count (how often;
    of a counted problem the payload is the first message's).
    """
    table = schema.problem.c
    names = ("time", "source", "device", "reason", "field", "value", "detail", "payload", "count")
    query = select(*(table[name] for name in names)).order_by(table.time.desc()).limit(limit)
    frame = read_frame(c, query)
    frame["time"] = pd.to_datetime(frame["time"].astype("int64"), unit="s", utc=True)
    return frame


def counts(c: Connection) -> dict[str, int]:
    """How many problems there are for each reason."""
    table = schema.problem.c
    query = select(table.reason, func.sum(table.count)).group_by(table.reason)
    return dict(c.execute(query.order_by(table.reason)).all())
