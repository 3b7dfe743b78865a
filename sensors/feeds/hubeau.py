"""Hub'Eau: what rivers and water tables show, as an early warning of drought.

An answer in pages comes with 206 and the address of the next page. Data come late and are mended
afterwards, so that each question goes back over a stretch that is known already: told again, a
value replaces itself. Nothing here is a legal statement; only an order is.

References
----------
[1] Eaufrance. API Hub'Eau Hydrométrie v2, observations_tr: mm and L s⁻¹. https://hubeau.eaufrance.fr
[2] Eaufrance. API Hub'Eau Piézométrie v1, niveaux_nappes/chroniques_tr: m and m NGF.
[3] Sandre, nomenclature 515: qualification of a hydrometric observation (12 doubtful, 20 good).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, nan
from typing import Any, Literal
from urllib.parse import urlsplit

from sensors.errors import FeedError
from sensors.feeds.city_assets import Equipment, Kind, Measured, Report
from sensors.feeds.source import Feed, Licence, Parsed, Place, Request
from sensors.reading import Problem

KEY = "hubeau"
PUBLIC = "https://hubeau.eaufrance.fr"
LICENCE = Licence(
    "Licence Ouverte 2.0",
    "Hub’Eau, Eaufrance",
    "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
)
PAGE = 1000  # rows asked for at once
_DOUBTFUL = 12
_STATION = re.compile(r"[A-Z0-9]{8,10}")
_WELL = re.compile(r"[A-Z0-9]{8,10}(?:/[A-Z0-9_-]{1,8})?")
_ANSWERS = frozenset({200, 206})
_RIVERS = "/api/v2/hydrometrie/observations_tr"
_WELLS = "/api/v1/niveaux_nappes/chroniques_tr"

Quantity = Literal["H", "Q"]
_RIVER = {"H": "river_level", "Q": "river_flow"}  # mm, L s⁻¹: as they come


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as reports, and the address of what follows; empty on the last page."""

    reports: tuple[Report, ...]
    next: str = ""


def river(
    station: str, quantity: Quantity, since: datetime, *, base: str = "", page: str = ""
) -> Feed[Page]:
    """The level (H) or flow (Q) of a station since a time; the given page, else the first."""
    params = {
        "code_entite": station,
        "grandeur_hydro": quantity,
        "date_debut_obs": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "sort": "asc",
        "size": f"{PAGE}",
    }
    asked = _Asked(f"{KEY}@{station}-{quantity}", f"{_host(base)}{_RIVERS}", params, page)
    wrong = "" if _STATION.fullmatch(station) else f"{station!r} is no station such as B720000001"
    return Feed(asked.key, LICENCE, asked.asking(wrong), _reading(_river_row, "river_station"))


