"""The advice's small city, with a season measured, for yields."""

from tests.agro.advice.conftest import Garden, empty_city, garden, measured, measured_city

__all__ = ["Garden", "empty_city", "garden", "measured", "measured_city"]
