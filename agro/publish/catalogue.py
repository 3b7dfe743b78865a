"""The DCAT-AP 3 catalogue of what is published: only what exists, with its span and its licence.

References
----------
[1] SEMIC (2024), DCAT Application Profile for data portals in Europe, version 3.0.
[2] Publications Office of the European Union, authority tables: data theme, frequency, language,
    file type, access right.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD
from rdflib.term import Node
from shapely.geometry import MultiPoint
from sqlalchemy import Connection

from agro.publish.datasets import LANGUAGES, Dataset, Words, datasets
from agro.publish.licence import licence_of
from agro.publish.ngsi_routes import ROOT
from agro.publish.place import Register
from agro.publish.tables import TABLES

_EU = "http://publications.europa.eu/resource/authority/"
_IANA = "https://www.iana.org/assignments/media-types/"
_GSP = Namespace("http://www.opengis.net/ont/geosparql#")
_LANGUAGE_CODES = {"fr": "FRA", "en": "ENG"}
_THEMES = {
    "AGRI": {
        "fr": "Agriculture, pêche, sylviculture et alimentation",
        "en": "Agriculture, fisheries, forestry and food",
    },
    "ENVI": {"fr": "Environnement", "en": "Environment"},
    "REGI": {"fr": "Régions et villes", "en": "Regions and cities"},
}
_SIMULATED = {
    "fr": "Données simulées, pour une démonstration.",
    "en": "Simulated data, for a demonstration.",
}


@dataclass(frozen=True, slots=True)
class Service:
    """An interface that programs ask: where it is, what it follows, what it is called."""

    path: str
    standard: str
    standard_name: str
    title: Words
    media: str = "application/json"
    kind: str = "JSON"


NGSI = Service(
    f"{ROOT}/entities",
    "https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/",
    "ETSI GS CIM 009 NGSI-LD API",
    {"fr": "Entités NGSI-LD de l’agriculture urbaine", "en": "NGSI-LD entities of urban farming"},
    "application/ld+json",
    "JSON_LD",
)
SERVICES: Mapping[str, Service] = {
    "ngsi-ld": NGSI,
    "sensorthings": Service(
        "/api/v1.1",
        "http://www.opengis.net/doc/is/sensorthings/1.1",
        "OGC SensorThings API 1.1",
        {"fr": "Capteurs par l’API SensorThings", "en": "Sensors by the SensorThings API"},
    ),
    "open311": Service(
        "/open311/v2/services.json",
        "http://wiki.open311.org/GeoReport_v2",
        "Open311 GeoReport v2",
        {"fr": "Signalements par l’API Open311", "en": "Reports by the Open311 API"},
    ),
}


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a dataset: its path, media type, code of its kind, and what it follows."""

    path: str
    media: str
    kind: str
    standard: str
    standard_name: str


_RFC_CSV = ("https://www.rfc-editor.org/rfc/rfc4180", "RFC 4180")
_RFC_GEOJSON = ("https://www.rfc-editor.org/rfc/rfc7946", "RFC 7946")


def catalogue(
    c: Connection, here: Register, base: str, form: str, services: Iterable[str] = ("ngsi-ld",)
) -> str:
    """The catalogue as text in one of the forms of RDF; `services` are those there are."""
    writer = _Writer(here, base)
    writer.catalogue()
    for name, told in datasets().items():
        span = TABLES[name].span(c, here)
        if span is not None:
            writer.table(told, span)
    if here.plots:
        writer.map("plots", _PLOTS)
    if here.communes:
        writer.map("communes", _COMMUNES)
    for name in services:
        writer.service(name, SERVICES[name])
    return _linked(writer.graph) if form == "json-ld" else writer.graph.serialize(format=form)


def _linked(graph: Graph) -> str:
    """JSON-LD with its context inside, in an order that does not change."""
    context = {prefix: str(address) for prefix, address in graph.namespaces()}
    told = json.loads(graph.serialize(format="json-ld", context=context))
    return json.dumps(_ordered(told), ensure_ascii=False, indent=1)


def _ordered(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _ordered(told[name]) for name in sorted(told)}
    if isinstance(told, list):
        return sorted(map(_ordered, told), key=lambda one: json.dumps(one, sort_keys=True))
    return told