def water_table(well: str, since: datetime, *, base: str = "", page: str = "") -> Feed[Page]:
    """The water table in a well since a time; the given page, else the first."""
    params = {
        "code_bss": well,
        "date_debut_mesure": f"{since.astimezone(UTC):%Y-%m-%d}",
        "sort": "asc",
        "size": f"{PAGE}",
    }
    asked = _Asked(f"{KEY}@{well}", f"{_host(base)}{_WELLS}", params, page)
    wrong = "" if _WELL.fullmatch(well) else f"{well!r} is no BSS code such as 04993X0114/SONDAG"
    return Feed(asked.key, LICENCE, asked.asking(wrong), _reading(_well_row, "groundwater"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question and the address of the page that is wanted; empty: the first."""

    key: str
    where: str
    params: Mapping[str, str]
    page: str

    def asking(self, wrong: str) -> Callable[[Place], Request]:
        """Makes the request, unless something is `wrong` or the page is of another server."""

        def ask(_place: Place) -> Request:
            if wrong:
                raise FeedError(self.key, self.where, f"refused: {wrong}")
            if not self.page:
                return Request(self.where, self.params, answers=_ANSWERS)
            if urlsplit(self.page)[:2] != urlsplit(self.where)[:2]:
                told = f"the next page is of another server: {self.page[:80]}"
                raise FeedError(self.key, self.where, f"refused: {told}")
            return Request(self.page, answers=_ANSWERS)

        return ask


def _host(base: str) -> str:
    return (base or PUBLIC).rstrip("/")


Row = tuple[str, tuple[Measured, ...], Problem | None]


def _reading(
    row_of: Callable[[dict[str, Any]], Row], kind: Kind
) -> Callable[[bytes, Place], Parsed[Page]]:
    def read(body: bytes, _place: Place) -> Parsed[Page]:
        document = _document(body)
        rows = [one for one in document["data"] if isinstance(one, dict)]
        found = [(one, *row_of(one)) for one in rows]
        by_name: dict[str, list[tuple[dict[str, Any], tuple[Measured, ...], Problem | None]]] = {}
        for told, name, measured, problem in found:
            by_name.setdefault(name, []).append((told, measured, problem))
        reports = tuple(_report(name, kind, of) for name, of in by_name.items())
        times = [value.time for one in reports for value in one.measured]
        following = document.get("next")
        page = Page(reports, following if isinstance(following, str) else "")
        return Parsed(page, max(times, default=None))

    return read


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unreadable("is not JSON") from error
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        raise _unreadable("has no list `data`")
    return document


def _report(
    name: str, kind: Kind, rows: list[tuple[dict[str, Any], tuple[Measured, ...], Problem | None]]
) -> Report:
    """What was told of one station, whose place stands in each of its rows."""
    told = rows[-1][0]
    north, east = (number(told.get(axis)) for axis in ("latitude", "longitude"))
    label = next(
        (
            str(told[key])
            for key in ("libelle_station", "code_station", "code_bss")
            if told.get(key)
        ),
        name,
    )
    equipment = Equipment(name, kind, label, north, east, mode="live") if name else None
    return Report(
        name=name,
        equipment=equipment,
        measured=tuple(value for _, measured, _ in rows for value in measured),
        problems=tuple(problem for _, _, problem in rows if problem is not None),
        text=json.dumps(told, ensure_ascii=False),
    )


def _river_row(told: dict[str, Any]) -> Row:
    code, quantity = (
        str(told.get("code_station") or ""),
        _RIVER.get(str(told.get("grandeur_hydro"))),
    )
    if not code or quantity is None:
        return "", (), Problem("bad_entity", code, detail="needs code_station and H or Q")
    name = f"{KEY}:{code}"
    if told.get("code_qualification_obs") == _DOUBTFUL:
        return name, (), None  # they say themselves that it cannot be relied on
    at, value = _time(told.get("date_obs")), number(told.get("resultat_obs"))
    if at is None:
        return name, (), _no_time(name, "date_obs", told)
    return name, () if value != value else (Measured(quantity, value, at),), None


def _well_row(told: dict[str, Any]) -> Row:
    code = str(told.get("code_bss") or told.get("bss_id") or "")
    if not code:
        return "", (), Problem("bad_entity", detail="needs code_bss")
    name = f"{KEY}:{code}"
    at = _moment(told.get("timestamp_mesure")) or _time(told.get("date_mesure"))
    if at is None:
        return name, (), _no_time(name, "date_mesure", told)
    values = {
        "groundwater_level": number(told.get("niveau_eau_ngf")),
        "groundwater_depth": number(told.get("profondeur_nappe")),
    }
    found = tuple(Measured(key, value, at) for key, value in values.items() if value == value)
    return name, found, None


def _no_time(name: str, field: str, told: dict[str, Any]) -> Problem:
    return Problem("bad_time", name, field, str(told.get(field))[:60], "is no time; left out")


def number(told: object) -> float:
    """A number, NaN where it is none."""
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not isfinite(told):
        return nan
    return float(told)


def _time(told: object) -> datetime | None:
    """An aware time; without an offset it is UTC, as the service states."""
    try:
        at = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _moment(told: object) -> datetime | None:
    """Milliseconds since 1970."""
    value = number(told)
    try:
        return datetime.fromtimestamp(value / 1000.0, UTC) if value == value else None
    except (OverflowError, OSError, ValueError):
        return None


def _unreadable(why: str) -> FeedError:
    return FeedError(KEY, PUBLIC, f"unreadable: {why}")
