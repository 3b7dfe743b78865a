"""A drought order, said to a gardener: what holds, until when, who says so, where to read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from agro.records import Advice
from agro.words.catalogue import Words

_LONGEST_QUOTE = 300  # characters of an order on a card
_MOST_QUOTES = 2
_IN_FORCE = ("order", "several", "confirming")


@dataclass(frozen=True, slots=True)
class OrderNotice:
    """An order in words: the rule, what is to be known beside it, its link, and whose it is."""

    rule: str
    lines: tuple[str, ...]
    link: str
    link_text: str
    heard: str


def order_notice(words: Words, advice: Advice, now: datetime) -> OrderNotice | None:
    """What an advice tells of orders; None where there is none in force."""
    told = advice.sources.get("drought_order")
    if not isinstance(told, Mapping) or told.get("state") not in _IN_FORCE:
        return None
    link = str(told.get("link") or "")
    return OrderNotice(
        rule=_validity(words, told, _rule(words, told)),
        lines=tuple(_lines(words, told)),
        link=link if link.startswith(("https://", "http://")) else "",
        link_text=words.t("order.link"),
        heard=_heard(words, told, now),
    )


def _rule(words: Words, told: Mapping[str, Any]) -> str:
    if told["state"] == "several" or "level" not in told:
        return words.t("order.several")
    kind, level = str(told["rule"]), words.t(f"drought.{told.get('level') or 'none'}")
    if kind != "windows":
        return words.t(f"order.{kind}", level=level)
    if not (spans := told.get("forbidden_hours")):
        return words.t("order.windows_other", level=level)
    hours = words.listing(_span(words, one) for one in spans)
    return words.t("order.windows", level=level, hours=hours)


def _span(words: Words, hours: Sequence[int]) -> str:
    start, end = (words.hour(one) for one in hours)
    return words.t("order.hours", start=start, end=end)


def _validity(words: Words, told: Mapping[str, Any], rule: str) -> str:
    if told["state"] == "several" or "level" not in told:
        return words.t("order.plain", rule=rule)
    if not told.get("valid_until"):
        return words.t("order.open_end", rule=rule)
    day = words.long_day(date.fromisoformat(str(told["valid_until"])))
    return words.t("order.until", rule=rule, day=day)


def _lines(words: Words, told: Mapping[str, Any]) -> list[str]:
    found = [words.t("order.confirming")] if told["state"] == "confirming" else []
    if share := told.get("reduction"):
        found.append(words.t("order.reduction", share=words.percent(float(share))))
    for usage in list(told.get("usages") or ())[:_MOST_QUOTES]:
        name, text = str(usage["name"]).strip(), " ".join(str(usage["text"]).split())
        found.append(words.t("order.quote", name=name, text=_short(text)))
    return found


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1].rstrip()}…"


def _heard(words: Words, told: Mapping[str, Any], now: datetime) -> str:
    age = words.age(now - datetime.fromisoformat(str(told["fetched_at"])))
    source = words.code("provider", str(told["source"]))
    return words.t(
        "order.heard", source=source, mode=words.code("order", str(told["mode"])), age=age
    )
