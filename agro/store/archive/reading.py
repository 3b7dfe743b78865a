"""Reading through: what the archive holds, where the database no longer does."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, select

from agro.errors import StoreError
from agro.store import schema
from agro.store.archive import layout
from agro.store.archive.guard import folder
from agro.store.archive.months import bounds, month_of

_READ_AGAIN = 20  # times; a month takes its place in the archive once


class _Cold(NamedTuple):
    """Datastreams of a month whose rows are read from the archive."""

    month: str
    file: str
    sha256: str
    ids: frozenset[int]


def with_archived(
    c: Connection,
    stored: Callable[[Connection], pd.DataFrame],
    *,
    device: str,
    quantity: str,
    span: tuple[int, int],
    depth_cm: float | None = None,
) -> pd.DataFrame:
    """What `stored` gives, and the archived rows of the same series in `span`, [start, end).

    Both have the columns time (epoch s), depth_cm, value, flag, ordered by depth and time.
    """
    depths = dict[int, float]()

    def look(c: Connection) -> list[_Cold]:
        months = _months(c, *span)
        if months and not depths:
            depths.update(_depths(c, device, quantity, depth_cm))
        return _cold(c, months, depths)

    def read(c: Connection, cold: Sequence[_Cold]) -> pd.DataFrame:
        frame = stored(c)
        return _merged(frame, cold, depths, span) if cold else frame

    return _settled(c, look, read)


def _depths(
    c: Connection, device: str, quantity: str, depth_cm: float | None
) -> list[tuple[int, float]]:
    """Each datastream of a series, and its depth."""
    own, thing = schema.datastream.c, schema.thing.c
    wanted = (thing.device == device) & (own.quantity == quantity)
    if depth_cm is not None:
        wanted &= own.depth_cm == depth_cm
    query = select(own.id, own.depth_cm).join_from(schema.datastream, schema.thing)
    return [(id_, depth) for id_, depth in c.execute(query.where(wanted))]


def _settled(
    c: Connection,
    look: Callable[[Connection], list[_Cold]],
    read: Callable[[Connection, Sequence[_Cold]], pd.DataFrame],
) -> pd.DataFrame:
    """What is read where `look` says; read again where a month went in or out meanwhile.

    Raises
    ------
    StoreError  A file that should be there cannot be read.
    """
    for _ in range(_READ_AGAIN):
        cold = look(c)
        try:
            found = read(c, cold)
        except StoreError:
            # Was its month brought back? SQLite shows a connection what was when it began to read.
            with c.engine.connect() as anew:
                if look(anew) == cold:
                    raise
                return _settled(anew, look, read)
        if look(c) == cold:
            return found
    return read(c, look(c))


def _merged(
    frame: pd.DataFrame, cold: Iterable[_Cold], depths: dict[int, float], span: tuple[int, int]
) -> pd.DataFrame:
    tables = [frame]
    for table in _rows(cold, span):
        one = table.select(["time", "value", "flag"]).to_pandas()
        ids = table.column("datastream_id").to_numpy()
        one.insert(1, "depth_cm", [depths[id_] for id_ in ids.tolist()])
        tables.append(one)
    together = pd.concat([table for table in tables if len(table)] or [frame])
    # Rows on their way out of the database are in both.
    together = together.drop_duplicates(["depth_cm", "time"])
    return together.sort_values(["depth_cm", "time"], ignore_index=True)[list(frame.columns)]


def has_months(c: Connection, span: tuple[int, int]) -> bool:
    """Whether any month of `span` (epoch s, [start, end)) is archived."""
    return bool(_months(c, *span))


def cold_rows(c: Connection, id_: int) -> Iterator[pa.Table]:
    """Every row of a datastream that is read from the archive, month by month."""
    yield from _rows(_cold(c, _months(c), {id_: 0.0}), None)


def _rows(cold: Iterable[_Cold], span: tuple[int, int] | None) -> Iterator[pa.Table]:
    for month in cold:
        place = folder() / month.file
        manifest = layout.read_manifest(place, month.sha256)
        for table in layout.read(place, manifest, sorted(month.ids), span=span):
            if span is None:
                yield table
                continue
            times = table.column("time").to_numpy()
            inside = table.filter(pa.array((times >= span[0]) & (times < span[1])))
            if inside.num_rows:
                yield inside


def _months(
    c: Connection, start: int | None = None, end: int | None = None
) -> list[tuple[str, str, str]]:
    """The archived months that meet [start, end), in order: month, file, SHA-256."""
    own = schema.archived_month.c
    query = select(own.month, own.file, own.sha256).where(own.file != "").order_by(own.month)
    if start is not None and end is not None:
        query = query.where(own.month >= month_of(start), own.month <= month_of(end))
    return [
        (month, file, digest)
        for month, file, digest in c.execute(query)
        if end is None or bounds(month)[0] < end
    ]


def _cold(c: Connection, months: list[tuple[str, str, str]], ids: Iterable[int]) -> list[_Cold]:
    """What of these datastreams is read from the archive."""
    asked = frozenset(ids)
    if not months or not asked:
        return []
    own = schema.thawed_month.c
    thawed: dict[str, set[int]] = {}
    query = select(own.month, own.datastream_id).where(
        own.month.in_([month for month, _, _ in months]), own.datastream_id.in_(asked)
    )
    for month, id_ in c.execute(query):
        thawed.setdefault(month, set()).add(id_)
    found = [
        _Cold(month, file, digest, asked - thawed.get(month, set()))
        for month, file, digest in months
    ]
    return [one for one in found if one.ids]