_PLOTS = Dataset(
    "plots",
    {"fr": "Parcelles des jardins", "en": "Plots of the gardens"},
    {
        "fr": "Parcelles de l’agriculture urbaine : position, surface, sol, arrosage et cultures.",
        "en": "Plots of urban farming: position, area, soil, irrigation and crops.",
    },
    {"fr": ("parcelles", "agriculture urbaine"), "en": ("plots", "urban farming")},
    "IRREG",
    ("AGRI", "ENVI"),
    ("urn",),
    (),
)
_COMMUNES = Dataset(
    "communes",
    {"fr": "Communes", "en": "Communes"},
    {
        "fr": "Communes du territoire, avec le nombre de leurs jardins suivis.",
        "en": "Communes of the area, with how many of their gardens are followed.",
    },
    {"fr": ("communes", "jardins"), "en": ("communes", "gardens")},
    "IRREG",
    ("REGI",),
    ("code",),
    (),
)


class _Writer:
    """Puts the parts of a catalogue into one graph; every node says what it is [1]."""

    def __init__(self, here: Register, base: str) -> None:
        self.graph = Graph(bind_namespaces="none")
        prefixes = {"dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "skos": SKOS, "rdfs": RDFS}
        for prefix, namespace in {**prefixes, "xsd": XSD, "gsp": _GSP}.items():
            self.graph.bind(prefix, namespace)
        self._here, self._base = here, base
        self._root = URIRef(f"{base}/catalog.ttl")
        self._licence = licence_of(here.city.country)

    def _node(self, name: str) -> URIRef:
        return URIRef(f"{self._root}#{name}")

    def _add(self, subject: Node, predicate: Node, *objects: Node) -> None:
        for one in objects:
            self.graph.add((subject, predicate, one))

    def _say(self, subject: Node, predicate: Node, words: Words) -> None:
        self._add(subject, predicate, *(Literal(words[one], lang=one) for one in LANGUAGES))

    def _kind(self, node: Node, kind: Node, label: str = "") -> Node:
        """A node that others name, told what it is."""
        self._add(node, RDF.type, kind)
        if label:
            self._add(node, RDFS.label, Literal(label))
        return node

    def _code(self, table: str, code: str, kind: Node) -> Node:
        return self._kind(URIRef(f"{_EU}{table}/{code}"), kind)

    def _theme(self, code: str) -> Node:
        theme = self._code("data-theme", code, SKOS.Concept)
        self._say(theme, SKOS.prefLabel, _THEMES[code])
        return theme

    def _licensed(self) -> Node:
        node = URIRef(self._licence.address)
        return self._kind(node, DCTERMS.LicenseDocument, self._licence.name)

    def _standard(self, address: str, name: str) -> Node:
        node = self._kind(URIRef(address), DCTERMS.Standard)
        self._add(node, DCTERMS.title, Literal(name, lang="en"))
        return node

    def _publisher(self) -> Node:
        node = self._kind(self._node("publisher"), FOAF.Agent)
        self._add(node, FOAF.name, Literal(self._here.city.name))
        return node

    def _languages(self, subject: Node) -> None:
        for one in LANGUAGES:
            code = self._code("language", _LANGUAGE_CODES[one], DCTERMS.LinguisticSystem)
            self._add(subject, DCTERMS.language, code)

    def catalogue(self) -> None:
        """The catalogue itself."""
        name = self._here.city.name
        self._kind(self._root, DCAT.Catalog)
        self._say(
            self._root,
            DCTERMS.title,
            {
                "fr": f"Agriculture urbaine, {name} : données ouvertes",
                "en": f"Urban farming, {name}: open data",
            },
        )
        self._say(
            self._root,
            DCTERMS.description,
            {
                "fr": "Capteurs, parcelles, arrosages et récoltes des jardins suivis.",
                "en": "Sensors, plots, irrigation and harvests of the gardens that are followed.",
            },
        )
        self._add(self._root, DCTERMS.publisher, self._publisher())
        self._add(self._root, DCTERMS.license, self._licensed())
        self._add(self._root, DCTERMS.spatial, self._area())
        self._add(self._root, DCTERMS.modified, Literal(self._here.today, datatype=XSD.date))
        self._languages(self._root)

    def _area(self) -> Node:
        """The box around the communes and gardens. [°, longitude first]"""
        node = self._kind(self._node("area"), DCTERMS.Location)
        city = self._here.city
        points = [(city.longitude, city.latitude)]
        points += [(one.longitude, one.latitude) for one in self._here.communes.values()]
        points += [(one.longitude, one.latitude) for one in self._here.sites.values()]
        box = MultiPoint(points).envelope
        self._add(node, DCAT.bbox, Literal(box.wkt, datatype=_GSP.wktLiteral))
        self._add(node, DCAT.centroid, Literal(box.centroid.wkt, datatype=_GSP.wktLiteral))
        return node

    def _dataset(self, told: Dataset) -> Node:
        """A dataset without its files."""
        node = self._kind(self._node(told.name), DCAT.Dataset)
        words = told.description
        if self._here.mode == "simulated":
            words = {one: f"{words[one]} {_SIMULATED[one]}" for one in LANGUAGES}
        self._add(self._root, DCAT.dataset, node)
        self._say(node, DCTERMS.title, told.title)
        self._say(node, DCTERMS.description, words)
        self._add(node, DCTERMS.identifier, Literal(str(node)))
        self._add(node, DCTERMS.publisher, self._publisher())
        self._add(node, DCTERMS.spatial, self._area())
        self._add(node, DCAT.theme, *(self._theme(one) for one in told.themes))
        frequency = self._code("frequency", told.frequency, DCTERMS.Frequency)
        self._add(node, DCTERMS.accrualPeriodicity, frequency)
        rights = self._code("access-right", "PUBLIC", DCTERMS.RightsStatement)
        self._add(node, DCTERMS.accessRights, rights)
        for language in LANGUAGES:
            words_of = told.keywords[language]
            self._add(node, DCAT.keyword, *(Literal(one, lang=language) for one in words_of))
        self._languages(node)
        return node

    def table(self, told: Dataset, span: tuple[date, date]) -> None:
        """A table with the days of which it tells."""
        node = self._dataset(told)
        period = self._kind(self._node(f"{told.name}-span"), DCTERMS.PeriodOfTime)
        self._add(period, DCAT.startDate, Literal(span[0], datatype=XSD.date))
        self._add(period, DCAT.endDate, Literal(span[1], datatype=XSD.date))
        self._add(node, DCTERMS.temporal, period)
        self._add(node, DCTERMS.modified, Literal(span[1], datatype=XSD.date))
        page = self._kind(URIRef(f"{self._base}/data/{told.name}.csv-metadata.json"), FOAF.Document)
        self._add(node, FOAF.page, page)
        file = _File(f"/data/{told.name}.csv", "text/csv", "CSV", *_RFC_CSV)
        self._distribution(node, told, file)

    def map(self, name: str, told: Dataset) -> None:
        """A map of plots or communes."""
        node = self._dataset(told)
        self._add(node, DCTERMS.modified, Literal(self._here.today, datatype=XSD.date))
        media = "application/geo+json"
        file = _File(f"/{name}.geojson", media, "GEOJSON", *_RFC_GEOJSON)
        self._distribution(node, told, file)

    def _distribution(self, dataset: Node, told: Dataset, file: _File) -> Node:
        node = self._kind(self._node(f"{told.name}-{file.kind.lower()}"), DCAT.Distribution)
        address = self._kind(URIRef(f"{self._base}{file.path}"), RDFS.Resource)
        self._add(dataset, DCAT.distribution, node)
        self._say(node, DCTERMS.title, told.title)
        self._add(node, DCAT.accessURL, address)
        self._add(node, DCAT.downloadURL, address)
        self._add(node, DCTERMS.license, self._licensed())
        self._formats(node, file.media, file.kind)
        self._add(node, DCTERMS.conformsTo, self._standard(file.standard, file.standard_name))
        return node

    def _formats(self, node: Node, media: str, kind: str) -> None:
        self._add(node, DCAT.mediaType, self._kind(URIRef(_IANA + media), DCTERMS.MediaType))
        self._add(node, DCTERMS["format"], self._code("file-type", kind, DCTERMS.MediaTypeOrExtent))

    def service(self, name: str, told: Service) -> None:
        """An interface for programs."""
        node = self._kind(self._node(f"service-{name}"), DCAT.DataService)
        address = self._kind(URIRef(f"{self._base}{told.path}"), RDFS.Resource)
        self._add(self._root, DCAT.service, node)
        self._say(node, DCTERMS.title, told.title)
        self._add(node, DCAT.endpointURL, address)
        self._add(node, DCTERMS.license, self._licensed())
        self._add(node, DCTERMS.publisher, self._publisher())
        self._add(node, DCTERMS.conformsTo, self._standard(told.standard, told.standard_name))
        self._add(
            node, DCTERMS["format"], self._code("file-type", told.kind, DCTERMS.MediaTypeOrExtent)
        )
        self._add(node, DCAT.theme, self._theme("AGRI"))
