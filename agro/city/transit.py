"""What riders of public transport are told now, in the reader's language where it was said so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from agro.store.city import assets

KIND = "transit"


@dataclass(frozen=True, slots=True)
class Notice:
    """A disruption as its operator tells it. `effect` is GTFS Realtime's word, in small letters;
    `language` that of the texts, empty where it is not stated.
    """

    title: str
    text: str
    language: str
    effect: str
    until: datetime | None
    source: str
    mode: str


def notices(c: Connection, language: str, at: datetime) -> list[Notice]:
    """The disruptions of every network that still hold, in their operators' order."""
    found = [
        _notice(told, language, one.source, one.mode)
        for one in assets.assets(c)
        if one.kind == KIND
        for told in one.details.get("alerts") or ()
    ]
    return [one for one in found if one.until is None or one.until >= at]


def _notice(told: Mapping[str, Any], language: str, source: str, mode: str) -> Notice:
    spoken, title = _said(told.get("title") or {}, language)
    _, text = _said(told.get("text") or {}, spoken or language)
    until = told.get("until")
    end = datetime.fromisoformat(until) if until else None
    return Notice(title, text, spoken, str(told.get("effect", "")), end, source, mode)


def _said(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """The language and the text: as asked for, else unstated, else whatever there is."""
    for one in (language, "", *texts):
        if one in texts:
            return one, texts[one]
    return "", ""
