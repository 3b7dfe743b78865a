"""The list of trials: states, opening, putting away and back; what an empty garden is taught."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from agro.store import trials as kept
from agro.store import writing
from agro.store.trials import StoredAnalysis
from tests.agro.dashboard.conftest import NOW, fill
from tests.agro.dashboard.spoken import spoken
from tests.agro.dashboard.trials_page import SITE, forget, garden, open_page, press, read


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[Engine]:
    url, engine = garden(tmp_path)
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    forget()
    yield engine
    engine.dispose()
    forget()


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "fr",
            (
                *("6 placettes mesurées sur 12", "semé depuis 10 jours", "prévu"),
                *("Blocs complets", "témoin, paille, BRF", "4 blocs ou répétitions"),
                *("azote (0, 50) × variété (A, B)", "Planche 1", "Nouvel essai"),
            ),
        ),
        ("en", ("6 plots measured of 12", "sown 10 days ago", "planned", "New trial")),
    ],
)
def test_each_trial_says_how_far_it_is(
    store: Engine, language: str, sentences: tuple[str, ...]
) -> None:
    test = open_page(language)
    assert not test.exception
    told = read(test)
    for sentence in sentences:
        assert sentence in told
    assert "Paillage &lt;b&gt;" in told  # as it is written, not as HTML
    assert not re.search(r"[{}]|\bnan\b", spoken(told), re.IGNORECASE)


def test_all_measured_and_analysed_are_told(store: Engine) -> None:
    with writing(store) as c:
        analysis = StoredAnalysis("rendement", {}, "0" * 64, "1", {})
        kept.keep_analysis(c, SITE, "paillage", analysis, at=NOW - timedelta(days=2))
    forget()
    assert "analysé le 19 juillet" in read(open_page())


def test_a_trial_is_put_away_and_brought_back(store: Engine) -> None:
    test = press(open_page(), "trials_away_suivant")
    assert not test.exception
    assert "« Essai suivant » est rangé. Rien n’est perdu." in read(test)
    with store.connect() as c:
        assert kept.trial_of(c, SITE, "suivant").put_away
    assert "Cet essai est rangé" in read(open_page(trial="suivant"))
    test = press(test, "trials_undo")
    assert "est rangé" not in read(test)
    with store.connect() as c:
        assert not kept.trial_of(c, SITE, "suivant").put_away
    test = press(open_page(), "trials_away_azote")
    test = press(open_page(), "trials_bring_azote")  # from the folded list, another day
    with store.connect() as c:
        assert not kept.trial_of(c, SITE, "azote").put_away


def test_a_trial_opens_where_one_goes_on_with_it(store: Engine) -> None:
    test = press(open_page(), "trials_open_suivant")
    assert not test.exception
    assert test.query_params["trial"] in ("suivant", ["suivant"])
    assert test.button_group(key="trials_view").value == "plan"
    test = press(test, "trials_back_button")
    assert "Nouvel essai" in read(test)
    test = press(test, "trials_open_paillage")
    assert not test.exception
    assert test.button_group(key="trials_view").value == "entry"


@pytest.mark.parametrize("slug", ["unknown", "<b>", "../paillage"])
def test_an_address_that_is_none_is_told(store: Engine, slug: str) -> None:
    test = open_page(trial=slug)
    assert not test.exception
    assert "Cet essai n’est pas de ce jardin" in read(test)


@pytest.mark.parametrize(
    ("language", "sentence"), [("fr", "Aucun essai dans ce jardin"), ("en", "No trial in this")]
)
def test_a_garden_without_trials_is_taught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None, language: str, sentence: str
) -> None:
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    fill(url)
    forget()
    test = open_page(language)
    assert not test.exception
    assert sentence in read(test)
    assert read(test).count("<li>") >= 4
    forget()
