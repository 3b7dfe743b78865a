"""What VigiEau answers is read whole; what cannot be is told, and never taken for "nothing"."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sensors.errors import FeedError
from sensors.feeds.source import Place
from sensors.feeds.vigieau import Situation, orders, read_situation

SHAPES = Path(__file__).parents[3] / "../shared/data/city"
ZONE: dict[str, Any] = {
    "id": 7,
    "code": "21_A_1",
    "nom": "Bassin d'essai",
    "type": "SUP",
    "niveauGravite": "alerte_renforcee",
    "departement": "21",
    "arrete": {
        "id": 9,
        "dateDebutValidite": "2026-07-01",
        "dateFinValidite": "2026-08-30T22:00:00.000Z",
        "cheminFichier": "https://orders.example/a.pdf",
        "cheminFichierArreteCadre": "https://orders.example/cadre.pdf",
    },
    "usages": [
        {
            "nom": "Arrosage des jardins potagers",
            "thematique": "Arroser",
            "description": "Interdit de 8 h à 20 h.",
            "concerneParticulier": True,
            "concerneEntreprise": False,
            "concerneCollectivite": True,
            "concerneExploitation": False,
        }
    ],
}


def read(document: Any, garden: Place, resource: str = "SUP") -> tuple[Situation, list[str]]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    found = read_situation(body, resource, garden.zone)
    return found.value, [fault.field for fault in found.problems]


def test_it_is_asked_by_position_for_one_water_and_nobodys_profile(garden: Place) -> None:
    request = orders("SOU", "http://here/").ask(garden)
    assert request.url == "http://here/api/zones"
    assert request.params == {"lon": "5.04000", "lat": "47.32000", "zoneType": "SOU"}
    assert request.answers == {200, 404, 409}


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one]], ids=["zone", "list"])
def test_an_order_is_read_with_its_days_on_the_places_clock(garden: Place, wrap: Any) -> None:
    found, faults = read(wrap(ZONE), garden)
    order = found.order
    assert found.state == "order"
    assert order is not None
    assert faults == []
    assert (order.resource, order.zone_code, order.level) == ("SUP", "21_A_1", "alerte_renforcee")
    assert (order.valid_from, order.valid_until) == (date(2026, 7, 1), date(2026, 8, 31))
    assert (order.link, order.framework_link) == (
        "https://orders.example/a.pdf",
        "https://orders.example/cadre.pdf",
    )
    assert order.usages[0].concerns == {"particulier", "collectivite"}
    assert order.document["id"] == 7


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"statusCode":404,"message":"Aucune zone d\xe2\x80\x99alerte sur cette commune."}',
        b'{"code":404,"message":"Aucune zone"}',
        json.dumps([{**ZONE, "type": "AEP"}]).encode(),
        b'[{"type":"SUP","code":"x","nom":"y","arrete":{},"niveauGravite":null,"usages":[]}]',
    ],
    ids=["empty", "null", "list", "404", "code", "another water", "no order"],
)
def test_no_zone_is_no_restriction(garden: Place, body: bytes) -> None:
    assert read(body, garden) == (Situation("free"), [])


@pytest.mark.parametrize(
    "document",
    [
        {"statusCode": 409, "message": "La commune comporte plusieurs zones d’alerte."},
        [ZONE, {**ZONE, "code": "21_A_2"}],
    ],
    ids=["409", "two of one kind"],
)
def test_several_zones_are_told_as_such(garden: Place, document: Any) -> None:
    assert read(document, garden)[0] == Situation("several")


@pytest.mark.parametrize(
    "body",
    [
        b"<html>404 Not Found</html>",
        b'{"statusCode":404,"message":"Cannot GET /api/zones","error":"Not Found"}',
        b'{"statusCode":500,"message":"Aucune zone"}',
        b'{"message":"Aucune zone"}',
        b"{}",
        b'"Aucune zone"',
        b"17",
        b"[1, 2]",
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b'[{"type":"SUP"',
    ],
)
def test_a_page_that_is_no_answer_is_never_taken_for_nothing(garden: Place, body: bytes) -> None:
    with pytest.raises(FeedError, match="unreadable"):
        read(body, garden)


def test_what_is_wrong_in_an_order_is_told_and_the_rest_kept(garden: Place) -> None:
    arrete = {
        "id": 9,
        "dateDebutValidite": "01/07/2026",
        "dateFinValidite": None,
        "cheminFichier": "javascript:alert(1)",
    }
    usages = [ZONE["usages"][0], "potager", {"nom": None, "description": 5}]
    document = {**ZONE, "niveauGravite": "Rouge", "arrete": arrete, "usages": usages}
    found, faults = read(document, garden)
    assert faults == ["niveauGravite", "dateDebutValidite", "cheminFichier", "usages"]
    order = found.order
    assert order is not None
    assert (order.level, order.valid_from, order.valid_until, order.link) == ("", None, None, "")
    assert [usage.name for usage in order.usages] == ["Arrosage des jardins potagers", "", ""]
    assert order.usages[2].concerns is None


def test_usages_that_are_no_list_leave_an_order_of_which_nothing_is_known(garden: Place) -> None:
    found, faults = read({**ZONE, "usages": {"a": 1}}, garden)
    assert set(faults) == {"usages"}
    assert found.order is not None
    assert [usage.name for usage in found.order.usages] == [""]


def test_a_level_in_other_letters_is_the_same(garden: Place) -> None:
    found, _ = read({**ZONE, "niveauGravite": "Alerte renforcée"}, garden)
    assert found.order is not None
    assert found.order.level == "alerte_renforcee"


def test_the_services_own_example_is_read(garden: Place) -> None:
    file = SHAPES / "vigieau_zone.json"
    if not file.exists():
        pytest.skip("the service's example is not at hand")
    found, faults = read(file.read_bytes(), garden)
    assert faults == []
    assert found.order is not None
    assert (found.order.level, len(found.order.usages)) == ("alerte_renforcee", 7)
    assert found.order.valid_until == date(2024, 4, 30)
