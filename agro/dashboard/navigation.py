"""The links between the pages: grouped by who uses them, one's own group first."""

from collections.abc import Collection, Mapping

import streamlit as st

from agro.access import Role
from agro.words import Words

# A group for each role, in the order of the links; a page belongs to those who use it most.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "garden": ("today", "logbook", "harvest", "bed", "crops", "chain"),
    "research": ("trials",),
    "equipment": ("stations", "alerts"),
    "city": ("control_post", "reports", "indicators"),
}
PAGES: tuple[str, ...] = tuple(page for pages in GROUPS.values() for page in pages)
_OWN: Mapping[Role, str] = {
    "farmer": "garden",
    "researcher": "research",
    "official": "city",
    "operator": "equipment",
}
_FIRST: Mapping[Role, str] = {
    "farmer": "today",
    "researcher": "trials",
    "official": "indicators",
    "operator": "stations",
}
# On a phone so many links stand in the bar, the others behind « Plus ».
_IN_BAR = 4


def first_page(roles: Collection[Role]) -> str:
    """Where a visit begins: a farmer's beds, whoever else they are; the city for nobody known."""
    return next((page for role, page in _FIRST.items() if role in roles), "indicators")


def grouped(allowed: Collection[str], roles: Collection[Role]) -> dict[str, tuple[str, ...]]:
    """Group → its pages that are allowed; the groups of one's own roles first."""
    own = {_OWN[role] for role in roles}
    order = sorted(GROUPS, key=lambda group: group not in own)
    kept = {group: tuple(page for page in GROUPS[group] if page in allowed) for group in order}
    return {group: pages for group, pages in kept.items() if pages}


def draw(
    words: Words, pages: Mapping[str, st.Page], here: st.Page, roles: Collection[Role]
) -> None:
    """The links: under the title on a laptop, on a phone the first under the thumb, then a list.

    Parameters
    ----------
    pages : name → page, of those that may be opened.
    """
    groups = grouped(list(pages), roles)
    in_bar = [page for group in groups.values() for page in group][:_IN_BAR]
    with st.container(horizontal=True, key="nav", gap=None):
        for group, names in groups.items():
            if len(groups) > 1:
                with st.container(key=f"nav_label_{group}", width="content"):
                    st.html(_label(words, group, "nav-label"))
            for name in names:
                _link(pages, name, here, "nav" if name in in_bar else "nav_wide")
        _folded(words, pages, here, groups, in_bar)


def _folded(
    words: Words,
    pages: Mapping[str, st.Page],
    here: st.Page,
    groups: Mapping[str, tuple[str, ...]],
    in_bar: Collection[str],
) -> None:
    """What does not fit into a phone's bar, in a list under the headings of its groups."""
    left = {
        group: [name for name in names if name not in in_bar] for group, names in groups.items()
    }
    if not any(left.values()):
        return
    is_there = any(pages[name] == here for names in left.values() for name in names)
    label = here.title if is_there else words.t("nav.more")
    # Named after the page, so that it is closed where one arrives.
    menu = f"nav_list_{here.url_path}"
    with (
        st.container(key="nav_more_here" if is_there else "nav_more", width="content"),
        st.popover(label, key=menu),
    ):
        for group, names in left.items():
            if names and len(groups) > 1:
                st.html(_label(words, group, "nav-heading"))
            for name in names:
                _link(pages, name, here, "nav_item")


def _link(pages: Mapping[str, st.Page], name: str, here: st.Page, kind: str) -> None:
    page = pages[name]
    with st.container(key=f"{kind}_here" if page == here else f"{kind}_{name}", width="content"):
        st.page_link(page, label=page.title)


def _label(words: Words, group: str, css: str) -> str:
    return f'<p class="{css}">{words.t(f"nav_group.{group}")}</p>'
