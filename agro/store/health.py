"""How the store itself is: what waits, what is late, how large; read without any series.

Each answer is one query over the register, the newest observations, heartbeats or small tables,
so that a scrape every few seconds and 2,000 devices cost nobody anything.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, exists, func, literal_column, select, text

from agro.store import deployments, schema
from agro.store.values import from_epoch, to_epoch


class Heard(NamedTuple):
    """One registered device: when it last spoke and on what battery (None = never told)."""

    device: str
    site: str
    model: str
    seen: datetime | None
    battery_voltage: float | None
    battery_level: float | None


class Decided(NamedTuple):
    """The newest advice of a plot, without its reasons."""

    site: str
    decision: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody: quarantined messages of how many devices, holes in the frames.

    `missing` counts the frames not found in the `gaps` that are open, `gaps_since` is the end of
    the oldest of these, `given_up` the frames that nobody looks for any more.
    """

    messages: int
    devices: int
    gaps: int
    missing: int
    gaps_since: datetime | None
    given_up: int


@dataclass(frozen=True, slots=True)
class Flow:
    """How fresh the store is: the newest observation's time, and when one was last written.

    `delay_s` is the mean time between measuring and writing of what was written since `since`.
    """

    newest: datetime | None
    written: datetime | None
    delay_s: float | None


@dataclass(frozen=True, slots=True)
class Archive:
    """Months moved to Parquet: how many, their bytes, the newest month and when it was moved."""

    months: int
    bytes: int
    newest: str
    at: datetime | None


def heard(c: Connection) -> list[Heard]:
    """Every registered device that stands somewhere, by name."""
    thing, stream = schema.thing, schema.datastream
    told = {
        name: func.max(stream.c.latest_value).filter(stream.c.quantity == name)
        for name in ("battery_voltage", "battery_level")
    }
    query = (
        select(
            thing.c.device,
            schema.site.c.slug,
            thing.c.model,
            func.max(stream.c.latest_time),
            *told.values(),
        )
        .join_from(thing, schema.site)
        .outerjoin(stream, stream.c.thing_id == thing.c.id)
        .where(deployments.is_standing())
        .group_by(thing.c.device, schema.site.c.slug, thing.c.model)
        .order_by(thing.c.device)
    )
    return [
        Heard(device, site, model, None if seen is None else from_epoch(seen), volts, level)
        for device, site, model, seen, volts, level in c.execute(query)
    ]


def flow(c: Connection, since: datetime) -> Flow:
    """How fresh the observations of the farms are."""
    own = schema.datastream.c
    recent = own.written_at >= to_epoch(since)
    newest, written, delay = c.execute(
        select(
            func.max(own.latest_time),
            func.max(own.written_at),
            func.avg(own.written_at - own.latest_time).filter(recent),
        ).where(own.thing_id.not_in(select(schema.asset.c.thing_id)))
    ).one()
    return Flow(
        None if newest is None else from_epoch(newest),
        None if written is None else from_epoch(written),
        None if delay is None else float(delay),
    )


def waiting(c: Connection) -> Waiting:
    """What waits in quarantine and what is missing in the frames."""
    kept, gap = schema.quarantine.c, schema.frame_gap.c
    messages, devices = c.execute(
        select(func.count(), func.count(kept.device.distinct())).select_from(schema.quarantine)
    ).one()
    is_open = gap.state == "open"
    gaps, missing, since, given_up = c.execute(
        select(
            func.count().filter(is_open),
            func.sum(gap.missing - gap.found).filter(is_open),
            func.min(gap.before).filter(is_open),
            func.sum(gap.missing - gap.found).filter(gap.state == "given_up"),
        ).select_from(schema.frame_gap)
    ).one()
    at = None if since is None else from_epoch(since)
    return Waiting(messages, devices, gaps, int(missing or 0), at, int(given_up or 0))


def gaps_wait(c: Connection) -> dict[str, list[str]]:
    """Why the open gaps are open still → their applications, the reason of most gaps first.

    Reasons are codes; "" = nobody has looked into them yet.
    """
    own = schema.frame_gap.c
    query = (
        select(own.detail, own.application, func.count())
        .where(own.state == "open")
        .group_by(own.detail, own.application)
    )
    names: dict[str, set[str]] = {}
    gaps: Counter[str] = Counter()
    for detail, application, count in c.execute(query):
        code = detail.partition(":")[0]  # what the network said follows
        names.setdefault(code, set()).add(application)
        gaps[code] += count
    return {code: sorted(names[code]) for code, _ in gaps.most_common()}


def problems_since(c: Connection, since: datetime) -> dict[str, int]:
    """How many messages or values were refused since then, by reason, the most frequent first."""
    own = schema.problem.c
    total = func.sum(own["count"])
    query = (
        select(own.reason, total)
        .where(own.time >= to_epoch(since))
        .group_by(own.reason)
        .order_by(total.desc(), own.reason)
    )
    return {reason: int(count) for reason, count in c.execute(query)}


def decided(c: Connection) -> list[Decided]:
    """The newest decision of every plot that has one."""
    advice, plot = schema.advice.c, schema.plot
    # Two short ways down the index for each plot, however long the advice's history is.
    issued = select(func.max(advice.issued_at)).where(advice.plot_id == plot.c.id)
    decision = (
        select(advice.decision)
        .where(advice.plot_id == plot.c.id)
        .order_by(advice.issued_at.desc())
        .limit(1)
    )
    query = (
        select(schema.site.c.slug, decision.scalar_subquery(), issued.scalar_subquery())
        .join_from(plot, schema.site)
        .order_by(schema.site.c.slug)
    )
    found = c.execute(query)
    return [Decided(site, told, from_epoch(at)) for site, told, at in found if at is not None]


def archive(c: Connection) -> Archive:
    """What was moved out of the database."""
    own = schema.archived_month.c
    months, size, newest, at = c.execute(
        select(
            func.count(), func.sum(own.bytes), func.max(own.month), func.max(own.archived_at)
        ).where(own.file != "")  # else it is announced only
    ).one()
    return Archive(months, int(size or 0), newest or "", None if at is None else from_epoch(at))


def reaches_back(c: Connection, before: datetime) -> bool:
    """Whether something was measured before this, be it archived by now."""
    stream, seen, month = schema.datastream, schema.observation.c, schema.archived_month.c
    # Ends at the first series that has one.
    older = exists().where(seen.datastream_id == stream.c.id, seen.time < to_epoch(before))
    archived = exists().where(month.file != "", month.month < f"{before:%Y-%m}")
    return bool(c.scalar(select(exists(select(stream.c.id).where(older)) | archived)))


def revision(c: Connection) -> str:
    """The revision of the tables."""
    return str(c.scalar(select(literal_column("version_num")).select_from(text("alembic_version"))))


def size(c: Connection) -> int:
    """The database's size. [bytes]"""
    if c.dialect.name == "postgresql":
        return int(c.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages = c.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
    return int(pages or 0)


def clock(c: Connection) -> datetime | None:
    """The database server's clock; None where the database has none but ours."""
    if c.dialect.name != "postgresql":
        return None
    return from_epoch(int(c.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0))
