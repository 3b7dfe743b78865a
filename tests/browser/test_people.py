"""Each user's story from signing in to the result, in a real browser over a real `agro serve`.

On a phone and a laptop, in French and English, on SQLite and PostgreSQL: each story meets all four
pairs of screen and language, two of them on each database; with `AGRO_EVERY_SCREEN=1` all four on
both. One server for each two of them.
"""

import csv
import os
import re
from collections.abc import Iterator
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, Page, expect

from agro.records import LogEntry
from agro.store import farms, trials
from agro.trials.judging import Options, judge
from agro.words import say
from tests.browser.conftest import SIZES
from tests.browser.looking import OVERFLOW
from tests.browser.people_house import (
    BEDS,
    FARMER,
    FIELD,
    GARDEN,
    OFFICIAL,
    OPERATOR,
    PICKED,
    RESEARCHER,
    TRAIT,
    House,
    grown,
    people_house,
    trial_of,
    until,
)
from tests.browser.people_seat import WAIT_MS, Seat

pytestmark = [pytest.mark.browser, pytest.mark.service]
# Screens of one house. Every value meets every story, every width in every language; each pair on
# each database is for `make bench`.
_SEATS = {"a": (("phone", "fr"), ("laptop", "en")), "b": (("phone", "en"), ("laptop", "fr"))}
_HOUSES = ["sqlite-a", "postgresql-b"]
if os.environ.get("AGRO_EVERY_SCREEN"):
    _HOUSES = [f"{database}-{seats}" for database in ("sqlite", "postgresql") for seats in _SEATS]
_HARVEST = "PROD_HARVEST_KG"


@pytest.fixture(scope="module", params=_HOUSES)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The installation on one database, for two screens."""
    folder = tmp_path_factory.mktemp("people")
    if request.param.startswith("sqlite"):
        with people_house(
            f"sqlite:///{folder.as_posix()}/agro.sqlite", folder, tuple(SIZES)
        ) as own:
            yield own
        return
    with (
        request.getfixturevalue("postgres").database() as url,
        people_house(url, folder, tuple(SIZES)) as own,
    ):
        yield own


@pytest.fixture(params=[0, 1])
def seat(house: House, request: pytest.FixtureRequest) -> Seat:
    """One of the two screens of a house."""
    house_id: str = request.node.callspec.params["house"]
    width, language = _SEATS[house_id.partition("-")[2]][request.param]
    page: Page = request.getfixturevalue(width)
    return Seat(page, width, say(language, "Europe/Paris"), house)


def test_every_story_meets_every_screen() -> None:
    seats = [seat for one in _HOUSES for seat in _SEATS[one.partition("-")[2]]]
    assert sorted(set(seats)) == sorted((width, lang) for width in SIZES for lang in ("fr", "en"))


def test_a_farmer_waters_notes_it_takes_it_back_and_harvests(seat: Seat) -> None:
    page, bed = seat.page, BEDS[seat.width]
    asked = seat.house.thirsty(bed)
    seat.sign_in(FARMER, "today.title")
    card = page.locator(f".st-key-card_irrigate_{bed}")
    expect(card.locator(".headline")).to_contain_text(seat.words.litres(asked.litres))
    assert len(card.locator(".why").inner_text()) > 20  # the reason is a sentence
    seat.picture("farmer-thirsty")
    card.locator(f".st-key-today_done_{bed} button").click()
    told = page.locator(f".st-key-today_told_{bed}")
    expect(told).to_contain_text(seat.words.number(round(asked.minutes), 0), timeout=WAIT_MS)
    expect(told).to_be_in_viewport()
    (noted,) = _standing(seat, bed)
    assert (noted.quantity, noted.unit) == (round(asked.minutes), "min")
    # Nobody presses anything: the page takes the new advice in by itself.
    expect(page.locator(f".st-key-card_wait_{bed}")).to_be_visible(timeout=WAIT_MS)
    seat.picture("farmer-watered")
    told.get_by_role("button").click()
    expect(told).to_have_count(0, timeout=WAIT_MS)
    assert _standing(seat, bed) == []
    _harvest(seat, bed)
    seat.sign_out()


def _standing(seat: Seat, bed: str) -> list[LogEntry]:
    """The farmer's waterings of a bed that count."""
    found = [one for one in seat.house.noted(bed) if one.struck_at is None]
    return [one.entry for one in found if one.entry.type == "irrigation"]


