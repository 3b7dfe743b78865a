"""How each device is: heard when, on what battery, with which values, and what is wrong."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from math import isfinite, nan
from types import MappingProxyType
from typing import Literal

import pandas as pd

from agro.records import Advice, Device
from agro.words import Words

State = Literal["ok", "watch", "fault", "silent", "never"]

SILENT_AFTER = timedelta(hours=6)
# Low batteries: a lithium cell (Dragino, Milesight) falls off below 3.2 V; two alkaline cells
# (Decentlab) stop near 2.0 V.
_LOW_VOLTAGE = {"decentlab": 2.2}
_LOW_LITHIUM_V = 3.2
_LOW_LEVEL_PERCENT = 20.0
_FAULT_OF_FLAG = {3: "suspect", 4: "rejected", 9: "missing"}
_HOUSEKEEPING = {"battery_voltage", "battery_level", "rssi", "snr"}
_TOLD_FIRST = (
    "soil_moisture",
    "rain",
    "air_temperature",
    "relative_humidity",
    "wind_speed",
    "soil_temperature",
)
_SIGNS = {"ok": "✓", "watch": "!", "fault": "✕", "silent": "✕", "never": "?"}


@dataclass(frozen=True, slots=True)
class DeviceState:
    """One device as the page shows it: newest values, and faults as (code, quantity)."""

    device: Device
    state: State
    seen: datetime | None
    battery_voltage: float
    battery_level: float
    rssi: float
    values: pd.DataFrame
    faults: tuple[tuple[str, str], ...]


def disbelieved(advices: Iterable[Advice]) -> dict[str, str]:
    """Device → fault, of those that the advice set aside: stuck, implausible, flagged, clogged."""
    found: dict[str, str] = {}
    for advice in advices:
        found |= dict.fromkeys(advice.sources.get("gauges_suspect") or (), "clogged")
        found |= advice.sources.get("probes_rejected") or {}
    return found


def states(
    devices: Sequence[Device],
    latest: pd.DataFrame,
    now: datetime,
    set_aside: Mapping[str, str] = MappingProxyType({}),
) -> list[DeviceState]:
    """The state of every registered device, those with faults first."""
    found = [
        _state(device, latest[latest["device"] == device.device], now, set_aside)
        for device in devices
    ]
    order = {"silent": 0, "never": 1, "fault": 2, "watch": 3, "ok": 4}
    return sorted(found, key=lambda state: order[state.state])


def _state(
    device: Device, rows: pd.DataFrame, now: datetime, set_aside: Mapping[str, str]
) -> DeviceState:
    seen = None if rows.empty else rows["time"].max().to_pydatetime()
    faults = _faults(device, rows, seen, now)
    if device.device in set_aside and seen is not None:
        faults = ((set_aside[device.device], ""), *faults)
    return DeviceState(
        device=device,
        state=_worst({code for code, _ in faults}),
        seen=seen,
        battery_voltage=_value(rows, "battery_voltage"),
        battery_level=_value(rows, "battery_level"),
        rssi=_value(rows, "rssi"),
        values=_told_first(rows[~rows["quantity"].isin(_HOUSEKEEPING)]),
        faults=faults,
    )


def _told_first(rows: pd.DataFrame) -> pd.DataFrame:
    """What people look for comes first; the rest stays in the order of names."""
    rank = {name: place for place, name in enumerate(_TOLD_FIRST)}
    places = rows["quantity"].map(lambda name: rank.get(name, len(rank)))
    return rows.assign(place=places).sort_values("place", kind="stable").drop(columns="place")


def _faults(
    device: Device, rows: pd.DataFrame, seen: datetime | None, now: datetime
) -> tuple[tuple[str, str], ...]:
    if seen is None:
        return (("never", ""),)
    found = [("silent", "")] if now - seen > SILENT_AFTER else []
    if _battery_low(device, rows):
        found.append(("battery", ""))
    flagged = zip(rows["quantity"], rows["flag"], strict=True)
    found += [(_FAULT_OF_FLAG[flag], name) for name, flag in flagged if flag in _FAULT_OF_FLAG]
    return tuple(dict.fromkeys(found))


def _battery_low(device: Device, rows: pd.DataFrame) -> bool:
    volts, level = _value(rows, "battery_voltage"), _value(rows, "battery_level")
    lowest = _LOW_VOLTAGE.get(device.model.partition("/")[0], _LOW_LITHIUM_V)
    return volts < lowest or level < _LOW_LEVEL_PERCENT


def _worst(codes: set[str]) -> State:
    if "never" in codes:
        return "never"
    if "silent" in codes:
        return "silent"
    if codes & {"rejected", "missing", "stuck", "implausible", "flagged", "clogged"}:
        return "fault"
    return "watch" if codes else "ok"


def _value(rows: pd.DataFrame, quantity: str) -> float:
    found = rows.loc[rows["quantity"] == quantity, "value"]
    return float(found.iloc[0]) if len(found) else nan


def card(words: Words, state: DeviceState, place: str, model: str, now: datetime) -> str:
    """One device as HTML: state in words with a sign, then its figures, all values folded away."""
    seen = words.t("time.never") if state.seen is None else words.age(now - state.seen)
    pairs = [
        (words.t("stations.seen"), seen),
        (words.t("stations.battery"), _battery(words, state)),
        (words.t("stations.signal"), _signal(words, state.rssi)),
    ]
    body = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    faults = "".join(f"<li>{escape(text)}</li>" for text in fault_texts(words, state, now))
    word = f"{_SIGNS[state.state]} {words.t(f'state.{state.state}')}"
    return (
        f'<article class="device {state.state}"><div class="head">'
        f"<h3>{escape(state.device.name or state.device.device)}</h3>"
        f'<span class="state-word {_tone(state)}">{escape(word)}</span></div>'
        f'<p class="place">{escape(place)} · {escape(model)}</p><dl>{body}</dl>'
        + (f'<ul class="faults">{faults}</ul>' if faults else "")
        + _values(words, state)
        + "</article>"
    )


def _tone(state: DeviceState) -> str:
    return "ok-word" if state.state == "ok" else "bad"


def fault_texts(words: Words, state: DeviceState, now: datetime) -> list[str]:
    """What is wrong with a device, in words."""
    texts = []
    for code, quantity in state.faults:
        if code == "silent" and state.seen is not None:
            texts.append(words.t("fault.silent", age=words.age(now - state.seen)))
        elif code == "battery":
            texts.append(words.t("fault.battery", value=_battery_figure(words, state)))
        else:
            texts.append(words.t(f"fault.{code}", quantity=words.code("quantity", quantity)))
    return texts


def _battery_figure(words: Words, state: DeviceState) -> str:
    if isfinite(state.battery_level):
        return words.percent(state.battery_level / 100)
    return words.t("unit.volts", value=words.number(state.battery_voltage, 2))


def _battery(words: Words, state: DeviceState) -> str:
    if not isfinite(state.battery_level) and not isfinite(state.battery_voltage):
        return words.t("battery.unknown")
    low = any(code == "battery" for code, _ in state.faults)
    return f"{_battery_figure(words, state)}, {words.t('battery.low' if low else 'battery.good')}"


def _signal(words: Words, rssi: float) -> str:
    """LoRaWAN signal strength: good above −100 dBm, weak below −115 dBm."""
    if not isfinite(rssi):
        return words.t("signal.unknown")
    grade = "good" if rssi > -100 else "fair" if rssi > -115 else "weak"
    return f"{words.t('unit.decibels', value=words.number(rssi, 0))}, {words.t(f'signal.{grade}')}"


def _values(words: Words, state: DeviceState) -> str:
    if state.values.empty:
        return f'<p class="place">{escape(words.t("empty.readings"))}</p>'
    rows = [_value_row(words, row) for row in state.values.to_dict("records")]
    first, rest = rows[:3], rows[3:]
    table = f'<table class="values">{"".join(first)}</table>'
    if not rest:
        return table
    more = f'<table class="values">{"".join(rest)}</table>'
    summary = escape(words.t("stations.all_values"))
    return f"{table}<details><summary>{summary}</summary>{more}</details>"


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
