"""The catalogue is DCAT-AP 3 by its own shapes, and tells only of what exists."""

from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF
from sqlalchemy import Engine

from agro.store import open_store
from tests.agro.publish.conftest import OpenData


def _graph(server: OpenData, path: str = "/catalog.ttl") -> Graph:
    answer = server.get(path)
    assert answer.status_code == 200, answer.text
    form = "turtle" if path.endswith("ttl") else "json-ld"
    return Graph().parse(data=answer.text, format=form)


@pytest.fixture(scope="session")
def shapes(data: Path) -> Graph:
    """The shapes of DCAT-AP 3.0.1, and those of its ranges."""
    folder = data / "city" / "dcat-ap"
    if not folder.is_dir():
        pytest.skip("the shapes of DCAT-AP are not beside the project")
    graph = Graph()
    for name in ("dcat-ap-3.0.1-shapes.ttl", "dcat-ap-3.0.1-range.ttl"):
        graph.parse(folder / name)
    return graph


def test_it_passes_the_shapes(server: OpenData, shapes: Graph) -> None:
    conforms, _, told = validate(_graph(server), shacl_graph=shapes)
    assert conforms, told


@pytest.mark.parametrize("predicate", [DCTERMS.title, DCTERMS.description, DCAT.accessURL])
def test_a_catalogue_broken_on_purpose_does_not(
    server: OpenData, shapes: Graph, predicate: URIRef
) -> None:
    graph = _graph(server)
    graph.remove((None, predicate, None))
    conforms, _, _ = validate(graph, shacl_graph=shapes)
    assert not conforms


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")  # of rdflib, in its own parser
def test_both_forms_say_the_same(server: OpenData) -> None:
    assert isomorphic(_graph(server), _graph(server, "/catalog.jsonld"))
    tags = {server.get("/catalog.jsonld").headers["etag"] for _ in range(2)}
    assert len(tags) == 1


def test_every_address_of_ours_that_it_tells_answers(server: OpenData) -> None:
    graph = _graph(server)
    told = [*graph.objects(None, DCAT.downloadURL), *graph.objects(None, DCAT.endpointURL)]
    assert len(told) >= 7
    for address in told:
        path = str(address).removeprefix(server.url)
        assert path.startswith("/")
        assert server.get(path).status_code == 200


def test_tables_tell_their_days_licence_and_theme(server: OpenData) -> None:
    graph = _graph(server)
    table = URIRef(f"{server.url}/catalog.ttl#soil_water")
    period = graph.value(table, DCTERMS.temporal)
    days = [str(graph.value(period, one)) for one in (DCAT.startDate, DCAT.endDate)]
    assert days == ["2026-07-01", "2026-07-03"]
    themes = {str(one).rpartition("/")[2] for one in graph.objects(table, DCAT.theme)}
    assert themes == {"AGRI", "ENVI"}
    file = graph.value(table, DCAT.distribution)
    licence = str(graph.value(file, DCTERMS.license))
    assert licence == "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
    assert {one.language for one in graph.objects(table, DCTERMS.title)} == {"fr", "en"}


def test_an_empty_store_has_maps_and_no_tables(store: Engine, store_url: str) -> None:
    server = OpenData(store_url)
    names = {str(one).rpartition("#")[2] for one in _graph(server).subjects(RDF.type, DCAT.Dataset)}
    server.stop()
    assert names == {"plots", "communes"}


def test_without_a_city_there_is_no_catalogue(sqlite_url: str) -> None:
    open_store(sqlite_url).dispose()
    server = OpenData(sqlite_url)
    codes = [server.get(path).status_code for path in ("/catalog.ttl", "/plots.geojson")]
    assert server.json("/ngsi-ld/v1/entities") == []
    server.stop()
    assert codes == [404, 404]


def test_a_store_that_is_away_is_told(tmp_path: Path) -> None:
    server = OpenData(f"sqlite:///{tmp_path}")
    paths = ("/catalog.ttl", "/data/soil_water.csv", "/ngsi-ld/v1/entities", "/plots.geojson")
    answers = [server.get(path) for path in paths]
    server.stop()
    assert {one.status_code for one in answers} == {503}
    assert {one.headers["retry-after"] for one in answers} == {"60"}
