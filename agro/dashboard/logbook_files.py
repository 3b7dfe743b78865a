"""The logbook as files: what is shown, to be taken away as CSV or XLSX."""

from json import dumps

import streamlit as st

from agro.dashboard import logbook_data as log
from agro.dashboard.frame import Frame
from agro.dashboard.logbook_data import Sought
from agro.logbook import to_csv, to_xlsx
from agro.records import Site
from agro.words import Words

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def wording(words: Words) -> None:
    """What the browser's file chooser says, in the page's language: Streamlit knows one only."""
    told = dumps(words.t("logbook.choose_file"), ensure_ascii=False)
    st.html(f"<style>:root {{ --choose-file: {told}; }}</style>")


def export(frame: Frame, site: Site, sought: Sought) -> None:
    """Draw both buttons; a file is made when its button is pressed."""
    words = frame.words
    name = f"{site.slug}-{words.local(frame.now):%Y-%m-%d}"
    with st.container(horizontal=True, key="logbook_export"):
        st.download_button(
            words.t("logbook.export_csv"),
            lambda: to_csv(log.every(sought), words.zone),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            key="logbook_csv",
        )
        st.download_button(
            words.t("logbook.export_xlsx"),
            lambda: to_xlsx(log.every(sought), words.zone),
            file_name=f"{name}.xlsx",
            mime=_XLSX,
            on_click="ignore",
            key="logbook_xlsx",
        )