def _harvest(seat: Seat, bed: str) -> None:
    """Twelve and a half kilograms on the number pad of the Carnet."""
    page = seat.page
    seat.follow("logbook")
    names = {one["plot"]: one["name"] for one in _plots(seat)}
    page.locator(".st-key-logbook_plot").get_by_role("radio", name=names[bed]).click()
    seat.settled()
    for sign in "12,5":
        page.locator(f'.pad button[data-key="{sign}"]').click()
    save = page.locator(".st-key-logbook_save .stButton button").last
    expect(save).to_contain_text(seat.words.number(12.5, 1), timeout=WAIT_MS)
    save.click()
    told = page.locator(".st-key-logbook_told")
    expect(told).to_contain_text(seat.words.number(12.5, 1), timeout=WAIT_MS)
    expect(told).to_be_in_viewport()
    entries = [one.entry for one in seat.house.noted(bed) if one.entry.type == "harvest"]
    assert 12.5 in {one.quantity for one in entries}
    seat.picture("farmer-harvest")


def _plots(seat: Seat) -> list[dict[str, str]]:
    with seat.house.engine.connect() as c:
        return [{"plot": one.slug, "name": one.name} for one in farms.plots(c, GARDEN)]


def test_a_researcher_measures_and_takes_the_result_away(seat: Seat, browser: Browser) -> None:
    page, trial = seat.page, trial_of(seat.width)
    seat.sign_in(RESEARCHER, "trials.title")
    row = page.locator(f".st-key-trials_row_{trial.slug}")
    seat.press(seat.say("trials.open"), row)
    expect(page.locator("h1.page-title")).to_have_text(trial.name, timeout=WAIT_MS)
    expect(page.locator("table.field td.plot").first).to_be_visible(timeout=WAIT_MS)
    book = seat.take(page.locator(".st-key-trials_book_csv button"))
    seat.view(seat.say("trials.view_entry"))
    if seat.width == "phone":
        _by_hand(seat)
    else:
        _by_file(seat, book)
    seat.view(seat.say("trials.view_results"))
    expect(page.locator(".trial-said .headline")).to_contain_text("paille", timeout=WAIT_MS)
    _agrees(seat)
    seat.picture("researcher-result")
    _no_other_garden_reads_it(seat, browser)


def _by_hand(seat: Seat) -> None:
    """Every plot on the number pad of a phone, in the order in which one walks."""
    page = seat.page
    seat.view(seat.say("trial_entry.way_plot"))
    for plot in sorted(one.number for one in trial_of(seat.width).plots if one.number):
        shown = page.locator(".trial-plot h3")
        expect(shown).to_have_text(seat.say("trial_entry.plot", plot=str(plot)), timeout=WAIT_MS)
        for sign in f"{grown(plot, _level(seat, plot)):.2f}".replace(".", ","):
            page.locator(f'.pad button[data-key="{sign}"]').click()
        seat.press(seat.say("trial_entry.save_next"))


def _level(seat: Seat, plot: int) -> str:
    found = next(one for one in trial_of(seat.width).plots if one.number == plot)
    return found.treatment


def _by_file(seat: Seat, book: bytes) -> None:
    """The field book that was taken away, filled in and brought back."""
    rows = list(csv.reader(StringIO(book.decode("utf-8-sig"))))
    column = next(i for i, head in enumerate(rows[0]) if head.startswith(TRAIT.name))
    for row in rows[1:]:
        row[column] = str(grown(int(row[0]), _level(seat, int(row[0]))))
    filled = StringIO()
    csv.writer(filled).writerows(rows)
    seat.view(seat.say("trial_entry.way_file"))
    field = seat.page.locator('[class*="st-key-trial_entry_file_"] input[type="file"]')
    sheet = {"name": "carnet.csv", "mimeType": "text/csv", "buffer": filled.getvalue().encode()}
    field.set_input_files(sheet)  # type: ignore[arg-type]
    save = seat.page.locator(".st-key-trial_entry_file_save button")
    save.click(timeout=WAIT_MS)
    done = seat.say("trial_entry.saved", n=len(rows) - 1)
    expect(seat.page.locator(".st-key-trial_entry")).to_contain_text(done, timeout=WAIT_MS)


