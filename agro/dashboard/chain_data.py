"""The short food chain as its page reads and writes it; what is written shows at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import streamlit as st

from agro import chain
from agro.access import may, records
from agro.chain import Back, Fault, Figures, Forward, Stock
from agro.chain.delivering import Objection
from agro.chain.export import rows
from agro.chain.local import local
from agro.config import now
from agro.dashboard import data
from agro.records import Delivery, LotUse, Outlet, Revision
from agro.store import deliveries, logbook, offers
from agro.store.deliveries import Delivered
from agro.store.lots import Lot, amount_of, local_day, lots
from agro.store.offers import Offer
from agro.store.values import time_zone

_LIVE_S = 10


@dataclass(frozen=True, slots=True)
class Goods:
    """What a garden has, and what in its records cannot be.

    `used` are the crops and units that were delivered, the last one first.
    """

    stock: list[Stock]
    faults: list[Fault]
    lots: dict[int, Lot]
    used: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Flows:
    """What went where in a period: deliveries newest first, and their figures."""

    delivered: list[Delivered]
    figures: Figures
    table: list[dict[str, object]]


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def goods(site: str, day: date) -> Goods:
    """The stock of a garden on a day, its faults and its lots by number."""
    with data.engine().connect() as c:
        own = lots(c, site)
        gone = deliveries.deliveries(c, site=site)
    known = {lot.number: lot for lot in own}
    used = list(dict.fromkeys((one.delivery.entry.crop, one.unit) for one in gone))
    return Goods(chain.stock_of(own, gone, day), chain.faults_of(own, gone), known, used)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def outlets(site: str) -> list[Outlet]:
    """The outlets of a garden, the one delivered to last first."""
    with data.engine().connect() as c:
        found = deliveries.outlets(c, site)
        last = [one.delivery.outlet for one in deliveries.deliveries(c, site=site)]
    return sorted(found, key=lambda one: last.index(one.slug) if one.slug in last else len(last))


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def flows(site: str, start: datetime | None) -> Flows:
    """What a garden delivered since `start`, or ever."""
    with data.engine().connect() as c:
        found = deliveries.deliveries(c, site=site, start=start)
        chosen = local(c)
        return Flows(found, chain.figures(found, chosen), rows(c, found, chosen))


def back(number: int) -> Back | None:
    """A delivery back to its seed; None when no garden that is theirs to see has this number."""
    found = _back(number)
    if found is None:
        return None
    site = found.delivered.delivery.entry.site
    return found if may(data.actor(), "page.chain", site) else None


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def _back(number: int) -> Back | None:
    with data.engine().connect() as c:
        try:
            return chain.trace_back(c, number)
        except ValueError:  # an address that somebody typed, or of another store
            return None


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def forward(site: str, plot: str) -> list[Forward]:
    """Where the harvests of a plot went, newest first."""
    with data.engine().connect() as c:
        return chain.trace_forward(c, site, plot=plot)


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def offered(site: str) -> list[Offer]:
    """The open offers of a garden that are not past their day."""
    with data.engine().connect() as c:
        today = local_day(now(), time_zone(c))
        return offers.open_on(offers.offers(c, site), today)


def propose(delivery: Delivery) -> tuple[tuple[LotUse, ...], float]:
    """What to take of which lot, and how much is missing."""
    entry = delivery.entry
    amount, unit = amount_of(entry)
    with data.engine().connect() as c:
        day = local_day(entry.time, time_zone(c))
        return chain.propose(c, site=entry.site, crop=entry.crop, unit=unit, amount=amount, day=day)


def objections(delivery: Delivery, *, instead: Delivered | None = None) -> list[Objection]:
    """Why a delivery cannot be as it is said; `instead` of one that it corrects."""
    with data.engine().connect() as c:
        return chain.objections(c, delivery, instead=instead)


def deliver(delivery: Delivery, *, reason: str, outlet: Outlet | None = None) -> int:
    """Store a delivery, and first the outlet that was named for it; returns its number."""
    with data.acting("chain.write", _of(delivery, outlet), {"deliver": _told(delivery)}) as c:
        if outlet is not None:
            deliveries.save_outlet(c, outlet)
        number = chain.deliver(c, delivery, reason=reason)
    forget()
    return number


def undo(numbers: Iterable[int], *, who: str) -> None:
    """Take deliveries back that were noted just now."""
    taken = list(numbers)
    with data.acting("chain.write", records.of_entries(taken), {"undo": taken}) as c:
        for number in taken:
            logbook.strike(c, number, who=who, reason="undone_at_once")
    forget()


@st.cache_data(ttl=_LIVE_S, show_spinner=False)
def history(number: int) -> list[Revision]:
    """Every change of a delivery, the oldest first."""
    with data.engine().connect() as c:
        return logbook.history(c, number)


def revise(number: int, delivery: Delivery, *, who: str, reason: str) -> bool:
    """Correct a delivery; False when it says that already."""
    of = records.of_entries([number, *_lots(delivery)], delivery.entry.site)
    with data.acting("chain.write", of, {"revise": number, "reason": reason}) as c:
        changed = chain.revise(c, number, delivery, who=who, reason=reason)
    forget()
    return changed


def strike(number: int, *, who: str, reason: str) -> None:
    """Take a delivery back; its goods are there again."""
    of = records.of_entries([number])
    with data.acting("chain.write", of, {"strike": number, "reason": reason}) as c:
        logbook.strike(c, number, who=who, reason=reason)
    forget()


def restore(number: int, *, who: str) -> None:
    """Let a delivery that was taken back stand again."""
    with data.acting("chain.write", records.of_entries([number]), {"restore": number}) as c:
        logbook.restore(c, number, who=who)
    forget()


def write_off(site: str, way: str, *, crop: str, day: date, who: str) -> list[int]:
    """Say where what is unaccounted for went; the numbers of the deliveries."""
    told = {"write_off": way, "crop": crop}
    with data.acting("chain.write", site, told) as c:
        numbers = chain.write_off(c, site, way, day=day, crop=crop, who=who)
    forget()
    return numbers


def assign(site: str, *, who: str, reason: str) -> int:
    """Give the oldest lots to the deliveries whose lots do not add up."""
    with data.acting("chain.write", site, {"assign": reason}) as c:
        changed = chain.assign(c, site, who=who, reason=reason)
    forget()
    return changed


def offer(one: Offer) -> int:
    """Offer a surplus."""
    with data.acting("chain.write", one.site, {"offer": one.crop, "mass_kg": one.mass_kg}) as c:
        number = offers.offer(c, one)
    forget()
    return number


def give(one: Offer, delivery: Delivery, *, who: str) -> int:
    """Note that an offer was fetched: a delivery, and the offer is taken."""
    of = records.all_of(records.of_offer(one.number), _of(delivery))
    with data.acting("chain.write", of, {"give": one.number, **_told(delivery)}) as c:
        number = chain.deliver(c, delivery)
        offers.settle(c, one.number, offers.TAKEN, who=who)
    forget()
    return number


def withdraw(one: Offer) -> None:
    """Take an offer back."""
    with data.acting("chain.write", records.of_offer(one.number), {"withdraw": one.number}) as c:
        offers.settle(c, one.number, offers.WITHDRAWN)
    forget()


def forget() -> None:
    """Let the next read see what was just written."""
    for read in (goods, outlets, flows, _back, forward, offered, history):
        read.clear()
    data.log.clear()


def _of(delivery: Delivery, outlet: Outlet | None = None) -> records.Derived:
    """The gardens that a delivery touches: its own, its outlet's, and those of its lots."""
    named = (delivery.entry.site, *((outlet.site,) if outlet is not None else ()))
    return records.of_entries(_lots(delivery), *named)


def _lots(delivery: Delivery) -> list[int]:
    return [use.harvest for use in delivery.lots]


def _told(delivery: Delivery) -> dict[str, object]:
    return {"crop": delivery.entry.crop, "outlet": delivery.outlet}
