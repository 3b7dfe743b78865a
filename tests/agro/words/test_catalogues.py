"""Both catalogues say the same things, and everything the pages say is in them."""

import re
import string
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("key", sorted(texts("fr")))
def test_texts_ask_for_the_same_fields(key: str) -> None:
    assert _fields(texts("fr")[key]) == _fields(texts("en")[key])
    assert texts("fr")[key].strip()


def _used() -> set[str]:
    found = set()
    for file in [*_ROOT.glob("dashboard/**/*.py"), *_ROOT.glob("words/*.py")]:
        for match in _KEY.finditer(file.read_text(encoding="utf-8")):
            found.add(match[1] or match[2])
    return found


@pytest.mark.parametrize("key", sorted(_used()))
def test_every_key_used_exists(key: str) -> None:
    known = texts("fr")
    whole = key in known or f"{key}.other" in known
    begun = key.endswith((".", "_")) and any(name.startswith(key) for name in known)
    assert whole or begun


@pytest.mark.parametrize("quantity", sorted(QUANTITIES))
def test_every_quantity_has_a_name(quantity: str) -> None:
    assert say("fr").knows(f"quantity.{quantity}")
