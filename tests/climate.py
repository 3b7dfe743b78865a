"""A climate like Dijon's for the tests of simulations: round numbers, not the city pack's."""

from collections.abc import Mapping

Months = tuple[float, ...]

# January to December: °C, mm, days, %, m s⁻¹, MJ m⁻² d⁻¹.
MONTHS: Mapping[str, Months] = {
    "tmin": (-0.4, 0.0, 2.7, 5.3, 9.4, 12.6, 14.7, 14.4, 10.9, 7.9, 3.3, 0.5),
    "tmax": (4.7, 6.8, 11.9, 15.7, 19.8, 23.6, 26.1, 25.8, 21.1, 15.6, 9.1, 5.3),
    "rain": (59, 50, 49, 51, 88, 64, 60, 59, 69, 65, 70, 64),
    "rain_days": (10.5, 9, 9.5, 9.5, 11.5, 8.8, 8, 7.8, 8.2, 10.2, 10.8, 11.2),
    "rh_mean": (86, 80, 73, 70, 72, 69, 66, 69, 75, 83, 87, 88),
    "wind_2m": (2.4, 2.5, 2.5, 2.4, 2.1, 2.0, 1.9, 1.8, 1.9, 2.1, 2.2, 2.3),
    "solar_radiation": (3.6, 6.3, 11, 15.6, 18.9, 21.4, 21.7, 18.6, 13.6, 8, 4.4, 3.1),
}
