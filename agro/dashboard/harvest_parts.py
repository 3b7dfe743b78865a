"""The harvest page's parts below its cards: weeks, files, forecasts against what came."""

from math import nan

import pandas as pd
import streamlit as st

from agro.dashboard import data, harvest_charts, parts
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.harvest_data import Harvests, history, planting_of
from agro.forecast.export import as_csv, as_xlsx
from agro.forecast.record import Gathered
from agro.records import YieldForecast

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FEWEST = 2  # forecasts of a planting that can be compared


def weeks(frame: Frame, known: Harvests) -> None:
    """Kilograms by week and crop, as a picture and as a table."""
    words = frame.words
    parts.section(words.t("harvest.weeks"), words.t("harvest.weeks_caption"))
    if known.weeks.empty:
        parts.caption(words.t("harvest.weeks_none"))
        return
    names = {crop: crop_name(words, crop) for crop in set(known.weeks["crop"])}
    figure = harvest_charts.weeks(
        known.weeks,
        names,
        today=words.local(frame.now).date(),
        language=words.language,
        say=words.group("harvest"),
    )
    alt = words.t("harvest.weeks_alt")
    parts.chart(figure, key="harvest_weeks", alt=alt)


def files(frame: Frame, known: Harvests, site: str) -> None:
    """The forecasts as files; each is made when its button is pressed."""
    words = frame.words
    name = f"{site}-{words.local(frame.now):%Y-%m-%d}"
    with st.container(horizontal=True, key="harvest_files"):
        st.download_button(
            words.t("harvest.csv"),
            lambda: as_csv(known.found),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            key="harvest_csv",
        )
        st.download_button(
            words.t("harvest.xlsx"),
            lambda: as_xlsx(known.found),
            f"{name}.xlsx",
            _XLSX,
            on_click="ignore",
            key="harvest_xlsx",
        )


def course(frame: Frame, known: Harvests, site: str) -> None:
    """A planting's forecasts through the season, and how those of seasons that are over did."""
    words, table = frame.words, history(site)
    parts.section(words.t("harvest.history"), words.t("harvest.history_caption"))
    n, inside = judged(table, known.over)
    if n:
        parts.caption(words.t("harvest.judged", n=n, inside=inside))
    chosen = _choose(frame, known, table, site)
    if chosen is None:
        parts.caption(words.t("harvest.history_none"))
        return
    own = _of(table, chosen)
    times = pd.to_datetime(own["issued_at"], unit="s", utc=True)
    own = own.assign(time=times.dt.tz_convert(words.zone).dt.tz_localize(None))
    picked = known.picked.get(planting_of(chosen), nan) / chosen.area
    figure = harvest_charts.course(own, picked, language=words.language, say=words.group("harvest"))
    alt = words.t("harvest.history_alt", name=_name(frame, chosen, site))
    parts.chart(figure, key="harvest_course", alt=alt)


def _choose(frame: Frame, known: Harvests, table: pd.DataFrame, site: str) -> YieldForecast | None:
    """The planting whose forecasts are shown; None where none has enough of them."""
    words = frame.words
    choices = {
        "/".join(map(str, planting_of(one))): one
        for one in known.found
        if len(_of(table, one)) >= _FEWEST
    }
    if not choices:
        return None
    key = st.selectbox(
        words.t("harvest.history_choose"),
        sorted(choices, key=lambda key: not known.picked[planting_of(choices[key])] > 0.0),
        key=f"harvest_planting_{site}",
        format_func=lambda key: _name(frame, choices[key], site),
        placeholder=words.t("harvest.history_choose"),
        width=420,
    )
    return choices.get(key) if key is not None else None


def _of(table: pd.DataFrame, one: YieldForecast) -> pd.DataFrame:
    """The forecasts of one planting that foresaw something."""
    same = (table["plot"] == one.plot) & (table["crop"] == one.crop)
    return table[same & (table["planted"] == one.planted) & table["middle"].notna()]


def _name(frame: Frame, one: YieldForecast, site: str) -> str:
    plot = data.place_names().get((site, one.plot), one.plot)
    return f"{plot} · {crop_name(frame.words, one.crop)}"


def judged(table: pd.DataFrame, over: tuple[Gathered, ...]) -> tuple[int, int]:
    """How many plantings that are over had a forecast half-way, and of how many it held."""
    count = held = 0
    foreseen = table.dropna(subset=["low", "high"])
    plantings = dict(iter(foreseen.groupby(["plot", "crop", "planted"], sort=False)))
    for season in over:
        own = plantings.get((season.plot, season.crop, season.planted))
        if own is None:
            continue
        middle = own.iloc[len(own) // 2]
        gave = season.mass / season.area
        count += 1
        held += bool(middle["low"] <= gave <= middle["high"])
    return count, held
