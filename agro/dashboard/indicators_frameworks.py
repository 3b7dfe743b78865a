"""The frameworks a city answers to: the 44 indicators of Milan's pact, and TAPE's ten elements."""

from collections.abc import Mapping, Sequence
from math import isnan

import streamlit as st

from agro.dashboard import indicators_data as read
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_charts import radar
from agro.dashboard.indicators_data import Period
from agro.indicators import saying as say
from agro.indicators import tape
from agro.indicators.book import Survey
from agro.indicators.figures import Figure
from agro.indicators.pact import CATEGORIES, OUTSIDE, answering
from agro.indicators.scope import within
from agro.words import Words

_LEVEL = "TAPE_CAET"


def draw(frame: Frame, found: Sequence[Figure], period: Period, *, public: bool) -> None:
    """Draw both; a survey is a single garden's, so a public view has none."""
    _tape(frame.words, {} if public else complete(found, period))
    _pact(frame.words, found)


def _pact(words: Words, found: Sequence[Figure]) -> None:
    by_number = answering(found)
    n = sum(any(one.status != "no_data" for one in own) for own in by_number.values())
    covered = words.t("indicators.pact_covered", n=len(by_number), told=n)
    parts.section(words.t("indicators.pact"), covered)
    heads = [words.t(f"indicators.column_{name}") for name in ("pact", "answer", "value")]
    first = 1
    for category, last in CATEGORIES.items():
        rows = [_row(words, number, by_number) for number in range(first, last + 1)]
        with st.expander(words.t(f"pact_category.{category}"), key=f"indicators_pact_{category}"):
            st.html(parts.table(heads, rows))
        first = last + 1
    parts.caption(words.t("indicators.pact_caution"))


def _row(
    words: Words, number: int, by_number: Mapping[int, Sequence[Figure]]
) -> tuple[str, str, str]:
    name = f"{number}. {words.t(f'pact.{number}')}"
    own = by_number.get(number, ())
    if not own:
        by = "outside" if number in OUTSIDE else "city"
        return name, words.t(f"indicators.pact_{by}"), ""
    names = " ; ".join(one.indicator.name(words.language) for one in own)
    values = " ; ".join(_told(words, one) for one in own)
    return name, names, values


def _told(words: Words, one: Figure) -> str:
    text = say.value(words, one)
    if one.status in ("no_data", "suppressed", "site_only"):
        return say.status(words, one)
    return f"{text} ({say.status(words, one)})" if one.status == "incomplete" else text


def _tape(words: Words, surveys: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    parts.section(words.t("indicators.tape"), words.t("indicators.tape_caption"))
    if not surveys:
        parts.empty(words.t("indicators.tape_none"), words.t("indicators_missing.survey"))
        return
    for version, own in surveys.items():
        if len(surveys) > 1:
            parts.caption(words.t("indicators.tape_version", version=version))
        _around(words, version, own)


def _around(words: Words, version: str, surveys: Mapping[str, Mapping[str, float]]) -> None:
    """The surveys of one version of the form: another one's scores mean something else."""
    names = words.group("tape_element")
    figure = radar(surveys, names, words.language)
    alt = words.t("indicators.tape_alt", n=len(surveys))
    key = f"indicators_tape_{version}"
    parts.chart(figure, key=key, alt=alt)
    heads = [words.t("indicators.column_element"), *surveys]
    rows = [
        [name, *(words.number(scores[key], 0) for scores in surveys.values())]
        for key, name in names.items()
    ]
    numbers = frozenset(range(1, len(surveys) + 1))
    st.html(parts.table(heads, rows, numbers=numbers, tight=len(surveys) == 1))


def complete(found: Sequence[Figure], period: Period) -> dict[str, dict[str, dict[str, float]]]:
    """The newest complete survey of each site of a place: form version → site → its elements."""
    if not any(one.indicator.id == _LEVEL for one in found):
        return {}
    here = within(read.book(period.start, period.end), found[0].scope)
    own, names = {site.site for site in here.sites}, read.site_names()
    told: dict[str, dict[str, dict[str, float]]] = {}
    for key, one in read.places(period.start, period.end, "site", _LEVEL, public=False).items():
        if key in own and not isnan(one.value):
            for survey in one.part.records:
                if isinstance(survey, Survey):
                    name = f"{names.get(key, key)} ({survey.version})"
                    scores = tape.elements(survey.version, survey.answers)
                    told.setdefault(survey.version, {})[name] = scores
    return told
