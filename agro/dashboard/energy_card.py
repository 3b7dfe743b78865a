"""The sun of the district: when to pump, what it moves, and what that rests on."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from math import nan

import numpy as np
import streamlit as st

from agro.config import now, settings
from agro.dashboard import data
from agro.dashboard.frame import Frame
from agro.energy.plan import Prices, SitePlan, plan_site
from agro.energy.surplus import REACH_KM
from agro.errors import BadInput
from agro.packs.machines import Machine, read_machines
from agro.records import Site
from agro.words.energy_plan import Moved, Rests, Told, said
from models.energy.scheduling import Run

_SIMULATED = "simulated"
_PLANNED_S = 900  # a plan is searched for anew each quarter of an hour, or with a new advice


@st.cache_data(ttl=_PLANNED_S, show_spinner=False)
def _plan(site: Site, _issued: datetime | None) -> tuple[SitePlan | None, dict[str, str]]:
    """The plan of a garden now, and the names of its machines."""
    machines = _machines()
    with data.engine().connect() as c:
        found = plan_site(c, site, now(), machines=machines)
    return found, {one.slug: one.name for one in machines}


def _machines() -> tuple[Machine, ...]:
    """A pack with faults has none: its faults are told where packs are read."""
    try:
        return read_machines(settings().city)
    except BadInput:
        return ()


def energy_card(frame: Frame, site: Site, issued: datetime | None) -> str:
    """The card as HTML; "" where the garden has no district or nothing to move."""
    found, machines = _plan(site, issued)
    if found is None or found.district is None or found.day.reason == "no_loads":
        return ""
    names = machines | {plot.slug: plot.name for plot in data.plots(site.slug)}
    return card(frame, _told(frame, found, names), found.district.name)


def card(frame: Frame, told: Told, district: str) -> str:
    """What was said, as HTML."""
    title = frame.words.t("energy_plan.title", district=district)
    runs = "".join(f"<li>{escape(one)}</li>" for one in told.runs)
    listed = f'<ul class="cautions">{runs}</ul>' if runs else ""
    notes = "".join(f'<p class="when">{escape(one)}</p>' for one in told.notes)
    return (
        f'<article class="card"><div class="head"><h3>{escape(title)}</h3></div>'
        f'<p class="headline">{escape(told.headline)}</p>'
        f'{listed}<p class="why">{escape(told.why)}</p>{notes}</article>'
    )


def _told(frame: Frame, found: SitePlan, names: Mapping[str, str]) -> Told:
    runs = [
        (
            names.get(one.load, one.load),
            found.kinds[one.load],
            found.time(one.start),
            found.time(one.end),
        )
        for one in found.day.plan.runs
        if _in_the_sun(found, one)
    ]
    district = found.district.name if found.district else ""
    return said(frame.words, district, found.day.reason, runs, _moved(found), _rests(found))


def _in_the_sun(found: SitePlan, run: Run) -> bool:
    """Whether there is a surplus in all hours of a run: the others stay as advised."""
    hours = np.arange(int(run.start // 60), int(np.ceil(run.end / 60)))
    return bool((found.sun.middle[hours] > 0.0).all())


def _moved(found: SitePlan) -> Moved:
    day = found.day
    return Moved(
        energy=day.plan.energy,
        timer=day.timer.grid,
        plan=day.plan.grid,
        shifted=day.likely.shifted,
        value=day.likely.value,
        low=day.low.shifted if day.low else nan,
        high=day.high.shifted if day.high else nan,
    )


def _rests(found: SitePlan) -> Rests:
    """What the surplus of the hours of sun is made of."""
    own, price = found.surplus, Prices()
    if own is None:
        return Rests((), (), 0, 0, REACH_KM, False, price.bought, price.sold)
    today = np.flatnonzero(np.nan_to_num(own.produced[:24]) > 0.0)
    return Rests(
        produced=[own.produced_from[int(one)] for one in today],
        used=[own.used_from[int(one)] for one in today],
        heard=own.users_heard,
        users=len(own.district.users),
        reach_km=REACH_KM,
        is_simulated=_SIMULATED in (own.district.mode, own.source),
        bought=price.bought,
        sold=price.sold,
    )
