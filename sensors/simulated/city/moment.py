"""What all of a city feels at one moment: the sun, the weather, and what people do at this hour.

References
----------
[1] Allen et al. 1998, FAO Irrigation and Drainage Paper 56, eq. 24 and 31–33
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import numpy as np

from sensors.simulated.weather import Weather

SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment: `time` epoch s, `hour` of the local day with its fraction, `weekday` 0 Monday.

    `air_temperature` °C; `solar_radiation` W m⁻²; `wind_speed` m s⁻¹; `sun_height` °;
    `solar_hour` of the sun, 12 when it is highest.
    """

    time: float
    hour: float
    weekday: int
    air_temperature: float
    solar_radiation: float
    wind_speed: float
    sun_height: float
    solar_hour: float

    @property
    def is_workday(self) -> bool:
        """Whether most people work."""
        return self.weekday < SATURDAY


def moment(
    at: datetime, weather: Weather, *, latitude: float, longitude: float, zone: tzinfo
) -> Moment:
    """The city at a time (aware); beyond the weather's end its last hour holds.

    Parameters
    ----------
    weather : Hours of the city's weather.
    latitude, longitude : Of the city. [°]
    zone : Its clock.
    """
    seconds, local = at.timestamp(), at.astimezone(zone)
    middle = weather.time + 1800.0  # an hour's value holds in its middle
    height, solar_hour = sun(at, latitude, longitude)
    return Moment(
        time=seconds,
        hour=local.hour + local.minute / 60.0,
        weekday=local.weekday(),
        air_temperature=float(np.interp(seconds, middle, weather.air_temperature)),
        solar_radiation=float(np.interp(seconds, middle, weather.solar_radiation)),
        wind_speed=float(np.interp(seconds, middle, weather.wind_speed)),
        sun_height=height,
        solar_hour=solar_hour,
    )


def sun(at: datetime, latitude: float, longitude: float) -> tuple[float, float]:
    """Height of the sun above the horizon [°] and the solar hour [1]."""
    utc = at.astimezone(UTC)
    day = utc.timetuple().tm_yday
    b = 2.0 * np.pi * (day - 81) / 364.0
    correction = 0.1645 * np.sin(2.0 * b) - 0.1255 * np.cos(b) - 0.025 * np.sin(b)
    hour = utc.hour + utc.minute / 60.0 + utc.second / 3600.0
    solar_hour = float(hour + longitude / 15.0 + correction) % 24.0
    angle = np.pi / 12.0 * (solar_hour - 12.0)
    decline = 0.409 * np.sin(2.0 * np.pi * day / 365.0 - 1.39)
    phi = np.radians(latitude)
    height = np.sin(phi) * np.sin(decline) + np.cos(phi) * np.cos(decline) * np.cos(angle)
    return float(np.degrees(np.arcsin(height))), solar_hour
