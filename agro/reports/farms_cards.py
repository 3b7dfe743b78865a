"""Each indicator of a report: value, coverage, lines, history and where it comes from."""

from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any

from babel.dates import format_date

from agro.indicators import saying
from agro.indicators.figures import Figure
from agro.reports import numbers
from agro.reports.farms import FarmsReport
from agro.words import Words

_NO_FIGURE = ("no_data", "site_only", "suppressed")
_JUDGED = {None: "named", True: "reached", False: "missed"}


def domains(report: FarmsReport, words: Words) -> list[dict[str, Any]]:
    """The domains in the catalogue's order: what has a figure, and what lacks one and why."""
    grouped: dict[str, list[Figure]] = {}
    for one in report.figures:
        grouped.setdefault(one.indicator.domain, []).append(one)
    return [
        {
            "name": words.t(f"indicator_domain.{domain}"),
            "cards": [card(report, words, o) for o in own if o.status not in _NO_FIGURE],
            "lacking": [_lacking(words, o) for o in own if o.status in _NO_FIGURE],
        }
        for domain, own in grouped.items()
    ]


def card(report: FarmsReport, words: Words, one: Figure) -> dict[str, Any]:
    """One indicator as the template draws it."""
    own = one.indicator
    return {
        "id": own.id,
        "name": own.name(words.language),
        "value": saying.value(words, one),
        "status": saying.status(words, one) if one.status != "ok" else "",
        "tone": {"reached": "reached", "not_reached": "missed"}.get(one.status, "plain"),
        "grey": one.status == "incomplete",
        "quartiles": saying.quartiles(words, one),
        "coverage": _coverage(report, words, one),
        "lines": _lines(report, words, one),
        "caution": own.caution(words.language),
        "source": words.t("farms_report.comes_from", text=sources(words, one)),
        "chart": chart(report, words, one),
    }


def _coverage(report: FarmsReport, words: Words, one: Figure) -> dict[str, Any] | None:
    """The covered share with its least, and what it is a share of."""
    if not isfinite(one.coverage):
        return None
    share, least = min(max(one.coverage, 0.0), 1.0), one.indicator.coverage.min
    fields = {"share": words.percent(share)}
    told = words.t("indicators.coverage", **fields)
    if least is not None:
        told = words.t("indicators.coverage_min", least=words.percent(least), **fields)
    rule = words.t("indicators.covered", text=saying.rule(words, report.known, one))
    return {"share": share, "least": least, "text": told, "rule": rule}


def _lines(report: FarmsReport, words: Words, one: Figure) -> list[dict[str, str]]:
    """Its thresholds with their standing and source, those that judge first."""
    known = report.known.sources
    found = []
    for told in sorted(one.lines, key=lambda line: not line.threshold.judges):
        text = saying.line(words, told, one.indicator.unit)
        source = known.get(told.threshold.source, words.t("farms_report.own_convention"))
        found.append({"text": text, "tone": _JUDGED[told.reached], "source": source})
    return found


def sources(words: Words, one: Figure) -> str:
    """How many records of each kind, with the first and last number where they are numbered."""
    kinds: dict[str, list[int]] = {}
    for source in one.sources:
        kinds.setdefault(source.kind, []).append(source.row)
    told = [
        words.t("farms_report.kind", kind=saying.kind(words, kind), count=words.number(len(rows)))
        + _span(words, rows)
        for kind, rows in sorted(kinds.items())
    ]
    if not told:
        return words.t("farms_report.no_records")
    return words.t("farms_report.counted", n=len(one.sources), kinds=words.listing(told))


def _span(words: Words, rows: Sequence[int]) -> str:
    """The numbers of the records; empty where they have none."""
    numbered = sorted(row for row in rows if row)
    if not numbered:
        return ""
    if len(numbered) == 1:
        return words.t("farms_report.number", first=str(numbered[0]))
    first, last = str(numbered[0]), str(numbered[-1])
    return words.t("farms_report.numbers", first=first, last=last)


def chart(report: FarmsReport, words: Words, one: Figure) -> dict[str, Any] | None:
    """Its years where two have a value, else the months of a sum; None where it has neither."""
    id_, unit = one.indicator.id, words.code("indicator_unit", one.indicator.unit)
    name = one.indicator.name(words.language)
    years = {
        str(year): (own[id_].value, own[id_].status == "incomplete")
        for year, own in report.years.items()
        if id_ in own and isfinite(own[id_].value)
    }
    if len(years) > 1:
        return _bars(words, years, "years", name, unit)
    by_month = report.months.get(id_, {})
    told = {_month(words, month): (value, False) for month, value in by_month.items()}
    return _bars(words, told, "months", name, unit) if len(told) > 1 else None


def _bars(
    words: Words, told: Mapping[str, tuple[float, bool]], what: str, name: str, unit: str
) -> dict[str, Any]:
    values = [value for value, _ in told.values()]
    axis = numbers.scale(words, [0.0, *values], ticks=3)
    if min(values) >= 0.0:
        axis["low"] = 0.0
    return {
        "scale": axis,
        "bars": [{"name": key, "value": value, "grey": g} for key, (value, g) in told.items()],
        "caption": words.t(f"farms_report.by_{what}", unit=unit),
        "alt": words.t("farms_report.bars_alt", name=name, n=len(told), values=_told(words, told)),
    }


def _told(words: Words, told: Mapping[str, tuple[float, bool]]) -> str:
    """The bars' values, for whoever hears the report."""
    return ", ".join(f"{key} {saying.number(words, value)}" for key, (value, _) in told.items())


def _month(words: Words, month: str) -> str:
    """`2026-05` as `mai 26`, the year only with the first month of it."""
    year, number = (int(part) for part in month.split("-"))
    return str(format_date(date(year, number, 1), "LLL yy", locale=words.locale))


def _lacking(words: Words, one: Figure) -> dict[str, str]:
    why = ""
    if one.status in ("site_only", "suppressed"):
        why = words.t(f"indicators.{one.status}")
    name = one.indicator.name(words.language)
    return {"id": one.indicator.id, "name": name, "why": why or saying.missing(words, one)}
