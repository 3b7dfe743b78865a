"""Texts that records carry themselves: each in the languages it has."""

from agro.words.catalogue import LANGUAGES, say

_COMMON = "en"  # what stands in where a record lacks a language


def own_text(record: object, field: str, language: str, home: str = "") -> str:
    """What `record` says in `language`: its `name_fr` for the field `name`.

    A language that it lacks falls back to `home`, the language of its pack, then to English, then
    to any that it has.
    """
    languages = dict.fromkeys((language, home, _COMMON, *LANGUAGES))
    return next(filter(None, (_text(record, field, one) for one in languages)), "")


def named(record: object, group: str, key: str, language: str, field: str = "name") -> str:
    """As `own_text`, but a catalogue may translate what the tables of the program lack.

    `[translated.crop]` of a catalogue names crops by their keys; French and English need none,
    because the tables carry them.
    """
    words, place = say(language), f"translated.{group}.{key}"
    if not _text(record, field, language) and words.knows(place):
        return words.t(place)
    return own_text(record, field, language)


def _text(record: object, field: str, language: str) -> str:
    return str(getattr(record, f"{field}_{language}" if field else language, ""))
