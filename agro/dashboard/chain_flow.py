"""Where the food went: the picture, the figures, the deliveries, and files of them."""

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from agro.chain import Figures, Share
from agro.chain.export import COLUMNS
from agro.dashboard import chain_charts as charts
from agro.dashboard import chain_data as read
from agro.dashboard import parts
from agro.dashboard.chain_parts import (
    amount,
    channel,
    destination,
    euros,
    plot_name,
    sentence,
    today,
)
from agro.dashboard.frame import Frame, crop_name
from agro.records import Site
from agro.store.deliveries import LOSS, Delivered
from agro.tables import to_csv, to_xlsx
from agro.words import Words

_MOST_ORIGINS, _MOST_ROWS, _MOST_OPENED = 9, 15, 200
_OTHERS, _UNKNOWN = "*others", "*unknown"
_PERIODS = ("month", "year", "all")
_WELL_KNOWN = 0.995  # a coverage that needs no remark


def flow(frame: Frame, site: Site) -> None:
    """Draw the view."""
    words = frame.words
    period = st.segmented_control(
        words.t("chain.period"),
        _PERIODS,
        default="year",
        required=True,
        key="chain_period",
        format_func=lambda name: words.t(f"chain.period_{name}"),
        label_visibility="collapsed",
    )
    found = read.flows(site.slug, _start(frame, period or "year"))
    if not found.delivered:
        parts.empty(words.t("chain.no_delivery"), words.t("chain.no_delivery_body"))
        return
    _picture(frame, site, found.delivered)
    parts.section(words.t("chain.figures"), words.t("chain.figures_caption"))
    st.html(parts.facts(facts(words, found.figures)))
    parts.caption(definition(words, found.figures))
    st.html(_by_channel(words, found.figures))
    _list(frame, site, found)


def _start(frame: Frame, period: str) -> datetime | None:
    day = today(frame)
    if period == "all":
        return None
    first = day - timedelta(days=30) if period == "month" else day.replace(month=1, day=1)
    return datetime.combine(first, time(), frame.words.zone).astimezone(UTC)


def _picture(frame: Frame, site: Site, delivered: list[Delivered]) -> None:
    words = frame.words
    parts.section(words.t("chain.flow"), words.t("chain.flow_caption"))
    side = st.segmented_control(
        words.t("chain.from"),
        ("crop", "plot"),
        default="crop",
        required=True,
        key="chain_from",
        format_func=lambda name: words.t(f"chain.from_{name}"),
        label_visibility="collapsed",
    )
    if side == "plot":
        flows = charts.by_plot(delivered, read.goods(site.slug, today(frame)).lots, _UNKNOWN)
    else:
        flows = charts.by_crop(delivered)
    if not flows:
        parts.empty(words.t("chain.no_mass"), words.t("chain.no_mass_body"))
        return

    def origin(name: str) -> str:
        special = {_OTHERS: "chain.others", _UNKNOWN: "chain.lot_unknown"}
        if name in special:
            return words.t(special[name])
        return plot_name(frame, site.slug, name) if side == "plot" else crop_name(words, name)

    figure = charts.sankey(
        charts.fewest(flows, _MOST_ORIGINS, _OTHERS),
        origin=origin,
        channel=lambda code: channel(words, code),
        kg=lambda value: amount(words, value, "kg"),
        language=words.language,
    )
    parts.chart(figure, key=f"chain_sankey_{side}", alt=words.t("chain.flow_caption"))


def facts(words: Words, found: Figures) -> list[tuple[str, str]]:
    """The figures, each with how much of it is known where that is not all."""
    told = [(words.t("chain.fact_delivered"), amount(words, found.delivered_kg, "kg"))]
    told += [
        (words.t(f"chain.fact_{name}"), _percent(words, getattr(found, name)))
        for name in ("direct", "short", "local")
    ]
    distance = words.t("chain.km", value=words.number(found.distance.value, 1))
    told.append((words.t("chain.fact_distance"), _covered(words, distance, found.distance)))
    price = words.t("chain.euro_kg", value=euros(words, found.price.value))
    told.append((words.t("chain.fact_price"), _covered(words, price, found.price)))
    told.append((words.t("chain.fact_lost"), amount(words, found.lost_kg, "kg")))
    return told


