"""The history of a delivery in words: who changed what of it, when and why."""

from collections.abc import Iterable, Mapping
from html import escape
from math import nan
from typing import Any

from agro.dashboard.chain_parts import channel, euros, today
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_cards import reason_of
from agro.dashboard.logbook_draft import unit_name
from agro.records import Revision
from agro.store.lots import Lot
from agro.words import Words

_PLAIN = ("notes", "who", "variety")
_NOTHING = "–"


def history_card(
    frame: Frame,
    told: Iterable[Revision],
    *,
    lots: Mapping[int, Lot],
    outlets: Mapping[str, str],
) -> str:
    """The changes of a delivery as HTML, the oldest first; empty when there was none."""
    items = "".join(_change(frame, one, lots, outlets) for one in told)
    if not items:
        return ""
    heading = escape(frame.words.t("logbook.history"))
    return f'<h3 class="history">{heading}</h3><ol class="changes">{items}</ol>'


def _change(
    frame: Frame, one: Revision, lots: Mapping[int, Lot], outlets: Mapping[str, str]
) -> str:
    words = frame.words
    what, who = words.t(f"logbook.was_{one.action}"), one.who or words.t("logbook.somebody")
    head = f"{what}, {words.stamp(one.at)}, {who}"
    before, after = (_fields(frame, side, lots, outlets) for side in (one.before, one.after))
    lines = "".join(
        f"<li>{escape(name)}{escape(words.t('logbook.colon'))} "
        f"<del>{escape(before.get(name, _NOTHING))}</del> → "
        f"<ins>{escape(after.get(name, _NOTHING))}</ins></li>"
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )
    reason = reason_of(words, one.reason)
    why = f'<p class="told">{escape(words.t("logbook.why", reason=reason))}</p>' if reason else ""
    return f'<li><p>{escape(head)}</p><ul class="fields">{lines}</ul>{why}</li>'


def _fields(
    frame: Frame, side: Mapping[str, Any], lots: Mapping[int, Lot], outlets: Mapping[str, str]
) -> dict[str, str]:
    """What one side of a change says, by the name of the field."""
    words, told = frame.words, {}
    if "quantity" in side:
        told[words.t("chain.head_amount")] = words.number(side["quantity"], 3)
    if "time" in side:
        told[words.t("chain.head_day")] = words.stamp(side["time"])
    if "crop" in side:
        told[words.t("chain.head_crop")] = crop_name(words, str(side["crop"]))
    for name in _PLAIN:
        if side.get(name):
            told[words.t(f"logbook.field_{name}")] = str(side[name])
    return told | _details(frame, side.get("details") or {}, lots, outlets)


def _details(
    frame: Frame, details: Mapping[str, Any], lots: Mapping[int, Lot], outlets: Mapping[str, str]
) -> dict[str, str]:
    """Where a delivery went, for how much and out of what."""
    words, told = frame.words, {}
    if details.get("channel"):
        told[words.t("chain.head_channel")] = channel(words, str(details["channel"]))
    if details.get("outlet"):
        name = str(details["outlet"])
        told[words.t("chain.head_where")] = outlets.get(name, name)
    if "price" in details:
        price = euros(words, details["price"])
        told[words.t("chain.head_price")] = words.t("chain.euro", value=price)
    if "distance_km" in details:
        km = words.number(details["distance_km"], 1)
        told[words.t("chain.distance")] = words.t("chain.km", value=km)
    if details.get("lots"):
        told[words.t("chain.head_lots")] = _lots(frame, details["lots"], lots)
    return told


def _lots(frame: Frame, uses: Iterable[Mapping[str, Any]], lots: Mapping[int, Lot]) -> str:
    """`10 juillet (12 kg), 15 juillet (3 kg)`."""
    words, parts = frame.words, []
    for use in uses:
        lot = lots.get(use["harvest_id"])
        mass, count = use.get("mass_kg"), use.get("count")
        part = mass if mass is not None else nan if count is None else count
        day = words.near_day(lot.day, today(frame)) if lot else words.t("chain.lot_unknown")
        parts.append(f"{day} ({_much(words, part, lot)})")
    return ", ".join(parts)


def _much(words: Words, part: float, lot: Lot | None) -> str:
    """An amount to the gram, so that no change of it is hidden."""
    written = words.number(part, 3)
    return f"{written}\u00a0{unit_name(words, lot.unit)}" if lot else written
