"""The crop plan's alerts, timeline, table and file."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

import pandas as pd
import streamlit as st

from agro import crop_plan
from agro.crop_plan import Outlook, Planned
from agro.dashboard import crops_chart, crops_words, parts
from agro.dashboard.frame import Frame, crop_name
from agro.words import Words

_LATELY = timedelta(days=120)  # how long what has ended is still told of in the table
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def alerts(frame: Frame, found: Outlook) -> None:
    """What threatens the crops, and what the forecast behind it is."""
    words, names = frame.words, _names(found)
    said = crops_words.hazards(words, found, names) + crops_words.rotations(words, found, names)
    parts.section(words.t("crops.alerts"), _sources(words, found))
    if said:
        st.html("".join(parts.notice(line) for line in said))
    elif found.forecast:
        parts.caption(words.t("crops.no_alerts"))


def _sources(words: Words, found: Outlook) -> str:
    if not found.forecast or found.issued_at is None:
        return words.t("crops.no_forecast")
    provider = f"provider.{found.forecast}"
    source = words.t(provider) if words.knows(provider) else found.forecast
    return words.t("crops.forecast", source=source, stamp=words.stamp(found.issued_at))


def timeline(frame: Frame, found: Outlook) -> None:
    """The beds as lines of time."""
    words = frame.words
    parts.section(words.t("crops.timeline"), words.t("crops.timeline_caption"))
    figure = crops_chart.timeline(
        _bars(words, found),
        [plot.name for plot in found.plots],
        now=words.local(frame.now).replace(tzinfo=None),
        language=words.language,
        say=words.group("crops.chart"),
    )
    alt = words.t("crops.timeline_alt")
    parts.chart(figure, key="crops_timeline", alt=alt)


def _bars(words: Words, found: Outlook) -> pd.DataFrame:
    names = _names(found)
    columns = ["plot", "name", "kind", "start", "end", "ripe", "over", "told"]
    rows = [_bar(words, one, names[one.planting.plot], found) for one in found.planned]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("start", "end", "ripe", "over"):
        table[name] = pd.to_datetime(table[name])
    return table


def _bar(words: Words, one: Planned, plot: str, found: Outlook) -> tuple[object, ...]:
    planting = one.planting
    kind = one.stage if one.stage in ("ended", "planned") else "standing"
    end = max(one.ends, planting.planted + timedelta(days=1))
    if kind == "standing":
        end = max(end, found.today)
    ripe = one.earliest if one.earliest and one.earliest < end else None
    over = max(min(one.end or end, end), ripe + timedelta(days=1)) if ripe else None
    name = crops_words.name_of(words, planting.crop, planting.variety)
    told = f"{escape(name)}<br>{escape(crops_words.window(words, one, found.today))}"
    start = one.season if kind == "standing" else planting.planted
    return plot, crop_name(words, planting.crop), kind, start, end, ripe, over, told


def table(frame: Frame, found: Outlook) -> None:
    """Every planting in figures, and the plan as a file."""
    words, names = frame.words, _names(found)
    shown = [one for one in found.planned if _is_recent(one, found)]
    heads = [
        words.t(f"crops.column.{name}")
        for name in ("plot", "crop", "planted", "stage", "degrees", "window", "end", "notes")
    ]
    rows = [_cells(words, one, names[one.planting.plot], found) for one in shown]
    with st.expander(words.t("crops.table"), key="crops_table"):
        parts.caption(words.t("crops.table_caption"))
        st.html(parts.table(heads, rows, numbers=frozenset({4})))
    _files(words, found)


def _is_recent(one: Planned, found: Outlook) -> bool:
    removed = one.planting.removed
    return one.stage != "ended" or removed is None or removed > found.today - _LATELY


def _cells(words: Words, one: Planned, plot: str, found: Outlook) -> list[str]:
    planting, today, ended = one.planting, found.today, one.stage == "ended"
    degrees = words.t("crops.degrees", value=words.number(one.degrees, 0))
    end = planting.removed or one.end
    return [
        plot,
        crops_words.name_of(words, planting.crop, planting.variety),
        _planted(words, one, found),
        words.code("crops.stage", one.stage),
        degrees if one.degrees > 0.0 else "–",
        "–" if ended else crops_words.window(words, one, today),
        words.near_day(end, today) if end else "–",
        "–" if ended else _notes(words, one, found),
    ]


def _planted(words: Words, one: Planned, found: Outlook) -> str:
    """When it was planted, and what the logbook says of its sowing."""
    said = [words.near_day(one.planting.planted, found.today)]
    for name, day in (("sown", one.sown), ("transplanted", one.transplanted)):
        if day is not None and day != one.planting.planted:
            said.append(words.t(f"crops.{name}", day=words.near_day(day, found.today)))
    return " · ".join(said)


def _notes(words: Words, one: Planned, found: Outlook) -> str:
    said = crops_words.cautions(words, one)
    if one.harvested is not None:
        said.insert(0, words.t("crops.harvested", day=words.near_day(one.harvested, found.today)))
    if one.who:
        said.append(words.t("crops.said_by", who=one.who))
    return " · ".join(said) or "–"


def _files(words: Words, found: Outlook) -> None:
    name = f"plan-{found.today}"
    with st.container(horizontal=True):
        st.download_button(
            words.t("crops.csv"),
            lambda: crop_plan.as_csv(found),
            f"{name}.csv",
            "text/csv",
            key="crops_csv",
        )
        st.download_button(
            words.t("crops.xlsx"),
            lambda: crop_plan.as_xlsx(found),
            f"{name}.xlsx",
            _XLSX,
            key="crops_xlsx",
        )


def standing(found: Outlook) -> Sequence[Planned]:
    """What grows today."""
    return [one for one in found.planned if one.stage not in ("ended", "planned")]


def _names(found: Outlook) -> dict[str, str]:
    return {plot.slug: plot.name for plot in found.plots}
