"""A portal's car parks become equipment, whatever its fields are called this year."""

import json
from datetime import UTC, datetime
from math import isnan
from typing import Any

import pytest

from sensors.errors import FeedError
from sensors.feeds import explore
from sensors.feeds.city_assets import Report
from sensors.feeds.source import Place

NOW_NAMES: dict[str, Any] = {
    "identifiant_parking": "P1",
    "nom_du_parking": "Grangier",
    "adresse": "place Grangier",
    "type_de_parking": "ouvrage",
    "nombre_de_places_libres": 42,
    "nombre_de_places_totales": 200,
    "places_pmr": 6,
    "places_vehicules_electriques": 4,
    "derniere_mise_a_jour": "20/07/2026 07:15",
    "geo_point_2d": {"lon": 5.0388, "lat": 47.3236},
}
OLD_NAMES: dict[str, Any] = {
    "nom_parking": "Grangier",
    "taux_doccupation": "79",
    "nb_places": "200",
    "date_maj": "2026-07-20T07:15:00+02:00",
    "geo_point_2d": [47.3236, 5.0388],
}
SEEN = datetime(2026, 7, 20, 5, 15, tzinfo=UTC)


def read(*told: Any, garden: Place) -> tuple[list[Report], list[str]]:
    body = json.dumps({"total_count": len(told), "results": list(told)}).encode()
    found = explore.car_parks("http://town/dispo").read(body, garden)
    return list(found.value), [one.field for one in found.problems]


def values(report: Report) -> dict[str, float]:
    return {one.quantity: one.value for one in report.measured}


def test_a_data_set_is_asked_for_page_by_page(garden: Place) -> None:
    feed = explore.car_parks("http://town/datasets/dispo/", key="K", offset=200)
    request = feed.ask(garden)
    assert request.url == "http://town/datasets/dispo/records"
    assert request.params == {"limit": "100", "offset": "200"}
    assert request.headers == {"Authorization": "Apikey K"}
    assert "K'" not in repr(request)


@pytest.mark.parametrize(("told", "name"), [(NOW_NAMES, "P1"), (OLD_NAMES, "Grangier")])
def test_fields_are_found_by_their_role_under_old_names_and_new(
    garden: Place, told: dict[str, Any], name: str
) -> None:
    (report,), missing = read(told, garden=garden)
    own = report.equipment
    assert own is not None
    assert (own.name, own.kind, own.label) == (f"explore:{name}", "parking", "Grangier")
    assert (own.latitude, own.longitude) == (47.3236, 5.0388)
    assert own.details["spaces"] == 200.0
    assert values(report) == pytest.approx({"free_spaces": 42.0, "occupancy": 79.0})
    assert {one.time.astimezone(UTC) for one in report.measured} == {SEEN}
    assert (report.problems, missing) == ((), [])


def test_a_role_that_no_record_tells_is_reported_with_the_names_that_are_there(
    garden: Place,
) -> None:
    renamed = {"Nom du parking": "A", "libres_2027": 3, "maj": "2026-07-20T05:15:00Z"}
    body = json.dumps({"results": [renamed] * 2}).encode()
    found = explore.car_parks("http://town/dispo").read(body, garden)
    assert [one.field for one in found.problems] == ["free", "spaces", "place"]
    assert "libres_2027" in found.problems[0].remedy
    (value,) = found.value[0].measured
    assert isnan(value.value)  # missing, not 0


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"nombre_de_places_libres": "plein"}, "free"),
        ({"derniere_mise_a_jour": "hier"}, "time"),
        ({"nombre_de_places_libres": 201}, "free_spaces"),
    ],
)
def test_what_cannot_be_used_is_told_beside_the_good_rows(
    garden: Place, more: dict[str, Any], field: str
) -> None:
    (bad, good, nameless), _ = read(NOW_NAMES | more, NOW_NAMES, {"x": 1}, garden=garden)
    assert [one.field for one in bad.problems] == [field]
    assert values(good)["free_spaces"] == 42.0
    assert (nameless.equipment, nameless.problems[0].reason) == (None, "bad_entity")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b"[" * 99_999, b"\x80\xff"])
def test_an_answer_of_something_else_is_a_fault(garden: Place, body: bytes) -> None:
    with pytest.raises(FeedError, match="unreadable"):
        explore.car_parks("http://town/dispo").read(body, garden)
