"""The bed page's look back: advice against what was done, and how wrong the model was."""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from math import isfinite
from typing import Any

import pandas as pd
import streamlit as st

from agro.advice.history import summary
from agro.advice.score import LEAST, Lead
from agro.dashboard import data, parts, root_zone
from agro.dashboard.frame import Frame
from agro.records import Advice, Plot
from agro.words import Words

_SHOWN = 14  # days of the table; the file has them all
_NUMBERS = ("advised", "given", "chance_of_stress", "rain", "depletion", "raw", "taw")


def history(frame: Frame, plot: Plot) -> None:
    """What was advised, done, and what came of it."""
    words = frame.words
    parts.section(words.t("history.title"), words.t("history.caption"))
    table = data.look_back(plot.site, plot.slug).history
    if table.empty:
        parts.empty(words.t("history.empty_title"), words.t("history.empty_body"))
        return
    st.html(_outcomes(words, table))
    figure = root_zone.history_figure(table, language=words.language, say=words.group("chart"))
    alt = words.t("chart.history_alt", plot=plot.name)
    parts.chart(figure, key="bed_history", alt=alt)
    with st.expander(words.t("history.daily"), key="bed_days"):
        st.html(_days(words, table))
    st.download_button(
        words.t("history.export"),
        lambda: as_csv(table),
        file_name=f"agro-{plot.site}-{plot.slug}.csv",
        mime="text/csv",
        on_click="ignore",
        key="bed_export",
    )


def as_csv(table: pd.DataFrame) -> str:
    """The whole history: codes, mm and local days, with the unit in each column's name."""
    units = {name: f"{name}_mm" for name in _NUMBERS if name != "chance_of_stress"}
    rounded = table.round(dict.fromkeys(_NUMBERS, 2)).rename(columns=units)
    return str(rounded.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ"))


def _outcomes(words: Words, table: pd.DataFrame) -> str:
    heads = [words.t(f"history.{name}") for name in ("outcome", "days", "stress")]
    rows = [
        [
            words.t(f"outcome.{name}"),
            words.number(float(row["days"])),
            _stress(words, float(row["stress_days"])),
        ]
        for name, row in summary(table).iterrows()
    ]
    return parts.table(heads, rows, numbers=frozenset({1, 2}), tight=True)


def _stress(words: Words, days: float) -> str:
    return words.t("history.stress_days", n=days) if isfinite(days) else words.number(days)


def _days(words: Words, table: pd.DataFrame) -> str:
    heads = [words.t(f"history.{name}") for name in ("day", "advised", "given", "afterwards")]
    rows = [_day(words, row) for _, row in table.iloc[::-1].head(_SHOWN).iterrows()]
    return parts.table(heads, rows, numbers=frozenset({1, 2, 3}), tight=True)


def _day(words: Words, row: pd.Series) -> list[str]:
    is_irrigate = row["decision"] == "irrigate"
    return [
        words.short_day(row["day"]),
        _millimetres(words, row["advised"]) if is_irrigate else words.t("history.wait"),
        _millimetres(words, row["given"]) if row["given"] > 0 else words.t("history.nothing"),
        _stress(words, row["stress_days"]),
    ]


def _millimetres(words: Words, amount: float) -> str:
    return words.t("history.amount", amount=words.number(amount, 1))


def score(frame: Frame, plot: Plot) -> None:
    """How far the forecasts of the last weeks were from the probes."""
    words = frame.words
    parts.section(words.t("score.title"), words.t("score.caption"))
    leads = data.look_back(plot.site, plot.slug).score
    advice = next((one for one in data.advices(plot.site) if one.plot == plot.slug), None)
    if said := speaks(words, advice, leads):
        st.html(said)
    if not any(lead.enough for lead in leads):
        parts.empty(words.t("score.empty_title"), words.t("score.empty_body", n=LEAST))
        return
    st.html(verdict(words, leads) + _leads(words, leads))


def speaks(words: Words, advice: Advice | None, leads: Sequence[Lead]) -> str:
    """Which forecasts the days ahead: the physics, or what was learned, and by how much better."""
    told = advice.sources.get("learned") if advice is not None else None
    if not told:
        return ""
    if not told["used"]:
        said = words.t(f"score.physics_{told['reason']}")
    else:
        until = words.long_day(date.fromisoformat(told["trained_until"]))
        said = words.t("score.learned", until=until)
    lines = [said, *_held_out(words, told), *_here(words, leads)]
    return f'<p class="caption">{escape(" ".join(lines))}</p>'


def _held_out(words: Words, told: Mapping[str, Any]) -> list[str]:
    """The errors on days not seen of this bed's probe at the middle horizon there is."""
    series = [rows for rows in told.get("rmse", {}).values() if rows]
    if not series:
        return []
    row = series[0][len(series[0]) // 2]
    errors = {
        name: words.number(100.0 * row[name], 1) for name in ("chosen", "bucket", "persistence")
    }
    return [words.t("score.held_out", n=int(row["days"]), days=int(row["n"]), **errors)]


def _here(words: Words, leads: Sequence[Lead]) -> list[str]:
    """What the correction was worth in the advice of the last weeks."""
    judged = [lead for lead in leads if lead.enough_learned]
    if not judged:
        return []
    last = judged[-1]
    learned, physics = (words.number(mm, 1) for mm in (last.learned_rmse, last.physics_rmse))
    evening = _evening(words, last)
    return [words.t("score.learned_here", evening=evening, learned=learned, physics=physics)]


def verdict(words: Words, leads: Sequence[Lead]) -> str:
    """The longest look ahead that can be judged, in one sentence."""
    last = [lead for lead in leads if lead.enough][-1]
    rmse, rival = (words.number(mm, 1) for mm in (last.rmse, last.persistence_rmse))
    said = {"evening": _evening(words, last), "rmse": rmse, "persistence": rival}
    if last.rmse < last.persistence_rmse:
        return f'<p class="verdict">{escape(words.t("score.better", **said))}</p>'
    return parts.notice(words.t("score.worse", **said))


def _leads(words: Words, leads: Sequence[Lead]) -> str:
    names = ("evening", "count", "bias", "rmse", "persistence", "coverage")
    heads = [words.t(f"score.{name}") for name in names]
    return parts.table(heads, [_lead(words, one) for one in leads], numbers=frozenset(range(1, 6)))


def _evening(words: Words, lead: Lead) -> str:
    return words.t("score.evenings", n=lead.evening)


def _lead(words: Words, lead: Lead) -> list[str]:
    name = _evening(words, lead)
    if not lead.enough:
        return [name, words.t("score.short", n=lead.count, least=LEAST), "", "", "", ""]
    side = "dry" if lead.bias > 0 else "wet"
    return [
        name,
        words.number(lead.count),
        words.t(f"score.bias_{side}", amount=words.number(abs(lead.bias), 1)),
        words.t("score.amount", amount=words.number(lead.rmse, 1)),
        words.t("score.amount", amount=words.number(lead.persistence_rmse, 1)),
        words.percent(lead.coverage),
    ]
