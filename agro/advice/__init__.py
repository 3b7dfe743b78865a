"""The morning: what every bed needs, from the records as they stood at one moment.

records → `beds`, `sky` (weather of each day and where it came from), `rain`, `watering`, `probes`
→ `season` (the water balance re-run) → `state` (joined with the probes, brought to now)
→ `outlook` (the days ahead, as equally likely members) → `decide` (an `Advice` for each plot).

Beside it, for the pages and from the same records: `standing` (a garden's run) → `past` (its days
behind), `whatif` (the week after a dose tonight); `record` (a bed's last weeks) → `history` (advice
against what was done), `score` (forecasts against probes).
"""

from agro.advice.morning import advise

__all__ = ["advise"]
