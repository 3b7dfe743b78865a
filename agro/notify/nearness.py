"""How far two points are apart."""

from math import cos, hypot, radians

from agro.store.reports import METRES_PER_DEGREE


def distance(latitude: float, longitude: float, other: float, other_longitude: float) -> float:
    """Metres between two points a few kilometres apart, on a sphere laid flat between them."""
    north = (other - latitude) * METRES_PER_DEGREE
    east = (other_longitude - longitude) * METRES_PER_DEGREE * cos(radians((latitude + other) / 2))
    return hypot(north, east)
