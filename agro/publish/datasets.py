"""What each published table is: its columns, words, rhythm and subject, read from one file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Words = Mapping[str, str]
"""A text by its language."""

LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its XML Schema type, its unit for people and for programs, and what it means."""

    name: str
    type: str
    meaning: Words
    unit: str = ""
    ucum: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table; `key` are the columns that name a row, the others are codes of the Union's."""

    name: str
    title: Words
    description: Words
    keywords: Mapping[str, tuple[str, ...]]
    frequency: str
    themes: tuple[str, ...]
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(one.name for one in self.columns)


@cache
def datasets() -> Mapping[str, Dataset]:
    """The tables by name, in the order in which they are told."""
    text = files("agro.publish").joinpath("datasets.toml").read_text(encoding="utf-8")
    return {name: _dataset(name, told) for name, told in tomllib.loads(text).items()}


def _dataset(name: str, told: Mapping[str, object]) -> Dataset:
    columns = told["columns"]
    keywords = told["keywords"]
    if not isinstance(columns, list) or not isinstance(keywords, dict):
        raise TypeError(f"datasets.toml: {name} has no columns or keywords")
    return Dataset(
        name=name,
        title=_words(told["title"]),
        description=_words(told["description"]),
        keywords={language: tuple(keywords[language]) for language in LANGUAGES},
        frequency=str(told["frequency"]),
        themes=_texts(told["themes"]),
        key=_texts(told["key"]),
        columns=tuple(_column(one) for one in columns),
    )


def _column(told: Mapping[str, str]) -> Column:
    meaning = {language: told[language] for language in LANGUAGES}
    unit, ucum = told.get("unit", ""), told.get("ucum", "")
    return Column(told["name"], told["type"], meaning, unit, ucum)


def _words(told: object) -> Words:
    if not isinstance(told, dict):
        raise TypeError("datasets.toml: a text needs its languages")
    return {language: str(told[language]) for language in LANGUAGES}


def _texts(told: object) -> tuple[str, ...]:
    if not isinstance(told, list):
        raise TypeError("datasets.toml: a list of names is wanted")
    return tuple(map(str, told))
