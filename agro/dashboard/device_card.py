"""One device as a card: its state in words with a sign, its figures, a strip of its last days."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime, timedelta
from html import escape
from math import isfinite

import pandas as pd

from agro.dashboard.devices import Station, model_name
from agro.words import Words
from sensors.battery import HORIZON_DAYS

HOUSEKEEPING = {"battery_voltage", "battery_level", "battery_life", "rssi", "snr"}
_FIRST = (
    "soil_moisture",
    "rain",
    "air_temperature",
    "relative_humidity",
    "wind_speed",
    "soil_temperature",
)
_SIGNS = {"ok": "✓", "watch": "!", "fault": "✕", "silent": "✕", "never": "?"}
_FAULT_OF_FLAG = {3: "suspect", 4: "rejected", 9: "missing"}
_DAYS = ("failed", "suspect", "missing", "good")  # the first that a day has is its colour


def card(
    words: Words, one: Station, place: str, values: pd.DataFrame, days: pd.DataFrame, now: datetime
) -> str:
    """A device as HTML.

    Parameters
    ----------
    place : Where it stands, in words.
    values : Its newest values, of `readings.latest`.
    days : Its days, of `stations.flag_days`.
    """
    pairs = _figures(words, one, now)
    body = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    told = fault_texts(words, one, values)
    faults = "".join(f"<li>{escape(text)}</li>" for text in told)
    word = f"{_SIGNS[one.state]} {words.t(f'state.{one.state}')}"
    tone = "ok-word" if one.state == "ok" else "bad"
    return (
        f'<article class="device {one.state}"><div class="head"><h3>{escape(one.name)}</h3>'
        f'<span class="state-word {tone}">{escape(word)}</span></div>'
        f'<p class="place">{escape(place)} · {escape(model_name(one.model))}</p>'
        + (f'<ul class="faults">{faults}</ul>' if faults else "")
        + f"<dl>{body}</dl>"
        + (strip(words, days, now) if one.seen else "")
        + _values(words, values)
        + "</article>"
    )


def _figures(words: Words, one: Station, now: datetime) -> list[tuple[str, str]]:
    seen = words.t("time.never") if one.seen is None else words.age(one.age)
    pairs = [(words.t("stations.seen"), seen)]
    if one.seen is None:
        return pairs
    if isfinite(one.interval_s):
        pairs.append((words.t("stations.usually"), every(words, one.interval_s)))
    pairs.append((words.t("stations.battery"), _battery(words, one)))
    if (ends := battery_end(words, one, now)) is not None:
        pairs.append((words.t("stations.battery_end"), ends))
    pairs.append((words.t("stations.signal"), _signal(words, one)))
    if week := radio(words, *one.week):
        pairs.append((words.t("stations.week"), week))
    if one.lost:
        pairs.append((words.t("stations.lost"), words.number(one.lost)))
    if one.problems:
        pairs.append((words.t("stations.refused"), words.number(one.problems)))
    return pairs


def every(words: Words, interval_s: float) -> str:
    """`toutes les 20 min`."""
    return words.t("stations.every", duration=words.duration(interval_s / 60.0))


def fault_texts(words: Words, one: Station, values: pd.DataFrame) -> list[str]:
    """What is wrong with a device, in words; a flag is told of each value that carries it."""
    texts = []
    for code in one.faults:
        if code == "silent" and one.missed:
            texts.append(words.t("fault.silent_missed", n=one.missed))
        elif code == "silent":
            texts.append(words.t("fault.silent", age=words.age(one.age)))
        elif code == "battery":
            texts.append(words.t("fault.battery", value=_battery_figure(words, one)))
        elif code in _FAULT_OF_FLAG.values():
            flagged = values[values["flag"].map(_FAULT_OF_FLAG.get) == code]["quantity"]
            texts += [
                words.t(f"fault.{code}", quantity=words.code("quantity", name))
                for name in dict.fromkeys(flagged)
            ]
        else:
            texts.append(words.t(f"fault.{code}"))
    return texts


def _battery_figure(words: Words, one: Station) -> str:
    if isfinite(one.battery_level):
        return words.percent(one.battery_level / 100)
    return words.t("unit.volts", value=words.number(one.battery_voltage, 2))


def _battery(words: Words, one: Station) -> str:
    if not isfinite(one.battery_level) and not isfinite(one.battery_voltage):
        return words.t("battery.unknown")
    told = "low" if "battery" in one.faults else "good"
    steady = f", {words.t('battery.steady')}" if one.outlook.outlook == "steady" else ""
    return f"{_battery_figure(words, one)}, {words.t(f'battery.{told}')}{steady}"


def battery_end(words: Words, one: Station, now: datetime) -> str | None:
    """When the battery will be empty, with its margin; None where no decline tells it."""
    found = one.outlook
    if found.outlook in {"unknown", "steady"}:
        return None
    if found.outlook != "falling":
        return words.t(f"battery.{found.outlook}")
    today = words.local(now).date()
    middle, soonest = _day(words, today, found.left), _day(words, today, found.soonest)
    if found.latest > HORIZON_DAYS:
        return words.t("battery.falling_open", day=middle, soonest=soonest)
    latest = _day(words, today, found.latest)
    if soonest == latest:
        return words.t("battery.falling_sure", day=middle)
    return words.t("battery.falling", day=middle, soonest=soonest, latest=latest)


def _day(words: Words, today: date, days: float) -> str:
    day = today + timedelta(days=round(days))
    return words.near_day(day, today)


def _signal(words: Words, one: Station) -> str:
    """The last message's strength, and the week's in one word."""
    last = radio(words, one.rssi, one.snr)
    word = words.t(f"signal.{one.grade}")
    return f"{last}, {word}" if last else word


def radio(words: Words, rssi: float, snr: float) -> str:
    """`−97 dBm, SNR 7 dB`; what is not told is left out."""
    parts = []
    if isfinite(rssi):
        parts.append(words.t("unit.decibels", value=words.number(rssi, 0)))
    if isfinite(snr):
        parts.append(words.t("signal.snr", value=words.number(snr, 0)))
    return " / ".join(parts)


STRIP_DAYS = 30


def strip(words: Words, days: pd.DataFrame, now: datetime) -> str:
    """The last days as a row of squares: the gravest flag of each day, empty where silent."""
    today = words.local(now).date()
    judged = {row["day"]: row for row in days.to_dict("records")}
    shown = [today - timedelta(days=back) for back in range(STRIP_DAYS - 1, -1, -1)]
    kinds = [_kind(judged.get(day)) for day in shown]
    cells = "".join(
        f'<i class="{kind}" title="{escape(_day_text(words, day, judged.get(day)))}"></i>'
        for day, kind in zip(shown, kinds, strict=True)
    )
    label = words.t(
        "strip.label",
        n=STRIP_DAYS,
        good=kinds.count("good"),
        doubted=sum(kind in {"failed", "suspect", "missing"} for kind in kinds),
        silent=kinds.count("none"),
    )
    return f'<div class="strip" role="img" aria-label="{escape(label)}">{cells}</div>'


def _kind(row: Mapping[Hashable, object] | None) -> str:
    if row is None:
        return "none"
    return next((name for name in _DAYS if int(str(row[name])) > 0), "none")


def _day_text(words: Words, day: date, row: Mapping[Hashable, object] | None) -> str:
    if row is None:
        return words.t("strip.none", day=words.short_day(day))
    told = [words.t(f"strip.{name}", n=int(str(row[name]))) for name in _DAYS[::-1] if row[name]]
    return words.t("strip.day", day=words.short_day(day), told=words.listing(told))


def _values(words: Words, values: pd.DataFrame) -> str:
    told = [row for row in values.to_dict("records") if row["quantity"] not in HOUSEKEEPING]
    if not told:
        return f'<p class="place">{escape(words.t("empty.readings"))}</p>'
    rows = [_value_row(words, row) for row in sorted(told, key=_told_first)]
    first, rest = rows[:2], rows[2:]
    table = f'<table class="values">{"".join(first)}</table>'
    if not rest:
        return table
    more = f'<table class="values">{"".join(rest)}</table>'
    summary = escape(words.t("stations.all_values"))
    return f"{table}<details><summary>{summary}</summary>{more}</details>"


def _told_first(row: Mapping[Hashable, object]) -> int:
    """What people look for comes first; the rest stays in the order of names."""
    name = row["quantity"]
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _value_row(words: Words, row: Mapping[Hashable, object]) -> str:
    name = words.code("quantity", str(row["quantity"]))
    depth, flag = float(str(row["depth_cm"])), int(str(row["flag"]))
    if isfinite(depth):
        name += f", {words.t('stations.depth', depth=depth)}"
    sign = "✓" if flag in {1, 2} else "✕" if flag in {4, 9} else "!"
    tone = "ok-word" if flag in {1, 2} else "bad"
    return (
        f"<tr><td>{escape(name[:1].upper() + name[1:])}</td><td>{escape(figure(words, row))} "
        f'<span class="{tone}">{sign} {escape(words.code("flag", str(flag)))}</span></td></tr>'
    )


def figure(words: Words, row: Mapping[Hashable, object]) -> str:
    """A value with its unit; soil moisture in % of volume, as gardeners and probes show it."""
    value, unit = float(str(row["value"])), str(row["unit"])
    if not isfinite(value):
        return "–"
    if row["quantity"] == "soil_moisture":
        return words.percent(value)
    amount = words.number(value, 0 if abs(value) >= 100 else 1)
    return amount if unit == "1" else f"{amount}\u00a0{unit}"


def legend(words: Words) -> str:
    """What the colours of the strips say."""
    kinds: Sequence[str] = ("good", "suspect", "failed", "missing", "none")
    items = "".join(
        f'<li><i class="{kind}"></i>{escape(words.t(f"legend.{kind}"))}</li>' for kind in kinds
    )
    return f'<ul class="strip-legend">{items}</ul>'
