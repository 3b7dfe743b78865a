"""Words and small pieces of the page of outlets: amounts, lots, deliveries."""

from datetime import date

from babel.numbers import format_decimal

from agro.chain.delivering import Objection
from agro.dashboard import data
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.logbook_draft import unit_name
from agro.records import Delivery
from agro.store.deliveries import Delivered
from agro.store.lots import Lot
from agro.words import Words


def amount(words: Words, value: float, unit: str) -> str:
    """`12,5 kg`, `30 pièces`; number and unit stay on one line."""
    return f"{words.number(value, 1)}\u00a0{unit_name(words, unit)}"


def euros(words: Words, value: float) -> str:
    """`11,90`; a price has its cents."""
    return str(format_decimal(value, format="#,##0.00", locale=words.locale))


def channel(words: Words, code: str) -> str:
    """A way of selling or giving; what nobody said is said so."""
    name = words.code("chain.channel", code) if code else words.t("chain.channel_none")
    return name[:1].upper() + name[1:]


def destination(words: Words, delivery: Delivery, names: dict[str, str]) -> str:
    """Where a delivery went: the outlet's name, else its channel."""
    name = names.get(delivery.outlet, delivery.outlet)
    return name or channel(words, delivery.channel)


def plot_name(frame: Frame, site: str, plot: str) -> str:
    """A plot as its sign says it."""
    if not plot:
        return frame.words.t("chain.whole_garden")
    return data.place_names().get((site, plot), plot)


def lot_name(frame: Frame, lot: Lot) -> str:
    """A lot in a few words: `Planche 1, 10 juillet`."""
    day = frame.words.near_day(lot.day, today(frame))
    return f"{plot_name(frame, lot.site, lot.plot)}, {day}"


def sentence(frame: Frame, one: Delivered, names: dict[str, str]) -> str:
    """A delivery in a line: `12 kg de tomates → Marché des Halles, 16 juillet`."""
    words, entry = frame.words, one.delivery.entry
    day = words.near_day(words.local(entry.time).date(), today(frame))
    return words.t(
        "chain.delivery",
        amount=amount(words, one.amount, one.unit),
        crop=crop_name(words, entry.crop),
        where=destination(words, one.delivery, names),
        day=day,
    )


def objection(words: Words, one: Objection) -> str:
    """Why a delivery cannot be, with amounts and crops as people write them."""
    unit = str(one.facts.get("unit", ""))
    written: dict[str, str] = {
        str(name): amount(words, float(one.facts[name]), unit)
        for name in ("asked", "left", "old", "given")
        if name in one.facts
    }
    if "crop" in one.facts:
        written["crop"] = crop_name(words, str(one.facts["crop"]))
    lot = str(one.facts.get("lot", ""))
    return words.t(f"chain.objection_{one.code}", **{"lot": lot, **written})


def today(frame: Frame) -> date:
    """The garden's date."""
    return frame.words.local(frame.now).date()


def age(words: Words, days: int) -> str:
    """How old a lot is."""
    return words.t("unit.days", n=days)


def plain(text: str) -> str:
    """Text for a label, in which Streamlit would read signs as Markdown."""
    return "".join(f"\\{sign}" if sign in r"\`*_[]<>#:$~|!" else sign for sign in text)
