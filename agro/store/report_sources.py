"""Where reports come from: the services each source lists, and how far it was read."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select, update

from agro.config import now
from agro.records import ReportService
from agro.store import schema
from agro.store.reports import OPEN, OWN
from agro.store.values import from_epoch, to_epoch, upsert


def read_until(c: Connection, source: str) -> datetime | None:
    """The newest update of the last round that was read to its end; None before the first."""
    own = schema.report_source.c
    at = c.scalar(select(own.read_until).where(own.source == source))
    return None if at is None else from_epoch(at)


def has_read(c: Connection, source: str, until: datetime) -> None:
    """Say that a source was read to its end."""
    upsert(
        c, schema.report_source, [{"source": source, "read_until": to_epoch(until)}], ("source",)
    )


def save_services(c: Connection, told: Sequence[ReportService]) -> None:
    """Keep the kinds of report that this city takes; `services_at` moves when they differ."""
    if services(c) == list(told):
        return
    rows = [{**asdict(one), "keywords": list(one.keywords)} for one in told]
    row = {"source": OWN, "services": rows, "services_at": to_epoch(now())}
    upsert(c, schema.report_source, [row], ("source",))


def services(c: Connection) -> list[ReportService]:
    """The kinds of report that this city takes, in its pack's order."""
    own = schema.report_source.c
    rows = c.scalar(select(own.services).where(own.source == OWN)) or []
    return [ReportService(**{**row, "keywords": tuple(row["keywords"])}) for row in rows]


def services_at(c: Connection) -> datetime | None:
    """When the kinds of report last changed; None before there are any."""
    own = schema.report_source.c
    at = c.scalar(select(own.services_at).where(own.source == OWN))
    return None if at is None else from_epoch(at)


def unheard(c: Connection, source: str, since: datetime, limit: int) -> list[str]:
    """Open reports of which a source has not told since, those first that waited longest."""
    own = schema.report.c
    query = (
        select(own.reference)
        .where(own.source == source, own.status == OPEN, own.heard_at < to_epoch(since))
        .order_by(own.asked_at.is_not(None), own.asked_at, own.heard_at, own.id)
        .limit(limit)
    )
    return [reference for (reference,) in c.execute(query)]


def asked(c: Connection, source: str, references: Sequence[str], at: datetime) -> None:
    """Say that a source was asked for these one by one."""
    table = schema.report
    mine = update(table).where(table.c.source == source, table.c.reference.in_(references))
    c.execute(mine.values(asked_at=to_epoch(at)))
