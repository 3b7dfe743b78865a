"""Where a delivery comes from, down to the seed; where a plot's harvests went."""

from collections.abc import Iterable
from html import escape

import streamlit as st

from agro.chain import Back, Forward, Origin
from agro.dashboard import chain_data as read
from agro.dashboard import data, parts
from agro.dashboard.chain_correct import mending
from agro.dashboard.chain_parts import (
    amount,
    channel,
    destination,
    lot_name,
    plot_name,
    sentence,
    today,
)
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_draft import unit_name
from agro.records import Noted, Site
from agro.store.lots import amount_of
from agro.words import Words

_SHOWN = 200  # deliveries to choose from
_CARE = ("input", "compost", "irrigation")


def trace(frame: Frame, site: Site) -> None:
    """Draw the view: the delivery of the address, else the plot of it, else what is chosen."""
    words = frame.words
    found = read.flows(site.slug, None).delivered
    asked = st.query_params.get("delivery", "")
    if not found and not asked:
        parts.empty(words.t("chain.no_delivery"), words.t("chain.no_delivery_body"))
        return
    way = _way(words, asked)
    if way == "back":
        _backward(frame, site, asked)
    else:
        _forward(frame, site)


def _way(words: Words, asked: str) -> str:
    if "chain_way" not in st.session_state:
        to_plot = bool(st.query_params.get("plot")) and not asked
        st.session_state["chain_way"] = "forward" if to_plot else "back"
    chosen = st.segmented_control(
        words.t("chain.way"),
        ("back", "forward"),
        required=True,
        key="chain_way",
        format_func=lambda name: words.t(f"chain.way_{name}"),
        label_visibility="collapsed",
    )
    return str(chosen or "back")


def _backward(frame: Frame, site: Site, asked: str) -> None:
    """A delivery chosen from the list, and its card."""
    words = frame.words
    found = read.flows(site.slug, None).delivered[:_SHOWN]
    names = {one.slug: one.name for one in read.outlets(site.slug)}
    lines = {one.number: sentence(frame, one, names) for one in found}
    number = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    if number and number not in lines:
        known = read.back(number)
        if known is None or known.delivered.delivery.entry.site != site.slug:
            parts.empty(words.t("chain.no_such", number=asked), words.t("chain.no_such_body"))
            number = 0
        else:
            lines[number] = sentence(frame, known.delivered, names)
    if not lines:
        return
    number = number or next(iter(lines))
    st.session_state["chain_delivery"] = number
    st.query_params["delivery"] = str(number)
    st.selectbox(
        words.t("chain.which_delivery"),
        list(lines),
        key="chain_delivery",
        format_func=lines.__getitem__,
        on_change=_chosen,
        args=("delivery", "chain_delivery"),
    )
    back = read.back(number)
    if back is not None:
        st.html(back_card(frame, back, names))
        if frame.may("chain.write"):
            mending(frame, back.delivered, names)


def _chosen(parameter: str, key: str) -> None:
    st.query_params[parameter] = str(st.session_state[key])


def _forward(frame: Frame, site: Site) -> None:
    """A plot, and where its harvests went."""
    words = frame.words
    plots = {plot.slug: plot.name for plot in data.plots(site.slug)}
    if not plots:
        parts.empty(words.t("empty.plots_title"), words.t("empty.plots_body"))
        return
    asked = st.query_params.get("plot", "")
    slug = asked if asked in plots else next(iter(plots))
    st.session_state["chain_plot"] = slug
    st.query_params["plot"] = slug
    st.selectbox(
        words.t("chain.which_plot"),
        list(plots),
        key="chain_plot",
        format_func=plots.__getitem__,
        on_change=_chosen,
        args=("plot", "chain_plot"),
    )
    found = read.forward(site.slug, slug)
    if not found:
        parts.empty(words.t("chain.nothing_from"), words.t("chain.nothing_from_body"))
        return
    total: dict[str, float] = {}
    for one in found:
        total[one.delivered.unit] = total.get(one.delivered.unit, 0.0) + one.amount
    sums = words.listing(amount(words, value, unit) for unit, value in total.items())
    st.html(f"<p><b>{escape(words.t('chain.went', amount=sums, plot=plots[slug]))}</b></p>")
    names = {one.slug: one.name for one in read.outlets(site.slug)}
    heads = [words.t(f"chain.head_{name}") for name in ("day", "crop", "amount", "where", "lot")]
    rows = [_forward_row(frame, one, names) for one in found]
    st.html(parts.table(heads, rows, numbers=frozenset((2,))))


