"""A trial: whether a subscription's channels take a message, said at once."""

from dataclasses import dataclass, field
from secrets import token_hex

from agro.notify.channels import send
from agro.notify.outcome import Outcome
from agro.notify.saying import Known
from agro.store.alerts.subscriptions import AlertSubscription
from agro.words.alerts import alert_trial


@dataclass(frozen=True, slots=True)
class Tried:
    """How one channel took a trial message; `channel` is its address, with its secrets."""

    channel: str = field(repr=False)
    outcome: Outcome


def try_out(one: AlertSubscription, known: Known) -> list[Tried]:
    """Send a message that asks for nothing by each channel of a subscription."""
    place = known.city.name if known.city else "agro"
    text = alert_trial(known.words(one.language), place)
    return [
        Tried(url, send(url, text, f"trial-{token_hex(8)}", lambda: None))
        for url in (one.channel, one.escalate_to)
        if url
    ]
