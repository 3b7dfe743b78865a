"""The advice given, one row for each plot and time of issue, and its history."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from math import isnan
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from agro.records import Advice, PlanDay
from agro.store import schema
from agro.store.values import from_epoch, from_null, to_epoch, to_null, upsert

_NUMBERS = (
    "depth_mm",
    "litres",
    "minutes",
    "depletion_mm",
    "raw_mm",
    "taw_mm",
    "chance_of_stress",
    "data_age_h",
)
_CODES = ("decision", "reason", "confidence", "crop")


def write(c: Connection, advices: Sequence[Advice]) -> None:
    """Store advice; issued again for the same time it replaces itself.

    Raises
    ------
    ValueError  A plot does not exist.
    """
    plots = {
        (site, plot): id_
        for site, plot, id_ in c.execute(
            select(schema.site.c.slug, schema.plot.c.slug, schema.plot.c.id).join_from(
                schema.plot, schema.site
            )
        )
    }
    rows = []
    for advice in advices:
        if (advice.site, advice.plot) not in plots:
            raise ValueError(f"no plot {advice.plot!r} on site {advice.site!r}")
        rows.append({"plot_id": plots[advice.site, advice.plot], **_row(advice)})
    upsert(c, schema.advice, rows, ("plot_id", "issued_at"))


def _row(advice: Advice) -> dict[str, Any]:
    return {
        "issued_at": to_epoch(advice.issued_at),
        "starts_at": None if advice.when is None else to_epoch(advice.when),
        **{name: to_null(getattr(advice, name)) for name in _NUMBERS},
        **{name: getattr(advice, name) for name in _CODES},
        "facts": jsonable(advice.facts),
        "cautions": list(advice.cautions),
        "sources": jsonable(advice.sources),
        "plan": [jsonable(asdict(day)) for day in advice.plan],
    }


def jsonable(value: Any) -> Any:
    """NaN as null, dates as ISO text, NumPy numbers as numbers: what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and isnan(value) else value


def _select() -> Select[Any]:
    return (
        select(
            schema.site.c.slug.label("site"), schema.plot.c.slug.label("plot_slug"), schema.advice
        )
        .join_from(schema.advice, schema.plot)
        .join(schema.site, schema.site.c.id == schema.plot.c.site_id)
    )


def latest(c: Connection, site: str | None = None) -> list[Advice]:
    """The newest advice of every plot, in the order of the plots."""
    newest = (
        select(schema.advice.c.plot_id, func.max(schema.advice.c.issued_at).label("issued_at"))
        .group_by(schema.advice.c.plot_id)
        .subquery()
    )
    query = _select().join(
        newest,
        (newest.c.plot_id == schema.advice.c.plot_id)
        & (newest.c.issued_at == schema.advice.c.issued_at),
    )
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    return [_advice(row) for row in c.execute(query.order_by(schema.plot.c.id)).mappings()]


def history(
    c: Connection,
    site: str,
    plot: str,
    limit: int = 400,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[Advice]:
    """Advice given for one plot in [start, end), newest first."""
    issued = schema.advice.c.issued_at
    query = _select().where(schema.site.c.slug == site, schema.plot.c.slug == plot)
    if start is not None:
        query = query.where(issued >= to_epoch(start))
    if end is not None:
        query = query.where(issued < to_epoch(end))
    query = query.order_by(issued.desc()).limit(limit)
    return [_advice(row) for row in c.execute(query).mappings()]


def _advice(row: RowMapping) -> Advice:
    numbers: dict[str, Any] = {name: from_null(row[name]) for name in _NUMBERS}
    return Advice(
        site=row["site"],
        plot=row["plot_slug"],
        issued_at=from_epoch(row["issued_at"]),
        when=None if row["starts_at"] is None else from_epoch(row["starts_at"]),
        **numbers,
        **{name: row[name] for name in _CODES},
        facts=row["facts"] or {},
        cautions=tuple(row["cautions"] or ()),
        sources=row["sources"] or {},
        plan=tuple(_plan_day(day) for day in row["plan"] or ()),
    )


def _plan_day(day: Mapping[str, Any]) -> PlanDay:
    numbers = {name: from_null(value) for name, value in day.items() if name != "day"}
    return PlanDay(day=date.fromisoformat(day["day"]), **numbers)
