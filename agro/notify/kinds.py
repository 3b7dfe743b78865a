"""The one table of what somebody may be told, and what may be done about it."""

from datetime import timedelta
from typing import Final

IRRIGATION: Final = "irrigation"
FROST: Final = "frost"
HEAT: Final = "heat"
DROUGHT_ORDER: Final = "drought_order"
SENSOR_SILENT: Final = "sensor_silent"
TANK_LOW: Final = "tank_low"
VALVE_STUCK: Final = "valve_stuck"
REPORT_NEARBY: Final = "report_nearby"

KINDS: Final = (
    *(IRRIGATION, FROST, HEAT, DROUGHT_ORDER),
    *(SENSOR_SILENT, TANK_LOW, VALVE_STUCK, REPORT_NEARBY),
)

ANSWERABLE: Final = frozenset({IRRIGATION, SENSOR_SILENT, TANK_LOW, VALVE_STUCK})
"""What ends by a deed: while it has not ended, nobody has acted, and it may be escalated."""

# Air at 2 m. Frost is 0 °C or lower (Snyder & de Melo-Abreu 2005, Frost protection, FAO, vol. 1,
# ch. 1); our own mark leaves 2 K for hollows and for what a forecast misses.
FROST_MARK = 2.0  # °C
HEAT_MARK = 35.0  # °C, our own mark, that of the open data
FROST_OVER = 9  # local hour by which a night's frost is over
HEAT_OVER = 18  # local hour by which a day's heat is over

OPEN_TOO_LONG = timedelta(hours=3)  # of a valve: longer than any watering of a bed
RAN_TOO_LONG = timedelta(hours=6)  # of a meter's or a valve's run: a leak, or a tap left open
NEARBY = 500.0  # m from the middle of a garden
YOUNG_REPORT = timedelta(days=7)
GIVEN_UP = timedelta(days=30)  # a device silent for longer was taken away
