"""Every catalogue says the same things, all of them translated, used, and asked for by name."""

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel import Locale

from agro.indicators.catalogue import Threshold, catalogue
from agro.words import LANGUAGES, say
from agro.words.catalogue import texts
from models.water.tables import CROPS
from sensors.quantities import QUANTITIES

_ROOT = Path(__file__).parents[3]
_KEY = re.compile(r"""words\.t\(\s*f?"([a-z_.]+?)(?:"|\{)|_texts?\("([a-z_.]+)"\)""")
_TRANSLATED = "translated."  # what the tables of the program lack in a language
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# Longer than a word and the same in several languages: names of people, services and formats.
_ALIKE = frozenset(
    (
        "Atmo France",
        "Box–Cox",
        "BrAPI (JSON)",
        "Hub’Eau",
        "MIAPPE (JSON)",
        "Météo-France",
        "Open-Meteo",
        "SNR {value} dB",
        "Shapiro–Wilk",
        "The Things Stack",
        "kg CO₂e/kg",
        "kg N/ha",
        "kg/m²",
        "kg/m³",
    )
)
OTHERS = LANGUAGES[1:]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _said(language: str) -> dict[str, str]:
    """The texts that every catalogue has."""
    return {key: text for key, text in texts(language).items() if not key.startswith(_TRANSLATED)}


@pytest.mark.parametrize("language", OTHERS)
def test_catalogues_have_the_same_keys(language: str) -> None:
    """But for plural forms, of which a language may have more."""
    first, other = _bare(LANGUAGES[0]), _bare(language)
    assert first - other == set()
    assert other - first == set()


def _bare(language: str) -> set[str]:
    """The keys, forms of a plural taken together."""
    forms, counted = {*_plural_forms(language), "other"}, _counted()
    parts = (key.rpartition(".") for key in _said(language))
    return {
        group if form in forms and group in counted else f"{group}.{form}"
        for group, _, form in parts
    }


def _plural_forms(language: str) -> frozenset[str]:
    return frozenset(Locale.parse(texts(language)["writing.locale"]).plural_form.tags)


@cache
def _counted() -> frozenset[str]:
    """The keys that have forms of a plural."""
    known = _said(LANGUAGES[0])
    groups = {key.removesuffix(".one") for key in known if key.endswith(".one")}
    return frozenset(one for one in groups if f"{one}.other" in known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_is_written(language: str) -> None:
    """Of those that numbers in a garden take: `many` of French counts millions."""
    forms = {"other", *(_plural_forms(language) & {"zero", "one", "two", "few"})}
    wanted = {f"{key}.{form}" for key in _counted() for form in forms}
    assert wanted - set(_said(language)) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_texts_ask_for_the_same_fields(language: str) -> None:
    """All texts in one test, here and below: thousands of tests would each take their own time."""
    first, other = _said(LANGUAGES[0]), _said(language)
    both = first.keys() & other.keys()
    assert {key for key in both if _fields(first[key]) != _fields(other[key])} == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    """Two words or more say something else in another language, or are a name."""
    other = _said(language)
    alike = {
        (key, text)
        for one in LANGUAGES
        if one != language
        for key, text in _said(one).items()
        if other.get(key) == text and not key.startswith("writing.")
        if len(_LETTERS.findall(re.sub(r"\{[^}]*\}", "", text))) > 1
    }
    assert {pair for pair in alike if pair[1] not in _ALIKE} == set()


def test_no_text_is_empty() -> None:
    """What stands before a sign may be a space alone."""
    empty = {
        (one, key)
        for one in LANGUAGES
        for key, text in texts(one).items()
        if not text.strip() and key != "writing.sign"
    }
    assert empty == set()


def _used() -> set[str]:
    found = set()
    pages = _ROOT / "agro"
    for file in [*pages.glob("dashboard/**/*.py"), *pages.glob("words/*.py")]:
        for match in _KEY.finditer(file.read_text(encoding="utf-8")):
            found.add(match[1] or match[2])
    return found


def test_every_key_used_exists() -> None:
    known, used = set(texts("fr")), _used()
    whole = {key for key in used if key in known or f"{key}.other" in known}
    begun = {
        key
        for key in used - whole
        if key.endswith((".", "_")) and any(name.startswith(key) for name in known)
    }
    assert used - whole - begun == set()
    assert len(whole) > 500
    assert begun


@cache
def _written() -> tuple[frozenset[str], frozenset[str], tuple[re.Pattern[str], ...]]:
    """The texts that the program writes, the groups it asks for, and its keys with a hole."""
    whole: set[str] = set()
    groups: set[str] = set()
    for file in (_ROOT / "agro").rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        whole.update(_literals(tree))
        groups.update(_groups(tree))
    for file in (_ROOT / "agro").rglob("*.html"):
        whole.update(re.findall(r'\bt\("([a-z_.]+)"', file.read_text(encoding="utf-8")))
    holed = sorted(one for one in whole if re.match(r"[a-z0-9_]+\.[^ ]*\0", one))
    patterns = tuple(re.compile(re.escape(one).replace("\0", ".+")) for one in holed)
    return frozenset(whole), frozenset(groups), patterns


def _literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else "\0" for one in node.values
            )


def _groups(tree: ast.AST) -> Iterator[str]:
    """What `words.code` and `words.group` are asked for, also by way of a name."""
    for node in ast.walk(tree):
        asked: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = node.args[:1] if node.func.attr in ("code", "group") else []
        elif isinstance(node, ast.Assign):
            names = {one.id for one in node.targets if isinstance(one, ast.Name)}
            asked = [node.value] if "group" in names else []
        for one in asked:
            yield from _literals(one)


def test_every_text_is_used() -> None:
    """Its key is written somewhere, whole or put together, or its group is asked for by a code."""
    whole, groups, patterns = _written()
    unused = {
        key
        for key in _bare(LANGUAGES[0])
        if key not in whole
        if not any(key[: dot.start()] in groups for dot in re.finditer(r"\.", key))
        if not any(one.fullmatch(key) for one in patterns)
    }
    assert {key for key in unused if not key.startswith("writing.")} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_quantity_has_a_name(language: str) -> None:
    words = say(language)
    assert [one for one in QUANTITIES if not words.knows(f"quantity.{one}")] == []


def _lines() -> dict[str, Threshold]:
    return {line.label_en: line for one in catalogue().indicators for line in one.thresholds}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_tables_lack_is_translated(language: str) -> None:
    """Crops, indicators and rules of coverage have a name in each language."""
    known, rules = say(language), catalogue()
    lacking = {
        f"{group}.{key}"
        for group, records in (
            ("crop", CROPS),
            ("indicator", rules.by_id),
            ("coverage_rule", rules.rules),
            ("line", _lines()),
        )
        for key, one in records.items()
        if not known.knows(f"{_TRANSLATED}{group}.{key}")
        and not hasattr(one, f"name_{language}")
        and not hasattr(one, f"label_{language}")
        and not hasattr(one, language)
    }
    assert lacking == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_of_nothing(language: str) -> None:
    rules = catalogue()
    known = {
        *(f"crop.{key}" for key in CROPS),
        *(f"indicator.{key}" for key in rules.by_id),
        *(f"indicator_caution.{key}" for key in rules.by_id),
        *(f"coverage_rule.{key}" for key in rules.rules),
        *(f"line.{key}" for key in _lines()),
    }
    told = {key.removeprefix(_TRANSLATED) for key in texts(language) if key.startswith(_TRANSLATED)}
    assert told - known == set()
