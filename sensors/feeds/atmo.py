"""Atmo: the daily index of air quality of municipalities, from the agencies' open layer.

The index goes from 1 (good) to 6 (extremely bad); 0 says that there is none, 7 that something
exceptional happened. Days ahead are forecasts and left out. A municipality's position is told in
degrees beside a geometry that is in another system.

References
----------
[1] Arrêté du 10 juillet 2020 relatif à l'indice de la qualité de l'air ambiant.
[2] Atmo France. Indice de la qualité de l'air par commune (WFS ind:ind_atmo).
    https://data.atmo-france.org
"""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, time, tzinfo
from typing import Any

from sensors.errors import FeedError
from sensors.feeds.city_assets import Equipment, Measured, Report
from sensors.feeds.hubeau import number
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request
from sensors.reading import Problem

KEY = "atmo"
PUBLIC = "https://data.atmo-france.org"
LICENCE = Licence(
    "ODbL 1.0", "Atmo France et les AASQA", "https://opendatacommons.org/licenses/odbl/1-0/"
)
_ZONE = re.compile(r"[0-9AB]{5}|\d{9}", re.ASCII)
_WORST = 7


def index(zones: Sequence[str], today: date, *, base: str = "") -> Feed[tuple[Report, ...]]:
    """The index of municipalities (their national codes) from yesterday on.

    Raises
    ------
    ValueError  A code is none.
    """
    for zone in zones:
        if not _ZONE.fullmatch(zone):
            raise ValueError(f"zones must be national codes such as 21231: {zone!r}")
    listed = ",".join(f"'{zone}'" for zone in zones)
    yesterday = date.fromordinal(today.toordinal() - 1)

    def ask(_place: Place) -> Request:
        params = {
            "service": "WFS",
            "version": "2.0.0",
            "request": "GetFeature",
            "typeNames": "ind:ind_atmo",
            "outputFormat": "application/json",
            "CQL_FILTER": f"code_zone IN ({listed}) AND date_ech >= '{yesterday}'",
        }
        return Request(f"{(base or PUBLIC).rstrip('/')}/geoserver/ind/ows", params)

    def read(body: bytes, place: Place) -> Parsed[tuple[Report, ...]]:
        return _read(body, place.zone, today)

    return Feed(KEY, LICENCE, ask, read)


def _read(body: bytes, zone: tzinfo, today: date) -> Parsed[tuple[Report, ...]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedError(KEY, PUBLIC, "unreadable: is not JSON") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise FeedError(KEY, PUBLIC, "unreadable: has no list `features`")
    told = [one.get("properties") for one in features if isinstance(one, dict)]
    reports = [_report(one, zone, today) for one in told if isinstance(one, dict)]
    found = tuple(one for one in reports if one is not None)
    times = [value.time for one in found for value in one.measured]
    return Parsed(found, max(times, default=None))


def _report(told: dict[str, Any], zone: tzinfo, today: date) -> Report | None:
    """The index of a municipality on a day, at the start of that day; None for a day ahead."""
    text = json.dumps(told, ensure_ascii=False)
    code = str(told.get("code_zone") or "")
    if not _ZONE.fullmatch(code):
        problem = Problem("bad_entity", "", "code_zone", code[:40], "is no national code")
        return Report("", None, problems=(problem,), text=text)
    name, day = f"{KEY}:{code}", _day(told.get("date_ech"))
    if day is None:
        problem = Problem("bad_time", name, "date_ech", str(told.get("date_ech"))[:40], "is no day")
        return Report(name, _equipment(name, code, told), problems=(problem,), text=text)
    if day > today:
        return None
    level = number(told.get("code_qual"))
    at = datetime.combine(day, time(), zone)
    measured = (Measured("air_index", level, at),) if 1.0 <= level <= _WORST else ()
    return Report(name, _equipment(name, code, told), measured, text=text)


def _equipment(name: str, code: str, told: dict[str, Any]) -> Equipment:
    label = str(told.get("lib_zone") or code)
    north, east = number(told.get("y_wgs84")), number(told.get("x_wgs84"))
    return Equipment(name, "air_station", label, north, east, locality=code, mode="live")


def _day(told: object) -> date | None:
    """A day, or the day in front of a time."""
    try:
        return date.fromisoformat(str(told)[:10])
    except ValueError:
        return None
