"""The demo: one simulated season for all sites, and stations that go on when it has ended.

The climate is the city's, the year is invented; the season ends on a July morning whatever today
is, and the application's clock (`AGRO_CLOCK`) is set so that the demo's today is that morning.
"""

from agro.demo.control_post import control_post_main
from agro.demo.fleet import FAULTS, Planned, faulty_devices
from agro.demo.history import DAYS, SEASON_END, SEED, fill, season_clock, simulate
from agro.demo.live import live, live_main
from agro.demo.notes import SOURCE

__all__ = [
    "DAYS",
    "FAULTS",
    "SEASON_END",
    "SEED",
    "SOURCE",
    "Planned",
    "control_post_main",
    "faulty_devices",
    "fill",
    "live",
    "live_main",
    "season_clock",
    "simulate",
]
