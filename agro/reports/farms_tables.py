"""The tables of a report of farms: communes, Milan's pact, TAPE, the catalogue and its sources."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from agro.indicators import saying
from agro.indicators.figures import Figure
from agro.indicators.pact import CATEGORIES, OUTSIDE, answering
from agro.reports import numbers
from agro.reports.farms import FarmsReport
from agro.words import Words

COMPARED = (
    *("LAND_CULTIVATED_M2", "PROD_HARVEST_KG", "PROD_YIELD", "WATER_IRRIGATION_M3"),
    *("LOCAL_SHARE_KG", "VOLUNTEER_HOURS"),
)
"""The indicators that communes are laid side by side with, as far as the catalogue has them."""
_MOST_RADARS = 24
_HIDDEN = ("suppressed", "site_only")


def communes(report: FarmsReport, words: Words) -> dict[str, Any] | None:
    """Every commune by its name; a sign says what is hidden or incomplete."""
    if not report.communes:
        return None
    by_id = report.known.by_id
    shown = [by_id[id_] for id_ in COMPARED if id_ in by_id]
    named = sorted((report.places.get(f"commune:{code}", code), code) for code in report.communes)
    heads = [f"{one.name(words.language)}{_unit(words, one.unit)}" for one in shown]
    rows = [
        [
            name,
            words.number(report.gardens.get(code, 0)),
            *(_cell(words, report.communes[code][one.id]) for one in shown),
        ]
        for name, code in named
    ]
    return {
        "texts": [words.t("indicators.column_communes")],
        "figures": [words.t("farms_report.gardens"), *heads],
        "rows": rows,
    }


def _unit(words: Words, unit: str) -> str:
    return f", {words.code('indicator_unit', unit)}"


def _cell(words: Words, one: Figure) -> str:
    if one.status == "suppressed":
        return words.t("farms_report.withheld")
    if one.status in _HIDDEN or not isfinite(one.value):
        return numbers.MISSING
    written = saying.number(words, one.value)
    return f"{written} *" if one.status == "incomplete" else written


def pact(report: FarmsReport, words: Words) -> list[dict[str, Any]]:
    """The 44 indicators of the pact by category, and what answers each here."""
    by_number = answering(report.figures)
    found, first = [], 1
    for category, last in CATEGORIES.items():
        rows = [
            row for number in range(first, last + 1) for row in _pact_rows(words, number, by_number)
        ]
        name = words.t(f"pact_category.{category}")
        heads = [words.t(f"indicators.column_{one}") for one in ("pact", "answer", "value")]
        found.append({"name": name, "texts": heads, "figures": [], "rows": rows})
        first = last + 1
    return found


def _pact_rows(words: Words, number: int, by_number: Mapping[int, list[Figure]]) -> list[list[str]]:
    """A row for each of our indicators that answers, so that its value stands beside it."""
    name = f"{number}. {words.t(f'pact.{number}')}"
    own = by_number.get(number, [])
    if not own:
        by = "outside" if number in OUTSIDE else "city"
        return [[name, words.t(f"indicators.pact_{by}"), ""]]
    return [
        ["" if place else name, one.indicator.name(words.language), _value(words, one)]
        for place, one in enumerate(own)
    ]


def _value(words: Words, one: Figure) -> str:
    if one.status in ("no_data", *_HIDDEN):
        return saying.status(words, one)
    text = saying.value(words, one)
    return f"{text} ({saying.status(words, one)})" if one.status == "incomplete" else text


def radars(report: FarmsReport, words: Words) -> dict[str, Any]:
    """TAPE's ten elements of each site whose survey is complete, and the same as a table."""
    names = words.group("tape_element")
    shown = dict(list(report.surveys.items())[:_MOST_RADARS])
    return {
        "names": list(names.values()),
        "sites": [
            {
                "name": name,
                "scores": [scores[key] for key in names],
                "alt": _scores(words, name, scores, names),
            }
            for name, scores in shown.items()
        ],
        "left": words.t("farms_report.radars_left", n=len(report.surveys) - len(shown))
        if len(report.surveys) > len(shown)
        else "",
        "none": words.t(f"farms_report.radars_{'hidden' if report.public else 'none'}"),
        "tables": [
            {
                "texts": [words.t("indicators.column_element")],
                "figures": [name],
                "rows": [[told, words.number(scores[key], 0)] for key, told in names.items()],
            }
            for name, scores in shown.items()
        ],
    }


def _scores(words: Words, name: str, scores: Mapping[str, float], names: Mapping[str, str]) -> str:
    listed = ", ".join(f"{told} {words.number(scores[key], 0)}" for key, told in names.items())
    return words.t("farms_report.radar_alt", name=name, scores=listed)


def catalogue(report: FarmsReport, words: Words) -> dict[str, Any]:
    """What each figure is computed as, by its reference in the catalogue."""
    rows = [
        [
            one.indicator.id,
            one.indicator.formula,
            saying.number(words, one.numerator) if isfinite(one.numerator) else "",
            saying.number(words, one.denominator) if isfinite(one.denominator) else "",
        ]
        for one in report.figures
        if one.status not in ("no_data", "site_only")
    ]
    heads = [words.t(f"farms_report.{name}") for name in ("reference", "formula")]
    figures = [words.t(f"indicators.column_{name}") for name in ("numerator", "denominator")]
    return {"texts": heads, "figures": figures, "rows": rows}


def sources(report: FarmsReport) -> list[str]:
    """The sources of the lines that stand in the report, each once."""
    named = {
        line.threshold.source
        for one in report.figures
        if one.status not in ("no_data", "site_only", "suppressed")
        for line in one.lines
    }
    return [text for name, text in sorted(report.known.sources.items()) if name in named]
