"""Names of usages are placed, rules are read, and what is not understood is unknown."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.feeds.vigieau_labels import label
from sensors.feeds.vigieau_rules import LONGEST, WEEK, Verdict, clauses, strictest, verdict
from sensors.feeds.vigieau_text import plain

REAL = Path(__file__).parents[3] / "../shared/data/city/vigieau_labels.json"
POTAGER = frozenset({"kitchen_garden", "hand"})
DRIP = frozenset({"market_gardening", "localised"})
DAY = frozenset(range(24))


def allowed(text: str, own: frozenset[str] = POTAGER) -> Verdict:
    return verdict(clauses(text), own)


def shut(found: Verdict, day: int = 0) -> list[int]:
    """The hours of a day of the week that are forbidden."""
    return [hour for hour in range(24) if 24 * day + hour not in found.hours]


@pytest.mark.parametrize(
    ("name", "uses"),
    [
        ("Arrosage des jardins potagers", {"kitchen_garden"}),
        ("ARROSAGE DES POTAGERS (y compris serres, non agricoles)", {"kitchen_garden"}),
        ("Arrosage des jardins et potagers privés", {"kitchen_garden"}),
        ("Arrosage des espaces verts (hors pelouses et jardins potagers)", {"ornamental"}),
        ("Arrosage des pelouses et jardins non-potagers", {"ornamental"}),
        ("Irrigation du maraîchage", {"market_gardening"}),
        ("Irrigation des cultures", {"crops"}),
        ("Irrigation des grandes cultures, prairies", {"field_crops", "grassland"}),
        ("Irrigation des autres cultures (hors maraîchage)", {"field_crops"}),
        ("Arrosage des golfs", {"sport"}),
        ("Prélèvement en cours d’eau", {"withdrawal"}),
        ("Dispositifs de récupération des eaux de pluie", {"rainwater"}),
        ("Arrosage des pistes de chantier", {"other"}),
        ("Production de neige de culture", {"other"}),
        ("Usage numéro 12", set()),
        ("", set()),
    ],
)
def test_a_name_is_placed(name: str, uses: set[str]) -> None:
    assert label(name).uses == uses


@pytest.mark.parametrize(
    ("name", "methods", "waters", "places", "without"),
    [
        ("Irrigation des cultures par goutte à goutte", {"localised"}, set(), set(), set()),
        ("Irrigation par micro-aspersion des cultures", {"localised"}, set(), set(), set()),
        ("Irrigation par aspersion des cultures", {"sprinkler"}, set(), set(), set()),
        ("Potagers sans goutte-à-goutte", set(), set(), set(), {"localised"}),
        ("Irrigation des cultures depuis des retenues", set(), {"stored"}, set(), set()),
        ("Irrigation à partir d'un cours d'eau", set(), {"surface"}, set(), set()),
        ("Cultures maraîchères sous serre", set(), set(), {"greenhouse"}, set()),
    ],
)
def test_what_limits_a_name_is_kept(
    name: str, methods: set[str], waters: set[str], places: set[str], without: set[str]
) -> None:
    found = label(name)
    assert (found.methods, found.waters, found.places, found.without) == (
        methods,
        waters,
        places,
        without,
    )


def test_every_real_label_is_placed_or_unknown() -> None:
    if not REAL.exists():
        pytest.skip("the labels of the prefectures are not at hand")
    told = json.loads(REAL.read_text("utf-8"))
    read = {one["usage"]: label(one["usage"], one["thematique"]) for one in told}
    assert len(told) == 800
    unread = [name for name, found in read.items() if not found.is_read]
    assert len(unread) <= 2
    for name, found in read.items():
        said = plain(name)
        if "potager" in said and not any(w in said for w in ("hors", "non-potager")):
            assert "kitchen_garden" in found.uses, name
        if said.startswith("arrosage des golfs") or "terrains de sport" in said:
            assert not found.uses & {"kitchen_garden", "market_gardening", "crops"} or (
                "potager" in said
            ), name
        if "maraich" in said and "hors maraich" not in said and "godets" not in said:
            assert "market_gardening" in found.uses, name
    counts = Counter(use for found in read.values() for use in found.uses)
    assert counts["kitchen_garden"] >= 12
    assert counts["crops"] >= 50


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Interdit de 8h à 20h", (8, 20)),
        ("Interdiction de 8 h à 20 h.", (8, 20)),
        ("L’arrosage est interdit entre 9 heures et 19 heures", (9, 19)),
        ("INTERDIT DE 8H00 À 20H00", (8, 20)),
        ("Interdit de 8 à 20 h", (8, 20)),
        ("Interdit 10h – 18h", (10, 18)),
        ("Interdiction : 10h-18h", (10, 18)),
        ("Autorisé entre 20 h et 8 h", (8, 20)),
        ("Autorisé uniquement de 20h à 8h", (8, 20)),
        ("Interdit sauf entre 20h et 8h", (8, 20)),
        ("Interdit. Autorisé de 20h à 8h", (8, 20)),
        ("Autorisé avant 8h et après 20h", (8, 20)),
        ("Interdit de 8h à 20h. Autorisé de 20h à 8h.", (8, 20)),
        ("Interdit de 9h30 à 18h30", (9, 19)),
        ("Autorisé de 18h30 à 9h30", (9, 19)),
        ("Interdit de minuit à 6h", (0, 6)),
        ("Interdit de midi à 16h", (12, 16)),
        ("Interdit tous les jours de 11 h à 18 h sauf goutte à goutte", (11, 18)),
        ("Réduction de 50 % et interdiction de 8h à 20h", (8, 20)),
        (
            "Arrosage des pelouses interdit. Interdiction de 8h à 20h pour les autres usages.",
            (8, 20),
        ),
    ],
)
def test_hours_are_read(text: str, hours: tuple[int, int]) -> None:
    found = allowed(text)
    assert found.kind == "windows"
    for day in range(7):
        assert shut(found, day) == list(range(*hours))


@pytest.mark.parametrize(
    ("text", "potager", "drip"),
    [
        ("Interdit", "forbidden", "forbidden"),
        ("Interdiction totale d'arrosage", "forbidden", "forbidden"),
        ("Non autorisé", "forbidden", "forbidden"),
        ("Interdit sauf goutte-à-goutte", "forbidden", "allowed"),
        ("Interdit de 8h à 20h, sauf micro-irrigation et eaux de pluie", "windows", "allowed"),
        ("Interdit sauf arrosage manuel ou goutte à goutte de 20h à 8h", "windows", "windows"),
        ("Interdit sauf dérogation individuelle accordée par le préfet", "forbidden", "forbidden"),
        ("Interdit, sauf accord du service de police de l'eau", "forbidden", "forbidden"),
        ("Interdit de 11h à 18h sauf si irrigation au goutte à goutte.", "windows", "allowed"),
        ("Pelouses : interdit, potagers : autorisé de 20h à 8h", "windows", "unknown"),
        ("Interdit de 8h à 20h. Autorisé pour le goutte à goutte", "windows", "allowed"),
        ("Pas de restriction", "allowed", "allowed"),
        ("Pas d'interdiction", "allowed", "allowed"),
        ("Sensibilisation aux règles de bon usage d'économie d'eau", "allowed", "allowed"),
        ("Limitation volontaire des usages", "allowed", "allowed"),
        ("Réduction de 25% des prélèvements", "allowed", "allowed"),
    ],
)
def test_rules_and_their_exemptions_are_read(text: str, potager: str, drip: str) -> None:
    assert (allowed(text).kind, allowed(text, DRIP).kind) == (potager, drip)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Voir détails dans l'arrêté préfectoral.",
        "Interdit un jour sur deux",
        "Interdit les jours pairs",
        "Interdit la nuit",
        "Interdit si le débit est inférieur à 10 l/s",
        "Autorisé sous réserve de l'accord du maire",
        "Autorisé dans la limite de 2h par jour",
        "Interdit de 8h à 25h",
        "Interdit de 8h à 8h",
        "Interdit sauf cultures listées en annexe",
        "Interdit uniquement de 20 h à 8 h",
        "Sensibilisation et interdiction de 8h à 20h",
        "Restriction d'usage",
        "Autorisé dès que possible pourvu que le niveau le permette",
        "interdit " * 1000,
    ],
)
def test_what_is_not_understood_is_unknown(text: str) -> None:
    assert allowed(text).kind == "unknown"


def test_days_of_the_week_are_read() -> None:
    found = allowed("Autorisé de 19h à 22h les mercredi, vendredi et dimanche")
    assert {hour // 24 for hour in found.hours} == {2, 4, 6}
    assert len(found.hours) == 9
    weekdays = allowed("Interdit du lundi au vendredi")
    assert {hour // 24 for hour in WEEK - weekdays.hours} == {0, 1, 2, 3, 4}
    night = allowed("Autorisé de 22h à 4h le dimanche")
    assert set(night.hours) == {166, 167, 0, 1, 2, 3}


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Réduction de 25% des prélèvements", 0.25),
        ("Interdit de 10h à 18h et réduction de 50 % des volumes", 0.5),
        ("Interdit de 8h à 20h", 0.0),
    ],
)
def test_by_how_much_less_is_read(text: str, share: float) -> None:
    assert allowed(text).share == share


@given(
    st.integers(0, 23),
    st.integers(1, 23),
    st.sampled_from(
        [
            "Interdit de {a}h à {b}h",
            "Interdiction entre {a} h et {b} h",
            "interdit {a}h-{b}h",
            "Autorisé de {b}h à {a}h",
            "Interdit sauf de {b} h à {a} h",
        ]
    ),
)
@settings(deadline=None)
def test_any_span_of_hours_is_read(start: int, length: int, form: str) -> None:
    end = (start + length) % 24
    found = allowed(form.format(a=start, b=end))
    assert shut(found) == sorted((start + n) % 24 for n in range(length))


@given(st.text(max_size=200), st.sampled_from(["Interdit de 8h à 20h", "Autorisé", "Interdit", ""]))
@settings(deadline=None)
def test_no_text_breaks_the_grammar(text: str, told: str) -> None:
    found = allowed(f"{told} {text}")
    assert found.kind in ("forbidden", "windows", "allowed", "unknown")
    label(text)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=12))
@settings(deadline=None)
def test_a_word_that_is_not_known_never_permits(word: str) -> None:
    assert allowed(f"Autorisé {word}").kind in ("unknown", allowed("Autorisé").kind)
    if word not in plain(" ".join(("autorise", "interdit"))):
        assert allowed(f"zz{word}zz").kind == "unknown"


def test_the_strictest_holds() -> None:
    night, evening = allowed("Interdit de 8h à 20h"), allowed("Interdit de 6h à 22h")
    unread, none = allowed("Voir l'arrêté"), allowed("Interdit")
    assert strictest([night, evening]).hours == evening.hours
    assert strictest([night, unread]).kind == "unknown"
    assert strictest([unread, none]).kind == "forbidden"
    assert strictest([]).kind == "unknown"
    day, dark = allowed("Interdit de 8h à 20h"), allowed("Interdit de 20h à 8h")
    assert strictest([day, dark]).kind == "forbidden"
    assert LONGEST > 100
