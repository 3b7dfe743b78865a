"""Weather files of any of the known kinds, told apart by what is in them, never by their name."""

import json
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from types import MappingProxyType

from sensors.errors import FeedError
from sensors.feeds.epw import read_epw
from sensors.feeds.meteo_france import read_meteo_france, read_packet
from sensors.feeds.open_meteo import read_open_meteo
from sensors.feeds.plain_weather import read_plain
from sensors.feeds.sheet import text_of
from sensors.feeds.weather_days import to_days
from sensors.feeds.weather_table import COLUMNS, Fault, WeatherTable

__all__ = ["COLUMNS", "Fault", "WeatherTable", "read", "to_days"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


def read(
    source: Path | str | bytes,
    *,
    name: str = "",
    zone: tzinfo = UTC,
    columns: Mapping[str, str] = _NOTHING,
    where: Mapping[str, str] = _NOTHING,
) -> WeatherTable:
    """Weather from a file (`Path`) or from its content (`str`, `bytes`), plain or gzip.

    Parameters
    ----------
    name : What faults call the content; a path calls itself.
    zone : Clock of times that name none.
    columns : Quantity → column of a CSV, where several could be it.
    where : Column → value, where a file holds several stations.

    Returns
    -------
    WeatherTable  The good rows, and the others as problems.

    Raises
    ------
    FeedError  Nothing of it can be used: why, and what to do.
    OSError  The file cannot be read.
    """
    if isinstance(source, Path):
        name, source = name or source.name, source.read_bytes()
    name = name or "weather"
    text = text_of(source, name) if isinstance(source, bytes) else source.removeprefix("\ufeff")
    if not text.strip():
        raise FeedError("file", name, "is empty; export it again")
    start = text.lstrip()
    if start.startswith("LOCATION,"):
        return read_epw(start, name)
    if start[0] in "{[":
        return _json(start, name, where)
    if "NUM_POSTE" in start.partition("\n")[0]:
        return read_meteo_france(text, name, where=where)
    return read_plain(text, name, zone=zone, columns=columns, where=where)


def _json(text: str, name: str, where: Mapping[str, str]) -> WeatherTable:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedError("file", name, f"is not JSON ({error}); fetch it again") from error
    if isinstance(document, list) and all(isinstance(one, dict) for one in document):
        if document and "validity_time" in document[0]:
            return read_packet(document, name, where=where)
        if len(document) == 1:
            return read_open_meteo(document[0], name)
        if document:
            reason = f"holds {len(document)} places; fetch one place at a time"
            raise FeedError("Open-Meteo", name, reason)
    if isinstance(document, dict):
        return read_open_meteo(document, name)
    reason = "is neither an Open-Meteo answer nor a Météo-France packet; give one of these"
    raise FeedError("file", name, reason)
