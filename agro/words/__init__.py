"""Codes and numbers become sentences here, and only here: pages, messages and reports alike.

One catalogue a language (`fr.toml`, `en.toml`, `fi.toml`), with the same keys. `say(language)`
gives the catalogue; `advice_sentence(advice, plot, language)` says an advice to a gardener.
"""

from agro.words.advice import Sentence, advice_sentence
from agro.words.card import (
    Card,
    DayAhead,
    card,
    garden_cautions,
    garden_lead,
    shared_cautions,
    soil_water,
    thirsty_first,
    week_ahead,
)
from agro.words.catalogue import LANGUAGES, Words, say, separators
from agro.words.imports import field_name, note_sentence, problem_sentence
from agro.words.orders import OrderNotice, order_notice
from agro.words.own import named, own_text
from agro.words.trials import finding_sentence, warning_sentence

__all__ = [
    "LANGUAGES",
    "Card",
    "DayAhead",
    "OrderNotice",
    "Sentence",
    "Words",
    "advice_sentence",
    "card",
    "field_name",
    "finding_sentence",
    "garden_cautions",
    "garden_lead",
    "named",
    "note_sentence",
    "order_notice",
    "own_text",
    "problem_sentence",
    "say",
    "separators",
    "shared_cautions",
    "soil_water",
    "thirsty_first",
    "warning_sentence",
    "week_ahead",
]
