"""One device up close: which days were doubted by which tests, its battery, what was refused."""

from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import streamlit as st

from agro.dashboard import data, device_charts, parts
from agro.dashboard.devices import Station
from agro.dashboard.frame import Frame
from agro.store.assessment import TESTS
from agro.words import Words
from sensors.battery import supply

DAYS = 30
_FEWEST_BATTERY_DAYS = 3


def detail(frame: Frame, one: Station) -> None:
    """Draw a device."""
    _days(frame, one)
    _battery(frame, one)
    _problems(frame, one)


def _days(frame: Frame, one: Station) -> None:
    words = frame.words
    parts.section(words.t("stations.days"), words.t("stations.days_caption"))
    days = data.flag_days((one.device,), DAYS)
    if not int(days[["suspect", "failed", "missing"]].to_numpy().sum()):
        parts.caption(words.t("stations.days_none" if len(days) else "empty.readings"))
        return
    today = words.local(frame.now).date()
    figure = device_charts.doubted(
        days,
        first=today - timedelta(days=DAYS - 1),
        last=today,
        language=words.language,
        say={**words.group("legend"), "values": words.t("stations.values")},
    )
    alt = words.t("strip.alt", name=one.name)
    parts.chart(figure, key="stations_days", alt=alt)
    found = doubts(data.flag_history(one.device, DAYS))
    if found.empty:  # what is only missing was doubted by nobody
        return
    parts.section(words.t("stations.tests"))
    heads = ("quantity", "test", "values", "first", "last")
    rows = [_test_row(words, row) for row in found.to_dict("records")]
    st.html(parts.table([words.t(f"stations.{name}") for name in heads], rows))


def doubts(history: pd.DataFrame) -> pd.DataFrame:
    """What each test doubted in a `flag_history`, the most frequent first.

    Returns
    -------
    Columns quantity, test, count [values], first, last (days). Test "none" stands for flags that
    were set before tests were noted.
    """
    noted = history[list(TESTS)].sum(axis=1)
    none = (history["suspect"] + history["failed"]).where(noted == 0, 0)
    long = history.assign(none=none).melt(
        ["day", "quantity"], [*TESTS, "none"], var_name="test", value_name="values"
    )
    told = long[long["values"] > 0].groupby(["quantity", "test"], as_index=False)
    found = told.agg(count=("values", "sum"), first=("day", "min"), last=("day", "max"))
    return found.sort_values("count", ascending=False, kind="stable")


def _test_row(words: Words, row: Mapping[Hashable, object]) -> list[str]:
    quantity = words.code("quantity", str(row["quantity"]))
    return [
        quantity[:1].upper() + quantity[1:],
        words.code("test", str(row["test"])),
        words.number(int(str(row["count"]))),
        *(words.short_day(date.fromisoformat(str(row[name]))) for name in ("first", "last")),
    ]


def _battery(frame: Frame, one: Station) -> None:
    words = frame.words
    days = data.battery_days(one.device)
    told = days["quantity"].unique()
    quantity = "battery_voltage" if "battery_voltage" in told else "battery_level"
    days = days[days["quantity"] == quantity]
    if len(days) < _FEWEST_BATTERY_DAYS:
        return
    parts.section(words.t("stations.battery_days"), words.t("stations.battery_caption"))
    times = [_local(words, start) for start in days["start"]]
    title = words.code("quantity", quantity)
    figure = device_charts.battery(
        days.assign(time=times),
        one.outlook,
        supply(one.model, quantity).minimum,
        now=words.local(frame.now).replace(tzinfo=None),
        unit="V" if quantity == "battery_voltage" else "%",
        language=words.language,
        say={
            "title": title[:1].upper() + title[1:],
            "forecast": words.t("battery.forecast"),
            "minimum": words.t("battery.minimum"),
        },
    )
    alt = words.t("strip.battery_alt", name=one.name)
    parts.chart(figure, key="stations_battery", alt=alt)


def _local(words: Words, start: int) -> datetime:
    return words.local(datetime.fromtimestamp(start, UTC)).replace(tzinfo=None)


def _problems(frame: Frame, one: Station) -> None:
    words = frame.words
    parts.section(words.t("stations.own_problems"))
    found = data.problems_of(one.device)
    if found.empty:
        parts.caption(words.t("stations.own_none"))
        return
    heads = ("when", "reason", "detail", "times", "remedy")
    rows = [_problem_row(words, row) for row in found.to_dict("records")]
    st.html(parts.table([words.t(f"stations.{name}") for name in heads], rows))


def _problem_row(words: Words, row: Mapping[Hashable, object]) -> list[str]:
    return [
        words.stamp(pd.Timestamp(str(row["time"])).to_pydatetime()),
        words.code("problem", str(row["reason"])),
        problem_detail(words, row),
        words.number(int(str(row["count"]))),
        remedy(words, str(row["reason"])),
    ]


def problem_detail(words: Words, row: Mapping[Hashable, object]) -> str:
    """What was refused: the quantity or field with its value, else the reason's own detail."""
    named = [str(row[name]) for name in ("field", "value") if row[name]]
    if not named:
        return str(row["detail"])
    group = "quantity" if words.knows(f"quantity.{named[0]}") else "field"
    return " = ".join([words.code(group, named[0]), *named[1:]])


def remedy(words: Words, reason: str) -> str:
    """What to do about a reason."""
    key = f"remedy.{reason}"
    return words.t(key) if words.knows(key) else words.t("remedy.other")
