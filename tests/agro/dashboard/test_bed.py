"""The bed page's slider and its look back, over a garden with three weeks of advice."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from agro.advice.score import Lead
from agro.dashboard import data, logbook_data, root_zone
from agro.dashboard.bed_history import as_csv, speaks, verdict
from agro.records import Advice, LogEntry, PlanDay, Soil
from agro.store import decisions, logbook, open_store, readings, writing
from agro.words import say
from tests.agro.dashboard.conftest import NOW, fill

_SCRIPT = Path(__file__).parents[3] / "streamlit_app.py"
_MORNINGS = 18  # days of advice behind
_LITRES = 160.0  # on 12 m², of which nine tenths reach the roots: 12 mm
PARIS = say("fr", "Europe/Paris").zone


def _advice(days: int) -> Advice:
    """Of some days ago: wait, wait, water 12 mm, and so on."""
    issued = NOW - timedelta(days=days, hours=5)
    plan = tuple(
        PlanDay(issued.date() + timedelta(n), 4.6, 0.0, 0.0, 20.0 + n, 17.0, 24.0 + n)
        for n in range(7)
    )
    wait = Advice(
        "potager", "p1", issued, "wait", None, 0.0, 0.0, 0.0, "enough_water", "high",
        18.0, 27.0, 60.0, 0.05, 0.4, "tomato", {"depletion_error_mm": 5.0}, plan=plan,
    )  # fmt: skip
    if days % 3:
        return wait
    when = issued + timedelta(hours=13)
    return replace(wait, decision="irrigate", when=when, depth_mm=12.0, depletion_mm=30.0)


def _watering(days: int) -> LogEntry:
    time = NOW - timedelta(days=days) + timedelta(hours=9)
    return LogEntry("potager", "p1", "irrigation", time, _LITRES, "L")


def _drying() -> list[readings.Row]:
    """The probe, three days from wet to dry, over and over."""
    start = int((NOW - timedelta(days=_MORNINGS + 1)).timestamp())
    return [
        readings.Row(
            "lse01-p1", "soil_moisture", 20.0, start + hour * 3600 + 60, 0.27 - hour % 72 / 1e3, 1
        )
        for hour in range((_MORNINGS + 1) * 24)
    ]


@pytest.fixture
def weeks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: None) -> Iterator[None]:
    """The garden with three weeks behind it: half of the advice to water was followed."""
    url = f"sqlite:///{tmp_path}/agro.sqlite"
    monkeypatch.setenv("AGRO_DATABASE_URL", url)
    fill(url)
    engine = open_store(url)
    with writing(engine) as c:
        readings.write(c, _drying())
        decisions.write(c, [_advice(days) for days in range(1, _MORNINGS + 1)])
        logbook.write(c, [_watering(days) for days in (*range(3, _MORNINGS, 6), 4)])
    engine.dispose()
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def _open(language: str, plot: str = "p1") -> AppTest:
    test = AppTest.from_file(str(_SCRIPT), default_timeout=60)
    test.query_params["lang"], test.query_params["plot"] = language, plot
    test.run()
    test.switch_page("agro/dashboard/pages/bed.py").run()
    assert not test.exception
    return test


def _read(test: AppTest) -> str:
    """All the text of a page, without its style, on plain spaces."""
    html = "\n".join(element.proto.body for element in test.get("html"))
    text = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))


_SAYS = {
    "fr": (
        "Et si j’arrosais ce soir ?",
        "4 mm ce soir : 53 L, soit 13 min",
        "Risque de manquer d’eau d’ici mardi",
        "Conseils et arrosages",
        "Conseil suivi 13",
        "Pas arrosé 3",
        "Arrosé plus 2",
        "Le modèle se trompe-t-il ici ?",
        "du 3e soir",
        "Dans la marge (80 % visés)",
    ),
    "en": (
        "What if I watered tonight?",
        "4 mm tonight: 53 L, or 13 min",
        "Chance of running short of water by Tuesday",
        "Advice and watering",
        "Advice followed 13",
        "Not watered 3",
        "Watered more 2",
        "How wrong is the model here?",
        "of evening 3",
    ),
}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_looks_ahead_and_back(language: str, weeks: None) -> None:
    test = _open(language)
    read = _read(test)
    for sentence in _SAYS[language]:
        assert sentence in read
    assert "nan" not in re.sub("maintenant", "", read.lower())
    drawn = {chart.key for chart in test.get("plotly_chart")}
    assert drawn == {"bed_root_zone", "bed_what_if", "bed_water", "bed_history"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_bed_without_crop_or_advice_says_so(language: str, weeks: None) -> None:
    read = _read(_open(language, "p2"))
    empty = {
        "fr": ("Pas d’essai possible ici", "Pas encore d’historique", "Pas encore assez de jours"),
        "en": ("Nothing to try here", "No history yet", "Not enough days yet"),
    }
    for sentence in empty[language]:
        assert sentence in read


def test_the_slider_draws_the_week_again(weeks: None) -> None:
    test = _open("fr")
    slider = test.slider(key="bed_dose_p1")
    assert (slider.min, slider.max, slider.value) == (0, 30, 4)  # the advice's own dose
    slider.set_value(30).run()
    assert not test.exception
    assert "30 mm ce soir : 400 L, soit 1 h 40" in _read(test)
    risks = [float(one) for one in re.findall(r": (\d+) %, au lieu de (\d+) %", _read(test))[0]]
    assert risks[0] < risks[1]
    test.slider(key="bed_dose_p1").set_value(0).run()
    assert "Sans arroser ce soir" in _read(test)
    assert f"{risks[1]:.0f} %." in _read(test)


def test_the_probes_can_be_seen_by_depth(weeks: None) -> None:
    test = _open("fr")
    test.button_group(key="bed_soil_view").set_value("depths").run()
    assert not test.exception
    drawn = {chart.key for chart in test.get("plotly_chart")}
    assert "bed_soil" in drawn
    assert "bed_root_zone" not in drawn


def test_the_history_is_a_file_with_units_in_its_head(weeks: None) -> None:
    table = data.look_back("potager", "p1").history
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    assert len(rows) == len(table) == _MORNINGS
    by_day = {row["day"]: row for row in rows}
    followed = by_day[(NOW - timedelta(days=3)).date().isoformat()]
    assert followed["outcome"] == "followed"
    assert (followed["advised_mm"], followed["given_mm"]) == ("12.0", "12.0")
    assert followed["issued_at"] == "2026-07-18T05:00:00Z"
    assert by_day[(NOW - timedelta(days=6)).date().isoformat()]["outcome"] == "not_watered"
    yesterday = by_day[(NOW - timedelta(days=1)).date().isoformat()]
    assert yesterday["stress_days"] == ""  # not over: not 0


def _lead(evening: int, count: int, rmse: float, rival: float) -> Lead:
    return Lead(evening, count, 0.5, rmse, rival, 0.8, 0)


_ROWS = [
    {"days": days, "n": 40, "persistence": 0.03, "bucket": 0.02, "chosen": 0.0144}
    for days in (1.0, 3.0, 7.0)
]
_LEARNED = {
    "used": True,
    "trained_until": "2026-07-13",
    "rmse": {"probe 20 cm": _ROWS},
    "shift_mm": [0.5] * 7,
}


def _told(learned: dict[str, object] | None) -> Advice:
    return replace(_advice(1), sources={} if learned is None else {"learned": learned})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fr",
            ("correction apprise", "13 juillet 2026", "à 3\xa0jours", "1,4\u202f%", "2\u202f%"),
        ),
        ("en", ("learned", "13 July 2026", "3\xa0days ahead", "1.4%", "by 2%", "by 3%")),
    ],
)
def test_the_page_says_that_what_was_learned_speaks(language: str, said: tuple[str, ...]) -> None:
    words = say(language)
    found = speaks(words, _told(_LEARNED), [_lead(1, 20, 2.0, 3.0)])
    assert all(one in found for one in said)
    judged = replace(_lead(3, 20, 2.0, 3.0), learned=12, learned_rmse=4.2, physics_rmse=5.1)
    here = speaks(words, _told(_LEARNED), [judged])
    assert words.number(4.2, 1) in here
    assert words.number(5.1, 1) in here


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("reason", ["no_model", "other_probes", "few_days", "physics_better"])
def test_the_page_says_that_the_physics_speaks_and_why(language: str, reason: str) -> None:
    words = say(language)
    found = speaks(words, _told({"used": False, "reason": reason}), [])
    assert "physi" in found
    others = {"no_model", "other_probes", "few_days", "physics_better"} - {reason}
    for other in others:
        assert speaks(words, _told({"used": False, "reason": other}), []) != found


def test_an_advice_from_before_says_nothing_of_it() -> None:
    assert speaks(say("fr"), _told(None), []) == ""
    assert speaks(say("fr"), None, []) == ""


def test_the_verdict_is_honest() -> None:
    words = say("fr")
    good = verdict(words, [_lead(1, 20, 2.0, 3.0), _lead(3, 18, 4.2, 9.7), _lead(7, 3, 1.0, 9.0)])
    assert "La prévision du 3e soir se trompe de 4,2 mm" in good.replace("\u00a0", " ")
    bad = verdict(words, [_lead(1, 20, 3.0, 2.0), _lead(3, 0, 1.0, 2.0), _lead(7, 3, 1.0, 9.0)])
    assert "du soir même" in bad
    assert "pas mieux que" in bad


_SOIL = Soil("potager", "loam", "loam", 0.30, 0.10, 8.0, 24.0, "test")


def test_the_probed_root_zone_is_water_above_the_wilting_point() -> None:
    """Roots of 0.5 m hold 100 mm; the probe at 20 cm speaks for 30 cm, the one at 40 for 20."""
    past = pd.DataFrame({"day": [NOW.date()], "taw": [100.0]})
    hours = pd.DataFrame(
        {
            "time": pd.to_datetime([NOW, NOW, NOW + timedelta(hours=1)], utc=True),
            "device": ["a", "b", "a"],
            "depth_cm": [20.0, 40.0, 20.0],
            "mean": [0.20, 0.25, 0.20],
        }
    )
    line = root_zone.probed(hours, past, _SOIL, PARIS, offsets={})
    assert line["value"].to_list() == pytest.approx([300.0 * 0.10 + 200.0 * 0.15])
    assert line["time"].iloc[0] == pd.Timestamp("2026-07-21 12:00")
    shifted = root_zone.probed(hours, past, _SOIL, PARIS, offsets={"b": 0.05})
    assert shifted["value"].to_list() == pytest.approx([300.0 * 0.10 + 200.0 * 0.10])
    assert root_zone.probed(hours, past.iloc[:0], _SOIL, PARIS, offsets={}).empty
    assert root_zone.probed(hours.iloc[:0], past, _SOIL, PARIS, offsets={}).empty


def test_the_plan_is_turned_from_what_is_missing_to_what_is_left() -> None:
    frame = root_zone.planned(_advice(1), PARIS)
    first, evening = frame.iloc[0], frame.iloc[1]
    assert (first["value"], evening["value"]) == (42.0, 40.0)  # 60 less 18, and less 20
    assert first["low"] == pytest.approx(42.0 - 1.2816 * 5.0)
    assert (evening["low"], evening["high"]) == (36.0, 43.0)  # of 24 and 17 mm missing
    assert root_zone.planned(None, PARIS).empty


@pytest.mark.usefixtures("weeks")
def test_a_watering_that_was_noted_is_in_the_season_at_once() -> None:
    def poured() -> float:
        return float(data.past("potager")["irrigation"].sum())

    before = poured()
    with writing(data.engine()) as c:
        logbook.write(c, [_watering(2)])
    assert poured() == before  # kept
    logbook_data.forget()
    assert poured() == pytest.approx(before + 12.0)
