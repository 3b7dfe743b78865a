"""The trials of a garden as their page reads and writes them; what is written shows at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from agro.config import now
from agro.dashboard import data
from agro.store import trials as kept
from agro.store.deliveries import slug_of
from agro.store.trials import PlannedTrial, PlotValue, StoredAnalysis, Trait
from agro.store.trials.measured import Progress
from agro.trials import power_plan
from agro.trials.planning import draw
from agro.trials.power_plan import Outlook
from models.trials.layout import Request
from models.trials.power import Errors

_LIVE_S = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """A trial on the list: without its plots, but with how far its measuring has come."""

    trial: PlannedTrial
    progress: Progress
    analysis: StoredAnalysis | None


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def listed(site: str) -> list[Listed]:
    """The trials of a garden, newest first, those put away among them."""
    with data.engine().connect() as c:
        progress = kept.progress(c, site)
        return [
            Listed(
                one,
                progress.get(one.slug, Progress(0, 0)),
                next(iter(kept.analyses(c, site, one.slug)), None),
            )
            for one in kept.planned(c, site)
        ]


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def one(site: str, slug: str) -> PlannedTrial | None:
    """A trial with its plots; None when the garden has none of this name."""
    with data.engine().connect() as c:
        if slug not in {trial.slug for trial in kept.planned(c, site)}:
            return None
        return kept.trial_of(c, site, slug)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def values(site: str, slug: str) -> list[PlotValue]:
    """The values of a trial that count."""
    with data.engine().connect() as c:
        return kept.values(c, site, slug)


@st.cache_data(max_entries=32, show_spinner=False)
def drawn(trial: PlannedTrial, request: Request) -> PlannedTrial:
    """A trial with the layout of a request; nothing is stored.

    Raises
    ------
    ValueError  No layout keeps equal neighbours apart, or the request cannot be.
    """
    return draw(trial, request)


@st.cache_data(max_entries=64, show_spinner=False)
def outlook(request: Request, errors: Errors, difference: float) -> Outlook | None:
    """What a requested trial will be able to show."""
    return power_plan.outlook(request, errors, difference)


def create(trial: PlannedTrial) -> PlannedTrial:
    """Store a trial under the first free name in the address; as it is kept.

    Raises
    ------
    ValueError  Its bed left the register.
    """
    with data.acting("trial.write", trial.site, {"create": trial.slug}) as c:
        taken = {one.slug for one in kept.planned(c, trial.site)}
        named = replace(trial, slug=slug_of(trial.slug, taken), made_at=now())
        kept.save(c, named)
    forget()
    return named


def put_away(site: str, slug: str) -> None:
    """Take a trial off the list."""
    with data.acting("trial.write", site, {"put_away": slug}) as c:
        kept.put_away(c, site, slug)
    forget()


def bring_back(site: str, slug: str) -> None:
    """Put a trial on the list again."""
    with data.acting("trial.write", site, {"bring_back": slug}) as c:
        kept.bring_back(c, site, slug)
    forget()


def place(trial: PlannedTrial) -> None:
    """Keep where the field of a trial lies and how large its plots are."""
    with data.acting("trial.write", trial.site, {"place": trial.slug}) as c:
        kept.place(c, trial)
    forget()


def measure(site: str, slug: str, traits: Sequence[Trait]) -> None:
    """Add what is measured in a trial."""
    told = {"measure": slug, "traits": [trait.name for trait in traits]}
    with data.acting("trial.write", site, told) as c:
        kept.save_traits(c, site, slug, traits)
    forget()


def forget() -> None:
    """Let the next read see what was just written."""
    for cached in (listed, one, values):
        cached.clear()
