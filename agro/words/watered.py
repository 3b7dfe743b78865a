"""An advice as what was done: what one tap notes, the same on the card and in a pocket."""

from dataclasses import dataclass
from math import isfinite

from agro.records import Advice
from agro.words.catalogue import Words


@dataclass(frozen=True, slots=True)
class Watered:
    """What one tap notes, `amount` of `unit` (min, or L where no pipe leads), and its words."""

    amount: int
    unit: str
    text: str


def watered(words: Words, advice: Advice | None) -> Watered | None:
    """What was advised, as what was done; None where nothing was to be watered."""
    if advice is None or advice.decision != "irrigate":
        return None
    if isfinite(advice.minutes) and advice.minutes > 0:
        amount, unit = max(1, round(advice.minutes)), "min"
        told = words.duration(amount)
    elif isfinite(advice.litres) and advice.litres > 0:
        amount, unit = max(1, round(advice.litres)), "L"
        told = words.litres(amount)
    else:
        return None
    return Watered(amount, unit, words.t("pocket.done", amount=told))
