"""Where a delivery goes: an outlet that is known, or a new one with its distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import streamlit as st

from agro.dashboard.chain_parts import channel
from agro.records import Outlet
from agro.store.deliveries import CHANNELS, UNNOTED, slug_of
from agro.words import Words

_OTHER = "*"
_BETWEEN = (0.0, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a delivery goes; `new` is the outlet to store with it, None when it is known."""

    channel: str = ""
    outlet: str = ""
    name: str = ""
    distance_km: float = nan
    intermediaries: float = nan
    new: Outlet | None = None


def where(words: Words, outlets: Sequence[Outlet], site: str) -> Where:
    """Ask where it goes: outlets as chips, the last used first."""
    names = {one.slug: one.name for one in outlets}
    names[_OTHER] = words.t("chain.other_outlet")
    key = "chain_where"
    if st.session_state.get(key) not in names:
        st.session_state[key] = next(iter(names))
    chosen = st.pills(
        words.t("chain.where"), list(names), key=key, required=True, format_func=names.__getitem__
    )
    if chosen == _OTHER or chosen is None:
        return _new(words, outlets, site)
    one = next(one for one in outlets if one.slug == chosen)
    return Where(one.channel, one.slug, one.name, one.distance_km, one.intermediaries)


def _new(words: Words, outlets: Sequence[Outlet], site: str) -> Where:
    """An outlet nobody noted yet; without a name it is a channel and no more."""
    way = st.pills(
        words.t("chain.channel_ask"),
        [code for code in CHANNELS if code != UNNOTED],
        key="chain_channel",
        format_func=lambda code: channel(words, code),
    )
    if way is None:
        return Where()
    name = st.text_input(words.t("chain.outlet_name"), key="chain_outlet_name", max_chars=80)
    left, right = st.columns(2)
    distance = left.number_input(
        words.t("chain.distance"), min_value=0.0, value=None, step=1.0, key="chain_distance"
    )
    between = right.selectbox(
        words.t("chain.between"),
        _BETWEEN,
        index=None,
        key="chain_between",
        placeholder=words.t("chain.between_unknown"),
        format_func=lambda count: words.t(f"chain.between_{int(count)}"),
    )
    km = nan if distance is None else float(distance)
    count = nan if between is None else float(between)
    slug = slug_of(name, [one.slug for one in outlets])
    new = Outlet(site, slug, name.strip(), way, km, count) if slug else None
    return Where(way, slug, name.strip() or channel(words, way), km, count, new)
