"""Cultures: what stands on each bed, when it will be ripe, what threatens it, what comes next."""

import streamlit as st

from agro.dashboard import crops_data, crops_form, crops_parts, data, parts
from agro.dashboard.frame import current
from agro.dashboard.origin import origin


def main() -> None:
    """Draw the page."""
    frame = current()
    words = frame.words
    if frame.site is None:
        parts.title(words.t("crops.title"))
        parts.empty(words.t("empty.city_title"), words.t("empty.city_body"))
        return
    found = crops_data.outlook(frame.site.slug)
    if found is None or not found.plots:
        parts.title(words.t("crops.title"))
        parts.empty(words.t("crops.no_plots_title"), words.t("crops.no_plots_body"))
        return
    n = len(crops_parts.standing(found))
    parts.title(words.t("crops.title"), words.t("crops.lead", n=n))
    if found.planned:
        crops_parts.alerts(frame, found)
        crops_parts.timeline(frame, found)
    else:
        parts.empty(words.t("crops.empty_title"), words.t("crops.empty_body"))
    if frame.may("planting.write"):
        crops_form.draw(frame, frame.site, found)
    if found.planned:
        crops_parts.table(frame, found)
        thanks = origin(frame, data.advices(frame.site.slug))
        if thanks:
            st.html(thanks)


main()
