"""What each planting will give, and when: a pure function of the records at the moment it is asked.

The water balance and the season's warmth take their share of what the place can give
(`models/harvest`); what is learned of past plantings speaks only where it has won on years it had
not seen.
"""

from agro.forecast.daily import forecast_all
from agro.forecast.service import forecast

__all__ = ["forecast", "forecast_all"]
