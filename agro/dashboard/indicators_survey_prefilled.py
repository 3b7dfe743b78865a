"""What the records propose for a question: the numbers behind it, and the way to confirm it."""

from html import escape

import streamlit as st

from agro.dashboard import indicators_survey_data as kept
from agro.dashboard import indicators_survey_draft as draft
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_links import address_of
from agro.dashboard.logbook_details import who_of
from agro.indicators import saying as say
from agro.indicators.prefill import Prefilled
from agro.store.indicators import SurveyRevision
from agro.words import Words

_LINKS, _TENS = 4, 10
_SHARES = frozenset(
    ("largest", "cover", "share", "own", "synthetic", "recycled", "local", "direct")
)
_MASSES = frozenset({"brought", "lost", "delivered", "sold"})


def proposal(frame: Frame, one: SurveyRevision, element: str, index: str, told: Prefilled) -> None:
    """Draw a proposal above its question; it is no answer until somebody confirms it."""
    words, version = frame.words, one.survey.version
    given = draft.score(one.survey.answers, element, index)
    if told.proposal is None:
        parts.caption(words.t("survey.no_proposal"))
        return
    is_same = given == told.proposal
    level = draft.level(words, version, index, told.proposal)
    said = "confirmed" if is_same else "differs" if given is not None else "proposal"
    text = escape(words.t(f"survey.{said}", level=level))
    behind = parts.facts(numbers(words, told))
    behind += _records(words, one.survey.site, told) if told.records else ""
    st.html(f'<div class="survey-told {said}"><p class="level">{text}</p>{behind}</div>')
    if given is None:
        st.button(
            words.t("survey.confirm_one"),
            key=f"survey_confirm_{index}",
            type="primary",
            on_click=_confirm,
            args=(one.number, element, index, told.proposal),
        )


def numbers(words: Words, told: Prefilled) -> list[tuple[str, str]]:
    """The numbers behind a proposal, each with its name."""
    return [
        (words.code("prefill_fact", f"{told.code}_{key}"), _amount(words, key, value))
        for key, value in told.basis.items()
    ]


def _amount(words: Words, key: str, value: float) -> str:
    if key in _SHARES:
        return words.percent(value)
    text = words.number(value, 0 if value >= _TENS else 1)
    return f"{text}\u00a0kg" if key in _MASSES else text


def _records(words: Words, site: str, told: Prefilled) -> str:
    """Links to the first records behind a proposal, and how many more there are."""
    links: dict[str, str] = {}
    for source in told.records:
        number = words.t("indicators.number", value=str(source.row)) if source.row else ""
        name = f"{say.kind(words, source.kind)} {number}".strip()
        plot = source.key.split("/")[1] if source.key.count("/") else ""
        links.setdefault(name, address_of(source, site, plot, words.language))
    items = [
        f'<a href="{escape(link)}" target="_blank">{escape(name)}</a>' if link else escape(name)
        for name, link in list(links.items())[:_LINKS]
    ]
    more = len(links) - _LINKS
    if more > 0:
        items.append(escape(words.t("survey.behind_more", n=more)))
    head = escape(words.t("survey.behind", n=len(told.records)))
    return f'<p class="caption">{head}{words.t("survey.colon")}{", ".join(items)}</p>'


def _confirm(number: int, element: str, index: str, given: float) -> None:
    kept.answer(number, element, index, given, who=who_of())
