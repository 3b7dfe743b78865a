"""A report as somebody posts it, judged field by field; what it cannot be has a code each.

Fields are Open311's (GeoReport v2, POST Service Request). An address of a photo is kept as text
and never asked for. A register of addresses is not ours: `address_id` names one of our plots, as
`site/plot` or by its URN, or stands beside a point.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite, nan

from agro.packs.services import service_meant
from agro.records import Commune, Plot, ReportService
from agro.store.city.places import Places, distance_km
from sensors.feeds.open311_fields import LONGEST, is_link, plain

LONGEST_LINE = 300
PERSONAL = ("first_name", "last_name", "email", "phone")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s,;<>\".]{2,}")
_PHONE = re.compile(r"\+?[\d\s().\-/]{6,30}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a report cannot be taken: a code, and what its sentence needs."""

    code: str
    facts: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a report is judged by."""

    services: Sequence[ReportService]
    plots: Sequence[Plot]
    communes: Sequence[Commune]
    places: Places


@dataclass(frozen=True, slots=True)
class Posted:
    """A report that can be taken. Degrees are NaN where only words say the place."""

    service: ReportService
    description: str
    latitude: float
    longitude: float
    commune: str
    address: str
    address_id: str
    media_url: str
    name: str
    phone: str
    email: str

    @property
    def said(self) -> str:
        """What is the same for two reports that say the same of the same place (about 11 m)."""
        place = f"{self.latitude:.4f} {self.longitude:.4f}"
        if not isfinite(self.latitude):
            place = f"{self.address} {self.address_id}".casefold()
        words = " ".join(self.description.casefold().split())
        return sha256(f"{self.service.code}\x1f{words}\x1f{place}".encode()).hexdigest()


def judge(form: Mapping[str, str], ground: Ground) -> Posted | tuple[Refusal, ...]:
    """The report of a form, or every reason for which it cannot be taken."""
    told = {name: plain(value) for name, value in form.items()}
    refusals: list[Refusal] = []
    service = _service(told, ground.services, refusals)
    latitude, longitude, commune = _place(told, ground, refusals)
    _texts(told, refusals)
    _contact(told, service, refusals)
    if refusals or service is None:
        return tuple(refusals)
    return Posted(
        service=service,
        description=told.get("description", ""),
        latitude=latitude,
        longitude=longitude,
        commune=commune,
        address=told.get("address_string", ""),
        address_id=told.get("address_id", ""),
        media_url=told.get("media_url", ""),
        name=" ".join(part for part in map(told.get, PERSONAL[:2]) if part),
        phone=told.get("phone", ""),
        email=told.get("email", ""),
    )


def _service(
    told: Mapping[str, str], services: Sequence[ReportService], refusals: list[Refusal]
) -> ReportService | None:
    code = told.get("service_code", "")
    if not code:
        refusals.append(Refusal("service_missing"))
        return None
    found = next((one for one in services if one.code == code), None)
    if found is None:
        near = service_meant(services, code, code)
        hint = near.code if near else ", ".join(one.code for one in services)
        refusals.append(Refusal("service_unknown", {"value": code[:80], "known": hint}))
    return found


def _place(
    told: Mapping[str, str], ground: Ground, refusals: list[Refusal]
) -> tuple[float, float, str]:
    """Degrees and commune of a report: of its point, else of the plot it names."""
    latitude, longitude = (_degrees(told, name, refusals) for name in ("lat", "long"))
    if isfinite(latitude) and isfinite(longitude):
        commune = ground.places.of(latitude, longitude)
        if ground.communes and not commune:
            refusals.append(_outside(latitude, longitude, ground.communes))
        return latitude, longitude, commune
    if told.get("lat") or told.get("long"):
        if not (told.get("lat") and told.get("long")):
            refusals.append(Refusal("place_half"))
        return nan, nan, ""
    plot = _plot(told.get("address_id", ""), ground.plots)
    if plot is not None:
        return (
            plot.latitude,
            plot.longitude,
            ground.places.of(plot.latitude, plot.longitude),
        )
    if not told.get("address_string"):
        code = "address_unknown" if told.get("address_id") else "place_missing"
        refusals.append(Refusal(code, {"value": told.get("address_id", "")[:80]}))
    return nan, nan, ""


def _outside(latitude: float, longitude: float, communes: Sequence[Commune]) -> Refusal:
    far = min(distance_km(latitude, longitude, one.latitude, one.longitude) for one in communes)
    facts: dict[str, str | float] = {
        "lat": f"{latitude:.5f}",
        "long": f"{longitude:.5f}",
        "km": far,
    }
    return Refusal("place_outside", facts)


def _degrees(told: Mapping[str, str], name: str, refusals: list[Refusal]) -> float:
    text = told.get(name, "")
    if not text:
        return nan
    most = 90.0 if name == "lat" else 180.0
    try:
        value = float(text)
    except ValueError:
        value = nan
    if isfinite(value) and abs(value) <= most:
        return value
    refusals.append(Refusal("place_number", {"name": name, "value": text[:80], "most": most}))
    return nan


def _plot(address_id: str, plots: Sequence[Plot]) -> Plot | None:
    """The plot of `site/plot`, or of a URN that ends so."""
    name = tuple(re.split(r"[:/]", address_id)[-2:])
    return next((one for one in plots if (one.site, one.slug) == name), None)


def _texts(told: Mapping[str, str], refusals: list[Refusal]) -> None:
    for name, value in told.items():
        most = LONGEST if name == "description" else LONGEST_LINE
        if name != "media_url" and len(value) > most:
            facts: dict[str, str | float] = {"name": name[:40], "length": len(value), "most": most}
            refusals.append(Refusal("text_long", facts))
    if (link := told.get("media_url", "")) and not is_link(link):
        refusals.append(Refusal("media_wrong", {"value": link[:80]}))


def _contact(
    told: Mapping[str, str], service: ReportService | None, refusals: list[Refusal]
) -> None:
    email, phone = told.get("email", ""), told.get("phone", "")
    if email and not _EMAIL.fullmatch(email):
        refusals.append(Refusal("email_wrong"))
    if phone and not _PHONE.fullmatch(phone):
        refusals.append(Refusal("phone_wrong"))
    if service is not None and service.contact == "needed" and not (email or phone):
        refusals.append(Refusal("contact_missing"))
