"""The return's assumptions as people change them: kept in a link, told in files."""

from collections.abc import Mapping
from math import isinf
from typing import Any

from agro.energy.returns import Return
from agro.tables import known
from agro.words import Words
from agro.words.energy import GIVEN, assumption_name, cautions, formula, result_name, source_name
from models.energy.payback import NAMES, Assumptions, edited

SHARES = frozenset({"timer_days", "pump_efficiency"})
LEAST = {"pump_efficiency": 0.01, "lifetime": 0.1}
"""What must be more than 0; everything else may be 0."""
LARGEST = 1e6
RESULTS = ("part", "result", "low", "likely", "high", "unit", "how", "source")


def of_link(text: str) -> tuple[dict[str, float], list[str]]:
    """(the changes of `water_price:4.5,head:20`, the pieces that cannot be read)."""
    changes: dict[str, float] = {}
    refused = []
    for piece in filter(None, text.split(",")):
        name, _, told = piece.partition(":")
        value = _number(told)
        if name in NAMES and value is not None and _fits(name, value):
            changes[name] = value
        else:
            refused.append(piece)
    return changes, refused


def to_link(changes: Mapping[str, float]) -> str:
    """The changes as a link carries them; empty where there are none."""
    return ",".join(f"{name}:{changes[name]:.12g}" for name in NAMES if name in changes)


def changed(values: Mapping[str, float]) -> dict[str, float]:
    """The values that are not those we assume."""
    usual = Assumptions()
    return {
        name: value
        for name, value in values.items()
        if _fits(name, value) and value != getattr(usual, name).value
    }


def with_changes(changes: Mapping[str, float]) -> Assumptions:
    """The assumptions in which these are known."""
    return edited(Assumptions(), changes, GIVEN)


def most(name: str) -> float:
    """The largest value an assumption may have."""
    return 1.0 if name in SHARES else LARGEST


def _fits(name: str, value: float) -> bool:
    return LEAST.get(name, 0.0) <= value <= most(name)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def heads(words: Words, names: tuple[str, ...]) -> list[str]:
    """Columns of a file in the page's language."""
    return [words.t(f"energy_column.{name}") for name in names]


def rows(words: Words, found: Return) -> list[dict[str, Any]]:
    """The whole calculation: what was given, the results, the assumptions; a row each."""
    columns = heads(words, RESULTS)
    told = [*_given(words, found), *_results(words, found), *_assumptions(words, found)]
    return [dict(zip(columns, row, strict=True)) for row in told]


def _given(words: Words, found: Return) -> list[tuple[Any, ...]]:
    part, own = words.t("energy_part.records"), found.watered
    listed = [
        ("given", own.given, "m³"),
        ("area_days", own.area_days, "m² d"),
        ("plots", float(found.plots), ""),
        ("known", float(found.known), ""),
        ("days", own.days, "d"),
        ("metered", found.metered, "1"),
    ]
    return [
        (part, words.t(f"energy_given.{name}"), None, known(value), None, unit, "", "")
        for name, value, unit in listed
    ]


def _results(words: Words, found: Return) -> list[tuple[Any, ...]]:
    part = words.t("energy_part.results")
    return [
        (
            part,
            result_name(name, words.language),
            *(_end(words, value) for value in (one.low, one.middle, one.high)),
            "",
            formula(name, words.language),
            "",
        )
        for name in found.spared.__slots__
        for one in [getattr(found.spared, name)]
    ]


def _end(words: Words, value: float) -> Any:
    return words.t("energy.never") if isinf(value) else known(value)


def _assumptions(words: Words, found: Return) -> list[tuple[Any, ...]]:
    part = words.t("energy_part.assumptions")
    return [
        (
            part,
            assumption_name(name, words.language),
            *(one.low, one.value, one.high, words.code("energy_unit", one.unit), ""),
            source_name(one.source, words.language),
        )
        for name in NAMES
        for one in [getattr(found.assumptions, name)]
    ]


def warnings(words: Words, found: Return) -> list[str]:
    """What the return is not, and what it rests on."""
    return cautions(found.plots, found.known, found.metered, found.assumptions, words)
