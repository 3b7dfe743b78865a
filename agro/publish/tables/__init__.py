"""The published tables, read part by part so that none has to fit into memory."""

from collections.abc import Mapping

from agro.publish.tables.asked import Asked, Part, Table
from agro.publish.tables.harvest import HARVEST
from agro.publish.tables.indicators import INDICATORS
from agro.publish.tables.irrigation import IRRIGATION
from agro.publish.tables.measured import SOIL_WATER, WEATHER

__all__ = ["TABLES", "Asked", "Part", "Table"]

TABLES: Mapping[str, Table] = {
    "soil_water": SOIL_WATER,
    "weather": WEATHER,
    "irrigation": IRRIGATION,
    "harvest": HARVEST,
    "indicators": INDICATORS,
}
