"""Rebuilt rollups beside the database's: what differs is replaced, the rest is left alone."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine, Table, delete, select

from agro.scale.plan import Piece
from agro.scale.rebuild import HOURS, file_of
from agro.store import rollups, schema, sums, writing
from agro.store.archive.months import bounds
from agro.store.values import read_frame, to_null, upsert

_SAME = 1e-12  # relative: databases add in another order
_KEY = ["datastream_id", "start"]
_COUNTS = ["count", "suspect", "failed", "missing"]
_AMOUNTS = ["total", "minimum", "maximum"]
_LOT = 20_000  # rollups in one transaction


def adopt(engine: Engine, pieces: Sequence[Piece], out: Path, timezone: str) -> int:
    """Bring the rollups of archived hours to what was rebuilt in `out`; how many were not so.

    Hours that reach out of their month are left to the database, as are datastreams that are in
    it again (`thawed_month`). Days follow from the hours.
    """
    return sum(_adopt_piece(engine, piece, out, ZoneInfo(timezone)) for piece in pieces)


def _adopt_piece(engine: Engine, piece: Piece, out: Path, zone: ZoneInfo) -> int:
    rebuilt = pq.read_table(file_of(out, HOURS, piece.number)).to_pandas()
    changed = 0
    for folder in piece.folders:
        span = bounds(folder.stem)
        new = rebuilt[rebuilt["start"].between(span[0], span[1] - 3600)]
        with engine.connect() as c:
            thawed = _thawed(c, folder.stem)
            here = new[~new["datastream_id"].isin(thawed)]
            differing, gone = _compare(c, piece, span, here, thawed)
        changed += len(differing) + len(gone)
        _replace(engine, differing, gone)
        changed += _days(engine, piece, span, zone)
    return changed


def _thawed(c: Connection, month: str) -> list[int]:
    own = schema.thawed_month.c
    return list(c.scalars(select(own.datastream_id).where(own.month == month)))


def _stored(c: Connection, table: Table, piece: Piece, span: tuple[int, int]) -> pd.DataFrame:
    query = select(table).where(
        table.c.datastream_id.between(piece.first, piece.last),
        table.c.start.between(span[0], span[1] - 3600),
    )
    frame = read_frame(c, query)
    return frame.astype(dict.fromkeys(_AMOUNTS, float))


def _compare(
    c: Connection, piece: Piece, span: tuple[int, int], new: pd.DataFrame, thawed: list[int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rebuilt hours that the database has not so, and the keys of those only it has."""
    old = _stored(c, schema.rollup_hour, piece, span)
    old = old[~old["datastream_id"].isin(thawed)]
    both = new.merge(old, on=_KEY, how="outer", suffixes=("", "_old"), indicator=True)
    gone = both.loc[both["_merge"] == "right_only", _KEY]
    here = both[both["_merge"] != "right_only"]
    differing = here[(here["_merge"] == "left_only") | ~_is_same(here)]
    return differing[[*_KEY, *_COUNTS, *_AMOUNTS]], gone


def _is_same(both: pd.DataFrame) -> pd.Series:
    same = pd.Series(data=True, index=both.index)
    for name in _COUNTS:
        same &= both[name] == both[f"{name}_old"]
    for name in _AMOUNTS:
        one, other = both[name].astype(float), both[f"{name}_old"].astype(float)
        same &= np.isclose(one, other, rtol=_SAME, atol=0.0, equal_nan=True)
    return same


def _replace(engine: Engine, new: pd.DataFrame, gone: pd.DataFrame) -> None:
    """Write hours and remove hours, in bounded transactions, each with its days."""
    for lot in _lots(new):
        with writing(engine) as c:
            rows = [
                {str(k): to_null(v) if k in _AMOUNTS else int(v) for k, v in row.items()}
                for row in lot.to_dict("records")
            ]
            upsert(c, schema.rollup_hour, rows, _KEY)
            rollups.add_days(c, _keys(lot))
    for lot in _lots(gone):
        with writing(engine) as c:
            for id_, start in _keys(lot):
                own = schema.rollup_hour
                c.execute(delete(own).where(own.c.datastream_id == id_, own.c.start == start))
            rollups.add_days(c, _keys(lot))


def _days(engine: Engine, piece: Piece, span: tuple[int, int], zone: ZoneInfo) -> int:
    """Compute those days again that are not the sum of their hours; how many."""
    longest = 25 * 3600
    around = (span[0] - longest, span[1] + longest)
    with engine.connect() as c:
        hours = _stored(c, schema.rollup_hour, piece, around).sort_values(_KEY)
        days = _stored(c, schema.rollup_day, piece, span)
    table = sums.SCHEMA.empty_table() if hours.empty else _as_table(hours)
    wanted = sums.days(table, zone).to_pandas()
    wanted = wanted[wanted["start"].between(span[0], span[1] - 3600)]
    both = wanted.merge(days, on=_KEY, how="outer", suffixes=("", "_old"), indicator=True)
    wrong = both[(both["_merge"] != "both") | ~_is_same(both)]
    for lot in _lots(wrong):
        with writing(engine) as c:
            rollups.add_days(c, _keys(lot))
    return len(wrong)


def _as_table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame[sums.SCHEMA.names], schema=sums.SCHEMA, preserve_index=False)


def _lots(frame: pd.DataFrame) -> Iterable[pd.DataFrame]:
    return (frame.iloc[first : first + _LOT] for first in range(0, len(frame), _LOT))


def _keys(frame: pd.DataFrame) -> list[tuple[int, int]]:
    return [(int(id_), int(start)) for id_, start in frame[_KEY].itertuples(index=False)]
