"""A city's own equipment, simulated: lights, buildings, car parks, traffic, solar plants, air.

`control_post` makes it of the communes and of how much there is, `moment` is what the weather and
the clock do to all of it, `entities` writes what it says as a context broker would.
"""

from sensors.simulated.city.control_post import ControlPost, Stock, Town, make
from sensors.simulated.city.entities import notifications, reported
from sensors.simulated.city.moment import Moment, moment

__all__ = [
    "ControlPost",
    "Moment",
    "Stock",
    "Town",
    "make",
    "moment",
    "notifications",
    "reported",
]
