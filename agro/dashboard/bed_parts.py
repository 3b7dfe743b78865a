"""The bed page's facts and tables, as HTML."""

from collections.abc import Sequence
from html import escape

from agro.dashboard import data, parts
from agro.dashboard.frame import Frame, crop_name
from agro.records import Advice, LogEntry, Plot
from agro.words import Words

_LONGEST_LOG = 12


def fact_list(frame: Frame, plot: Plot) -> list[tuple[str, str]]:
    """What grows here, on how much, in what soil, watered how."""
    words, today = frame.words, frame.words.local(frame.now).date()
    growing = [
        planting
        for planting in data.plantings(plot.site)
        if planting.plot == plot.slug
        and planting.planted <= today
        and (planting.removed is None or planting.removed > today)
    ]
    crops = [_crop(words, planting.crop, planting.variety) for planting in growing]
    soil = next((soil for soil in data.soils(plot.site) if soil.slug == plot.soil), None)
    system = next(
        (s for s in data.irrigation_systems(plot.site) if s.slug == plot.irrigation), None
    )
    found = [(words.t("bed.crop"), ", ".join(crops) or words.t("bed.no_crop"))]
    if growing:
        found.append((words.t("bed.planted"), words.long_day(growing[-1].planted)))
    area = words.t("unit.square_metres", value=plot.area)
    found.append((words.t("bed.area"), area))
    if soil:
        texture = words.code("texture", soil.texture.replace(" ", "_"))
        found.append((words.t("bed.texture"), texture))
    if system:
        method = words.code("method", system.method)
        flow = f", {words.t('bed.flow', flow=system.flow)}" if system.flow > 0 else ""
        found.append((words.t("bed.system"), method + flow))
    return found


def _crop(words: Words, crop: str, variety: str) -> str:
    name = crop_name(words, crop)
    return f"{name} ({variety})" if variety else name


def plan_table(words: Words, advice: Advice | None) -> str:
    """The week ahead in figures."""
    if advice is None or not advice.plan:
        return f'<p class="caption">{escape(words.t("empty.plan"))}</p>'
    heads = [
        words.t("bed.plan_day"),
        words.t("bed.plan_et"),
        words.t("week.rain"),
        words.t("week.watering"),
        words.t("bed.plan_left"),
    ]
    rows = [
        [
            words.short_day(day.day),
            *(words.number(amount, 1) for amount in (day.et_mm, day.rain_mm, day.irrigation_mm)),
            words.number(max(0.0, advice.taw_mm - day.depletion_mm), 0),
        ]
        for day in advice.plan
    ]
    return parts.table(
        [head[:1].upper() + head[1:] for head in heads],
        rows,
        numbers=frozenset({1, 2, 3, 4}),
        tight=True,
    )


def log_table(words: Words, entries: Sequence[LogEntry]) -> str:
    """What was noted, newest first."""
    if not entries:
        return f'<p class="caption">{escape(words.t("empty.logs"))}</p>'
    heads = [
        words.t("bed.log_when"),
        words.t("bed.log_what"),
        words.t("bed.log_amount"),
        words.t("bed.log_notes"),
    ]
    return parts.table(heads, [_log_row(words, entry) for entry in entries[:_LONGEST_LOG]])


def _log_row(words: Words, entry: LogEntry) -> list[str]:
    amount = ""
    if entry.quantity == entry.quantity:
        amount = f"{words.number(entry.quantity)}\u00a0{entry.unit}"
    what = words.code("log", entry.type)
    if entry.crop:
        what += f" · {_crop(words, entry.crop, entry.variety)}"
    source = "" if entry.source == "person" else words.code("source", entry.source)
    notes = " · ".join(part for part in (entry.notes, source) if part)
    return [words.stamp(entry.time), what[:1].upper() + what[1:], amount, notes]
