"""How each device is: heard when, on what battery, how loud, and what is wrong, the worst first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite, nan
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd

from agro.records import Advice
from agro.store.stations import silent_after
from sensors import battery, signal
from sensors.codecs import MODELS

State = Literal["ok", "watch", "fault", "silent", "never"]
FILTERS = ("all", "silent", "battery", "suspect")

ENDING_DAYS = 30.0  # a battery that ends so soon is to be changed on the next round
_FAULTS = {
    "rejected",
    "missing",
    "stuck",
    "erratic",
    "implausible",
    "flagged",
    "clogged",
    "battery_empty",
}
_ORDER: Mapping[State, int] = {"silent": 0, "never": 1, "fault": 2, "watch": 3, "ok": 4}
_UNKNOWN = battery.Forecast("unknown")


@dataclass(frozen=True, slots=True)
class Lately:
    """What the last weeks say of many devices, each by its name; what is absent is not known.

    `intervals` are usual seconds between messages, `radio` the week's medians (rssi, snr), `lost`
    frames that were counted and not found, `problems` what was refused of them.
    """

    intervals: Mapping[str, float] = field(default_factory=dict)
    radio: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    batteries: Mapping[str, battery.Forecast] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Station:
    """One device as the page shows it; NaN is not told. `faults` are codes, the gravest first."""

    device: str
    name: str
    model: str
    site: str
    plot: str
    state: State
    seen: datetime | None
    age: timedelta
    interval_s: float
    battery_voltage: float
    battery_level: float
    outlook: battery.Forecast
    rssi: float
    snr: float
    week: tuple[float, float]
    lost: int
    problems: int
    faults: tuple[str, ...]

    @property
    def missed(self) -> int:
        """How many of its usual messages have not come."""
        if self.seen is None or not isfinite(self.interval_s):
            return 0
        return max(int(self.age.total_seconds() / self.interval_s), 0)

    @property
    def grade(self) -> signal.Grade:
        """Its signal in one word: of the week, else of its last message."""
        week = signal.grade(*self.week)
        return signal.grade(self.rssi, self.snr) if week == "unknown" else week


def disbelieved(advices: Iterable[Advice]) -> dict[str, str]:
    """Device → fault, of those that the advice set aside, as `_FAULTS` names them."""
    found: dict[str, str] = {}
    for advice in advices:
        found |= dict.fromkeys(advice.sources.get("gauges_suspect") or (), "clogged")
        found |= advice.sources.get("probes_rejected") or {}
    return found


def stations(
    overview: pd.DataFrame,
    now: datetime,
    lately: Lately | None = None,
    set_aside: Mapping[str, str] = MappingProxyType({}),
) -> list[Station]:
    """Every device of an `agro.store.stations.overview`, the worst first."""
    lately = lately or Lately()
    found = [_station(row, now, lately, set_aside) for row in overview.to_dict("records")]
    return sorted(found, key=_severity)


def _severity(one: Station) -> tuple[float, ...]:
    left = one.outlook.left if isfinite(one.outlook.left) else battery.HORIZON_DAYS
    return (_ORDER[one.state], -one.missed if one.state == "silent" else 0, left, -one.problems)


def _station(
    row: Mapping[Any, Any], now: datetime, lately: Lately, set_aside: Mapping[str, str]
) -> Station:
    device = str(row["device"])
    seen = None if pd.isna(row["seen"]) else row["seen"].to_pydatetime()
    interval = lately.intervals.get(device, nan)
    outlook = lately.batteries.get(device, _UNKNOWN)
    faults = _faults(row, seen, now - seen > silent_after(interval) if seen else False, outlook)
    if seen is not None and device in set_aside:
        faults = (set_aside[device], *faults)
    return Station(
        device=device,
        name=str(row["name"]) or device,
        model=str(row["model"]),
        site=str(row["site"]),
        plot=str(row["plot"]),
        state=_worst(set(faults)),
        seen=seen,
        age=now - seen if seen else timedelta(),
        interval_s=interval,
        battery_voltage=float(row["battery_voltage"]),
        battery_level=float(row["battery_level"]),
        outlook=outlook,
        rssi=float(row["rssi"]),
        snr=float(row["snr"]),
        week=lately.radio.get(device, (nan, nan)),
        lost=lately.lost.get(device, 0),
        problems=lately.problems.get(device, 0),
        faults=faults,
    )


def _faults(
    row: Mapping[Any, Any], seen: datetime | None, silent: bool, outlook: battery.Forecast
) -> tuple[str, ...]:
    if seen is None:
        return ("never",)
    found = ["silent"] if silent else []
    level, volts = float(row["battery_level"]), float(row["battery_voltage"])
    if battery.is_low(str(row["model"]), voltage=volts, level=level):
        found.append("battery")
    elif outlook.left <= ENDING_DAYS:
        found.append("battery_ends")
    flags = (("rejected", "failed"), ("suspect", "suspect"), ("missing", "missing"))
    found += [code for code, column in flags if row[column] > 0]
    return tuple(found)


def _worst(codes: set[str]) -> State:
    if "never" in codes:
        return "never"
    if "silent" in codes:
        return "silent"
    return "fault" if codes & _FAULTS else "watch" if codes else "ok"


def chosen(found: Iterable[Station], kept: str, sought: str) -> list[Station]:
    """Those of a state (one of `FILTERS`) whose name, id, plot or model holds what is sought."""
    words = sought.casefold().split()
    return [one for one in found if _is(one, kept) and _holds(one, words)]


def _is(one: Station, kept: str) -> bool:
    if kept == "silent":
        return one.state in {"silent", "never"}
    if kept == "battery":
        return bool({"battery", "battery_ends"} & set(one.faults))
    if kept == "suspect":
        return bool((_FAULTS | {"suspect"}) & set(one.faults))
    return True


def _holds(one: Station, words: list[str]) -> bool:
    text = " ".join((one.name, one.device, one.site, one.plot, model_name(one.model))).casefold()
    return all(word in text for word in words)


def model_name(key: str) -> str:
    """`Dragino LSE01`; the key itself where we do not read the model."""
    model = MODELS.get(key)
    return f"{model.vendor} {model.name}" if model else key


def table(found: Iterable[Station]) -> pd.DataFrame:
    """One row for each device, for a spreadsheet: codes and numbers, times in UTC."""
    rows = [
        {
            "device": one.device,
            "name": one.name,
            "site": one.site,
            "plot": one.plot,
            "model": one.model,
            "state": one.state,
            "faults": " ".join(one.faults),
            "last_seen": one.seen.isoformat() if one.seen else "",
            "usual_interval_s": one.interval_s,
            "messages_missed": one.missed,
            "battery_voltage_v": one.battery_voltage,
            "battery_level_percent": one.battery_level,
            "battery_outlook": one.outlook.outlook,
            "battery_days_left": one.outlook.left,
            "battery_days_soonest": one.outlook.soonest,
            "rssi_dbm": one.rssi,
            "snr_db": one.snr,
            "week_rssi_dbm": one.week[0],
            "week_snr_db": one.week[1],
            "signal": one.grade,
            "frames_lost_30_days": one.lost,
            "problems_7_days": one.problems,
        }
        for one in found
    ]
    return pd.DataFrame(rows).round(2)
