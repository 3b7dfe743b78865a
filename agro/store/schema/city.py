"""The city's own equipment and the outlines of its communes.

A cabinet of street lights, a car park or a solar plant is a `thing` on the site of the city's
control post; what makes it the city's is its row here. Its measurements are datastreams like a
probe's.
"""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Table, Text

from agro.store.schema.base import metadata, position, text

asset = Table(
    "asset",
    metadata,
    Column("thing_id", ForeignKey("thing.id"), primary_key=True),
    # lighting_cabinet, parking, traffic_counter, building, pv_plant, air_station, river_station,
    # groundwater, weather or other
    Column("kind", Text, nullable=False, index=True),
    text("commune"),  # its national code; empty where it lies in none
    *position(),
    text("mode", "live"),  # or file, simulated
    text("source"),  # who says so: a feed's key
    text("licence"),
    Column("details", JSON),  # what does not change by the hour: lights, spaces, peak power
)

# A GeoJSON Polygon or MultiPolygon, longitude first, for each commune that has been given one.
commune_boundary = Table(
    "commune_boundary",
    metadata,
    Column("commune_id", ForeignKey("commune.id"), primary_key=True),
    Column("geometry", JSON, nullable=False),
    text("source"),  # the file it came from
    Column("imported_at", BigInteger, nullable=False),
)
