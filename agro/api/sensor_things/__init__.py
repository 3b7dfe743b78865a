"""OGC SensorThings API 1.1 (OGC 18-088) over the store, under `/api/v1.1`.

What we measure is published as it is in the store and can only be read; what clients create with
the operator's key lives in tables of its own beside it. README.md tells how the parts fit.
"""

from agro.api.sensor_things.routes import sensor_things_routes

__all__ = ["sensor_things_routes"]
