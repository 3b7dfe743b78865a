"""A report is taken or refused with every reason; who made it stays apart; status is followed."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import cos, pi, radians, sqrt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from agro.city import reports as service
from agro.city.report_form import Refusal
from agro.city.reports import Received
from agro.demo import reports as demo_reports
from agro.demo.farm import read_farm
from agro.packs import read_pack
from agro.packs.services import may_be_personal, service_meant
from agro.store import farms, report_contacts, report_sources, reports, schema, writing
from agro.store.reports import METRES_PER_DEGREE, OWN, Report, Wanted

NOW = datetime(2026, 7, 21, 8, 0, tzinfo=UTC)
KEEP = timedelta(days=90)
HERE = {"lat": "47.3141", "long": "5.0290"}


def _post(
    store: Engine, form: Mapping[str, str], at: datetime = NOW
) -> Received | tuple[Refusal, ...]:
    with writing(store) as c:
        return service.receive(c, form, at=at, keep_contact=KEEP)


def _taken(store: Engine, at: datetime = NOW, **form: str) -> Received:
    found = _post(store, {"service_code": "lighting", **HERE, **form}, at)
    assert isinstance(found, Received), found
    return found


def _codes(store: Engine, **form: str) -> set[str]:
    found = _post(store, form)
    assert isinstance(found, tuple)
    return {one.code for one in found}


def test_the_kinds_of_report_come_with_the_city(store: Engine) -> None:
    with store.connect() as c:
        known = report_sources.services(c)
        changed = report_sources.services_at(c)
    assert [one.code for one in known] == [one.code for one in read_pack("dijon").report_services]
    assert {one.code for one in known if one.visible == "city"} == {"food_help", "isolated_person"}
    with writing(store) as c:
        farms.save_pack(c, read_pack("dijon"))
        assert report_sources.services_at(c) == changed  # the same list is no new one


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Éclairage public – panne", "lighting"),
        ("street lights", "lighting"),
        ("NIDS DE POULE", "road"),
        ("Personne âgée isolée", "isolated_person"),
        ("Arbre dans un jardin", None),  # two could be meant
        ("Autre", None),
    ],
)
def test_another_systems_kind_is_ours_where_one_alone_is_meant(name: str, code: str | None) -> None:
    known = read_pack("dijon").report_services
    found = service_meant(known, "x-17", name)
    assert (found.code if found else None) == code


def test_what_could_be_of_a_person_is_kept_from_others_even_when_two_are_meant() -> None:
    known = read_pack("dijon").report_services
    assert may_be_personal(known, "17", "Personne âgée isolée, lampadaire éteint")
    assert may_be_personal(known, "food_help", "")
    assert not may_be_personal(known, "17", "Lampadaire éteint")


def test_a_report_is_stored_as_it_was_said(store: Engine) -> None:
    text = "<script>alert('é')</script>\n'; DROP TABLE report; --"
    received = _taken(store, description=f"  {text}\x00 ", media_url="https://p.example/1.jpg")
    with store.connect() as c:
        found = reports.report(c, OWN, received.report.reference)
        steps = reports.changes(c, received.report.number)
    assert found is not None
    assert found == received.report
    assert (found.description, found.media_url) == (text, "https://p.example/1.jpg")
    assert (found.commune, found.status, found.requested_at) == ("21231", "open", NOW)
    assert [(step.at, step.status) for step in steps] == [(NOW, "open")]


@pytest.mark.parametrize(
    ("form", "codes"),
    [
        ({}, {"service_missing", "place_missing"}),
        ({"service_code": "dragons", **HERE}, {"service_unknown"}),
        ({"service_code": "tree", "lat": "47.3"}, {"place_half"}),
        ({"service_code": "tree", "lat": "47,3", "long": "5.0"}, {"place_number"}),
        ({"service_code": "tree", "lat": "nan", "long": "5.0"}, {"place_number"}),
        ({"service_code": "tree", "lat": "5.029", "long": "47.314"}, {"place_outside"}),
        ({"service_code": "tree", "lat": "48.85", "long": "2.35"}, {"place_outside"}),
        ({"service_code": "tree", "address_id": "77"}, {"address_unknown"}),
        ({"service_code": "tree", **HERE, "description": "x" * 4001}, {"text_long"}),
        ({"service_code": "tree", **HERE, "media_url": "file:///etc/passwd"}, {"media_wrong"}),
        ({"service_code": "tree", **HERE, "email": "nobody"}, {"email_wrong"}),
        ({"service_code": "tree", **HERE, "phone": "call me"}, {"phone_wrong"}),
        ({"service_code": "food_help", **HERE}, {"contact_missing"}),
        (
            {"service_code": "x", "lat": "no", "email": "@", "media_url": "ftp://a"},
            {"service_unknown", "place_number", "place_half", "email_wrong", "media_wrong"},
        ),
    ],
)
def test_every_reason_is_told_at_once(store: Engine, form: dict[str, str], codes: set[str]) -> None:
    assert _codes(store, **form) == codes
    with store.connect() as c:
        assert reports.reports(c, Wanted(), limit=10) == []


@pytest.mark.parametrize(
    "address",
    ["potager-des-ducs/planche-1", "urn:ngsi-ld:AgriParcel:dijon:potager-des-ducs:planche-1"],
)
def test_a_sign_at_a_bed_says_where(store: Engine, address: str) -> None:
    found = _post(store, {"service_code": "garden_damage", "address_id": address})
    assert isinstance(found, Received)
    assert (found.report.latitude, found.report.longitude) == (47.31405, 5.02890)
    with store.connect() as c:
        near = service.near(c, "potager-des-ducs", "planche-1", at=NOW)
    assert [(one.report.reference, one.distance_m) for one in near] == [
        (found.report.reference, 0.0)
    ]


def test_words_alone_are_a_place_without_a_point(store: Engine) -> None:
    found = _post(store, {"service_code": "tree", "address_string": "3 rue Monge"})
    assert isinstance(found, Received)
    assert not found.report.is_placed
    assert found.report.address == "3 rue Monge"


def test_the_same_said_twice_within_the_hour_is_one(store: Engine) -> None:
    first = _taken(store, description="Lampadaire  éteint")
    again = _taken(store, NOW + timedelta(minutes=59), description="lampadaire éteint ")
    later = _taken(store, NOW + timedelta(minutes=61), description="lampadaire éteint")
    other = _taken(store, description="lampadaire cassé")
    assert (again.is_new, again.report.reference) == (False, first.report.reference)
    assert later.is_new and other.is_new
    assert len({one.report.reference for one in (first, later, other)}) == 3


def test_the_same_said_by_many_at_once_is_one(store: Engine) -> None:
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _: _taken(store, description="fuite"), range(6)))
    assert len({one.report.reference for one in found}) == 1
    assert sum(one.is_new for one in found) == 1


def _contact_rows(store: Engine) -> int:
    with store.connect() as c:
        return c.scalar(select(func.count()).select_from(schema.report_contact)) or 0


_HELP = {"service_code": "food_help", **HERE, "description": "Plus rien à manger"}
_WHO = {"first_name": "Ana", "last_name": "Roy", "phone": "+33 6 12 34 56 78"}


def test_who_reported_is_read_by_the_city_alone(store: Engine) -> None:
    found = _post(store, {**_HELP, **_WHO})
    assert isinstance(found, Received)
    assert found.contact_until == NOW + KEEP
    with store.connect() as c:
        contact = service.contact_of(c, found.report, role="official", at=NOW)
        for role in ("", "farmer", "researcher", "operator"):
            with pytest.raises(PermissionError, match="may not read"):
                service.contact_of(c, found.report, role=role, at=NOW)
        row = c.execute(select(schema.report)).mappings().one()
    assert contact is not None
    assert (contact.name, contact.phone, contact.email) == ("Ana Roy", "+33 6 12 34 56 78", "")
    assert not any("Ana" in str(value) or "12 34" in str(value) for value in row.values())


def test_a_contact_goes_on_its_day_and_the_report_stays(store: Engine) -> None:
    found = _post(store, {**_HELP, **_WHO})
    assert isinstance(found, Received)
    end = NOW + KEEP
    with writing(store) as c:
        assert service.contact_of(c, found.report, role="official", at=end) is None
        assert report_contacts.forget(c, end - timedelta(seconds=1)) == 0
        assert report_contacts.forget(c, end) == 1
    assert _contact_rows(store) == 0
    with store.connect() as c:
        assert reports.report(c, OWN, found.report.reference) is not None


def test_a_contact_is_erased_when_its_owner_asks(store: Engine) -> None:
    found = _post(store, {**_HELP, **_WHO})
    assert isinstance(found, Received)
    with writing(store) as c:
        with pytest.raises(PermissionError, match="may not read"):
            service.erase_contact(c, found.report, role="farmer")
        assert service.erase_contact(c, found.report, role="official")
        assert not service.erase_contact(c, found.report, role="official")
    assert _contact_rows(store) == 0


def test_a_contact_that_was_forgotten_at_first_is_added(store: Engine) -> None:
    first = _taken(store, description="fuite")
    second = _taken(store, NOW + timedelta(minutes=2), description="fuite", email="a@b.fr")
    third = _taken(store, NOW + timedelta(minutes=3), description="fuite", email="c@d.fr")
    assert (first.contact_until, second.is_new, third.is_new) == (None, False, False)
    with store.connect() as c:
        contact = service.contact_of(c, first.report, role="official", at=NOW)
    assert contact is not None
    assert contact.email == "a@b.fr"  # the next one does not take its place


def test_what_only_the_city_reads_is_a_number_to_others(store: Engine) -> None:
    helped = [_post(store, {**_HELP, **_WHO, "description": f"{n}"}) for n in range(3)]
    alone = _post(store, {**_HELP, **_WHO, "service_code": "isolated_person"})
    assert isinstance(helped[0], Received) and isinstance(alone, Received)
    with store.connect() as c:
        assert service.shown(c, Wanted(), role="farmer", limit=9) == []
        assert len(service.shown(c, Wanted(), role="official", limit=9)) == 4
        assert service.waiting(c, role="") == {"food_help": 3, "isolated_person": None}
        assert service.waiting(c, role="official") == {"food_help": 3, "isolated_person": 1}
        assert service.near(c, "potager-des-ducs", "planche-1", at=NOW) == []
        city = service.near(c, "potager-des-ducs", "planche-1", at=NOW, role="official")
    assert len(city) == 4
    with writing(store) as c, pytest.raises(PermissionError, match="may not read"):
        service.answer(c, alone.report, status="closed", notes="", who="x", role="", at=NOW)


def test_an_answer_is_kept_with_who_gave_it(store: Engine) -> None:
    received = _taken(store, description="éteint")
    at = NOW + timedelta(hours=3)
    with writing(store) as c:
        said = {"status": "closed", "notes": " Réparé ", "who": "Voirie", "role": "", "at": at}
        service.answer(c, received.report, **said)  # type: ignore[arg-type]
        found = reports.report(c, OWN, received.report.reference)
        steps = reports.changes(c, received.report.number)
    assert found is not None
    assert (found.status, found.status_notes, found.updated_at) == ("closed", "Réparé", at)
    assert [(step.status, step.notes, step.who) for step in steps] == [
        ("open", "", ""),
        ("closed", "Réparé", "Voirie"),
    ]


def test_another_systems_report_is_not_ours_to_answer(store: Engine) -> None:
    told = Report("open311", "17", "tree", NOW)
    with writing(store) as c:
        reports.take(c, [told])
        with pytest.raises(ValueError, match="which answers it"):
            service.answer(c, told, status="closed", notes="", who="", role="official", at=NOW)


@pytest.mark.parametrize(
    ("metres", "is_near"), [(0.0, True), (99.0, True), (101.0, False), (5000.0, False)]
)
@pytest.mark.parametrize("bearing", [(1.0, 0.0), (0.0, 1.0), (-0.6, 0.8)])
def test_near_is_a_hundred_metres_from_the_edge(
    store: Engine, metres: float, is_near: bool, bearing: tuple[float, float]
) -> None:
    with store.connect() as c:
        plot = farms.plots(c, "potager-des-ducs")[0]
    far = (metres + sqrt(plot.area / pi)) / METRES_PER_DEGREE
    latitude = plot.latitude + far * bearing[0]
    longitude = plot.longitude + far * bearing[1] / cos(radians(plot.latitude))
    told = Report("open311", "1", "tree", NOW, latitude=latitude, longitude=longitude)
    with writing(store) as c:
        reports.take(c, [told])
        found = service.near(c, plot.site, plot.slug, at=NOW)
    assert [round(one.distance_m) for one in found] == ([round(metres)] if is_near else [])


def test_what_was_settled_leaves_the_farmers_sight_after_a_month(store: Engine) -> None:
    received = _taken(store, lat="47.31405", long="5.02890")
    with writing(store) as c:
        service.answer(c, received.report, status="closed", notes="ok", who="x", role="", at=NOW)
        days = [
            len(service.near(c, "potager-des-ducs", "planche-1", at=NOW + timedelta(days=n)))
            for n in (29, 31)
        ]
    assert days == [1, 0]


_TOLD = Report(
    "open311",
    "17",
    "tree",
    NOW,
    description="branche",
    latitude=47.3,
    longitude=5.0,
    requested_at=NOW - timedelta(days=2),
    updated_at=NOW - timedelta(days=1),
)


def test_told_again_it_changes_nothing(store: Engine) -> None:
    with writing(store) as c:
        assert reports.take(c, [_TOLD, _TOLD]) == 1
        assert reports.take(c, [replace(_TOLD, heard_at=NOW + timedelta(hours=1))]) == 0
        assert len(reports.changes(c, reports.report(c, "open311", "17").number)) == 1  # type: ignore[union-attr]


def test_the_status_follows_its_source_and_an_older_answer_does_not_count(store: Engine) -> None:
    closed = replace(_TOLD, status="closed", status_notes="coupée", updated_at=NOW)
    with writing(store) as c:
        reports.take(c, [closed, _TOLD])
        reports.take(c, [_TOLD])
        found = reports.report(c, "open311", "17")
    assert found is not None
    assert (found.status, found.status_notes) == ("closed", "coupée")


def test_what_a_shorter_answer_does_not_say_is_not_lost(store: Engine) -> None:
    bare = Report("open311", "17", "tree", NOW, status="closed", updated_at=NOW)
    with writing(store) as c:
        reports.take(c, [_TOLD])
        reports.take(c, [bare])
        found = reports.report(c, "open311", "17")
    assert found is not None
    assert (found.status, found.description, found.latitude) == ("closed", "branche", 47.3)
    assert found.requested_at == _TOLD.requested_at


_FIELDS = (
    *("service_code", "lat", "long", "description", "email", "phone", "media_url"),
    *("address_id", "address_string", "first_name", "attribute[x]"),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    form=st.dictionaries(
        st.sampled_from(_FIELDS),
        st.one_of(st.text(max_size=30), st.sampled_from(["tree", "47.31", "5.03", "food_help"])),
    )
)
def test_whatever_is_posted_is_taken_or_refused(store: Engine, form: dict[str, str]) -> None:
    found = _post(store, form)
    if isinstance(found, Received):
        assert found.report.number > 0
    else:
        assert found


def test_the_demos_reports_are_read_as_real_ones_and_say_that_they_are_invented(
    store: Engine,
) -> None:
    with writing(store) as c:
        farm = read_farm(c)
        for _ in range(2):
            demo_reports.write(c, farm, NOW, 7)
        found = reports.reports(c, Wanted(), limit=500)
        shown = service.shown(c, Wanted(), role="", limit=500)
        steps = [len(reports.changes(c, one.number)) for one in found]
    assert len(found) == demo_reports.COUNT
    assert {one.mode for one in found} == {"simulated"}
    assert all(one.requested_at and one.requested_at <= NOW for one in found)
    # Between the centres of communes whose outlines are not known, a place is of none.
    assert sum(one.commune != "" for one in found) >= 0.9 * len(found)
    assert set(steps) == {1}
    private = {"food_help", "isolated_person"}
    assert {one.service_code for one in found} - {one.service_code for one in shown} == private
