"""Outside sources: when each was asked and answered, under what terms, and its newest answers."""

import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, delete, func, select, update

from agro.store import schema
from agro.store.values import from_epoch, to_epoch, upsert
from agro.store.weather import site_id

KEPT = 24  # answers of one source for one site
LARGEST_KEPT = 4 * 1024 * 1024  # bytes, packed; a larger answer is used and not kept


@dataclass(frozen=True, slots=True)
class Source:
    """One outside source for one site, as it stands.

    `fetched_at` and `observed_at` are of the last good answer; `failures` have been since then,
    the last for `reason`. `next_try` is when it may be asked again.
    """

    source: str
    site: str
    mode: str
    licence: str
    attribution: str
    link: str
    url: str = ""
    etag: str = ""
    last_modified: str = ""
    asked_at: datetime | None = None
    fetched_at: datetime | None = None
    observed_at: datetime | None = None
    failures: int = 0
    next_try: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what terms values of a source are shown; `fetched_at` is of its last good answer."""

    source: str
    licence: str
    attribution: str
    link: str
    fetched_at: datetime


_TEXTS = ("mode", "licence", "attribution", "link", "url", "etag", "last_modified")
_TIMES = ("asked_at", "fetched_at", "observed_at", "next_try")


def sources(c: Connection, site: str | None = None) -> list[Source]:
    """Every source of a site, or of all."""
    table = schema.feed.c
    names = ("source", *_TEXTS, "reason", "failures", *_TIMES)
    query = (
        select(schema.site.c.slug.label("site"), *(table[name] for name in names))
        .join_from(schema.feed, schema.site)
        .order_by(schema.site.c.id, table.source)
    )
    if site is not None:
        query = query.where(schema.site.c.slug == site)
    return [_source(row) for row in c.execute(query)]


def source(c: Connection, name: str, site: str) -> Source | None:
    """One source of a site; None where it was never asked."""
    return next((one for one in sources(c, site) if one.source == name), None)


def terms(c: Connection, site: str, forecast: str) -> list[Terms]:
    """The terms of what a site was answered, and of a `forecast` that may be a neighbour's."""
    own, newest = schema.feed.c, func.max(schema.feed.c.fetched_at)
    told = (own.source, own.licence, own.attribution, own.link)
    query = (
        select(*told, newest)
        .join_from(schema.feed, schema.site)
        .where(own.fetched_at.is_not(None))
        .where((schema.site.c.slug == site) | (own.source == forecast))
        .group_by(*told)
        .order_by(own.source)
    )
    rows = c.execute(query)
    return [
        Terms(name, licence, attribution, link, from_epoch(int(at)))
        for name, licence, attribution, link, at in rows
    ]


def _source(row: Row[tuple[object, ...]]) -> Source:
    known = dict(row._mapping)
    for name in _TIMES:
        known[name] = None if known[name] is None else from_epoch(int(known[name]))
    return Source(**known)


def answered(c: Connection, one: Source, body: bytes | None) -> None:
    """Write that a source answered well, and keep its answer where it is a new one."""
    feed_id = _write(c, one)
    packed = b"" if body is None else zlib.compress(body)
    if not packed or len(packed) > LARGEST_KEPT or one.fetched_at is None:
        return
    row = {"feed_id": feed_id, "fetched_at": to_epoch(one.fetched_at), "packed": packed}
    upsert(c, schema.feed_answer, [row], ("feed_id", "fetched_at"))
    table = schema.feed_answer
    newest = (
        select(table.c.id)
        .where(table.c.feed_id == feed_id)
        .order_by(table.c.fetched_at.desc())
        .limit(KEPT)
    )
    kept = [id_ for (id_,) in c.execute(newest)]
    c.execute(delete(table).where(table.c.feed_id == feed_id, table.c.id.not_in(kept)))


def failed(c: Connection, one: Source) -> None:
    """Write that a source failed; what it said last stays."""
    _write(c, one)


def postpone(c: Connection, site: str, until: datetime) -> None:
    """Ask no source of a site before `until`."""
    table = schema.feed
    later = update(table).where(table.c.site_id == site_id(c, site))
    c.execute(later.values(next_try=to_epoch(until)))


def ask_again(c: Connection, name: str, site: str, at: datetime) -> None:
    """Ask one source of a site at a time of its own."""
    table = schema.feed
    mine = (table.c.source == name, table.c.site_id == site_id(c, site))
    c.execute(update(table).where(*mine).values(next_try=to_epoch(at)))


def _write(c: Connection, one: Source) -> int:
    site = site_id(c, one.site)
    row = {
        "source": one.source,
        "site_id": site,
        **{name: getattr(one, name) for name in (*_TEXTS, "reason", "failures")},
        **{
            name: None if getattr(one, name) is None else to_epoch(getattr(one, name))
            for name in _TIMES
        },
    }
    upsert(c, schema.feed, [row], ("source", "site_id"))
    table = schema.feed.c
    found = c.execute(select(table.id).where(table.source == one.source, table.site_id == site))
    return int(found.scalar_one())


def newest_answer(c: Connection, name: str, site: str) -> tuple[datetime, bytes] | None:
    """The last answer kept of a source, and when it came."""
    kept = answers(c, name, site, limit=1)
    return kept[0] if kept else None


def answers(
    c: Connection, name: str, site: str, *, limit: int = KEPT
) -> list[tuple[datetime, bytes]]:
    """The answers kept of a source, newest first."""
    answer, feed = schema.feed_answer.c, schema.feed.c
    query = (
        select(answer.fetched_at, answer.packed)
        .join_from(schema.feed_answer, schema.feed)
        .join(schema.site)
        .where(feed.source == name, schema.site.c.slug == site)
        .order_by(answer.fetched_at.desc())
        .limit(limit)
    )
    return [(from_epoch(at), zlib.decompress(packed)) for at, packed in c.execute(query)]
