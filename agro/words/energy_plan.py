"""A garden's plan in the sun, in words: when to pump, what it moves, what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

from agro.words.catalogue import Words

_KWH_DIGITS, _EURO_DIGITS = 2, 2


@dataclass(frozen=True, slots=True)
class Told:
    """What a card says: the sentence, each run, and the quiet lines below."""

    headline: str
    runs: tuple[str, ...]
    why: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """The kWh of a plan: all that runs, what moved and its bounds (NaN = not known), its value."""

    energy: float
    timer: float
    plan: float
    shifted: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rests:
    """What the surplus is made of: codes of `energy_from`, buildings heard of those there are."""

    produced: Sequence[str]
    used: Sequence[str]
    heard: int
    users: int
    reach_km: float
    is_simulated: bool
    bought: float
    sold: float


def said(
    words: Words,
    district: str,
    reason: str,
    runs: Sequence[tuple[str, str, datetime, datetime]],
    moved: Moved,
    rests: Rests,
) -> Told:
    """The card of a plan. `runs` : (name, kind, start, end), in order."""
    shifted = reason == "shifted"
    lines = [
        words.t("energy_plan.run", name=name, start=words.clock(start), end=words.clock(end))
        for name, _, start, end in runs
    ]
    return Told(
        headline=_headline(words, district, runs) if shifted else _nothing(words, district),
        runs=tuple(lines) if shifted else (),
        why=_gain(words, moved) if shifted else words.t(f"energy_reason.{reason}"),
        notes=tuple(_notes(words, moved, rests, shifted=shifted)),
    )


def _headline(
    words: Words, district: str, runs: Sequence[tuple[str, str, datetime, datetime]]
) -> str:
    """From the first whole hour to the last of what is pumped, else of what is blown."""
    pumped = [one for one in runs if one[1] != "fan"]
    own = pumped or list(runs)
    start, end = min(one[2] for one in own), max(one[3] for one in own)
    begins = start.replace(minute=0, second=0, microsecond=0)
    ends = end.replace(minute=0, second=0, microsecond=0)
    ends = ends if ends == end else ends + timedelta(hours=1)
    hours = [words.hour(words.local(one).hour) for one in (begins, ends)]
    key = "energy_plan.pump" if pumped else "energy_plan.fan"
    return words.t(key, start=hours[0], end=hours[1], district=district)


def _nothing(words: Words, district: str) -> str:
    return words.t("energy_plan.nothing", district=district)


def _gain(words: Words, moved: Moved) -> str:
    numbers = {
        name: words.number(getattr(moved, name), _KWH_DIGITS)
        for name in ("shifted", "energy", "timer", "plan")
    }
    return words.t("energy_plan.gain", value=words.number(moved.value, _EURO_DIGITS), **numbers)


def _notes(words: Words, moved: Moved, rests: Rests, *, shifted: bool) -> list[str]:
    found = []
    if shifted:
        found.append(_between(words, moved))
    produced = words.listing(dict.fromkeys(words.code("energy_from", o) for o in rests.produced))
    used = words.listing(dict.fromkeys(words.code("energy_from", o) for o in rests.used))
    reach = words.number(rests.reach_km)
    if rests.users:
        text = words.t(
            "energy_plan.sources",
            produced=produced,
            heard=rests.heard,
            users=rests.users,
            reach=reach,
            used=used,
        )
    else:
        text = words.t("energy_plan.alone", produced=produced, reach=reach)
    prices = {name: words.number(getattr(rests, name), 2) for name in ("bought", "sold")}
    simulated = [words.t("energy_plan.simulated")] if rests.is_simulated else []
    return [*found, " ".join([text, words.t("energy_plan.assumed", **prices), *simulated])]


def _between(words: Words, moved: Moved) -> str:
    if not (isfinite(moved.low) and isfinite(moved.high)):
        return words.t("energy_plan.no_interval")
    low, high = (words.number(one, _KWH_DIGITS) for one in sorted((moved.low, moved.high)))
    if low == high:
        return words.t("energy_plan.same")
    return words.t("energy_plan.between", low=low, high=high)
