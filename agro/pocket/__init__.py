"""The farmer's page `/m/`: the day's decisions on a phone, without script, also without network.

The words are those of the dashboard's cards (`agro/words/card.py`); nothing else is said here.
"""

from agro.pocket.routes import pocket_routes

__all__ = ["pocket_routes"]
