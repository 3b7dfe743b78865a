"""Débouchés: deliver, see where the food goes, what is left, and trace it back to its seed."""

import streamlit as st

from agro.dashboard import parts
from agro.dashboard.chain_deliver import deliver
from agro.dashboard.chain_flow import flow
from agro.dashboard.chain_stock import stock
from agro.dashboard.chain_trace import trace
from agro.dashboard.frame import Frame, current
from agro.records import Site

_VIEWS = {"deliver": deliver, "flow": flow, "stock": stock, "trace": trace}


def _view(frame: Frame, site: Site) -> None:
    """One view at a time; a link to a delivery or a plot opens its trace."""
    words = frame.words
    if "chain_view" not in st.session_state:
        linked = "delivery" in st.query_params or "plot" in st.query_params
        st.session_state["chain_view"] = "trace" if linked else "deliver"
    views = [name for name in _VIEWS if name != "deliver" or frame.may("chain.write")]
    if st.session_state["chain_view"] not in views:
        st.session_state["chain_view"] = views[0]
    view = st.segmented_control(
        words.t("chain.view"),
        views,
        required=True,
        key="chain_view",
        format_func=lambda name: words.t(f"chain.view_{name}"),
        label_visibility="collapsed",
    )
    _VIEWS[str(view or views[0])](frame, site)


def main() -> None:
    """Draw the page."""
    frame = current()
    parts.title(frame.words.t("chain.title"))
    if frame.site is None:
        parts.empty(frame.words.t("empty.city_title"), frame.words.t("empty.city_body"))
        return
    _view(frame, frame.site)


main()