def _agrees(seat: Seat) -> None:
    """The interval on the page, and that of its workbook, are those of the analysis."""
    page, slug = seat.page, seat.width
    with seat.house.engine.connect() as c:
        trial, values = trials.trial_of(c, FIELD, slug), trials.values(c, FIELD, slug)
    found = judge(trial, values, TRAIT.name, Options()).analysis.means
    page.locator('[class*="st-key-trial_means_"] summary').first.click(timeout=WAIT_MS)
    table = page.locator('[class*="st-key-trial_means_"] table').first
    expect(table).to_be_visible(timeout=WAIT_MS)
    for one in found:
        row = table.locator("tbody tr", has_text=next(iter(one.levels.values())))
        shown = row.inner_text().replace(",", ".").replace("−", "-")
        figures = {float(figure) for figure in re.findall(r"-?\d+\.\d+", shown)}
        for exact in (one.mean, one.lower, one.upper):
            assert any(abs(figure - exact) < 0.006 for figure in figures), (exact, shown)
    seat.view(seat.say("trial_results.part_files"))
    body = seat.take(page.locator(".st-key-trial_results_file_xlsx button"))
    cells = {
        cell.value
        for sheet in load_workbook(BytesIO(body)).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, float)
    }
    for one in found:
        assert any(abs(cell - one.lower) < 1e-6 for cell in cells)
        assert any(abs(cell - one.upper) < 1e-6 for cell in cells)


def _no_other_garden_reads_it(seat: Seat, browser: Browser) -> None:
    """The address of the trial shows a farmer of another garden nothing of it."""
    width, height = SIZES[seat.width]
    page = browser.new_page(viewport={"width": width, "height": height})
    other = Seat(page, seat.width, seat.words, seat.house)
    other.sign_in(FARMER, "today.title")
    other.go(f"/trials?site={FIELD}&trial={seat.width}")
    expect(other.main).to_contain_text(seat.say("trials.unknown_title"), timeout=WAIT_MS)
    other.settled()
    assert "Paillage" not in page.locator("body").inner_text()
    page.close()


def test_an_official_follows_a_figure_to_its_entry_and_answers_a_report(seat: Seat) -> None:
    page = seat.page
    seat.sign_in(OFFICIAL, "indicators.title")
    seat.go(f"/indicators?scope=site:{GARDEN}&indicator={_HARVEST}")
    seat.title("indicators.title")
    card = page.locator(f'[class*="_indicator_{_HARVEST}"]').first
    rows = card.locator("table.rows").last.locator("tbody tr")
    amount = seat.words.number(PICKED.quantity, 1)
    expect(rows.filter(has_text=amount).first).to_be_visible(timeout=WAIT_MS)
    number = seat.house.picked()
    choose = page.locator(f".st-key-indicators_entry_{_HARVEST} input")
    expect(choose).to_be_visible(timeout=WAIT_MS)
    seat.settled()
    named = seat.say("indicators.number", value=str(number))
    option = page.get_by_role("option", name=named, exact=True)
    until(lambda: _is_open(choose, option), within_s=30.0)
    option.click()
    read = page.locator(f".st-key-indicators_read_{number}")
    expect(read).to_contain_text(amount, timeout=WAIT_MS)
    assert FARMER.name not in read.inner_text()  # the figure does not need who noted it
    seat.settled()
    assert page.evaluate(OVERFLOW) <= 0
    seat.picture("official-entry")
    body = seat.take(page.locator(f".st-key-indicators_records_{_HARVEST} button"))
    listed = list(csv.reader(StringIO(body.decode("utf-8-sig"))))
    assert len(listed) - 1 == rows.count()
    assert any(named in row for row in listed)
    _answer(seat)
    seat.sign_out()


def _is_open(field: Locator, option: Locator) -> bool:
    """Whether a list shows its choices; it closes while the page still moves."""
    if not option.is_visible():
        field.press("ArrowDown")
        field.page.wait_for_timeout(300)
    return option.is_visible()


