"""Every page, in every language, over a garden and over nothing."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agro.dashboard import device_list
from agro.words import LANGUAGES, say

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_TITLES = {
    "today": {"fr": "Aujourd’hui", "en": "Today", "fi": "Tänään"},
    "bed": {"fr": "Parcelle", "en": "Bed", "fi": "Penkki"},
    "stations": {"fr": "Capteurs", "en": "Sensors", "fi": "Anturit"},
    "logbook": {"fr": "Carnet", "en": "Logbook", "fi": "Päiväkirja"},
    "trials": {"fr": "Essais", "en": "Trials", "fi": "Kokeet"},
    "reports": {"fr": "Signalements", "en": "Reports", "fi": "Ilmoitukset"},
    "control_post": {"fr": "Poste de pilotage", "en": "Control post", "fi": "Valvomo"},
}
_SAYS = {
    ("today", "fr"): (
        "Arrosez ce soir : 48 L, soit 12 min",
        "Il ne reste que 9 mm d’eau facile",
        "la sonde à 20 cm dit 18 %",
        "pas de pluie avant jeudi",
        "La prévision est ancienne",
        "1 parcelle à arroser sur 3",
        "Pas encore de conseil",
        "Démonstration : saison simulée",
        "Eau du sol : 42 mm sur 60 mm",
    ),
    ("today", "en"): (
        "Water this evening: 48 L, or 12 min",
        "no rain before Thursday",
        "1 bed to water out of 3",
        "Demonstration: simulated season",
    ),
    ("bed", "fr"): (
        "Planche 1",
        "Le plan des sept jours",
        "goutte-à-goutte",
        "15 mai 2026",
        "60 L",
    ),
    ("bed", "en"): ("Planche 1", "The plan for seven days", "drip", "15 May 2026"),
    ("stations", "fr"): (
        "2 capteurs à voir sur 4",
        "inscrit, mais jamais entendu",
        "pile faible : 2 V",
        "température du sol : valeur douteuse",
        "capteur non inscrit : 1",
        "il y a 10 min",
        "−97 dBm, bon",
        "toutes les 60 min",
        "Sans mesure : 22.",
    ),
    ("logbook", "fr"): ("Carnet", "Démonstration : saison simulée"),
    ("logbook", "en"): ("Logbook", "Demonstration: simulated season"),
    ("trials", "fr"): ("Aucun essai dans ce jardin", "le plan est tiré au sort"),
    ("trials", "en"): ("No trial in this garden", "the layout is drawn by lot"),
    ("reports", "fr"): ("Aucun signalement ouvert", "Aucun autre système n’est branché"),
    ("reports", "en"): ("No open report", "No other system is connected"),
    ("control_post", "fr"): (
        "Aucun équipement de la ville n’est encore branché",
        "1 commune, 159 941 habitants",
        "dans 1 jardin",
    ),
    ("control_post", "en"): (
        "None of the city’s equipment is connected yet",
        "3 plots",
        "No orders are followed in this city",
    ),
    ("today", "fi"): (
        "Kastele tänä iltana: 48 l eli 12 min",
        "ei sadetta ennen kuin torstaina",
        "1 penkki kasteltavana, penkkejä yhteensä 3",
        "Esittely: kasvukausi on simuloitu",
        "Tomaatti",
    ),
    ("bed", "fi"): ("Planche 1", "Seitsemän päivän suunnitelma", "15. toukokuuta 2026"),
    ("stations", "fi"): (
        "2 anturia tarkistettavana, antureita yhteensä 4",
        "akku vähissä: 2 V",
        "välein: 60 min",
    ),
    ("logbook", "fi"): ("Päiväkirja",),
    ("trials", "fi"): ("Tässä puutarhassa ei ole koetta", "pohjapiirros arvotaan"),
    ("reports", "fi"): ("Ei avoimia ilmoituksia",),
    ("control_post", "fi"): ("1 kunta, 159 941 asukasta", "1 puutarhassa"),
    ("stations", "en"): (
        "2 sensors to look at out of 4",
        "low battery: 2 V",
        "sensor not registered: 1",
        "every 60 min",
    ),
}


def _open(page: str, language: str, **address: str) -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    for name, value in {"lang": language, **address}.items():
        test.query_params[name] = value
    test.run()
    if page != "today":
        test.switch_page(f"agro/dashboard/pages/{page}.py").run()
    return test


def _read(test: AppTest) -> str:
    """All the HTML of a page, on plain spaces."""
    text = "\n".join(element.proto.body for element in test.get("html"))
    return text.replace("\u00a0", " ").replace("\u202f", " ")


class _Visible(HTMLParser):
    """What people see of some HTML, or are read aloud: no styles, no scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in {"style", "script"}
        said = (value for name, value in attrs if name in {"aria-label", "alt", "title"})
        self.texts += [value for value in said if value]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the library names it
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(data.strip())


def _visible(test: AppTest) -> str:
    """The text of a page, a line for each piece."""
    seen = []
    for element in test.get("html"):
        parser = _Visible()
        parser.feed(element.proto.body)
        parser.close()
        seen += parser.texts
    return "\n".join(seen)


