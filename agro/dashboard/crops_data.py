"""The crop plan as its page reads and writes it; what is written shows at once."""

from datetime import date

import streamlit as st

from agro import crop_plan
from agro.advice.warmth import Warmth
from agro.config import now
from agro.crop_plan import Outlook
from agro.dashboard import data
from agro.records import Planting

_SERIES_S = 60
_SEASON_S = 300


@st.cache_data(ttl=_SERIES_S, show_spinner=False)
def outlook(site: str) -> Outlook | None:
    """A garden's crop plan: see `agro.crop_plan`."""
    with data.engine().connect() as c:
        return crop_plan.plan(c, site, now())


@st.cache_data(ttl=_SEASON_S, show_spinner=False)
def warmth(site: str) -> Warmth | None:
    """A garden's temperatures, on which a planting that is thought of is foreseen."""
    with data.engine().connect() as c:
        return crop_plan.warmth_of(c, site, now(), data.plantings(site))


def add(planting: Planting, who: str) -> None:
    """Keep a planting.

    Raises
    ------
    BadInput  It cannot be.
    """
    with data.acting("planting.write", planting.site, {"plant": told(planting)}) as c:
        crop_plan.add(c, planting, who=who, at=now())
    st.cache_data.clear()


def end(planting: Planting, removed: date, who: str) -> None:
    """Say when a planting was removed.

    Raises
    ------
    BadInput  The day cannot be.
    """
    ended = {"end": told(planting), "removed": removed.isoformat()}
    with data.acting("planting.write", planting.site, ended) as c:
        crop_plan.end(c, planting, removed, who=who, at=now())
    st.cache_data.clear()


def told(planting: Planting) -> str:
    """A planting as the audit log names it."""
    return f"{planting.crop} of {planting.planted} on {planting.plot}"
