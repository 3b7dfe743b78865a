"""An indicator's figure in words: its value and unit, its coverage, its lines, what it lacks."""

from math import floor, isfinite, isnan, log10

from agro.indicators.book import Rain, Record
from agro.indicators.catalogue import Catalogue
from agro.indicators.figures import Figure
from agro.indicators.judging import Line
from agro.indicators.scope import scope_of
from agro.indicators.spread import Spread
from agro.words import Words, named

_FIGURES = 3  # that count in a value
_MOST_DIGITS = 4
_BARE = ("ratio", "0..1")  # units that a value needs none of
# What a record of each kind counts, and in what.
_AMOUNTS = (
    ("mass", "kg"),
    ("volume", "m3"),
    ("participants", "persons"),
    ("hours", "h"),
    ("biowaste", "kg"),
    ("compost", "kg"),
    ("area", "m2"),
    ("crop_et", "mm"),
)
# Coverage rule → where that is noted which it asks for.
_WHERE = {
    "harvest": "harvest",
    "always": "harvest",
    "price": "sale",
    **dict.fromkeys(("labour", "paid", "volunteer", "sex"), "labour"),
    **dict.fromkeys(("monitored", "chain_value", "chain_mass", "destination"), "delivery"),
    **dict.fromkeys(("distance", "trips", "losses", "reconciled"), "delivery"),
    **dict.fromkeys(("metered", "water_source"), "irrigation"),
    "water_and_harvest": "irrigation_and_harvest",
    **dict.fromkeys(("climate", "rain"), "weather"),
    **dict.fromkeys(("nitrogen", "treatments"), "input"),
    **dict.fromkeys(("cover", "species"), "planting"),
    **dict.fromkeys(("composting", "pile"), "compost"),
    "attendance": "event",
    "area": "plot",
    "survey": "survey",
}


def number(words: Words, value: float) -> str:
    """A value with three figures that count, as many of them as it has."""
    if not isfinite(value) or value == 0.0:
        return words.number(value)
    digits = _FIGURES - 1 - floor(log10(abs(value)))
    return words.number(value, min(max(digits, 0), _MOST_DIGITS))


def with_unit(words: Words, value: float, unit: str) -> str:
    """A value with its unit, `1,89 kg/m²`; a dash where it is not known."""
    told = number(words, value)
    if isnan(value) or unit in _BARE:
        return told
    is_tight = unit.startswith("%") and words.percent(0) == "0%"
    space = "" if is_tight else "\u00a0"
    return f"{told}{space}{words.code('indicator_unit', unit)}"


def value(words: Words, one: Figure) -> str:
    """What a figure says: its value, the median of its sites, or a dash."""
    if one.spread:
        return " · ".join(_spread(words, found, one) for found in one.spread)
    return with_unit(words, one.value, one.indicator.unit)


def _spread(words: Words, found: Spread, one: Figure) -> str:
    median = with_unit(words, found.median, one.indicator.unit)
    text = words.t("indicators.median", n=found.n, value=median)
    return (
        words.t("indicators.of_form", version=found.version, text=text) if found.version else text
    )


def quartiles(words: Words, one: Figure) -> list[str]:
    """The middle half of the sites, a line for each form version."""
    return [
        words.t("indicators.quartiles", low=number(words, s.low), high=number(words, s.high))
        for s in one.spread
    ]


def rule(words: Words, known: Catalogue, one: Figure) -> str:
    """What its coverage is a share of."""
    key = one.indicator.coverage.rule
    return named(known.rules[key], "coverage_rule", key, words.language, "")


def status(words: Words, one: Figure) -> str:
    """How it stands; an incomplete one says how much is known."""
    if one.status == "incomplete" and not isnan(one.coverage):
        return words.t("indicators.incomplete", share=words.percent(one.coverage))
    return stands(words, one)


def stands(words: Words, one: Figure) -> str:
    """How it stands, without its numbers."""
    if is_awaited(one) and one.target is not None:
        return reached(words, one.target)
    return words.t(f"indicator_status.{one.status}")


def reached(words: Words, told: Line) -> str:
    """Whether a threshold is reached, or still due; empty where it is no test."""
    if told.awaited:
        return words.t("indicators.awaited", year=str(told.threshold.year))
    if told.reached is None:
        return ""
    return words.t(f"indicator_status.{'reached' if told.reached else 'not_reached'}")


def is_awaited(one: Figure) -> bool:
    """Whether its target is neither reached nor due: the year it is set for is not over."""
    return one.status == "ok" and one.target is not None and one.target.awaited


def line(words: Words, told: Line, unit: str) -> str:
    """A threshold: its name and value, by what right, and whether it is reached."""
    own = told.threshold
    name = own.label(words.language)
    limit = _limit(words, told, unit)
    named = words.t("indicators.line", name=name, limit=limit) if limit else name
    kinds = [words.t(f"indicator_threshold.{own.status}")]
    if own.year is not None and not told.awaited:
        kinds.append(str(own.year))
    kinds.append(reached(words, told))
    return " · ".join(filter(None, [named[:1].upper() + named[1:], *kinds]))


def _limit(words: Words, told: Line, unit: str) -> str:
    if isinstance(told.value, tuple):
        low, high = told.value
        return words.t(
            "indicators.between", low=number(words, low), high=with_unit(words, high, unit)
        )
    if isnan(told.value):
        return ""
    sign = {">=": "≥\u00a0", "<=": "≤\u00a0"}.get(told.threshold.op, "")
    return f"{sign}{with_unit(words, told.value, unit)}"


def missing(words: Words, one: Figure) -> str:
    """Where that has to be noted of which nothing is known."""
    return words.t(f"indicators_missing.{where(one)}")


def where(one: Figure) -> str:
    """Where a figure's records are noted: a kind of entry, or `outside` of the store."""
    if one.indicator.how == "entered":
        return "entered"
    return _WHERE.get(one.indicator.coverage.rule, "outside")


def scope(words: Words, key: str, communes: dict[str, str], sites: dict[str, str]) -> str:
    """A place's name."""
    place = scope_of(key)
    if place.level == "city":
        return words.t("indicators.whole_city")
    if place.level == "commune":
        name = communes.get(place.key, place.key)
        return words.t("indicators.commune", name=name)
    if place.level == "plot":
        site, _, plot = place.key.partition("/")
        return f"{sites.get(site, site)}, {plot}"
    return sites.get(place.key, place.key)


def kind(words: Words, name: str) -> str:
    """What a record is: `récolte`, `parcelle`."""
    return (
        words.t(f"log.{name}")
        if words.knows(f"log.{name}")
        else words.code("indicator_record", name)
    )


def amount(words: Words, record: Record) -> str:
    """What a record counts; empty where it counts nothing."""
    if isinstance(record, Rain):
        return with_unit(words, record.depth, "mm")
    for name, unit in _AMOUNTS:
        counted = getattr(record, name, None)
        if isinstance(counted, float) and not isnan(counted):
            return with_unit(words, counted, unit)
    return ""
