"""A subscription and its messages in words."""

from collections.abc import Mapping

from agro.dashboard.alerts_data import Channel, Kept
from agro.notify.kinds import KINDS
from agro.notify.outcome import Outcome
from agro.store.alerts.deliveries import Logged
from agro.words import Words


def channel(words: Words, one: Channel) -> str:
    """`E-mail, a…@example.org`."""
    return ", ".join(filter(None, (words.t(f"alerts.channel.{one.kind}"), one.hint)))


def kinds(words: Words, told: tuple[str, ...]) -> list[str]:
    """What somebody is told of, by its names."""
    return [words.t(f"alerts.kind.{kind}") for kind in KINDS if not told or kind in told]


def gardens(words: Words, told: tuple[str, ...], names: Mapping[str, str]) -> str:
    """Of which gardens."""
    if not told:
        return words.t("alerts.every_garden")
    return words.listing(names.get(one, one) for one in told)


def when(words: Words, one: Kept) -> list[str]:
    """When somebody is told, a line for each rule."""
    kept, said = one.one, [words.t("alerts.at_once")]
    if kept.digest_hour is not None:
        said = [words.t("alerts.digest_at", hour=words.hour(kept.digest_hour))]
    if kept.quiet_from is not None and kept.quiet_until is not None:
        start, end = (minutes_of_day(words, n) for n in (kept.quiet_from, kept.quiet_until))
        said.append(words.t("alerts.quiet_between", start=start, end=end))
    if len(said) > 1 or kept.digest_hour is not None:
        woken = words.listing(words.t(f"alerts.kind.{kind}") for kind in kept.wake)
        said += [words.t("alerts.but_wake", kinds=woken)] if woken else []
    if one.second is not None and kept.escalate_after is not None:
        to, after = channel(words, one.second), words.duration(kept.escalate_after)
        said.append(words.t("alerts.then", channel=to, after=after))
    return said


def minutes_of_day(words: Words, minutes: int) -> str:
    """Minutes after midnight as the language writes a time: `22 h`, `6:30`."""
    hour, rest = divmod(minutes, 60)
    if not rest:
        return words.hour(hour)
    return words.t("alerts.clock", hour=str(hour), minute=f"{rest:02d}")


def tried(words: Words, one: Channel, outcome: Outcome) -> str:
    """How a channel took a trial message."""
    named = channel(words, one)
    if outcome.state == "sent":
        return words.t("alerts.tried_sent", channel=named)
    return words.t("alerts.tried_failed", channel=named, why=reason(words, outcome.reason))


def reason(words: Words, told: str) -> str:
    """Why a message stands as it does; what a machine said of it stands in brackets."""
    code, _, detail = told.partition(" ")
    said = words.code("alerts.reason", code)
    return f"{said} ({detail})" if detail else said


def outcome(words: Words, one: Logged) -> str:
    """How a message went, and why not."""
    of = one.delivery
    at = of.sent_at if of.state in ("sent", "unclear") and of.sent_at else of.due_at
    said = words.t(f"alerts.state.{of.state}", time=words.stamp(at))
    if of.step:
        said = words.t("alerts.second", said=said)
    if of.reason and of.state != "sent":
        said = f"{said} {reason(words, of.reason)}"
    if one.ended_at is not None:
        return f"{said} {words.t('alerts.ended', time=words.stamp(one.ended_at))}"
    return said
