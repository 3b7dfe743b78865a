"""What an operator asks of an installation: is anything lost, late or lying?

Each module looks at one part and answers with `Check`s: how it was found, and what to do. The same
checks are told by `agro doctor`, which also looks at the machine and the broker, and by `/healthz`.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from agro.checks.devices import examine_devices
from agro.checks.feeds import examine_feeds
from agro.checks.flow import examine_flow, examine_work
from agro.checks.keeping import examine_keeping
from agro.checks.people import examine_people
from agro.checks.record import Check, span

__all__ = ["Check", "examine_store", "examine_work", "failures", "span"]


def examine_store(c: Connection, at: datetime) -> list[Check]:
    """Everything that the database itself knows, in the order in which a fault explains the next.

    Parameters
    ----------
    c : Only read.
    at : By the application's clock.
    """
    return [
        *examine_keeping(c, at),
        *examine_flow(c, at),
        *examine_feeds(c, at),
        *examine_devices(c, at),
        *examine_people(c, at),
    ]


def failures(checks: Iterable[Check]) -> list[Check]:
    """Those that need a person now."""
    return [check for check in checks if not check.ok]
