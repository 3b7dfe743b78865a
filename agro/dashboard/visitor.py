"""Whoever looks at the pages: read anew at each run, and again at each write."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from sqlalchemy import Engine

from agro.access import LOCAL, PUBLIC, ROLES, Actor, Role, actor_of, may
from agro.config import clock_is_simulated
from agro.records import Site

EVERYBODY, NOBODY = "everybody", "public"  # of the demo's switch, beside the roles
SEATS: tuple[str, ...] = (EVERYBODY, *ROLES, NOBODY)
_SEAT = "demo_seat"
_UNWRITTEN = "unwritten"

Unwritten = Literal["refused", "failed"]  # why a write was not done


def actor(engine: Engine, gardens: Sequence[str]) -> Actor:
    """Who looks: the one signed in, else whoever may without an account.

    In a demo without accounts it is the seat that was chosen; a seat's own garden is the first.
    """
    asked = st.context
    found = actor_of(engine, cookies=dict(asked.cookies), headers=dict(asked.headers))
    return _seated(gardens) if found == LOCAL and clock_is_simulated() else found


def has_switch(who: Actor) -> bool:
    """Whether the pages show the switch of roles: in a demo in which nobody signs in."""
    is_seated = not who.is_public or seat() == NOBODY
    return clock_is_simulated() and not who.email and is_seated


def choose_seat(asked: str) -> None:
    """Begin a visit in the seat that its address names."""
    st.session_state[_SEAT] = asked if asked in SEATS else EVERYBODY


def seat() -> str:
    """The demo's seat that was chosen."""
    return str(st.session_state.get(_SEAT) or EVERYBODY)


def mirror_seat() -> None:
    """Keep the demo's seat in the address, so that it can be sent."""
    if seat() == EVERYBODY:
        st.query_params.pop("as", None)
    else:
        st.query_params["as"] = seat()


def seat_key() -> str:
    """Under which the switch keeps its choice."""
    return _SEAT


def _seated(gardens: Sequence[str]) -> Actor:
    chosen = seat()
    if chosen == NOBODY:
        return PUBLIC
    role: Role | None = next((one for one in ROLES if one == chosen), None)
    return LOCAL if role is None else Actor("", "", frozenset({role}), frozenset(gardens[:1]))


def seen(who: Actor, sites: Sequence[Site]) -> list[Site]:
    """The gardens whose pages somebody may open; of who opens none of them, every one's name."""
    if not chooses_site(who):
        return list(sites)
    return [site for site in sites if may(who, "page.today", site.slug)]


def chooses_site(who: Actor) -> bool:
    """Whether a garden is chosen at all: the pages of the city are of every garden."""
    return may(who, "page.today")


def stay_within(who: Actor, sites: Sequence[Site]) -> None:
    """Let the chosen garden be one of these; where it is not, an own one, else the first."""
    slugs = [site.slug for site in sites]
    if st.session_state.get("site") not in slugs:
        own = [slug for slug in slugs if slug in who.sites]
        st.session_state["site"] = next(iter(own or slugs), None)


def turn_back(why: Unwritten) -> None:
    """End what was clicked, since its write was not done: the page is drawn anew and says so.

    It is the one way that also leaves a callback, whose errors Streamlit shows as its own.
    """
    st.session_state[_UNWRITTEN] = why
    st.rerun()


def unwritten() -> str:
    """Why the last write was not done, told once; empty where it was."""
    return str(st.session_state.pop(_UNWRITTEN, ""))
