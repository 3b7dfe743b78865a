"""What another system tells of a report, as we keep it: by our kinds, in our communes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from sqlalchemy import Connection

from agro.packs.services import may_be_personal, service_meant
from agro.records import ReportService
from agro.store import report_sources
from agro.store.city.places import Places, places
from agro.store.reports import Report
from sensors.feeds import open311
from sensors.feeds.open311 import Service, ServiceRequest
from sensors.feeds.source import Mode

_SAME = tuple(
    one.name
    for one in fields(ServiceRequest)
    if one.name not in ("service_code", "service_name", "status")
)


@dataclass(frozen=True)
class Reading:
    """By what reports of another system are read; `kinds` are its own services by their code."""

    services: Sequence[ReportService]
    places: Places
    kinds: Mapping[str, Service] = field(default_factory=dict)
    mode: Mode = "live"

    def report(self, one: ServiceRequest, at: datetime) -> Report:
        """A report by our code where one kind alone is meant, else by its source's.

        What could be of a person in need is the city's to read, also where several are meant.
        """
        kind = self.kinds.get(one.service_code)
        name = one.service_name or (kind.name if kind else "")
        meant = service_meant(self.services, one.service_code, name)
        is_private = may_be_personal(self.services, one.service_code, name)
        is_placed = one.latitude == one.latitude
        return Report(
            source=open311.KEY,
            service_code=meant.code if meant else one.service_code,
            service_name=name,
            status=one.status,
            heard_at=at,
            visible="city" if is_private else "all",
            commune=self.places.of(one.latitude, one.longitude) if is_placed else "",
            mode=self.mode,
            **{name: getattr(one, name) for name in _SAME},
        )


def reading(c: Connection, *, mode: Mode = "live") -> Reading:
    """By what this city reads reports."""
    return Reading(report_sources.services(c), places(c), mode=mode)
