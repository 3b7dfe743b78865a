"""The report of the city's farms, or of one: how far they are, and from which records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from agro.indicators.book import Source
from agro.indicators.catalogue import Catalogue
from agro.indicators.figures import Figure
from agro.indicators.scope import Scope
from agro.reports.typeset import typeset
from agro.words import say
from models.energy.payback import Assumptions, Payback

_TEMPLATES = ("tables.typ", "figures.typ", "farms.typ")


class Returned(Protocol):
    """What advised watering pays back, as `agro.energy.returns` reckons it."""

    @property
    def spared(self) -> Payback:
        """What is spared, each with its interval."""

    @property
    def assumptions(self) -> Assumptions:
        """What the records do not tell."""

    @property
    def plots(self) -> int:
        """Plots with crops whose waterings were written down."""

    @property
    def known(self) -> int:
        """Plots with crops."""

    @property
    def metered(self) -> float:
        """The share of the water that a meter counted; NaN without water."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The records behind it."""


@dataclass(frozen=True, slots=True)
class FarmsReport:
    """Everything that a report of a place and a period says.

    Parameters
    ----------
    city : Its name.
    scope, start, end : Of which place and days, both included.
    figures : Of the whole catalogue.
    made_at : Aware; when the figures were computed.
    known : The catalogue as it holds in this city.
    places : Names by scope (`site:potager`, `commune:21231`).
    months : Indicator → month as `2026-05` → value, of sums that months add up to.
    years : Calendar year → indicator → figure; the running one until `end`.
    communes : Commune → indicator → figure; empty of a report that compares none.
    gardens : Commune → how many gardens it has.
    surveys : Name of a survey → element of TAPE → score; empty in a public report.
    returned : What advised watering pays back; None where it is not told.
    public : Whether what tells of fewer than three gardens is hidden.
    command : What gives the same figures again, as it is typed.
    versions : Of the program and of the libraries it counted with.
    """

    city: str
    scope: Scope
    start: date
    end: date
    figures: tuple[Figure, ...]
    made_at: datetime
    known: Catalogue
    places: Mapping[str, str] = field(default_factory=dict)
    months: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    years: Mapping[int, Mapping[str, Figure]] = field(default_factory=dict)
    communes: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    gardens: Mapping[str, int] = field(default_factory=dict)
    surveys: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    returned: Returned | None = None
    public: bool = False
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    language: str = "fr"
    zone: str = "UTC"


def farms_report(report: FarmsReport) -> bytes:
    """The report as a PDF: A4, its text selectable; the same report gives the same bytes."""
    from agro.reports.farms_content import content

    told = content(report, say(report.language, report.zone))
    return typeset(told, _TEMPLATES, report.made_at)
