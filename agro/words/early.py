"""An early warning, said: how the water stands, and that it is no order."""

from datetime import datetime

from agro.words.catalogue import Words


def early_sentence(
    words: Words, label: str, quantity: str, sign: str, value: float, *, unit: str
) -> str:
    """How one station stands, in a sentence; of the air by the name of its step."""
    if sign == "air":
        step = words.code("air_step", f"{value:.0f}")
        return words.t("early.air", station=label, step=step)
    what = words.t(f"early.{quantity}")
    told = words.t(f"early.sign_{sign}")
    return words.t("early.water", station=label, what=what, value=value, unit=unit, sign=told)


def early_origin(words: Words, source: str, mode: str, observed_at: datetime, now: datetime) -> str:
    """Source, mode and age of a station's value."""
    name, how = words.code("provider", source), words.code("order", mode)
    return words.t("order.heard", source=name, mode=how, age=words.age(now - observed_at))


def early_caution(words: Words) -> str:
    """What stands beside every early warning."""
    return words.t("early.no_order")
