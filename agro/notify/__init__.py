"""Alerts: who wants to know is told once, by the channel they chose, in their own words.

`finding` tells what holds (pure functions of the store), `times` when somebody is told, `saying`
how, `sending` that each is told once whatever is stopped, `channels` and `mail` hand it over,
`calendar` is the irrigation plan as a feed, `service.run` the thread of the scheduler.
"""

from agro.notify.kinds import KINDS

__all__ = ["KINDS"]
