"""How reports of ours were handed on to the city's own system, and what it said of them since.

A report is written down as `sending`, and that is committed, before anything is sent. What is found
so after a stop is `doubtful`: it is looked for over there, and never sent a second time by itself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, func, select, update

from agro.store import schema
from agro.store.reports import OPEN, OWN
from agro.store.values import from_epoch, insert_new, to_epoch

State = Literal["waiting", "sending", "taken", "refused", "doubtful"]


@dataclass(frozen=True, slots=True)
class Forward:
    """One report on its way. `reference` is its name there, or `token` stands for it."""

    report_id: int
    state: str
    source: str
    reference: str = ""
    token: str = ""
    tries: int = 0
    sent_at: datetime | None = None
    next_try: datetime | None = None
    status: str = ""
    status_notes: str = ""
    reason: str = ""


_TIMES = ("sent_at", "next_try")


def queue(c: Connection, source: str, since: datetime, limit: int) -> int:
    """Let open reports that all may read wait to be handed on; how many those are."""
    own, table = schema.report.c, schema.report_forward
    query = (
        select(own.id)
        .where(own.source == OWN, own.visible == "all", own.status == OPEN)
        .where(own.requested_at >= to_epoch(since))
        .where(own.id.not_in(select(table.c.report_id)))
        .order_by(own.id)
        .limit(limit)
    )
    rows = [{"report_id": id_, "state": "waiting", "source": source} for id_ in c.scalars(query)]
    insert_new(c, table, rows, ("report_id",))
    return len(rows)


def due(c: Connection, state: State, at: datetime, limit: int) -> list[Forward]:
    """Those in a state whose time has come, the oldest first."""
    table = schema.report_forward
    is_due = func.coalesce(table.c.next_try, 0) <= to_epoch(at)
    query = select(table).where(table.c.state == state, is_due)
    rows = c.execute(query.order_by(table.c.report_id).limit(limit)).mappings()
    return [_forward(row) for row in rows]


def claim(c: Connection, report_id: int, at: datetime) -> bool:
    """Take a waiting report to send it now; False where somebody else has."""
    table = schema.report_forward.c
    mine = update(schema.report_forward).where(
        table.report_id == report_id, table.state == "waiting"
    )
    values = {"state": "sending", "sent_at": to_epoch(at), "tries": table.tries + 1}
    return c.execute(mine.values(**values)).rowcount == 1


def doubt(c: Connection, before: datetime) -> int:
    """What is still being sent since before then was cut off: nobody knows whether it arrived."""
    table = schema.report_forward.c
    cut = update(schema.report_forward).where(
        table.state == "sending", table.sent_at < to_epoch(before)
    )
    return c.execute(cut.values(state="doubtful", next_try=None, reason="cut off")).rowcount


def settle(c: Connection, report_id: int, state: State, **told: str | datetime | None) -> None:
    """Say how a report stands on its way, and what else is known now."""
    values: dict[str, Any] = {
        name: to_epoch(value) if isinstance(value, datetime) else value
        for name, value in told.items()
    }
    table = schema.report_forward
    mine = update(table).where(table.c.report_id == report_id)
    c.execute(mine.values(state=state, **values))


def by_reference(
    c: Connection, source: str, references: Collection[str]
) -> dict[str, tuple[Forward, str]]:
    """Those of these names there, each with its name here."""
    table, own = schema.report_forward, schema.report.c
    query = (
        select(table, own.reference.label("ours"))
        .join(schema.report, own.id == table.c.report_id)
        .where(table.c.source == source, table.c.reference.in_(list(references)))
        .where(table.c.reference != "")
    )
    rows = c.execute(query).mappings()
    return {row["reference"]: (_forward(row), row["ours"]) for row in rows}


def unheard(c: Connection, source: str, since: datetime, limit: int) -> list[str]:
    """Names there of those that are open and were not asked for since, who waited longest first."""
    table, own = schema.report_forward.c, schema.report.c
    asked = func.coalesce(table.asked_at, 0)
    query = (
        select(table.reference)
        .join_from(schema.report_forward, schema.report)
        .where(table.source == source, table.reference != "", own.status == OPEN)
        .where(asked < to_epoch(since))
        .order_by(asked, table.report_id)
        .limit(limit)
    )
    return list(c.scalars(query))


def asked(c: Connection, source: str, references: Collection[str], at: datetime) -> None:
    """Say that the system was asked for these."""
    table = schema.report_forward
    mine = table.c.source == source, table.c.reference.in_(list(references))
    c.execute(update(table).where(*mine).values(asked_at=to_epoch(at)))


def counts(c: Connection) -> dict[str, int]:
    """How many reports are in each state."""
    table = schema.report_forward.c
    query = select(table.state, func.count()).group_by(table.state)
    return {state: int(number) for state, number in c.execute(query)}


def _forward(row: RowMapping | Mapping[str, Any]) -> Forward:
    told = {name: row[name] for name in Forward.__dataclass_fields__}
    for name in _TIMES:
        told[name] = None if told[name] is None else from_epoch(told[name])
    return Forward(**told)
