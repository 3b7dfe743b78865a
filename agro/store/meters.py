"""Water meters and valves write irrigation into the logbook by themselves, one entry a run.

`datastream.unmetered_from` is the memory of it: whoever writes a reading of such a device lowers
it in the same transaction, and whoever brings the logbook up to date clears it with the entries.
So nothing is forgotten when a process is killed. The entries of a device are a function of what
is stored: late data corrects the runs it changes, by the meter's own name, and what a person has
corrected or struck stays as the person left it.

A device that counts litres is believed on its counter; `pulse_total` counts litres once a
calibration of `water_volume` says how many a pulse is. Else its valve is believed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isnan, nan
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

from agro.records import LogEntry, Noted
from agro.store import calibrations, farms, logbook, readings, schema
from agro.store.deployments import Stay, history
from agro.store.engine import writing
from agro.store.marks import PULSES, VALVE, VOLUME, WATER, of_thing
from agro.store.meter_runs import DAY_S, GAP_S, LONGEST_SILENCE_S, Run, metered, noon, timed
from agro.store.values import from_epoch, time_zone, to_epoch
from sensors.calibration import calibrated
from sensors.quality import FAIL

METER, VALVE_EVENT = "meter", "valve"
MACHINES = (METER, VALVE_EVENT)
"""What an entry that no person wrote has as its `source`."""
LATE = "late_data"  # why an entry changed: a code for the words of the page
_METHOD = {METER: "metered", VALVE_EVENT: "timed"}
_MOVED_S = 7 * DAY_S  # by which a person may have moved an entry before its run


@dataclass(frozen=True, slots=True)
class _Told:
    """The runs of one device from `since` on, and which of its readings told them."""

    since: int
    source: str
    runs: Sequence[Run]


def keep_up(engine: Engine, at: datetime) -> int:
    """Note what ran since; how many entries were written, corrected or struck."""
    with engine.connect() as c:
        devices = waiting(c)
    changed = 0
    for device in devices:
        with writing(engine) as c:
            changed += note_runs(c, device, at)
    return changed


def waiting(c: Connection) -> list[str]:
    """The devices whose readings are not yet in the logbook, or whose water still runs."""
    own, thing = schema.datastream.c, schema.thing.c
    query = select(thing.device).join_from(schema.datastream, schema.thing).distinct()
    return sorted(c.scalars(query.where(own.unmetered_from.is_not(None))))


def note_runs(c: Connection, device: str, at: datetime) -> int:
    """Bring the entries of one device up to date; how many were written, corrected or struck.

    A run is noted once it is over: when nothing has run for a quarter of an hour before `at`.
    """
    since = _hold(c, device)
    if since is None:
        return 0
    stays = history(c, device)
    told = _told(c, device, stays, since, to_epoch(at))
    over = [run for run in told.runs if to_epoch(at) - run.end > GAP_S]
    running = [run for run in told.runs if run not in over]
    wanted = _entries(c, device, replace(told, runs=over), stays)
    kept = _kept(c, device, stays, told.since)
    changed = _reconcile(c, kept, wanted, running)
    _release(c, device, _open_from(kept, running))
    return changed


def _open_from(kept: Sequence[Noted], running: Sequence[Run]) -> int | None:
    """From when readings still wait: of what runs, or of what stands noted of it from earlier."""
    noted = [
        _span(one.entry)[0]
        for one in kept
        if one.struck_at is None and any(_overlap(run, one.entry) for run in running)
    ]
    return min((*(run.start for run in running), *noted), default=None)


def _hold(c: Connection, device: str) -> int | None:
    """Hold the water readings of a device against other writers; from when on they wait."""
    own = schema.datastream.c
    query = (
        select(own.unmetered_from).where(of_thing(device), own.quantity.in_(WATER)).order_by(own.id)
    )
    waits = [since for since in c.scalars(query.with_for_update()) if since is not None]
    return min(waits, default=None)


def _release(c: Connection, device: str, since: int | None) -> None:
    its = of_thing(device) & schema.datastream.c.unmetered_from.is_not(None)
    marked = update(schema.datastream).where(its)
    c.execute(marked.values(unmetered_from=since))


def _told(c: Connection, device: str, stays: Sequence[Stay], since: int, at: int) -> _Told:
    """The runs that may have changed: from the midday before the reading before `since`."""
    zone = time_zone(c)
    own = schema.datastream.c
    has = set(c.scalars(select(own.quantity).where(of_thing(device), own.quantity.in_(WATER))))
    factors = [one for one in calibrations.of(c, device) if one.quantity == VOLUME]
    name = VOLUME if VOLUME in has else PULSES if PULSES in has and factors else VALVE
    before = _before(c, device, name, since)
    start = noon(since if before is None else min(before, since), zone)
    # A clock ahead of ours is read too: what it told is running, so its mark stays.
    shown = _shown(c, device, name, start, max(at, _newest(c, device)) + 1)
    if name == PULSES:
        shown = _litres(shown, factors)
    runs: list[Run] = []
    for stay in stays:
        here = [(time, value) for time, value in shown if stay.holds(time)]
        left = at if stay.until is None else min(at, stay.until)
        runs += timed(here, left, zone) if name == VALVE else metered(here, zone)
    return _Told(start, VALVE_EVENT if name == VALVE else METER, sorted(runs, key=_start))


def _newest(c: Connection, device: str) -> int:
    """The time of the newest water reading of a device. [epoch s]"""
    own = schema.datastream.c
    query = select(func.max(own.latest_time)).where(of_thing(device), own.quantity.in_(WATER))
    return int(c.scalar(query) or 0)


def _start(run: Run) -> int:
    return run.start


def _before(c: Connection, device: str, quantity: str, since: int) -> int | None:
    """The time of the last usable reading before this one."""
    for span in (DAY_S, LONGEST_SILENCE_S):
        shown = _shown(c, device, quantity, since - span, since)
        if shown:
            return shown[-1][0]
    return None


def _shown(
    c: Connection, device: str, quantity: str, start: int, end: int
) -> list[tuple[int, float]]:
    """The usable readings in [start, end), those in the archive too."""
    first, last = from_epoch(start), from_epoch(end)
    frame = readings.series(c, device=device, quantity=quantity, start=first, end=last)
    frame = frame[frame["value"].notna() & (frame["flag"] < FAIL)].sort_values("time")
    times = (frame["time"] - from_epoch(0)).dt.total_seconds().astype(int)
    return list(zip(times.tolist(), frame["value"].tolist(), strict=True))


def _litres(
    shown: Iterable[tuple[int, float]], factors: Sequence[calibrations.Calibration]
) -> list[tuple[int, float]]:
    """Pulses as litres, where a calibration says what a pulse is."""
    found = []
    for time, pulses in shown:
        there = [one for one in factors if _holds(one, from_epoch(time))]
        if there:
            last = max(there, key=lambda one: one.since)
            litres = calibrated(last.kind, last.coefficients, [pulses]).tolist()[0]
            found.append((time, litres))
    return found


def _holds(one: calibrations.Calibration, at: datetime) -> bool:
    return one.since <= at and (one.until is None or at < one.until)


def _entries(
    c: Connection, device: str, told: _Told, stays: Sequence[Stay]
) -> list[tuple[Run, LogEntry]]:
    """The runs as the logbook says them: litres; minutes of a valve whose flow is not known."""
    plots = {(plot.site, plot.slug): plot for plot in farms.plots(c)} if told.runs else {}
    flows = {(one.site, one.slug): one.flow for one in farms.irrigation_systems(c)}
    found = []
    for run in told.runs:
        stay = next((one for one in stays if one.holds(run.start)), None)
        if stay is not None:
            plot = plots.get((stay.site, stay.plot))
            flow = flows.get((stay.site, plot.irrigation), nan) if plot else nan
            found.append((run, _entry(device, told.source, run, stay, flow)))
    return found


def _entry(device: str, source: str, run: Run, stay: Stay, flow: float) -> LogEntry:
    times = {"start": from_epoch(run.start), "end": from_epoch(run.end)}
    details: dict[str, Any] = {"device": device}
    details |= {name: time.isoformat() for name, time in times.items()}
    amount, unit = run.amount, "L"
    if source == VALVE_EVENT and flow > 0.0 and not isnan(amount):
        details |= {"minutes": amount, "flow": flow}
        amount = round(amount * flow, 1)
    elif source == VALVE_EVENT:
        unit = "min"
    return LogEntry(
        site=stay.site,
        plot=stay.plot,
        type="irrigation",
        time=from_epoch(run.start),
        quantity=amount,
        unit=unit,
        source=source,
        method=_METHOD[source],
        details=details,
    )


def _kept(c: Connection, device: str, stays: Sequence[Stay], since: int) -> list[Noted]:
    """The entries this device wrote from `since` on, standing ones first, each oldest first."""
    found = [
        noted
        for site in sorted({stay.site for stay in stays})
        for noted in logbook.noted(
            c, site=site, types=["irrigation"], start=from_epoch(since - _MOVED_S), struck=True
        )
        if noted.entry.source in MACHINES and noted.entry.details.get("device") == device
        if _span(noted.entry)[0] >= since
    ]
    return sorted(found, key=lambda one: (one.struck_at is not None, one.entry.time, one.number))


def _reconcile(
    c: Connection,
    kept: Sequence[Noted],
    wanted: Sequence[tuple[Run, LogEntry]],
    running: Sequence[Run],
) -> int:
    """Let the entries say what the runs are; how many changed."""
    left, changed = list(kept), 0
    for run, entry in wanted:
        same = [noted for noted in left if _overlap(run, noted.entry)]
        left = [noted for noted in left if noted not in same]
        changed += _say(c, same, entry)
    for noted in left:
        if noted.struck_at is None and not any(_overlap(run, noted.entry) for run in running):
            changed += _take_back(c, noted)
    return changed


def _say(c: Connection, same: Sequence[Noted], entry: LogEntry) -> int:
    """Let one of the entries of a run say it, the others nothing; a new one where there is none."""
    if any(_is_a_persons(c, noted) for noted in same):
        return 0
    own = next((noted for noted in same if noted.entry.site == entry.site), None)
    changed = sum(_take_back(c, noted) for noted in same if noted is not own)
    if own is None:
        again = 0
        while not logbook.write(c, [entry]):  # it was said before and has become another run
            again += 1
            entry = replace(entry, details={**entry.details, "again": again})
        return changed + 1
    if "again" in own.entry.details:
        entry = replace(entry, details={**entry.details, "again": own.entry.details["again"]})
    who = entry.source
    back = own.struck_at is not None and logbook.restore(c, own.number, who=who, reason=LATE)
    return changed + (logbook.correct(c, own.number, entry, who=who, reason=LATE) or back)


def _take_back(c: Connection, noted: Noted) -> int:
    if noted.struck_at is not None or _is_a_persons(c, noted):
        return 0
    return int(logbook.strike(c, noted.number, who=noted.entry.source, reason=LATE))


def _is_a_persons(c: Connection, noted: Noted) -> bool:
    """Whether a person has said something else about it since."""
    if not noted.revisions:
        return False
    return any(change.who not in MACHINES for change in logbook.history(c, noted.number))


def _overlap(run: Run, entry: LogEntry) -> bool:
    start, end = _span(entry)
    return run.start < end and start < run.end


def _span(entry: LogEntry) -> tuple[int, int]:
    """From when to when the water of a machine's entry ran, whatever time a person gave it."""
    start, end = (entry.details.get(name) for name in ("start", "end"))
    if not isinstance(start, str) or not isinstance(end, str):
        return to_epoch(entry.time), to_epoch(entry.time)
    return to_epoch(datetime.fromisoformat(start)), to_epoch(datetime.fromisoformat(end))
