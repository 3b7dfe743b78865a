"""The records that cross the house: what a farm is, what was decided, what the page shows.

Plain frozen dataclasses; keys are slugs (a plot is `(site, plot)`), so that a record reads the same
in a city pack, in the store and in an export. Missing numbers are NaN, never 0.
Times are aware UTC; a `day` is the site's local date.
"""

from agro.records.advice import Advice, Decision, PlanDay, YieldForecast
from agro.records.chain import Delivery, LotUse, Outlet
from agro.records.city import (
    BookPlot,
    City,
    CityPack,
    Commune,
    Device,
    IrrigationSystem,
    Normals,
    Planting,
    Plot,
    ReportService,
    Site,
    Soil,
    Tank,
    Trial,
)
from agro.records.logbook import Batch, LogEntry, Noted, Revision

__all__ = [
    "Advice",
    "Batch",
    "BookPlot",
    "City",
    "CityPack",
    "Commune",
    "Decision",
    "Delivery",
    "Device",
    "IrrigationSystem",
    "LogEntry",
    "LotUse",
    "Normals",
    "Noted",
    "Outlet",
    "PlanDay",
    "Planting",
    "Plot",
    "ReportService",
    "Revision",
    "Site",
    "Soil",
    "Tank",
    "Trial",
    "YieldForecast",
]
