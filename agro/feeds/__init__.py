"""Outside sources, asked over the network when the operator consents: `AGRO_WEATHER`, API keys.

A source that fails leaves what it said last, with its age; nothing else waits for it.
"""

from agro.feeds.asking import Outcome
from agro.feeds.service import gardens, run
from agro.feeds.weather import Asking, Sources, fetch_weather, sources_of

__all__ = ["Asking", "Outcome", "Sources", "fetch_weather", "gardens", "run", "sources_of"]
