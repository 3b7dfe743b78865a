"""A researcher's trial through the front door, from the question to numbers that others get again.

A real `agro serve` and a real browser: six steps draw a split plot, its field book comes back with
damage that is told and mended, one plot is typed on a phone, and what the page concludes is what
`models.trials` and R compute.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from pypdf import PdfReader

from tests.browser.looking import OVERFLOW, picture, settled
from tests.browser.trial_book import R_MEANS, R_TESTS, TRAIT, VARIETY, WATER, FieldBook
from tests.browser.trial_house import House, serving

pytestmark = [pytest.mark.browser, pytest.mark.service]

NOW = datetime(2026, 7, 21, 10, tzinfo=UTC)
SITE, SLUG = "domaine-de-la-cras", "moutarde-eau-et-variete"
_WAIT = 60_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """`agro serve` over Dijon's gardens on SQLite, nothing planned yet."""
    with serving(tmp_path, NOW) as own:
        yield own


@pytest.fixture
def complaints(laptop: Page, phone: Page) -> list[str]:
    """What either browser complains of, but Streamlit's search for the root of its address."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "/_stcore/" not in str(message.location.get("url")):
            found.append(message.text)

    for page in (laptop, phone):
        page.on("console", hear)
        page.on("pageerror", lambda error: found.append(str(error)))
    return found


def _settled(page: Page) -> None:
    page.wait_for_timeout(150)  # a press has reached the server by then
    settled(page)


def _type(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True).last
    field.fill(text, timeout=_WAIT)
    field.press("Tab")
    _settled(page)


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click(timeout=_WAIT)
    _settled(page)


def _view(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click(timeout=_WAIT)
    _settled(page)


def _download(page: Page, name: str) -> bytes:
    with page.expect_download(timeout=_WAIT) as download:
        page.get_by_role("button", name=name, exact=True).click(timeout=_WAIT)
    return Path(download.value.path()).read_bytes()


def _plan(page: Page, house: House) -> None:
    """The six steps of a new trial; nothing is stored before the last button."""
    page.goto(f"{house.address}/trials?lang=fr&site={SITE}")
    expect(page.locator("h1.page-title")).to_have_text("Essais", timeout=_WAIT)
    _press(page, "Nouvel essai")
    _type(page, "Nom de l’essai", "Moutarde, eau et variété")
    _type(page, "La question à laquelle il répond", "Arroser la moutarde paie-t-il ?")
    _press(page, "Suivant →")
    _press(page, "+ Ajouter un facteur")
    for number, (name, levels) in enumerate((("irrigation", WATER), ("variété", VARIETY))):
        _type(page, f"Facteur {number + 1}", name)
        box = page.locator(f".st-key-trials_factor_{number} textarea")
        box.fill("\n".join(levels))
        box.press("Tab")
        _settled(page)
    expect(page.locator("[data-testid=stMain]")).to_contain_text("2 × 3 = 6 combinaisons")
    _press(page, "Suivant →")
    page.get_by_text("Un facteur demande de grandes placettes").click()
    _settled(page)
    chosen = page.get_by_role("radio", name=re.compile("^Parcelles divisées.*conseillé"))
    expect(chosen).to_be_checked(timeout=_WAIT)
    _press(page, "Suivant →")
    expect(page.locator("p.verdict")).to_contain_text("Avec 4 blocs", timeout=_WAIT)
    _press(page, "Suivant →")
    _press(page, "+ Rendement")
    _press(page, "Suivant →")
    _type(page, "Graine du tirage", "7")
    expect(page.locator("table.field td.plot").first).to_contain_text("pluvial · Blanche")
    picture(page, "trial-review-laptop-fr")
    _press(page, "Créer l’essai")
    expect(page.locator("[data-testid=stMain]")).to_contain_text("est créé", timeout=_WAIT)


def _upload(page: Page, book: FieldBook, name: str) -> Locator:
    """Choose a sheet; the part of the page that says what is in it."""
    field = page.locator('[class*="st-key-trial_entry_file_"] input[type="file"]')
    field.set_input_files({"name": name, "mimeType": _XLSX, "buffer": book.body()})
    expect(page.locator(".st-key-trial_entry_file_save")).to_be_visible(timeout=_WAIT)
    return page.locator(".st-key-trial_entry")


def _by_hand(page: Page, house: House) -> None:
    """The first plot, noted on the number pad of a phone."""
    page.goto(f"{house.address}/trials?lang=fr&site={SITE}&trial={SLUG}")
    _view(page, "Saisie")
    _view(page, "Placette")
    expect(page.locator(".trial-plot h3")).to_have_text("Placette 101", timeout=_WAIT)
    for sign in "2,3":
        page.locator(f'.pad button[data-key="{sign}"]').click()
    page.get_by_role("button", name="Noter et suivante").click()
    told = page.locator(".st-key-trial_entry_told")
    expect(told).to_contain_text(re.compile(r"Placette 101\s: 2,3\st/ha"), timeout=_WAIT)
    expect(page.locator(".trial-plot h3")).to_have_text("Placette 102", timeout=_WAIT)
    expect(page.locator(".trial-plot")).to_contain_text("irrigué · Noire")
    assert page.evaluate(OVERFLOW) <= 0
    picture(page, "trial-entry-phone-fr")


def _come_back(page: Page, book: FieldBook) -> None:
    """The sheet, damaged, in part taken, undone, redone; then mended and taken whole."""
    book.put(102, TRAIT, book.at(102, TRAIT).replace(".", ","))  # as a French keyboard writes it
    known = book.at(203, TRAIT), book.at(304, "variété")
    book.put(203, TRAIT, "deux")
    book.put(304, "variété", "Noire")
    _view(page, "Saisie")
    _view(page, "Feuille")
    shown = _upload(page, book, "carnet.xlsx")
    expect(shown).to_contain_text("21 valeurs nouvelles · 1 déjà enregistrée · 2 lignes à corriger")
    expect(shown.locator("table tbody tr")).to_have_count(2)
    for plot, column, value, remedy in (
        (203, TRAIT, "deux", "n’est pas un nombre"),
        (304, "variété", "Noire", "ne se trouve pas sur la placette 304"),
    ):
        cells = shown.locator("table tbody tr", has_text=remedy).locator("td")
        expect(cells).to_have_text([str(book.rows[plot]), column, value, re.compile(remedy)])
    picture(page, "trial-preview-laptop-fr")
    _press(page, "Enregistrer les 21 bonnes valeurs")
    _press(page, "Annuler toute la feuille")
    expect(shown).to_contain_text("21 valeurs ne comptent plus", timeout=_WAIT)
    _press(page, "Reprendre la feuille")
    expect(shown).to_contain_text("21 valeurs comptent de nouveau", timeout=_WAIT)
    book.put(203, TRAIT, float(known[0]))
    book.put(304, "variété", known[1])
    mended = _upload(page, book, "carnet-2.xlsx")
    expect(mended).to_contain_text("2 valeurs nouvelles · 22 déjà enregistrées")
    _press(page, "Enregistrer les 2 bonnes valeurs")


def _table(page: Page, head: str) -> dict[str, list[str]]:
    """The rows of the table of the results that has such a column, by their first name."""
    table = page.locator(".st-key-trial_results table", has=page.locator("th", has_text=head)).first
    expect(table).to_be_visible(timeout=_WAIT)
    rows = [row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()]
    names = 1 if head == "strate" else 0
    return {row[names]: row[names + 1 :] for row in rows if row[names] != "erreur"}


def _figure(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "."))


def _agrees(shown: str, exact: float) -> bool:
    """Whether a figure of the page is the exact one, as far as it is written."""
    places = len(shown.partition(",")[2])
    return abs(_figure(shown) - exact) <= 0.5001 * 10.0**-places


def _judged(page: Page, house: House) -> str:
    """The results on the page, in the CLI and in R are the same; the headline."""
    asked = ("--site", SITE, "--trait", TRAIT, "--no-keep")
    found = house.agro("trial", "judge", SLUG, *asked)
    _view(page, "Résultats")
    headline = page.locator(".trial-said .headline")
    expect(headline).to_contain_text("L’irrigation change le rendement", timeout=_WAIT)
    expect(headline).to_contain_text("irrigué dépasse pluvial de 0,657")
    page.get_by_text("Le tableau : irrigation", exact=True).click()
    shown = _table(page, "groupe")
    means = {one["levels"]["irrigation"]: one for one in found["means"][:2]}
    assert set(shown) == set(means) == set(R_MEANS)
    for level, (mean, se, df, lower, upper) in R_MEANS.items():
        own, (mean_text, se_text, df_text, between, _) = means[level], shown[level]
        assert [own[name] for name in ("mean", "se", "df", "lower", "upper")] == pytest.approx(
            [mean, se, df, lower, upper], rel=1e-5
        )
        texts = (mean_text, se_text, df_text, *between.split("\u00a0; "))
        assert all(map(_agrees, texts, (mean, se, df, lower, upper))), texts
    picture(page, "trial-results-laptop-fr")
    _view(page, "Variance")
    tests, computed = _table(page, "strate"), {one["term"]: one for one in found["anova"]}
    for term, (df, error, f, p) in R_TESTS.items():
        own = computed[term]
        assert (own["df"], own["f"], own["p"]) == pytest.approx((df, f, p), rel=1e-5)
        df_text, _, _, f_text, p_text = tests[term.replace(":", " × ")]
        assert all(map(_agrees, (df_text, f_text, p_text), (df, f, p))), tests
        errors = [one["df"] for one in found["anova"] if one["stratum"] == own["stratum"]]
        assert errors[-1] == error
    return headline.inner_text()


def _taken_away(page: Page, house: House, headline: str, folder: Path) -> None:
    """The report says the same of every plot, and the bundle is computed again to the digit."""
    _view(page, "Fichiers")
    report = _download(page, "Rapport (PDF)")
    assert report.startswith(b"%PDF")
    text = " ".join(one.extract_text() for one in PdfReader(BytesIO(report)).pages)
    text = " ".join(text.split())
    assert " ".join(headline.split()) in text
    annex = text.partition("Annexe")[2]
    plots = [block * 100 + place for block in range(1, 5) for place in range(1, 7)]
    assert all(re.search(rf"\b{plot}\b", annex) for plot in plots)
    (folder / "essai.zip").write_bytes(_download(page, "Pour refaire l’analyse (zip)"))
    again = house.agro("trial", "again", str(folder / "essai.zip"))
    assert again["holds"] is again["same_data"] is again["same_layout"] is True
    assert again["differs"] == []
    assert again["figures"] > 100


def test_a_split_plot_is_planned_measured_judged_and_computed_again(
    house: House, laptop: Page, phone: Page, complaints: list[str], tmp_path: Path
) -> None:
    _plan(laptop, house)
    book = FieldBook(_download(laptop, "Carnet (Excel)"))
    _by_hand(phone, house)
    laptop.goto(f"{house.address}/trials?lang=fr&site={SITE}&trial={SLUG}")
    _come_back(laptop, book)
    headline = _judged(laptop, house)
    _taken_away(laptop, house, headline, tmp_path)
    assert not complaints
