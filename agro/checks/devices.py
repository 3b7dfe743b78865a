"""How the devices do: who is silent, whose battery ends, what waits, what was refused and why."""

from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import Connection

from agro.checks.record import Check, amount, fail, good, named, span, warn
from agro.config import settings
from agro.store import health, stations
from agro.words import say

BATTERY_AHEAD = 30.0  # days in which a new battery can be bought and brought
OLD_GAP = timedelta(hours=24)
_DAY = timedelta(days=1)
_WORDS = say("en")  # the terminal's language


def examine_devices(c: Connection, at: datetime) -> list[Check]:
    """Silence, batteries, quarantine, holes in the frames and what was refused since yesterday."""
    seen = stations.overview(c)
    if seen.empty:
        return [good("devices", "none is registered")]
    return [
        _silence(c, seen, at),
        _batteries(c, seen, at),
        *_waiting(c, at),
        *_problems(c, at),
    ]


def silent(c: Connection, seen: pd.DataFrame, at: datetime) -> list[str]:
    """The devices that were heard once and have missed three of their usual messages."""
    usual = seen["device"].map(stations.intervals(c, at)).astype(float)
    age = pd.Timestamp(at) - seen["seen"]
    limits = pd.Series([stations.silent_after(seconds) for seconds in usual], index=seen.index)
    return list(seen.loc[seen["seen"].notna() & (age > limits)].sort_values("seen")["device"])


def _silence(c: Connection, seen: pd.DataFrame, at: datetime) -> Check:
    found = silent(c, seen, at)
    heard = int(seen["seen"].notna().sum())
    told = f"{len(found)} of {heard} devices"
    if not found:
        return good("silent devices", told)
    to_do = "look at their batteries and their gateway; see the stations page"
    if len(found) * 2 > heard:
        return fail("silent devices", f"{told}: {named(found)}", f"the radio is down? {to_do}")
    return warn("silent devices", f"{told}: {named(found)}", to_do)


def _batteries(c: Connection, seen: pd.DataFrame, at: datetime) -> Check:
    known = set(seen.loc[seen["seen"].notna(), "device"])
    ending = sorted(
        (forecast.left, device)
        for device, forecast in stations.battery_forecasts(c, at).items()
        if device in known and forecast.left <= BATTERY_AHEAD
    )
    if not ending:
        return good("batteries", f"none ends within {BATTERY_AHEAD:.0f} d, as far as is seen")
    told = [f"{device} {f'in {left:.0f} d' if left >= 1 else 'now'}" for left, device in ending]
    count = amount(len(told), "battery ends", "batteries end")
    return warn("batteries", f"{count}: {named(told)}", "change them on the next round")


def _waiting(c: Connection, at: datetime) -> list[Check]:
    found = health.waiting(c)
    checks = [good("quarantine", "nothing waits")]
    if found.messages:
        told = f"{amount(found.messages, 'message')} of {amount(found.devices, 'unknown device')}"
        to_do = "accept or forget them on the stations page, or with agro device"
        checks = [warn("quarantine", told, to_do)]
    if not found.gaps:
        told = (
            f"none open, {amount(found.given_up, 'frame')} given up" if found.given_up else "none"
        )
        return [*checks, good("frame gaps", told)]
    age = at - found.gaps_since if found.gaps_since else timedelta()
    told = f"{amount(found.gaps, 'gap')} open with {amount(found.missing, 'frame')} missing"
    if age <= OLD_GAP:
        return [*checks, good("frame gaps", f"{told}, the oldest {span(age)} old")]
    why, to_do = _why_open(c)
    return [*checks, warn("frame gaps", f"{told}, the oldest {span(age)} old: {why}", to_do)]


def _why_open(c: Connection) -> tuple[str, str]:
    """Why most of the open gaps are open, and what to do about it."""
    reason, applications = next(iter(health.gaps_wait(c).items()))
    code, told = reason or "not_asked", settings()
    key = f"gap_remedy.{code}"
    if code == "no_key" and told.tts_url and (told.tts_key or told.tts_keys):
        key = "gap_remedy.no_key_of_these"  # or it was set after the last look
    names = _WORDS.listing(filter(None, applications)) or "–"
    to_do = _WORDS.t(key if _WORDS.knows(key) else "gap_remedy.other", applications=names)
    return _WORDS.code("gap", code), to_do


def _problems(c: Connection, at: datetime) -> list[Check]:
    counts = health.problems_since(c, at - _DAY)
    if not counts:
        return [good("problems", "none in 24 h")]
    return [
        warn(f"problem {reason}", f"{count} in 24 h", _remedy(reason))
        for reason, count in counts.items()
    ]


def _remedy(reason: str) -> str:
    key = f"remedy.{reason}"
    return _WORDS.t(key if _WORDS.knows(key) else "remedy.other")
