"""How many reports were open at a moment, by commune: only those that everybody may read."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from agro.store import schema
from agro.store.reports import OPEN
from agro.store.values import from_epoch, to_epoch


class Reported(NamedTuple):
    """The open reports of a commune ("" = of none) from one source; `heard_at`: the oldest word."""

    commune: str
    source: str
    mode: str
    number: int
    heard_at: datetime


def open_at(c: Connection, at: datetime) -> list[Reported]:
    """What was open at a time, by the last step of each report until then."""
    report, change, last = schema.report.c, schema.report_change.c, to_epoch(at)
    order = (change.at.desc(), change.id.desc())
    newest = func.row_number().over(partition_by=change.report_id, order_by=order)
    steps = select(change.report_id, change.status, newest.label("n")).where(change.at <= last)
    step = steps.subquery()
    told = (report.commune, report.source, report.mode)
    query = (
        select(*told, func.count(), func.min(report.heard_at))
        .join(step, step.c.report_id == report.id)
        .where(step.c.n == 1, step.c.status == OPEN, report.visible == "all")
        .group_by(*told)
        .order_by(*told)
    )
    return [
        Reported(commune, source, mode, number, from_epoch(min(heard, last)))
        for commune, source, mode, number, heard in c.execute(query)
    ]
