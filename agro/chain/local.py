"""What counts as local: the definitions of ma-cantine, one of which a city chooses.

`AGRO_LOCAL`: PAT (from the territorial food project, here the city's communes), COMMUNE (commune
or its intercommunality, the city's communes too), DEPARTEMENT, REGION, KM (a distance, which
`AGRO_LOCAL_KM` sets).

References
----------
[1] ma-cantine, betagouv/ma-cantine, data/models/definitionlocal.py: the five choices.
[2] INSEE, Code officiel géographique 2024: départements and régions.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isnan

from sqlalchemy import Connection

from agro.config import Settings, settings
from agro.records import Commune, Delivery
from agro.store import farms
from agro.store.deliveries import LOSS, outlets

# Région code → its départements [2].
_REGIONS = {
    "01": "971",
    "02": "972",
    "03": "973",
    "04": "974",
    "06": "976",
    "11": "75 77 78 91 92 93 94 95",
    "24": "18 28 36 37 41 45",
    "27": "21 25 39 58 70 71 89 90",
    "28": "14 27 50 61 76",
    "32": "02 59 60 62 80",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "52": "44 49 53 72 85",
    "53": "22 29 35 56",
    "75": "16 17 19 23 24 33 40 47 64 79 86 87",
    "76": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "93": "04 05 06 13 83 84",
    "94": "2A 2B",
}
_REGION_OF = {one: region for region, listed in _REGIONS.items() for one in listed.split()}
_INSEE = re.compile(r"^(\d{2}|2[AB])\d{3}$")


@dataclass(frozen=True, slots=True)
class Local:
    """The chosen definition, and what it needs to know. `km` km, for KM.

    `communes`: name and code, in small letters, → code. `homes`: site → code of its commune.
    `destinations`: site and outlet → where it is, as it was written.
    """

    definition: str = "KM"
    km: float = 30.0
    communes: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    destinations: dict[tuple[str, str], str] = field(default_factory=dict)

    def holds(self, delivery: Delivery) -> bool | None:
        """Whether a delivery stayed local; None where the records do not say.

        What the gardeners eat themselves is local; what was composted went nowhere.
        """
        if delivery.channel == LOSS:
            return None
        if self.definition == "KM":
            return self._near(delivery)
        site = delivery.entry.site
        written = self.destinations.get((site, delivery.outlet), "").strip()
        code = self.communes.get(written.lower(), written.upper())
        if not _INSEE.match(code) and code not in self.communes.values():
            return True if delivery.channel == "self" else None
        if self.definition in ("PAT", "COMMUNE"):
            return code in self.communes.values()
        return _area(self.definition, code) == _area(self.definition, self.homes.get(site, ""))

    def _near(self, delivery: Delivery) -> bool | None:
        if isnan(delivery.distance_km):
            return True if delivery.channel == "self" else None
        return delivery.distance_km <= self.km


def _area(definition: str, code: str) -> str:
    """The département or région of a commune's code."""
    department = code[:3] if code.startswith(("97", "98")) else code[:2]
    return department if definition == "DEPARTEMENT" else _REGION_OF.get(department, department)


def local(c: Connection, chosen: Settings | None = None) -> Local:
    """The definition that the settings choose, in this city."""
    chosen = chosen or settings()
    return Local(
        definition=chosen.local,
        km=chosen.local_km,
        communes=_names(farms.communes(c)),
        homes={site.slug: site.commune for site in farms.sites(c)},
        destinations={(one.site, one.slug): one.destination for one in outlets(c)},
    )


def _names(communes: Iterable[Commune]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in communes:
        names |= {one.name.lower(): one.code, one.code.lower(): one.code}
    return names
