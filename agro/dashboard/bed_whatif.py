"""The bed page's slider: so much water tonight, and the week after it."""

from html import escape
from math import isfinite

import streamlit as st

from agro.advice.whatif import DOSES, WhatIf
from agro.dashboard import data, parts, root_zone
from agro.dashboard.frame import Frame
from agro.records import Advice, Plot
from agro.words import Words

_USUAL = 10  # mm tried where the advice says to wait
_BAR_REM = 2.3


@st.fragment
def what_if(frame: Frame, plot: Plot, advice: Advice | None) -> None:
    """The slider and the week it draws; moving it runs nothing else of the page."""
    words = frame.words
    parts.section(words.t("whatif.title"), words.t("whatif.caption"))
    found = data.what_if(plot.site, plot.slug)
    if found is None:
        parts.empty(words.t("whatif.empty_title"), words.t("whatif.empty_body"))
        return
    most = int(DOSES[-1])
    asked = st.slider(
        words.t("whatif.dose"),
        min_value=0,
        max_value=most,
        value=_first_dose(advice, most),
        format="%d mm",
        key=f"bed_dose_{plot.slug}",
    )
    dose = int(asked)
    st.html(told(words, found, dose))
    figure = root_zone.what_if_figure(
        root_zone.tried(found, dose, words.zone),
        root_zone.tried(found, 0, words.zone),
        name=words.t("whatif.line", dose=dose),
        language=words.language,
        say=words.group("chart"),
    )
    alt = words.t("chart.what_if_alt", plot=plot.name, dose=dose)
    parts.chart(figure, key="bed_what_if", alt=alt)
    st.html(chances(words, found, dose))


def _first_dose(advice: Advice | None, most: int) -> int:
    """What the advice says, else a usual watering."""
    if advice is not None and advice.decision == "irrigate" and isfinite(advice.depth_mm):
        return min(round(advice.depth_mm), most)
    return _USUAL


def told(words: Words, found: WhatIf, dose: int) -> str:
    """The dose in litres and minutes, and the chance of stress with and without it."""
    chance, day = words.percent(found.ever[dose]), words.weekday(found.days[-1])
    if dose == 0:
        head, risk = words.t("whatif.none"), words.t("whatif.risk_none", day=day, chance=chance)
    else:
        head = words.t("whatif.amount", dose=dose, amount=_amount(words, found, dose))
        without = words.percent(found.ever[0])
        risk = words.t("whatif.risk", day=day, chance=chance, without=without)
    lines = f'<p class="dose">{escape(head)}</p><p class="risk">{escape(risk)}</p>'
    if dose > found.room + 0.5:
        room = words.t("whatif.room", room=words.number(found.room, 0))
        lines += f'<p class="notice">{escape(room)}</p>'
    if found.is_meant:
        lines += f'<p class="caption">{escape(words.t("whatif.meant"))}</p>'
    return f'<div class="whatif" role="status">{lines}</div>'


def _amount(words: Words, found: WhatIf, dose: int) -> str:
    litres = words.litres(float(found.litres[dose]))
    if isfinite(found.cans[dose]):
        cans = words.t("unit.cans", n=int(found.cans[dose]))
        return words.t("amount.cans", litres=litres, cans=cans)
    if not isfinite(found.minutes[dose]):
        return litres
    duration = words.duration(float(found.minutes[dose]))
    return words.t("amount.minutes", litres=litres, duration=duration)


def chances(words: Words, found: WhatIf, dose: int) -> str:
    """The chance of stress of each day after tonight, as small bars with their figures."""
    items = ""
    for day, chance in zip(found.days[1:], found.chance[1:, dose], strict=True):
        percent = words.percent(float(chance))
        label = words.t("whatif.chance", day=words.day(day), chance=percent)
        height = f"height:{float(chance) * _BAR_REM:.2f}rem"
        items += (
            f'<li aria-label="{escape(label)}"><div class="bars" aria-hidden="true">'
            f'<span class="bar">{escape(percent)}<b class="risk" style="{height}"></b></span></div>'
            f'<span aria-hidden="true">{escape(words.weekday_short(day).rstrip("."))}</span></li>'
        )
    legend = escape(words.t("whatif.chances"))
    return f'<div class="week"><div class="legend">{legend}</div><ol>{items}</ol></div>'
