"""Both catalogues say the same things, and everything the pages say is in them."""

import re
import string
from pathlib import Path

from agro.words import LANGUAGES, say
from agro.words.catalogue import texts
from sensors.quantities import QUANTITIES

_ROOT = Path(__file__).parents[3] / "agro"
_KEY = re.compile(r"""words\.t\(\s*f?"([a-z_.]+?)(?:"|\{)|_texts?\("([a-z_.]+)"\)""")


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_catalogues_have_the_same_keys() -> None:
    french, *others = (set(texts(language)) for language in LANGUAGES)
    for keys in others:
        assert keys == french


def test_texts_ask_for_the_same_fields() -> None:
    """All texts in one test, here and below: thousands of tests would each take their own time."""
    french, english = texts("fr"), texts("en")
    assert {key for key in french if _fields(french[key]) != _fields(english[key])} == set()


def test_no_text_is_empty() -> None:
    empty = {
        (one, key) for one in LANGUAGES for key, text in texts(one).items() if not text.strip()
    }
    assert empty == set()


def _used() -> set[str]:
    found = set()
    for file in [*_ROOT.glob("dashboard/**/*.py"), *_ROOT.glob("words/*.py")]:
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


def test_every_quantity_has_a_name() -> None:
    unnamed = {
        (language, quantity)
        for language in LANGUAGES
        for quantity in QUANTITIES
        if not say(language).knows(f"quantity.{quantity}")
    }
    assert unnamed == set()
