"""Citizens' reports as the pages read and answer them; who reported is never kept in a cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from agro.access import may
from agro.city import reports as service
from agro.city.reports import Near
from agro.config import now
from agro.dashboard import data
from agro.records import Commune, Plot, ReportService
from agro.store import farms, feeds, offers, report_sources, reports
from agro.store.city.places import boundaries
from agro.store.feeds import Source
from agro.store.lots import local_day
from agro.store.report_contacts import Contact
from agro.store.reports import OPEN, Change, Report, Wanted
from agro.store.values import time_zone
from sensors.feeds import open311

_LIVE_S, _REGISTER_S = 10, 60
MOST = 200  # reports on a page


@dataclass(frozen=True, slots=True)
class Found:
    """The newest reports that are wanted, and the plots near them by the report's number."""

    reports: list[Report]
    near: dict[int, tuple[Plot, float]]
    has_more: bool


def role() -> str:
    """Who looks: empty until somebody has signed in."""
    return "official" if "official" in data.actor().roles else ""


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def found(role: str, statuses: tuple[str, ...], code: str, commune: str) -> Found:
    """The reports that a role may read; an empty choice is every one."""
    wanted = Wanted(
        statuses=statuses,
        codes=(code,) if code else (),
        communes=(commune,) if commune else (),
    )
    with data.engine().connect() as c:
        told = service.shown(c, wanted, role=role, limit=MOST + 1)
        shown = told[:MOST]
        return Found(shown, service.plots_near(c, shown), len(told) > MOST)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def open_count() -> int:
    """How many reports that everybody may read are open."""
    with data.engine().connect() as c:
        counted = reports.counts(c)
    return sum(
        n for (_, status, visible), n in counted.items() if (status, visible) == (OPEN, "all")
    )


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def waiting(role: str) -> dict[str, int | None]:
    """Open reports that only the city reads, by kind; None where too few are to be told."""
    with data.engine().connect() as c:
        return service.waiting(c, role=role)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def surplus() -> int:
    """How many surpluses the gardens offer now."""
    with data.engine().connect() as c:
        today = local_day(now(), time_zone(c))
        return len(offers.open_on(offers.offers(c, status=offers.OPEN), today))


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def services() -> list[ReportService]:
    """The kinds of report that the city takes."""
    with data.engine().connect() as c:
        return report_sources.services(c)


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def communes() -> list[Commune]:
    """The communes, by name."""
    with data.engine().connect() as c:
        return farms.communes(c)


def commune_name(code: str) -> str:
    """The name of a commune by its code; empty where it is not of this city."""
    return next((one.name for one in communes() if one.code == code), "")


@st.cache_data(ttl=_REGISTER_S, show_spinner=False)
def outlines() -> list[Mapping[str, Any]]:
    """The outlines of the communes that were imported, as GeoJSON geometries."""
    with data.engine().connect() as c:
        return [one.geometry for one in boundaries(c)]


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def sources() -> list[Source]:
    """The other systems that were asked for reports."""
    with data.engine().connect() as c:
        return [one for one in feeds.sources(c) if one.source == open311.KEY]


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def steps(number: int) -> list[Change]:
    """How a report came to stand as it does, the oldest first."""
    with data.engine().connect() as c:
        return reports.changes(c, number)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def near(site: str, plot: str, role: str) -> list[Near]:
    """The reports near a plot that a role may read."""
    with data.engine().connect() as c:
        return service.near(c, site, plot, at=now(), role=role)


def contact(one: Report) -> Contact | None:
    """How who made a report can be reached, read anew each time.

    Raises
    ------
    PermissionError  Whoever looks is not of the city's role.
    """
    with data.engine().connect() as c:
        return service.contact_of(c, one, role=role(), at=now())


def may_read_contacts() -> bool:
    """Whether whoever looks may read who reported."""
    return may(data.actor(), "report.contact")


def answer(one: Report, *, status: str, notes: str, who: str) -> None:
    """Say how a report stands, and what is answered."""
    with data.acting("report.answer", "", {"answer": one.reference, "status": status}) as c:
        service.answer(c, one, status=status, notes=notes, who=who, role=role(), at=now())
    for read in (found, open_count, waiting, steps, near):
        read.clear()