def _forward_row(frame: Frame, one: Forward, names: dict[str, str]) -> list[str]:
    words, delivery = frame.words, one.delivered.delivery
    days = words.listing(words.near_day(lot.day, today(frame)) for lot in one.lots)
    return [
        words.short_day(words.local(delivery.entry.time).date()),
        crop_name(words, delivery.entry.crop),
        amount(words, one.amount, one.delivered.unit),
        destination(words, delivery, names),
        words.t("chain.harvest_of", day=days),
    ]


def back_card(frame: Frame, back: Back, names: dict[str, str]) -> str:
    """A delivery back to its seed, as HTML."""
    words, one = frame.words, back.delivered
    struck = parts.notice(words.t("chain.struck")) if one.struck else ""
    steps = "".join(_origin(frame, origin, part, one.unit) for origin, part in back.origins)
    if back.unknown:
        unknown = words.t("chain.unknown_part", amount=amount(words, back.unknown, one.unit))
        steps += parts.notice(unknown)
    way = channel(words, one.delivery.channel)
    km = one.delivery.distance_km
    if km == km:
        way += " · " + words.t("chain.km", value=words.number(km, 1))
    head = escape(sentence(frame, one, names))
    number = escape(words.t("chain.number", number=str(one.number)))
    return (
        f'<article class="trace">{struck}<h3>{head}</h3>'
        f'<p class="told">{escape(way)} · {number}</p>{steps}</article>'
    )


def _origin(frame: Frame, origin: Origin, part: float, unit: str) -> str:
    """A lot and what led to it, the newest first as one looks back."""
    words, lot = frame.words, origin.lot
    title = words.t("chain.from_lot", amount=amount(words, part, unit), lot=lot_name(frame, lot))
    lines = [words.t("chain.lot_code", code=lot.code)]
    lines += _care(words, origin.care)
    if origin.planting:
        planted = words.near_day(origin.planting.planted, today(frame))
        lines.append(words.t("chain.planted", day=planted, variety=_variety(words, origin)))
    lines += [_sowing(frame, one) for one in reversed(origin.sowings)]
    seed = words.listing(origin.seed_lots) if origin.seed_lots else words.t("chain.seed_unknown")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    seeds = f'<li class="seed">{escape(words.t("chain.seed", lots=seed))}</li>'
    return f"<h4>{escape(title)}</h4><ol>{items}{seeds}</ol>"


def _variety(words: Words, origin: Origin) -> str:
    crop = crop_name(words, origin.lot.crop).lower()
    variety = origin.planting.variety if origin.planting else ""
    return f"{crop} {variety}".strip()


def _sowing(frame: Frame, one: Noted) -> str:
    words, entry = frame.words, one.entry
    return words.t(
        f"chain.{entry.type}",
        day=words.near_day(words.local(entry.time).date(), today(frame)),
        plot=plot_name(frame, entry.site, entry.plot),
        lot=entry.lot or words.t("chain.seed_unknown"),
    )


def _care(words: Words, care: Iterable[Noted]) -> list[str]:
    """What the plants were given: each input, and the waterings added up."""
    kept = list(care)
    lines = []
    for kind in _CARE:
        own = [one for one in kept if one.entry.type == kind]
        if not own:
            continue
        if kind == "irrigation":
            lines.append(words.t("chain.watered", n=len(own), amount=_sum(words, own)))
        else:
            names = [f"{_sum(words, [one])} {one.entry.notes}".strip() for one in reversed(own)]
            lines.append(words.t("chain.inputs", what=" ; ".join(name or "?" for name in names)))
    return lines


def _sum(words: Words, entries: Iterable[Noted]) -> str:
    """The amounts of entries, unit by unit; what was not said is in none."""
    total: dict[str, float] = {}
    for one in entries:
        value, unit = amount_of(one.entry)
        if value == value:
            total[unit] = total.get(unit, 0.0) + value
    return words.listing(
        f"{words.number(value, 1)}\u00a0{unit_name(words, unit)}" for unit, value in total.items()
    )
