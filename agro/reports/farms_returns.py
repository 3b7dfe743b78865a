"""What advised watering pays back, as a report tells it, and what it is not."""

from math import isinf
from typing import Any

from agro.reports import numbers
from agro.reports.farms import FarmsReport
from agro.words import Words
from agro.words.energy import assumption_name, cautions, formula, result_name, source_name, told_of
from models.energy.payback import NAMES, Payback, Range


def returned(report: FarmsReport, words: Words) -> dict[str, Any]:
    """The tables of the return; without one, why there is none."""
    found = report.returned
    if found is None:
        why = "hidden" if report.public else "none"
        return {"results": None, "note": words.t(f"farms_report.returned_{why}"), "cautions": []}
    language = words.language
    told = told_of(found.plots, found.known, len(found.sources), language)
    return {
        "results": _results(words, found.spared) if found.plots else None,
        "assumptions": {
            "texts": [words.t(f"energy_column.{name}") for name in ("assumption", "source")],
            "figures": [words.t(f"energy_column.{name}") for name in ("value", "range", "unit")],
            "rows": [
                [
                    assumption_name(name, language),
                    source_name(one.source, language),
                    _plain(words, one.value),
                    _range(words, one.low, one.high),
                    words.code("energy_unit", one.unit),
                ]
                for name in NAMES
                for one in [getattr(found.assumptions, name)]
            ],
        },
        "note": told,
        "cautions": cautions(found.plots, found.known, found.metered, found.assumptions, words),
    }


def _results(words: Words, spared: Payback) -> dict[str, Any]:
    return {
        "texts": [words.t("energy_column.result"), words.t("energy_column.how")],
        "figures": [words.t(f"energy_column.{name}") for name in ("low", "likely", "high")],
        "rows": [
            [
                result_name(name, words.language),
                formula(name, words.language),
                *_ends(words, getattr(spared, name)),
            ]
            for name in spared.__slots__
        ],
    }


def _ends(words: Words, one: Range) -> list[str]:
    ends = [one.low, one.middle, one.high]
    written = numbers.column(words, ends, 0 if max(map(_size, ends)) >= 10.0 else 1)
    return [
        words.t("energy.never") if isinf(value) else text
        for value, text in zip(ends, written, strict=True)
    ]


def _size(value: float) -> float:
    return abs(value) if abs(value) < float("inf") else 0.0


def _plain(words: Words, value: float) -> str:
    return words.number(value, 2)


def _range(words: Words, low: float, high: float) -> str:
    if low == high:
        return numbers.MISSING
    return words.t("energy.range", low=words.number(low, 2), high=words.number(high, 2))
