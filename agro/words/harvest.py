"""A yield forecast in words: how much, when, what moved it, and who says so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite, nan
from typing import Any

from agro.records import YieldForecast
from agro.words.catalogue import Words

_GUESSED = 0.5  # share of the season's days whose weather is the climate's, from which it is said
_WIDE = 2.0  # times the lower bound; a wider margin is explained
_SMALL = 1.0  # kg m⁻² or kg, below which two decimals are said


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a card says of a planting's harvest; empty where there is nothing to say."""

    headline: str
    interval: str
    when: str
    progress: str
    factors: tuple[str, ...]
    speaks: str
    cautions: tuple[str, ...]


def harvest_sentence(words: Words, one: YieldForecast, *, picked: float, today: date) -> Harvest:
    """Say a forecast; `picked` kg is what is in now, NaN where nothing was weighed."""
    if not isfinite(one.middle):
        return Harvest(
            headline=words.t("harvest.no_reference"),
            interval="",
            when=when(words, one, today),
            progress=progress(words, picked, nan),
            factors=(),
            speaks=words.t("harvest.no_reference_body"),
            cautions=(),
        )
    area, mass = one.middle, one.middle * one.area
    return Harvest(
        headline=words.t("harvest.headline", area=amount(words, area), mass=amount(words, mass)),
        interval=words.t(
            "harvest.interval",
            low=amount(words, one.low),
            high=amount(words, one.high),
            low_kg=amount(words, one.low * one.area),
            high_kg=amount(words, one.high * one.area),
        ),
        when=when(words, one, today),
        progress=progress(words, picked, mass),
        factors=tuple(factor(words, told) for told in one.factors),
        speaks=speaks(words, one),
        cautions=tuple(cautions(words, one)),
    )


def amount(words: Words, value: float) -> str:
    """A mass or yield, two decimals where it is small."""
    return words.number(value, 2 if abs(value) < _SMALL else None)


def when(words: Words, one: YieldForecast, today: date) -> str:
    """From which day to which; empty where it is not known."""
    if one.start is None:
        return words.t("harvest.when_unknown")
    start = words.near_day(one.start, today)
    if one.end is None or one.end <= one.start:
        return words.t("harvest.about", start=start)
    end = words.near_day(one.end, today)
    if one.end < today:
        return words.t("harvest.should_be_over", end=end)
    key = "harvest.until" if one.start <= today else "harvest.between"
    return words.t(key, start=start, end=end)


def progress(words: Words, picked: float, mass: float) -> str:
    """How much of it is in."""
    if not isfinite(picked):
        return words.t("harvest.nothing_weighed")
    if not mass > 0.0:
        return words.t("harvest.picked", picked=amount(words, picked))
    return words.t(
        "harvest.progress",
        picked=amount(words, picked),
        mass=amount(words, mass),
        share=words.percent(min(picked / mass, 1.0)),
    )


def factor(words: Words, told: Mapping[str, Any]) -> str:
    """One thing that moved the forecast: code and numbers as a line."""
    code = str(told.get("code", ""))
    numbers = {name: float(value) for name, value in told.items() if name not in ("code", "effect")}
    fields: dict[str, str | float] = dict(numbers)
    effect = float(told.get("effect", nan))
    if isfinite(effect):
        sign = "+" if effect > 0.0 else "−"
        fields["effect"] = f"{sign}{words.percent(abs(effect))}"
    counts = [numbers[name] for name in ("days", "nights", "seasons") if name in numbers]
    if counts:
        fields["n"] = counts[0]
    return words.code("harvest.factor", code, **fields)


def speaks(words: Words, one: YieldForecast) -> str:
    """Which model speaks, and how much better it was."""
    seasons = int(one.sources.get("seasons") or 0)
    if one.model == "physics":
        return words.t("harvest.speaks_physics")
    if one.model == "record":
        return words.t("harvest.speaks_record", n=seasons)
    scores = (one.sources.get("learned") or {}).get("scores") or {}
    physics, learned = scores.get("physics"), scores.get("learned")
    if not physics or learned is None:
        return words.t("harvest.speaks_learned")
    return words.t("harvest.speaks_learned_better", better=words.percent(1.0 - learned / physics))


def of_all(words: Words, found: Iterable[YieldForecast]) -> list[str]:
    """What makes the forecasts of a garden less sure, said once."""
    found, told = list(found), []
    if any((one.sources.get("weather_guessed_share") or 0.0) > _GUESSED for one in found):
        told.append(words.t("harvest.weather_guessed"))
    if any(one.low > 0.0 and one.high > _WIDE * one.low for one in found):
        told.append(words.t("harvest.wide"))
    return told


def cautions(words: Words, one: YieldForecast) -> list[str]:
    """What makes it less sure."""
    found = []
    unweighed = int(one.sources.get("unweighed") or 0)
    if unweighed:
        found.append(words.t("harvest.unweighed", n=unweighed))
    if one.sources.get("temperatures_judged") is False:
        found.append(words.t("harvest.under_cover"))
    return found