def _answer(seat: Seat) -> None:
    """A citizen reports a branch on the path; the city answers, and any program reads it."""
    page, text = seat.page, f"Branche sur l’allée, {seat.width}"
    reference = seat.house.report(text)
    seat.go("/reports")
    seat.title("reports.title")
    card = page.locator('[class*="st-key-card_irrigate_report_"]', has_text=text)
    # What others write is read again in a while.
    until(lambda: _is_there(seat, card, "reports"), within_s=90.0)
    card.locator("summary").click()
    card.get_by_role("radio", name=seat.say("reports.closed"), exact=True).click(timeout=WAIT_MS)
    card.get_by_role("textbox", name=seat.say("reports.reply_notes")).fill("Coupée ce matin.")
    expect(card.get_by_label(seat.say("reports.reply_who"))).to_have_value(OFFICIAL.name)
    card.get_by_role("button", name=seat.say("reports.reply_save")).click()
    expect(seat.main).to_contain_text(reference, timeout=WAIT_MS)
    expect(card).to_have_count(0, timeout=WAIT_MS)
    seat.picture("official-answered")
    told = seat.house.told_of(reference)
    assert (told["status"], told["status_notes"]) == ("closed", "Coupée ce matin.")


def test_an_operator_finds_a_silent_sensor_lets_one_in_and_sees_who_did(seat: Seat) -> None:
    page, device = seat.page, f"pluie-{seat.width}"
    seat.house.radio(device, 2.4)
    seat.sign_in(OPERATOR, "stations.title")
    seat.view(seat.say("stations.everywhere"))
    seat.view(seat.say("filter.silent"))
    silent = page.locator("article.device").first
    expect(silent).to_be_visible(timeout=WAIT_MS)
    seat.picture("operator-silent")
    waits = page.locator('[class*="st-key-waiting_"]', has=page.locator("article", has_text=device))
    until(lambda: _is_there(seat, waits.first), within_s=60.0)
    accepted = seat.say("waiting.accepted", name=device, n=1)
    until(lambda: _is_let_in(seat, waits.first, accepted), within_s=60.0)
    assert page.evaluate(OVERFLOW) <= 0
    seat.picture("operator-accepted")
    rows = seat.house.agro("audit", "--who", OPERATOR.email)
    done = [one for one in rows if one["what"].get("accept") == device]
    assert [(one["action"], one["site"], one["who"]) for one in done] == [
        ("device.write", GARDEN, OPERATOR.email)
    ]


def _is_let_in(seat: Seat, waiting: Locator, told: str) -> bool:
    """Whether the page says so; else it is asked to, once more where a press went astray."""
    if told not in seat.main.inner_text() and waiting.is_visible():
        save = waiting.get_by_role("button", name=seat.say("waiting.save"))
        if not save.is_visible():
            waiting.locator("summary").click(timeout=WAIT_MS)
        save.click(timeout=WAIT_MS)
        seat.settled()
    return told in seat.main.inner_text()


def _is_there(seat: Seat, what: Locator, page: str = "stations") -> bool:
    """Whether it is drawn; the page is opened again where it is not yet."""
    if what.is_visible():
        return True
    seat.go(f"/{page}")
    seat.title(f"{page}.title")
    return what.is_visible()


def test_who_does_not_sign_in_sees_the_city_and_no_garden(seat: Seat) -> None:
    page = seat.page
    seat.go("/")
    seat.title("indicators.title")
    expect(page.locator(".st-key-who")).to_contain_text(seat.say("access.public"))
    expect(seat.main).to_contain_text(seat.say("access.disclosed"), timeout=WAIT_MS)
    expect(page.locator("div.indicator").first).to_be_visible(timeout=WAIT_MS)
    pages = [seat.say(f"nav.{name}") for name in ("control_post", "reports", "indicators")]
    expect(page.locator(".st-key-nav a:visible")).to_have_text(pages, timeout=WAIT_MS)
    seat.picture("visitor")
    seat.go(f"/indicators?scope=site:{GARDEN}&indicator={_HARVEST}")
    seat.title("indicators.title")
    assert page.locator('[class*="st-key-indicators_records_"]').count() == 0
    assert seat.words.number(PICKED.quantity, 1) not in seat.main.inner_text()
    for garden_page in ("logbook", "stations", "trials"):
        seat.go(f"/{garden_page}?site={GARDEN}")
        expect(seat.main).to_contain_text(seat.say("access.refused"), timeout=WAIT_MS)
    seat.go(f"/m/{GARDEN}")
    expect(page.locator("input#email")).to_be_visible()
