"""The whole city's figures out of its archive: each piece counts, the counts are added up.

Numerators and denominators are kept apart until the end, so the figures are the same however the
archive is cut.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from agro.scale.plan import Piece
from agro.scale.pool import Run
from agro.store import sums
from agro.store.archive import layout
from sensors.quality import Test

_FEWEST = 3  # messages from which a device's usual interval is told
_SILENT = 3  # so many usual intervals without a message are a silence
_ROWS = ("datastream_id", "time", "value", "flag", "tests")
_BELIEVED = 2


def doubted(pieces: Sequence[Piece], run: Run) -> pd.DataFrame:
    """The share of values that each test doubted, by device model and commune.

    Returns
    -------
    Columns model, commune, commune_name, test, doubted, values, share, the greatest share first. A
    value that several tests doubted counts for each.
    """
    keys = ["model", "commune", "commune_name"]
    found = _added(run(_count_doubts, pieces), [*keys, "test"], ["doubted", "values"])
    every = found[found["test"] == ""].set_index(keys)["values"]
    told = found[found["test"] != ""].drop(columns="values").join(every, on=keys)
    told["share"] = told["doubted"] / told["values"]
    return told.sort_values(["share", *keys, "test"], ascending=[False] + 4 * [True])


def daily_water(pieces: Sequence[Piece], run: Run, timezone: str) -> pd.DataFrame:
    """The mean soil moisture of each commune's probes on each local day.

    Returns
    -------
    Columns commune, commune_name, day, count, total, mean [m³ m⁻³]; believable values only.
    """
    keys = ["commune", "commune_name", "day"]
    counted = partial(_count_water, timezone=timezone)
    found = _added(run(counted, pieces), keys, ["count", "total"])
    found["mean"] = found["total"] / found["count"]
    return found.sort_values(keys)


def silences(pieces: Sequence[Piece], run: Run) -> pd.DataFrame:
    """How long each device was silent: gaps of more than three of its usual intervals.

    Returns
    -------
    Columns device, model, commune, interval_s (usual), silences, silent_s, watched_s, share; the
    greatest share first. Of a device the series that was heard most often speaks.
    """
    parts = [part for part in run(_count_silences, pieces) if len(part)]
    if not parts:
        return _nothing(_SILENCES)
    found = pd.concat(parts).sort_values(["device", "messages"], ascending=[True, False])
    found = found.drop_duplicates("device").drop(columns="messages")
    found["share"] = found["silent_s"] / found["watched_s"]
    return found.sort_values(["share", "device"], ascending=[False, True])


_SILENCES = (
    *("device", "model", "commune"),
    *("interval_s", "silences", "silent_s", "watched_s", "share"),
)


def _nothing(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


def _added(parts: Any, keys: list[str], amounts: list[str]) -> pd.DataFrame:
    """What the pieces counted, added up in an order that does not depend on who was first."""
    frames = [part for part in parts if len(part)]
    if not frames:
        return _nothing([*keys, *amounts])
    together = pd.concat(frames).sort_values([*keys, *amounts])
    added: pd.DataFrame = together.groupby(keys, as_index=False, dropna=False)[amounts].sum()
    return added


def _each_month(
    piece: Piece, count: Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """What `count` makes of the rows and the dictionary of each month of a piece, together."""
    made = []
    for folder in piece.folders:
        manifest = layout.read_manifest(folder)
        streams = _streams(folder, piece)
        for table in layout.read_range(folder, manifest, piece.first, piece.last, _ROWS):
            rows = table.to_pandas()
            if len(rows):
                made.append(count(rows, streams))
    found: pd.DataFrame = pd.concat(made) if made else pd.DataFrame()
    return found


def _streams(folder: Path, piece: Piece) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(folder / layout.STREAMS).to_pandas()
    frame = frame[frame["datastream_id"].between(piece.first, piece.last)]
    return frame.fillna({"commune": "", "commune_name": "", "model": "", "quantity": ""})


def _placed(rows: pd.DataFrame, streams: pd.DataFrame) -> pd.DataFrame:
    """The row of the dictionary that holds for each observation: −1 where none does."""
    if streams["datastream_id"].is_unique:  # nothing was moved
        place = pd.Series(streams.index, streams["datastream_id"])
        return rows.assign(place=rows["datastream_id"].map(place).fillna(-1).astype(int))
    found = np.full(len(rows), -1)
    ids, times = rows["datastream_id"].to_numpy(), rows["time"].to_numpy()
    stays = streams[["datastream_id", "since", "until"]].fillna({"since": -np.inf, "until": np.inf})
    for row, (id_, since, until) in zip(streams.index, stays.to_numpy(), strict=True):
        first, last = np.searchsorted(ids, (int(id_), int(id_) + 1))
        there = (times[first:last] >= since) & (times[first:last] < until)
        found[first:last][there] = row
    return rows.assign(place=found)


def _count_doubts(piece: Piece) -> pd.DataFrame:
    return _each_month(piece, _doubts)


def _doubts(rows: pd.DataFrame, streams: pd.DataFrame) -> pd.DataFrame:
    placed = _placed(rows, streams)
    asked = [("", np.ones(len(rows), bool))]
    tests = rows["tests"].to_numpy()
    asked += [(str(test.name).lower(), (tests & test.value) != 0) for test in Test]
    counted = []
    for name, here in asked:
        if here.any():
            sizes = placed.loc[here].groupby("place").size()
            counted.append(pd.DataFrame({"test": name, "n": sizes}))
    found = pd.concat(counted).reset_index()
    found = found.join(streams[["model", "commune", "commune_name"]], on="place")
    found["doubted"] = found["n"].where(found["test"] != "", 0)
    found["values"] = found["n"].where(found["test"] == "", 0)
    return found.fillna({"model": "", "commune": "", "commune_name": ""})


def _count_water(piece: Piece, timezone: str) -> pd.DataFrame:
    return _each_month(piece, partial(_water, timezone=timezone))


def _water(rows: pd.DataFrame, streams: pd.DataFrame, timezone: str) -> pd.DataFrame:
    zone = ZoneInfo(timezone)
    soil = streams[streams["quantity"] == "soil_moisture"]
    placed = _placed(rows[rows["datastream_id"].isin(soil["datastream_id"])], soil)
    good = placed[(placed["flag"] <= _BELIEVED) & placed["value"].notna() & (placed["place"] >= 0)]
    if good.empty:
        return pd.DataFrame()
    starts = sums.day_starts(good["time"].to_numpy(), zone)
    days, place = np.unique(starts, return_inverse=True)
    names = [pd.Timestamp(int(day), unit="s", tz=zone).date().isoformat() for day in days]
    good = good.assign(day=np.array(names)[place])
    good = good.join(soil[["commune", "commune_name"]], on="place")
    grouped = good.groupby(["commune", "commune_name", "day"])["value"]
    return grouped.agg(count="count", total="sum").reset_index()


def _count_silences(piece: Piece) -> pd.DataFrame:
    """By datastream over all months of the piece, so that a gap between two of them counts."""
    heard: dict[int, list[np.ndarray[Any, Any]]] = {}
    known: dict[int, tuple[str, str, str]] = {}
    for folder in piece.folders:
        manifest = layout.read_manifest(folder)
        series = _streams(folder, piece)
        names = zip(*(series[name] for name in _SILENCES[:3]), strict=True)
        known |= dict(zip(series["datastream_id"], names, strict=True))
        for table in layout.read_range(folder, manifest, piece.first, piece.last, ("time",)):
            ids, times = (table.column(n).to_numpy() for n in ("datastream_id", "time"))
            cuts = np.concatenate(([0], np.flatnonzero(np.diff(ids)) + 1, [len(ids)]))
            for first, last in pairwise(cuts):
                heard.setdefault(int(ids[first]), []).append(times[first:last])
    told = [
        (*known[id_], *_silence(np.concatenate(times)))
        for id_, times in heard.items()
        if sum(map(len, times)) >= _FEWEST and known[id_][0]
    ]
    return pd.DataFrame(told, columns=[*_SILENCES[:-1], "messages"])


def _silence(times: np.ndarray[Any, Any]) -> tuple[float, int, float, float, int]:
    """Usual interval, silences, their length, time watched [s], and messages of a series."""
    gaps = np.diff(times)
    usual = float(np.median(gaps))
    long = gaps[gaps > _SILENT * usual]
    silent = float(long.sum() - usual * len(long))
    return usual, len(long), silent, float(times[-1] - times[0]), len(times)
