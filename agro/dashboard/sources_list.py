"""Outside sources for who runs the place: the last good answer and its age, the fault, what next.

The pages read what was stored and ask nobody, so a source that hangs makes no page wait.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from agro.access import may
from agro.checks.feeds import configured
from agro.config import clock_is_simulated, settings
from agro.dashboard import data, parts
from agro.dashboard.frame import Frame
from agro.store.feeds import Source
from agro.words import Words

_REFRESH_S = 30
_UNTOLD = ("", "–", "not stated")  # what feeds say where their source names no licence
_MOST_NAMES = 2  # places named in a cell


@dataclass(frozen=True, slots=True)
class Line:
    """A source over all that it is asked for: the one that stands worst speaks for it.

    `worst` is None where it was never asked; `sites` are those for which it failed, else all.
    """

    name: str
    worst: Source | None
    asked: int = 0
    failed: int = 0
    sites: tuple[str, ...] = ()


@st.fragment(run_every=_REFRESH_S)
def draw(frame: Frame) -> None:
    """Draw the sources, those that fail first."""
    with parts.answering(frame.words):
        _block(frame.refreshed())


def _block(frame: Frame) -> None:
    words = frame.words
    wanted = () if clock_is_simulated() else configured(settings())
    theirs = [one for one in data.sources() if may(frame.actor, "page.stations", one.site)]
    found = lines(theirs, wanted)
    failing = sum(one.failed > 0 for one in found)
    told = words.t("sources.lead_faults", n=failing, total=len(found)) if failing else ""
    parts.section(words.t("sources.title"), told or words.t("sources.caption"))
    if not found:
        none = "sources.none_demo" if clock_is_simulated() else "sources.none"
        parts.caption(words.t(none))
        return
    heads = [words.t(f"sources.{name}") for name in ("source", "answer", "state", "next")]
    names = {site.slug: site.name for site in data.sites()}
    rows = [_row(words, one, names, frame.now) for one in found]
    st.html(parts.table(heads, rows))


def lines(known: list[Source], wanted: tuple[str, ...]) -> list[Line]:
    """A line for each source that is known or wanted: who fails longest first, then by name."""
    by_name: dict[str, list[Source]] = {name: [] for name in wanted}
    for one in known:
        by_name.setdefault(one.source.partition("@")[0], []).append(one)
    return sorted((_line(name, rows) for name, rows in by_name.items()), key=_rank)


def _line(name: str, rows: list[Source]) -> Line:
    if not rows:
        return Line(name, None)
    bad = [one for one in rows if one.failures]
    shown = bad or rows
    sites = tuple(dict.fromkeys(one.site for one in shown))
    return Line(name, min(shown, key=_answered), len(rows), len(bad), sites)


def _answered(one: Source) -> float:
    """When it answered last, before everything where it never did. [epoch s]"""
    return one.fetched_at.timestamp() if one.fetched_at else 0.0


def _rank(one: Line) -> tuple[bool, float, str]:
    return one.failed == 0, _answered(one.worst) if one.failed and one.worst else 0.0, one.name


def _row(words: Words, one: Line, names: dict[str, str], now: datetime) -> list[str]:
    name = words.t(key) if words.knows(key := f"feed_name.{one.name}") else one.name
    if one.worst is None:
        return [name, words.t("sources.never"), words.t("sources.unasked"), ""]
    return [name, _answer(words, one.worst, now), _state(words, one, names), _next(words, one, now)]


def _answer(words: Words, worst: Source, now: datetime) -> str:
    """The age of the last good answer, how it came and under what terms."""
    if worst.fetched_at is None:
        return words.t("sources.never")
    facts = {"age": words.age(now - worst.fetched_at), "mode": words.code("order", worst.mode)}
    if worst.licence in _UNTOLD:
        return words.t("sources.answered_bare", **facts)
    return words.t("sources.answered", licence=worst.licence, **facts)


def _state(words: Words, one: Line, names: dict[str, str]) -> str:
    """That all is well, or what went wrong, how often and for which places."""
    if not one.failed or one.worst is None:
        return words.t("sources.well", n=one.asked)
    reason = words.code("reports.reason", one.worst.reason.partition(":")[0])
    told = words.t("sources.failed", reason=reason, n=one.worst.failures)
    if one.failed == one.asked:
        return told
    some = [names.get(slug, slug) for slug in one.sites]
    more = [words.t("sources.more", n=len(some) - _MOST_NAMES)] if len(some) > _MOST_NAMES else []
    return words.t("sources.partly", told=told, places=words.listing(some[:_MOST_NAMES] + more))


def _next(words: Words, one: Line, now: datetime) -> str:
    """When it is asked again."""
    at = one.worst.next_try if one.worst else None
    if at is None:
        return ""
    left = at - now
    if left <= timedelta(minutes=1):
        return words.t("sources.now")
    minutes = round(left.total_seconds() / 60)
    if minutes < 90:
        return words.t("sources.in_minutes", n=minutes)
    return words.t("sources.in_hours", n=round(minutes / 60))
