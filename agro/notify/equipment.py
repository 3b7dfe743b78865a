"""Sensors that are silent, tanks that run dry, water that does not stop."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import nan

from sqlalchemy import Connection

from agro.notify.kinds import (
    GIVEN_UP,
    OPEN_TOO_LONG,
    RAN_TOO_LONG,
    SENSOR_SILENT,
    TANK_LOW,
    VALVE_STUCK,
)
from agro.records import LogEntry
from agro.store import decisions, farms, logbook, readings, stations
from agro.store.alerts.events import AlertEvent
from agro.store.meters import MACHINES
from agro.store.values import time_zone, to_epoch
from sensors.quality import FAIL

_FEW = 4  # so many silent devices of a garden, more than half of it, are one fault of its gateway
_FRESH = timedelta(days=1)
_HEARD = timedelta(hours=12)  # a valve not heard for longer was open for no one knows how long
_BACK = timedelta(days=7)
_OPEN = 0.5  # between shut (0) and open (1)


def silent_sensors(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """Devices that have missed three of their usual messages; a garden's gateway is told once."""
    usual, by_site = stations.intervals(c, at), defaultdict[str, list[AlertEvent]](list)
    heard, newest = defaultdict[str, int](int), dict[str, datetime]()
    for row in stations.overview(c).to_dict("records"):
        if row["seen"] != row["seen"]:  # NaT: it was never heard
            continue
        seen = row["seen"].to_pydatetime()
        site, device = str(row["site"]), str(row["device"])
        heard[site] += 1
        newest[site] = max(seen, newest.get(site, seen))
        limit = stations.silent_after(usual.get(device, nan))
        if limit < at - seen < GIVEN_UP:
            facts = {"name": row["name"] or device, "seen": seen.isoformat()}
            subject = str(to_epoch(seen))
            silence = AlertEvent(SENSOR_SILENT, site, subject, row["plot"], device, facts=facts)
            by_site[site].append(silence)
    for site, silent in by_site.items():
        if len(silent) < _FEW or len(silent) * 2 <= heard[site]:
            yield from silent
            continue
        facts = {"count": len(silent), "heard": heard[site], "seen": newest[site].isoformat()}
        day = newest[site].astimezone(time_zone(c)).date().isoformat()
        yield AlertEvent(SENSOR_SILENT, site, f"gateway/{day}", facts=facts)


def low_tanks(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """Tanks that no longer hold what their beds need, as the advice computes: one a day."""
    zone = time_zone(c)
    tanks = {(one.site, one.slug): one.tank for one in farms.irrigation_systems(c)}
    plots = {(one.site, one.slug): one for one in farms.plots(c)}
    told = dict[str, AlertEvent]()
    for advice in decisions.latest(c):
        if advice.reason != "tank_low" or at - advice.issued_at > _FRESH:
            continue
        plot = plots[advice.site, advice.plot]
        tank = tanks.get((advice.site, plot.irrigation), "")
        day = advice.issued_at.astimezone(zone).date().isoformat()
        one = AlertEvent(TANK_LOW, advice.site, day, device=tank, facts={"tank": tank})
        told.setdefault(one.key, one)
    yield from told.values()


def stuck_valves(c: Connection, at: datetime) -> Iterator[AlertEvent]:
    """Valves open for hours, and water that ran for longer than anybody waters."""
    frame = readings.latest(c)
    names = {one.device: one.name for one in farms.devices(c)}
    is_open = (frame["quantity"] == "valve_open") & (frame["value"] > _OPEN)
    for row in frame[is_open & (frame["flag"] < FAIL)].to_dict("records"):
        if at - row["time"] > _HEARD:
            continue
        since, subject = _open_since(c, str(row["device"]), at)
        if since is not None and at - since >= OPEN_TOO_LONG:
            name = names.get(row["device"]) or row["device"]
            facts = {"name": name, "since": since.isoformat()}
            yield AlertEvent(
                VALVE_STUCK, row["site"], subject, row["plot"], row["device"], facts=facts
            )
    for entry in logbook.entries(c, types=["irrigation"], start=at - 2 * _FRESH, end=at):
        yield from _endless(entry, at)


def _open_since(c: Connection, device: str, at: datetime) -> tuple[datetime | None, str]:
    """When a valve opened last, and what makes this opening another one than before."""
    shown = readings.series(
        c, device=device, quantity="valve_open", start=at - _BACK, end=at + _FRESH
    )
    shown = shown[shown["value"].notna() & (shown["flag"] < FAIL)].sort_values("time")
    shut = shown.loc[shown["value"] <= _OPEN, "time"].max()
    opened = shown.loc[shown["value"] > _OPEN, "time"]
    if shut == shut:  # it was heard to be shut
        opened = opened[opened > shut]
    if opened.empty:
        return None, ""
    first = opened.min().to_pydatetime()
    return first, str(to_epoch(first)) if shut == shut else "always"


def _endless(entry: LogEntry, at: datetime) -> Iterator[AlertEvent]:
    end = entry.details.get("end")
    if entry.source not in MACHINES or not isinstance(end, str):
        return
    ended = datetime.fromisoformat(end)
    if ended - entry.time < RAN_TOO_LONG or at - ended > _FRESH:
        return
    hours = (ended - entry.time) / timedelta(hours=1)
    facts = {"hours": hours, "amount": entry.quantity, "unit": entry.unit}
    facts["since"] = entry.time.isoformat()
    subject = f"run/{to_epoch(entry.time)}"
    yield AlertEvent(VALVE_STUCK, entry.site, subject, entry.plot, facts=facts)
