"""Everything that a report of farms says, as plain values that the template lays out."""

from datetime import date
from math import isfinite
from typing import Any

from agro.indicators import saying
from agro.indicators.figures import Figure
from agro.reports import farms_cards, farms_returns, farms_tables
from agro.reports.farms import FarmsReport
from agro.words import Words

KEY = (
    *("PROD_HARVEST_KG", "LAND_CULTIVATED_M2", "PROD_YIELD", "WATER_IRRIGATION_M3"),
    *("LOCAL_SHARE_KG", "SHORT_CHAIN_SHARE_VALUE"),
)
"""What most people ask first: told in the headline where it has a figure."""
_METHODS = ("recomputed", "coverage", "judging", "missing", "disclosure", "tape")


def content(report: FarmsReport, words: Words) -> dict[str, Any]:
    """The report as values for the template; every text is that of its language."""
    place = place_name(report, words)
    day = words.long_day(words.local(report.made_at).date())
    start, end = (words.near_day(day, date.min) for day in (report.start, report.end))
    span = words.t("farms_report.span", start=start, end=end)
    title = words.t("farms_report.title")
    return {
        "language": words.language,
        "texts": words.group("farms_report"),
        "title": title,
        "place": place,
        "subtitle": words.t("farms_report.subtitle", place=place, span=span),
        "running": words.t("farms_report.running", place=place, span=span),
        "page": words.t("farms_report.page", page="{page}", pages="{pages}"),
        "day": day,
        "made": _date(report, words),
        "facts": _facts(report, words, span),
        "headline": headline(report, words),
        "key": [_key(words, one) for one in _keys(report)],
        "domains": farms_cards.domains(report, words),
        "radars": farms_tables.radars(report, words),
        "pact": farms_tables.pact(report, words),
        "communes": farms_tables.communes(report, words),
        "returned": farms_returns.returned(report, words),
        "methods": [words.t(f"farms_report.method_{name}") for name in _METHODS],
        "catalogue": farms_tables.catalogue(report, words),
        "sources": farms_tables.sources(report),
        "command": report.command,
    }


def place_name(report: FarmsReport, words: Words) -> str:
    """The name of the place that is reported."""
    if report.scope.level == "city":
        return words.t("farms_report.whole_city", city=report.city)
    name = report.places.get(str(report.scope), report.scope.key)
    return words.t(f"farms_report.of_{report.scope.level}", name=name, city=report.city)


def headline(report: FarmsReport, words: Words) -> list[str]:
    """What a reader in a hurry must know: how much is told, what is reached, what is doubtful."""
    told = [one for one in report.figures if one.status not in ("no_data", "site_only")]
    by = {name: [one for one in told if one.status == name] for name in _STATUSES}
    sentences = [words.t("farms_report.told", n=len(told), known=len(report.figures))]
    for name in ("reached", "not_reached"):
        if by[name]:
            names = words.listing(_quoted(words, one) for one in by[name])
            sentences.append(words.t(f"farms_report.{name}", n=len(by[name]), names=names))
    if not by["reached"] and not by["not_reached"]:
        sentences.append(words.t("farms_report.none_judged"))
    doubtful = [name for name in ("incomplete", "suppressed") if by[name]]
    return sentences + [words.t(f"farms_report.{name}", n=len(by[name])) for name in doubtful]


_STATUSES = ("reached", "not_reached", "incomplete", "suppressed")


def _quoted(words: Words, one: Figure) -> str:
    return f"{one.indicator.name(words.language)} ({saying.value(words, one)})"


def _keys(report: FarmsReport) -> list[Figure]:
    by_id = {one.indicator.id: one for one in report.figures}
    return [by_id[id_] for id_ in KEY if id_ in by_id and isfinite(by_id[id_].value)]


def _key(words: Words, one: Figure) -> dict[str, Any]:
    told = saying.status(words, one) if one.status == "incomplete" else ""
    name = one.indicator.name(words.language)
    return {"name": name, "value": saying.value(words, one), "grey": bool(told), "note": told}


def _date(report: FarmsReport, words: Words) -> list[int]:
    day = words.local(report.made_at).date()
    return [day.year, day.month, day.day]


def _facts(report: FarmsReport, words: Words, span: str) -> list[list[str]]:
    local = words.local(report.made_at)
    clock = f"{words.long_day(local.date())}, {words.clock(report.made_at)} ({words.zone})"
    records = {source for one in report.figures for source in one.sources}
    pairs = [
        ("place", place_name(report, words)),
        ("period", span),
        ("made", clock),
        ("gardens", words.number(_gardens(report))),
        ("records", words.number(len(records))),
        ("view", words.t(f"farms_report.view_{'public' if report.public else 'inside'}")),
        ("versions", ", ".join(f"{name} {told}" for name, told in report.versions.items())),
    ]
    return [[words.t(f"farms_report.{name}"), text] for name, text in pairs if text]


def _gardens(report: FarmsReport) -> int:
    scope = report.scope
    if scope.level == "commune":
        return report.gardens.get(scope.key, 0)
    return sum(report.gardens.values()) if scope.level == "city" else 1
