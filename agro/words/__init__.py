"""Codes and numbers become sentences here, and only here: pages, messages and reports alike.

One catalogue a language (`fr.toml`, `en.toml`), with the same keys. `say(language)` gives the
catalogue; `advice_sentence(advice, plot, language)` says an advice to a gardener.
"""

from agro.words.advice import Sentence, advice_sentence
from agro.words.catalogue import LANGUAGES, Words, say
from agro.words.imports import field_name, note_sentence, problem_sentence
from agro.words.orders import OrderNotice, order_notice
from agro.words.trials import finding_sentence, warning_sentence

__all__ = [
    "LANGUAGES",
    "OrderNotice",
    "Sentence",
    "Words",
    "advice_sentence",
    "field_name",
    "finding_sentence",
    "note_sentence",
    "order_notice",
    "problem_sentence",
    "say",
    "warning_sentence",
]
