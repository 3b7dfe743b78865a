"""What was harvested in a period, crop by crop, beside the weeks that anybody spoke of."""

from collections.abc import Sequence
from datetime import date, datetime
from html import escape

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_draft import unit_name
from agro.dashboard.logbook_list import start_of
from agro.dashboard.logbook_sums import CropTotal, Totals, totals
from agro.records import Planting, Site
from agro.words import Words

_PERIODS = ("month", "year", "all")
_FEW = 0.5  # fewer weeks spoken of than this share: a total says little


@st.fragment
def harvested(frame: Frame, site: Site) -> None:
    """Draw the totals."""
    with parts.answering(frame.words):
        frame = frame.refreshed()
        words = frame.words
        period = st.segmented_control(
            words.t("logbook.period"),
            _PERIODS,
            default="year",
            required=True,
            key="logbook_totals_period",
            format_func=lambda name: words.t(f"logbook.period_{name}"),
        )
        found = _totals(frame, site, period or "year")
        if not found.crops and not found.covered:
            parts.empty(words.t("logbook.no_harvest_title"), words.t("logbook.no_harvest_body"))
            return
        st.html(_headline(words, found))
        if found.crops:
            st.html(_table(words, found))


def _totals(frame: Frame, site: Site, period: str) -> Totals:
    words = frame.words
    start = start_of(period, frame.now, frame)
    if start is not None:
        start = start.replace(minute=0, second=0, microsecond=0)
    found = log.harvests(site.slug, start, words.zone.key)
    plantings = data.plantings(site.slug)
    today = words.local(frame.now).date()
    first = words.local(start).date() if start else _first(words, found.first, plantings, today)
    return totals(found.sums, found.spoken, plantings, first, today)


def _first(
    words: Words, harvested: datetime | None, plantings: Sequence[Planting], today: date
) -> date:
    """The day a garden's record begins."""
    days = [words.local(harvested).date()] if harvested else []
    return min([*days, *(one.planted for one in plantings)], default=today)


def _headline(words: Words, found: Totals) -> str:
    mass = words.t("logbook.total", mass=words.number(found.mass_kg, 1))
    weeks = words.t("logbook.coverage", n=found.covered, weeks=found.weeks)
    few = found.weeks and found.covered / found.weeks < _FEW
    caution = parts.notice(words.t("logbook.coverage_few")) if few else ""
    return f'<p class="verdict">{escape(mass)}</p><p class="caption">{escape(weeks)}</p>{caution}'


def _table(words: Words, found: Totals) -> str:
    heads = [words.t(f"logbook.total_{name}") for name in ("crop", "mass", "counts", "weeks")]
    rows = [
        [
            crop_name(words, one.crop) if one.crop else words.t("logbook.no_crop"),
            words.number(one.mass_kg, 1),
            _others(words, one),
            words.t("logbook.of", part=one.weeks, whole=found.weeks),
        ]
        for one in found.crops
    ]
    return parts.table(heads, rows, numbers=frozenset({1, 3}))


def _others(words: Words, one: CropTotal) -> str:
    """What is in no mass: counts, and harvests noted without an amount."""
    told = [f"{words.number(n)}\u00a0{unit_name(words, unit)}" for unit, n in one.counts]
    if one.unmeasured:
        told.append(words.t("logbook.unmeasured", n=one.unmeasured))
    return ", ".join(told)
