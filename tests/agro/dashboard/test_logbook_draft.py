"""The quick entry without its page: what is offered first, what is refused, what becomes of it."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from math import isnan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from agro.dashboard import logbook_choices as choices
from agro.dashboard.logbook_about import ASKED, CODES, changed, detail_said
from agro.dashboard.logbook_cards import sentence
from agro.dashboard.logbook_correction import Said, corrected
from agro.dashboard.logbook_draft import Draft, entry_of, fault, figure_of, nothing
from agro.dashboard.logbook_photo import MOST_MB, small
from agro.dashboard.logbook_planting import AHEAD, is_new, planting_of
from agro.dashboard.logbook_sums import totals
from agro.records import LogEntry, Noted, Planting, Plot
from agro.store.logbook import HarvestSum, Spoken
from agro.words import LANGUAGES, say

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
WORDS = say("fr", PARIS.key)


def _entry(plot: str = "p1", type_: str = "harvest", **more: object) -> LogEntry:
    said: dict[str, object] = {"time": NOW, "quantity": 2.0, "unit": "kg", "crop": "tomato"}
    return LogEntry("potager", plot, type_, **said | more)  # type: ignore[arg-type]


def _noted(*entries: LogEntry) -> list[Noted]:
    return [Noted(number, entry, NOW) for number, entry in enumerate(entries, 1)]


def _draft(**more: object) -> Draft:
    said: dict[str, object] = {"plot": "p1", "type": "harvest", "time": NOW, "crop": "tomato"}
    said |= {"amount": "2,4", "unit": "kg", "method": "weighed"}
    return Draft("potager", **said | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "figure"),
    [("2,4", 2.4), ("2.4", 2.4), (",5", 0.5), ("12", 12.0), ("1 200", 1200.0), ("3,", 3.0)],
)
def test_figures_as_thumbs_type_them(typed: str, figure: float) -> None:
    assert figure_of(typed) == figure


@pytest.mark.parametrize("typed", ["deux", "1,2,3", "-4", "1e5", ",", "nan", "inf"])
def test_what_is_no_figure(typed: str) -> None:
    assert figure_of(typed) is None


def test_nothing_typed_is_missing_and_no_zero() -> None:
    assert isnan(figure_of("  ") or 0.0)


@given(st.floats(0, 999_999).map(lambda value: round(value, 3)))
def test_a_figure_comes_back_as_it_was_shown(value: float) -> None:
    assert figure_of(WORDS.number(value, 3)) == pytest.approx(value, abs=6e-4)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ""),
        ({"amount": ""}, "Dites combien"),
        ({"amount": "x"}, "n’est pas une quantité"),
        ({"amount": "24000"}, "c’est trop"),
        ({"crop": ""}, "Dites quelle culture"),
        ({"crop": "", "amount": "0"}, ""),
        ({"time": NOW + timedelta(minutes=1)}, "pas encore venu"),
        ({"type": "observation", "amount": ""}, "une note ou une quantité"),
        ({"type": "observation", "amount": "", "notes": "pucerons"}, ""),
        ({"type": "labour", "unit": "h", "amount": ""}, "combien de temps"),
        ({"type": "seeding", "amount": ""}, ""),
    ],
)
def test_what_keeps_a_draft_from_being_noted(changed: dict[str, object], told: str) -> None:
    found = fault(WORDS, _draft(**changed), NOW)
    assert told in found
    assert bool(found) == bool(told)


def test_grams_become_kilograms_and_a_count_stays_a_count() -> None:
    grams = entry_of(_draft(amount="250", unit="g"))
    assert (grams.quantity, grams.unit) == (0.25, "kg")
    bunches = entry_of(_draft(amount="3", unit="bunch", method="counted"))
    assert (bunches.quantity, bunches.unit, bunches.method) == (3.0, "bunch", "counted")


def test_working_time_is_told_in_hours() -> None:
    entry = entry_of(_draft(type="labour", amount="90", unit="min", method="timed"))
    assert (entry.hours, entry.unit, entry.crop) == (1.5, "", "")
    assert isnan(entry.quantity)
    watered = entry_of(_draft(type="irrigation", amount="12", unit="min"))
    assert (watered.quantity, watered.unit) == (12.0, "min")
    assert isnan(watered.hours)


def test_nothing_harvested_is_a_zero_that_somebody_said() -> None:
    entry = nothing(WORDS, "potager", "", "Amina", NOW)
    assert (entry.type, entry.quantity, entry.unit, entry.who) == ("harvest", 0.0, "kg", "Amina")
    assert entry.notes == "rien récolté cette semaine"


def test_the_last_used_come_first() -> None:
    plots = [Plot("potager", s, s, "bed", 9.0, "l", "d", 47.0, 5.0) for s in ("p1", "p2", "p3")]
    recent = _noted(_entry("p3"), _entry("gone"), _entry("p1", who="Amina"), _entry("p3"))
    assert choices.plots_first(plots, recent) == ["p3", "p1", "p2"]
    assert choices.names_first(recent) == ["Amina"]


def test_what_grows_there_comes_before_what_does_not() -> None:
    day = NOW.date()
    plantings = [
        Planting("potager", "p1", "carrot", "", day - timedelta(days=60)),
        Planting("potager", "p1", "tomato", "", day - timedelta(days=50)),
        Planting("potager", "p1", "lettuce", "", day - timedelta(days=90), day - timedelta(1)),
        Planting("potager", "p2", "leek", "", day - timedelta(days=9)),
        Planting("potager", "p2", "garlic", "", day + timedelta(days=9)),
    ]
    recent = _noted(_entry(crop="carrot"), _entry(crop="lettuce"), _entry("p2", crop="mint"))
    found = choices.crops_first(plantings, recent, "p1", day)
    assert found == ["carrot", "tomato", "lettuce", "mint", "leek"]
    assert "garlic" not in found


def test_yesterday_is_said_again_once() -> None:
    before = NOW - timedelta(days=1)
    twice = [_entry(type_="irrigation", time=before, quantity=20.0, unit="L", crop="")] * 2
    other = _entry(time=before, source="meter")
    recent = _noted(*twice, other, _entry("p2", time=before), _entry(time=NOW - timedelta(days=2)))
    left = choices.yesterdays(recent, "p1", NOW, PARIS)
    again = choices.said_again(left, NOW, "Jules")
    assert [(one.quantity, one.unit, one.who) for one in again] == [(20.0, "L", "Jules")] * 2
    assert len({one.time for one in again}) == 2
    assert max(one.time for one in again) == NOW
    assert choices.yesterdays([*recent, *_noted(*again)], "p1", NOW, PARIS) == []


def test_another_day_is_its_noon_by_the_city_s_clock() -> None:
    assert choices.moment("now", None, NOW, PARIS) == NOW
    assert choices.moment("date", NOW.date(), NOW, PARIS) == NOW
    yesterday = choices.moment("yesterday", None, NOW, PARIS)
    assert yesterday == datetime(2026, 7, 20, 10, tzinfo=UTC)
    winter = choices.moment("date", date(2026, 1, 5), NOW, PARIS)
    assert winter == datetime(2026, 1, 5, 11, tzinfo=UTC)


def _said(entry: LogEntry, **changed: object) -> Said:
    local = entry.time.astimezone(PARIS)
    told: dict[str, object] = {
        "type": entry.type,
        "plot": entry.plot,
        "crop": entry.crop,
        "amount": WORDS.number(entry.quantity, 3),
        "unit": entry.unit,
        "hours": "",
        "day": local.date(),
        "clock": local.time().replace(second=0, microsecond=0),
        "variety": entry.variety,
        "lot": entry.lot,
        "notes": entry.notes,
        "reason": "virgule",
    }
    return Said(**told | changed)  # type: ignore[arg-type]


def test_a_correction_changes_what_was_changed_and_nothing_else() -> None:
    entry = _entry(quantity=7.71107029, time=NOW - timedelta(days=1, seconds=17))
    same, _ = corrected(WORDS, entry, _said(entry), NOW)
    assert same == entry
    made, wrong = corrected(WORDS, entry, _said(entry, amount="0,77"), NOW)
    assert wrong == ""
    assert made is not None
    assert (made.quantity, made.time, made.crop) == (0.77, entry.time, "tomato")
    emptied, _ = corrected(WORDS, entry, _said(entry, amount=""), NOW)
    assert emptied is not None
    assert (isnan(emptied.quantity), emptied.unit) == (True, "")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"reason": " "}, "Dites pourquoi"),
        ({"amount": "deux"}, "« deux »"),
        ({"day": NOW.date() + timedelta(days=1)}, "pas encore venu"),
    ],
)
def test_a_correction_that_cannot_be(changed: dict[str, object], told: str) -> None:
    made, wrong = corrected(WORDS, _entry(), _said(_entry(), **changed), NOW)
    assert made is None
    assert told in wrong.replace("\u00a0", " ").replace("\u202f", " ")


def _picture(kind: str, size: tuple[int, int], **more: object) -> bytes:
    body = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(body, kind, **more)  # type: ignore[arg-type]
    return body.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_made_small_and_tells_no_place(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[2] = (47.0, 19.0, 0.0)  # GPS latitude
    body = _picture(kind, (1600, 800), exif=exif)
    made = small(body)
    assert made is not None
    with Image.open(BytesIO(made)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (640, 1280)
        assert not dict(picture.getexif())
        assert "exif" not in picture.info


def test_what_is_no_picture_is_refused() -> None:
    assert small(b"<svg onload=alert(1)>") is None
    assert small(_picture("GIF", (20, 20))) is None
    assert small(_picture("PNG", (400, 400))[:2000]) is None
    assert small(b"\xff" * (MOST_MB * 1024 * 1024 + 1)) is None


def _week(number: int) -> datetime:
    return datetime(2026, 6, 1, 10, tzinfo=UTC) + timedelta(weeks=number)


def _day(number: int) -> date:
    return _week(number).date()


def test_totals_rest_on_the_weeks_somebody_spoke_of() -> None:
    sums = [
        HarvestSum("tomato", "kg", 1, 1, 3.0),
        HarvestSum("tomato", "g", 1, 1, 500.0),
        HarvestSum("carrot", "bunch", 1, 1, 4.0),
        HarvestSum("carrot", "", 1, 0, 0.0),
    ]
    spoken = {
        Spoken(_day(0), "tomato", ""),
        Spoken(_day(1), "carrot", ""),
        Spoken(_day(2), "", ""),
        Spoken(_day(3), "", "p2"),
    }
    plantings = [
        Planting("potager", "p1", "tomato", "", date(2026, 5, 15)),
        Planting("potager", "p2", "carrot", "", date(2026, 5, 15)),
    ]
    found = totals(sums, spoken, plantings, date(2026, 6, 1), date(2026, 7, 12))
    assert (found.mass_kg, found.covered, found.weeks) == (3.5, 4, 6)
    tomato, carrot = found.crops
    assert (tomato.crop, tomato.mass_kg, tomato.weeks) == ("tomato", 3.5, 2)
    assert carrot.counts == (("bunch", 4.0),)
    assert (carrot.unmeasured, carrot.weeks) == (1, 3)
    assert isnan(carrot.mass_kg)


def test_a_season_without_plantings_is_what_was_said() -> None:
    sums = [HarvestSum("tomato", "kg", 1, 1, 2.0)]
    spoken = {Spoken(_day(0), "tomato", "")}
    found = totals(sums, spoken, [], date(2026, 1, 1), date(2026, 7, 12))
    assert (found.covered, found.weeks) == (1, 1)
    none = totals([], set(), [], date(2026, 1, 1), date(2026, 7, 12))
    assert (none.crops, none.weeks) == ((), 0)


def test_what_is_asked_of_a_kind_goes_with_it() -> None:
    entry = _entry(type_="input", details={"kind": "compost", "n_percent": 1.0, "written": "9 q"})
    assert changed(entry, "input", {}) == entry.details
    more = changed(entry, "input", {"kind": "mulch", "n_percent": None})
    assert more == {"kind": "mulch", "written": "9 q"}
    assert changed(entry, "labour", {"kind": "mulch"}) == {"written": "9 q"}
    heap = _entry(type_="compost", details={"n_percent": 1.0})
    assert changed(heap, "compost", {"biowaste_kg": 12.0}) == {
        "n_percent": 1.0,
        "biowaste_kg": 12.0,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_detail_that_is_asked_has_words(language: str) -> None:
    words = say(language)
    for kind, names in ASKED.items():
        assert words.knows(f"logbook.about_{kind}")
        for name in names:
            assert words.knows(f"logbook.ask_{name}")
            assert words.knows(f"logbook.detail_{name}")
            assert all(
                detail_said(words, name, code) != code or language == "en"
                for code in CODES.get(name, ())
                if code not in {"compost", "insertion"}
            )


def test_the_sentence_says_the_product_and_who_worked() -> None:
    brought = _draft(type="input", amount="30", details={"kind": "organic_fertiliser"})
    assert _plain(sentence(WORDS, entry_of(brought))) == "Apport · Engrais organique, 30 kg, p1"
    told = {"status": "volunteer", "persons": 3}
    worked = _draft(type="labour", amount="6", unit="h", details=told)
    assert _plain(sentence(WORDS, entry_of(worked))) == "Travail · Bénévole, 6 h, 3 personnes, p1"


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


TODAY = NOW.date()


@pytest.mark.parametrize(
    ("planting", "new"),
    [
        (None, True),
        (Planting("potager", "p1", "carrot", "", TODAY - timedelta(days=3)), False),
        (Planting("potager", "p1", "carrot", "", TODAY + AHEAD), False),
        (Planting("potager", "p1", "carrot", "", TODAY + AHEAD + timedelta(1)), True),
        (Planting("potager", "p1", "carrot", "", date(2026, 3, 1), TODAY), True),
        (Planting("potager", "p1", "carrot", "Nantaise", TODAY), False),
        (Planting("potager", "p1", "carrot", "Touchon", TODAY), True),
        (Planting("potager", "p2", "carrot", "", TODAY), True),
        (Planting("potager", "p1", "leek", "", TODAY), True),
    ],
)
def test_what_the_register_does_not_know(planting: Planting | None, new: bool) -> None:
    known = [] if planting is None else [planting]
    sown = _entry(type_="seeding", crop="carrot", variety="nantaise", unit="g")
    assert is_new(sown, known, TODAY) is new


def test_what_is_no_planting_is_none() -> None:
    for entry in (
        _entry(),
        _entry("", type_="seeding"),
        _entry(type_="seeding", crop=""),
        _entry(type_="transplanting", quantity=0.0, unit="plant"),
    ):
        assert not is_new(entry, [], TODAY)


def test_a_planting_keeps_what_was_noted() -> None:
    entry = _entry(type_="transplanting", quantity=24.0, unit="plant", variety="Noire", lot="T-26")
    made = planting_of(entry, TODAY)
    assert (made.plants, made.variety, made.lot, made.source) == (24.0, "Noire", "T-26", "person")
    assert (made.planted, made.removed) == (TODAY, None)
    assert isnan(planting_of(_entry(type_="seeding", unit="g"), TODAY).plants)
