"""What our Open311 server says: the standard's documents, in JSON and in XML.

References
----------
[1] Open311 (2014). GeoReport v2; Service Discovery. wiki.open311.org.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.responses import Response

from agro.records import City, ReportService
from agro.store.reports import Report
from agro.words import Words, own_text

FORMS = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
Document = dict[str, Any]
_HEADERS = {
    "Access-Control-Allow-Origin": "*",  # nothing here is anybody's own
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """In whose words the answers are: the city's, or of the language that was asked for."""

    words: Words
    city: City | None
    services: Sequence[ReportService]

    def name(self, code: str) -> str:
        """A service in words; a code that is not ours any more as it is."""
        found = next((one for one in self.services if one.code == code), None)
        return code if found is None else self.said(found, "name")

    def said(self, service: ReportService, what: str) -> str:
        """`name` or `description` of a service."""
        home = self.city.language if self.city else ""
        return own_text(service, what, self.words.language, home)


def answer(
    documents: Sequence[Document] | Document,
    form: str,
    names: tuple[str, str],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Documents in a form; `names` are the XML's root and, of a list, its elements."""
    if form == "xml":
        body = _xml(documents, names)
    else:
        body = json.dumps(documents, ensure_ascii=False).encode()
    told = {**_HEADERS, **(headers or {}), "Content-Type": FORMS.get(form, FORMS["json"])}
    return Response(body, status, told)


def refusal(
    status: int, told: Sequence[str], form: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Why a question is not answered, a sentence for each reason."""
    errors = [{"code": status, "description": one} for one in told]
    return answer(errors, form, ("errors", "error"), status=status, headers=headers)


def service(voice: Voice, one: ReportService) -> Document:
    """A kind of report; `batch`: who reports is given a token in place of the report's name."""
    return {
        "service_code": one.code,
        "service_name": voice.said(one, "name"),
        "description": voice.said(one, "description") or None,
        "metadata": one.contact == "needed",
        "type": "batch" if one.visible == "city" else "realtime",
        "keywords": ", ".join(one.keywords) or None,
        "group": one.group,
    }


def definition(voice: Voice, one: ReportService, days: int) -> Document:
    """What somebody who reports is told beside the fields that every report has."""
    attributes = []
    if one.contact == "needed":
        attributes.append(
            {
                "variable": False,
                "code": "contact",
                "datatype": "text",
                "required": False,
                "datatype_description": None,
                "order": 1,
                "description": voice.words.t("open311.contact_needed", n=days),
                "values": [],
            }
        )
    return {"service_code": one.code, "attributes": attributes}


def request(voice: Voice, one: Report) -> Document:
    """A report; of one that only the city reads, no more than how it stands."""
    is_open = one.visible == "all"
    return {
        "service_request_id": one.reference,
        "status": one.status,
        "status_notes": (one.status_notes or None) if is_open else None,
        "service_name": voice.name(one.service_code),
        "service_code": one.service_code,
        "description": (one.description or None) if is_open else None,
        "agency_responsible": voice.city.name if voice.city else None,
        "service_notice": one.notice or None,
        "requested_datetime": _time(one.requested_at or one.heard_at),
        "updated_datetime": _time(one.updated_at),
        "expected_datetime": _time(one.expected_at),
        "address": (one.address or None) if is_open else None,
        "address_id": (one.address_id or None) if is_open else None,
        "zipcode": None,
        "lat": one.latitude if is_open and one.is_placed else None,
        "long": one.longitude if is_open and one.is_placed else None,
        "media_url": (one.media_url or None) if is_open else None,
    }


def discovery(base: str, changed: datetime | None, contact: str) -> Document:
    """Where this server answers, in which forms, and when its services last changed."""
    changeset = _time(changed)
    endpoint = {
        "specification": SPECIFICATION,
        "url": base,
        "changeset": changeset,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    return {
        "changeset": changeset,
        "contact": contact,
        "key_service": contact,
        "endpoints": [endpoint],
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _xml(documents: Sequence[Document] | Document, names: tuple[str, str]) -> bytes:
    root = Element(names[0])
    if isinstance(documents, dict):
        _fill(root, documents)
    else:
        for one in documents:
            _fill(SubElement(root, names[1]), one)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _fill(parent: Element, document: Document) -> None:
    """A list becomes elements of its singular inside one of its name, as the standard has it."""
    for name, value in document.items():
        element = SubElement(parent, name)
        if isinstance(value, list):
            for one in value:
                child = SubElement(element, name.removesuffix("s"))
                if isinstance(one, dict):
                    _fill(child, one)
                else:
                    child.text = str(one)
        elif value is not None:
            element.text = str(value).lower() if isinstance(value, bool) else str(value)