def _faults(test: AppTest) -> list[str]:
    """Lines that a person must never see: a field that was not filled, a number that is none."""
    wrong = re.compile(r"[{}]|\bnan\b", re.IGNORECASE)
    return [line for line in _visible(test).splitlines() if wrong.search(line)]


def _broken() -> None:
    """A page as it must not be, in the frame of ours."""
    import streamlit as st

    from agro.dashboard import parts

    parts.theme("fr", "light")
    st.html("<style>.a { color: red }</style><p>Arrosez {litres} maintenant</p>")
    st.html('<div aria-label="NaN mm"><b>12 mm</b></div><script>const a = {}</script>')
    st.html("<p>Il reste nan mm</p>")


def test_what_nobody_may_see_is_found_on_a_broken_page() -> None:
    """So that the other tests' look for it is worth something."""
    test = AppTest.from_function(_broken, default_timeout=60).run()
    assert not test.exception
    assert _faults(test) == ["Arrosez {litres} maintenant", "NaN mm", "Il reste nan mm"]
    assert "12 mm" in _visible(test)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", list(_TITLES))
def test_every_page_speaks(page: str, language: str, kept: str) -> None:
    test = _open(page, language)
    assert not test.exception
    read = _read(test)
    assert not _faults(test)
    assert len(_visible(test).split()) > 10  # there is something to look at
    if kept == "empty":
        assert _TITLES[page][language] in read
        assert say(language).t("empty.city_title") in read
        return
    for sentence in _SAYS[page, language]:
        assert sentence in read


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_cards_come_thirsty_first(kept: str) -> None:
    read = _read(_open("today", "fr"))
    assert read.index("Planche 1") < read.index("Serre 1") < read.index("Planche 2")


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_a_link_leads_to_its_bed_and_is_kept(kept: str) -> None:
    test = _open("today", "en", site="potager", plot="s1")
    assert _read(test).index("Serre 1") < _read(test).index("Planche 1")
    assert test.query_params["site"] in ("potager", ["potager"])
    assert test.query_params["lang"] in ("en", ["en"])


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_the_language_switch_keeps_the_page(kept: str) -> None:
    test = _open("stations", "fr")
    test.button_group(key="language").set_value("en").run()
    assert not test.exception
    assert "2 sensors to look at out of 4" in _read(test)


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
@pytest.mark.parametrize(
    ("city", "offered"),
    [("dijon", ["FR", "EN"]), ("turku", ["EN", "FI"]), ("botosani", [*map(str.upper, LANGUAGES)])],
)
def test_the_switch_shows_the_languages_of_the_pack(
    city: str, offered: list[str], kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRO_CITY", city)
    st.cache_data.clear()
    test = _open("today", offered[0].lower())
    assert test.button_group(key="language").options == offered
    other = _open("today", "fi")  # asked for in the address: shown, and can be left again
    assert "Tänään" in _read(other)
    assert not other.exception


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_sensors_are_filtered_and_sought(kept: str) -> None:
    test = _open("stations", "fr")
    test.button_group(key="stations_state").set_value("battery").run()
    assert "Sonde serre" in _read(test)
    assert "Station météo" not in _read(test)
    test.text_input(key="stations_search").set_value("planche").run()
    assert "Aucun capteur ne correspond" in _read(test)
    test.button_group(key="stations_state").set_value("silent").run()
    assert "Sonde planche 2" in _read(test)
    assert "Sonde planche 1" not in _read(test)
    assert not test.exception


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_a_sensor_is_seen_up_close(kept: str, language: str) -> None:
    test = _open("stations", language)
    test.selectbox(key="stations_device").set_value("trs12-s1").run()
    assert not test.exception
    read = _read(test)
    assert {"fr": "Les contrôles qui les ont mises en doute", "en": "The checks that doubted them"}[
        language
    ] in read
    assert {"fr": "contrôle non noté", "en": "check not noted"}[language] in read
    test.selectbox(key="stations_device").set_value("lse01-p1").run()
    assert {"fr": "ont été jugées bonnes", "en": "were judged good"}[language] in _read(test)
    assert not test.exception


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_sensors_come_a_page_at_a_time(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_list, "_CARDS", 3)
    test = _open("stations", "fr")
    assert "Page 1 sur 2" in _read(test)
    assert _read(test).count('<article class="device') == 3
    test.button(key="stations_next").click().run()
    assert "Page 2 sur 2" in _read(test)
    assert _read(test).count('<article class="device') == 1
    assert test.button(key="stations_next").disabled


@pytest.mark.parametrize("kept", ["garden"], indirect=True)
def test_another_bed_can_be_chosen(kept: str) -> None:
    test = _open("bed", "fr")
    test.selectbox(key="bed_plot").set_value("s1").run()
    assert not test.exception
    assert '<h1 class="page-title">Serre 1' in _read(test)


def test_a_database_that_does_not_answer_is_told(
    kept: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AGRO_DATABASE_URL", f"sqlite:///{tmp_path}")  # a folder is no database
    test = _open("today", "fr")
    assert not test.exception
    assert "Les données ne répondent pas" in _read(test)