def _percent(words: Words, share: Share) -> str:
    if not share.denominator:
        return words.t("chain.unknown")
    return _covered(words, words.percent(share.value), share)


def _covered(words: Words, text: str, share: Share) -> str:
    if not share.denominator:
        return words.t("chain.unknown")
    if share.coverage >= _WELL_KNOWN:
        return text
    return words.t("chain.known_for", value=text, part=words.percent(share.coverage))


def definition(words: Words, found: Figures) -> str:
    """What counts as local here, and what a distance does not say."""
    chosen = found.chosen
    what = words.t(f"chain.local_{chosen.definition}", km=words.number(chosen.km, 0))
    return words.t("chain.local_is", what=what)


def _by_channel(words: Words, found: Figures) -> str:
    total = found.delivered_kg
    rows = [
        [
            channel(words, code),
            amount(words, kg, "kg"),
            words.percent(kg / total) if total and code != LOSS else "",
        ]
        for code, kg in sorted(found.by_channel.items(), key=lambda item: -item[1])
    ]
    heads = [words.t(f"chain.head_{name}") for name in ("channel", "amount", "share")]
    return parts.table(heads, rows, numbers=frozenset((1, 2)), tight=True)


def _list(frame: Frame, site: Site, found: read.Flows) -> None:
    words = frame.words
    parts.section(words.t("chain.list"))
    names = {one.slug: one.name for one in read.outlets(site.slug)}
    heads = [words.t(f"chain.head_{name}") for name in ("day", "what", "where", "price")]
    rows = [_row(words, one, names) for one in found.delivered[:_MOST_ROWS]]
    with st.container(key="chain_list"):
        st.html(parts.table(heads, rows, numbers=frozenset((3,)), tight=True))
    if len(found.delivered) > _MOST_ROWS:
        parts.caption(words.t("chain.more", n=len(found.delivered) - _MOST_ROWS))
    _open(frame, found.delivered, names)
    name = f"{words.t('chain.file')}-{site.slug}-{today(frame).isoformat()}"
    with st.container(horizontal=True, key="chain_files"):
        st.download_button(
            words.t("chain.csv"),
            lambda: to_csv(found.table, COLUMNS).encode(),
            f"{name}.csv",
            "text/csv",
        )
        st.download_button(
            words.t("chain.xlsx"),
            lambda: to_xlsx(found.table, COLUMNS),
            f"{name}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )


def _open(frame: Frame, delivered: list[Delivered], names: dict[str, str]) -> None:
    """A delivery opened where it is traced, corrected and taken back."""
    lines = {one.number: sentence(frame, one, names) for one in delivered[:_MOST_OPENED]}
    st.selectbox(
        frame.words.t("chain.open"),
        list(lines),
        index=None,
        key="chain_open",
        placeholder=frame.words.t("chain.open_hint"),
        format_func=lines.__getitem__,
        on_change=_opened,
    )


def _opened() -> None:
    number = st.session_state["chain_open"]
    if number is not None:
        st.query_params["delivery"] = str(number)
        st.session_state["chain_way"], st.session_state["chain_view"] = "back", "trace"


def _row(words: Words, one: Delivered, names: dict[str, str]) -> list[str]:
    delivery = one.delivery
    price = delivery.price
    return [
        words.short_day(words.local(delivery.entry.time).date()),
        f"{amount(words, one.amount, one.unit)} {crop_name(words, delivery.entry.crop).lower()}",
        destination(words, delivery, names),
        words.t("chain.euro", value=euros(words, price)) if price == price else "",
    ]
