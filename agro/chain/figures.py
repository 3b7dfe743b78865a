"""The figures of the short food chain, each with what it divides and how much of it is known.

Shares follow the indicators: a short chain has one intermediary at most, counted on sales by mass;
the local share and the mean distance are of all that was eaten, sold or not; composted goods are
losses and in no share. A distance says nothing of CO₂, and nothing here does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isnan, nan

from agro.chain.local import Local
from agro.records import Delivery
from agro.store.deliveries import LOSS, Delivered, is_sale


@dataclass(frozen=True, slots=True)
class Share:
    """A ratio as its parts: `denominator` of what is known, `total` with what is not."""

    numerator: float
    denominator: float
    total: float

    @property
    def value(self) -> float:
        """The ratio; NaN where nothing is known."""
        return self.numerator / self.denominator if self.denominator else nan

    @property
    def coverage(self) -> float:
        """The share of the total of which it is known; NaN where there is nothing."""
        return self.denominator / self.total if self.total else nan


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of some deliveries; masses kg, what was counted in no figure.

    `direct` and `short`: sales with no and with one intermediary at most, by kg; `short_value` by
    €. `distance` km, weighted by kg, one way. `price` € kg⁻¹ of sales. `local` by kg, as `chosen`
    defines it.
    """

    by_channel: dict[str, float]
    direct: Share
    short: Share
    short_value: Share
    distance: Share
    local: Share
    price: Share
    lost_kg: float
    counted: int
    chosen: Local

    @property
    def delivered_kg(self) -> float:
        """What went to people."""
        return sum(kg for channel, kg in self.by_channel.items() if channel != LOSS)


def figures(delivered: Iterable[Delivered], chosen: Local) -> Figures:
    """The figures of these deliveries under a definition of local."""
    whole = [one for one in delivered if not isnan(one.amount)]
    weighed = [(one.delivery, one.amount) for one in whole if one.unit == "kg"]
    eaten = [(one, kg) for one, kg in weighed if one.channel != LOSS]
    sold = [(one, kg) for one, kg in eaten if is_sale(one)]
    valued = [(one, one.price) for one, _ in sold if not isnan(one.price)]
    by_channel: dict[str, float] = {}
    for delivery, kg in weighed:
        by_channel[delivery.channel] = by_channel.get(delivery.channel, 0.0) + kg
    return Figures(
        by_channel=by_channel,
        direct=_share(sold, lambda one: _at_most(one, 0)),
        short=_share(sold, lambda one: _at_most(one, 1)),
        short_value=_share(valued, lambda one: _at_most(one, 1)),
        distance=_share(eaten, lambda one: one.distance_km),
        local=_share(eaten, lambda one: _truth(chosen.holds(one))),
        price=_price(sold),
        lost_kg=by_channel.get(LOSS, 0.0),
        counted=len(whole) - len(weighed),
        chosen=chosen,
    )


def _share(rows: list[tuple[Delivery, float]], of: Callable[[Delivery], float]) -> Share:
    """The mean of a number of deliveries by their weights; NaN is not known."""
    known = [(of(one), weight) for one, weight in rows if not isnan(of(one))]
    return Share(
        numerator=sum(value * weight for value, weight in known),
        denominator=sum(weight for _, weight in known),
        total=sum(weight for _, weight in rows),
    )


def _at_most(delivery: Delivery, intermediaries: int) -> float:
    if isnan(delivery.intermediaries):
        return nan
    return float(delivery.intermediaries <= intermediaries)


def _truth(said: bool | None) -> float:
    return nan if said is None else float(said)


def _price(sold: list[tuple[Delivery, float]]) -> Share:
    """€ over kg of the sales whose price is known."""
    known = [(one.price, kg) for one, kg in sold if not isnan(one.price)]
    return Share(
        numerator=sum(price for price, _ in known),
        denominator=sum(kg for _, kg in known),
        total=sum(kg for _, kg in sold),
    )
