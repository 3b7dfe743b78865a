"""What the records propose for 14 indices of a TAPE survey, each with its numbers and records.

A proposal is for a person to confirm or change: nothing here is stored, and nothing counts before
a survey is confirmed. Where the records do not tell, there is no proposal; that is never a 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import isnan

from sqlalchemy import Connection

from agro.indicators import prefill_rules as rules
from agro.indicators import tape
from agro.indicators.book import Source
from agro.indicators.gathering import gather
from agro.indicators.prefill_rules import Finding, Means
from agro.indicators.scope import Scope, within
from agro.records import LogEntry
from agro.store import farms, logbook
from agro.store.values import time_zone

RULES: Mapping[str, rules.Rule] = {
    "crops": rules.crops,
    "div_activ": rules.activities,
    "s_plant": rules.soil_and_plants,
    "connectivity": rules.connectivity,
    "ext_inp": rules.external_inputs,
    "soil_fert": rules.soil_fertility,
    "pest_dis": rules.pests,
    "rec_biomass": rules.biomass,
    "water": rules.water,
    "seeds_breeds": rules.seeds,
    "platforms": rules.platforms,
    "partic_orgs": rules.participation,
    "mkt_local": rules.local_market,
    "networks": rules.networks,
}
"""The 14 indices and their rules; those of the forms of 2019 and 2023."""
_SOWN = ("seeding", "transplanting")


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A proposal for an index. `proposal` None = the records do not tell.

    `index` is element and name, `basis` the numbers behind it, `records` where they stand.
    """

    index: str
    element: str
    name: str
    proposal: float | None
    basis: Mapping[str, float] = field(default_factory=dict)
    records: tuple[Source, ...] = ()

    @property
    def code(self) -> str:
        """What names its rule, for words."""
        return self.name


def prefill(
    c: Connection, site: str, start: date, end: date, version: str = "2023"
) -> list[Prefilled]:
    """The proposals for a site from its records of a period, both days included.

    A form that asks other indices (2025) gets none.

    Raises
    ------
    ValueError  The site does not exist.
    """
    known = tape.form(version)
    if site not in {one.slug for one in farms.sites(c)}:
        raise ValueError(f"no site {site!r}")
    if known is None or known.items:
        return []
    book = within(gather(c, start, end, sites=(site,), weather=False), Scope("site", site))
    means = _means(c, site, start, end)
    return [
        _prefilled(element, name, RULES[name](book, means))
        for element, listed in known.elements.items()
        for name in listed
        if name in RULES
    ]


def _prefilled(element: str, name: str, found: Finding) -> Prefilled:
    return Prefilled(
        index=f"{element}.{name}",
        element=element,
        name=name,
        proposal=None if isnan(found.score) else found.score,
        basis=found.basis,
        records=tuple(dict.fromkeys(one.source for one in found.records)),
    )


def _means(c: Connection, site: str, start: date, end: date) -> Means:
    """What the Book does not hold: equipment, mulch, and where seeds came from."""
    zone = time_zone(c)
    since = datetime.combine(start, time(), zone)
    until = datetime.combine(end + timedelta(days=1), time(), zone)
    sown = logbook.noted(c, site=site, types=_SOWN, start=since, end=until)
    origins = [
        (_origin(one.entry), Source(one.entry.type, f"log {one.number}", one.number))
        for one in sown
    ]
    drip = [one for one in farms.irrigation_systems(c, site) if one.method == "drip"]
    return Means(
        tanks=len(farms.tanks(c, site)),
        drip=len(drip),
        mulched=sum(1 for one in farms.plots(c, site) if one.mulch),
        seeds=tuple((origin, source) for origin, source in origins if origin),
    )


def _origin(entry: LogEntry) -> str:
    """own, exchanged or bought, as a sowing says; empty where it does not."""
    said = str(entry.details.get("origin", "")).strip().lower()
    return said if said in rules.ORIGINS else ""
