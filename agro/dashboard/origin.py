"""Whose forecast a page stands on: the source, its age, and the terms under which it is shown."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from agro.advice.outlook import STALE_AFTER
from agro.dashboard import data, parts
from agro.dashboard.frame import Frame
from agro.records import Advice
from agro.store.feeds import Terms
from agro.words import Words

_CLIMATE = "climate"  # the source of a week for which there is no forecast


def origin(frame: Frame, advices: Sequence[Advice]) -> str:
    """The forecast of a garden's newest advice, as HTML; nothing where it tells of none."""
    told = [advice for advice in advices if advice.sources.get("forecast")]
    if not told:
        return ""
    newest = max(told, key=lambda advice: advice.issued_at)
    source, issued = str(newest.sources["forecast"]), newest.sources.get("forecast_issued_at")
    line = _forecast(frame, source, datetime.fromisoformat(issued) if issued else None)
    terms = _terms(frame, source, data.terms(newest.site, source))
    return f"{line}{terms}"


def _forecast(frame: Frame, source: str, issued: datetime | None) -> str:
    """Source and age; a forecast that has grown old is a line that must not be missed."""
    words = frame.words
    if source == _CLIMATE or issued is None:
        return _quiet(escape(words.t("origin.climate")))
    told = {"source": _provider(words, source), "age": words.age(frame.now - issued)}
    if frame.now - issued > STALE_AFTER:
        return parts.notice(words.t("origin.stale", **told))
    return _quiet(escape(words.t("origin.forecast", **told)))


def _terms(frame: Frame, forecast: str, found: Sequence[Terms]) -> str:
    """Whom to thank for the weather, the forecast's source first: a link and a licence each."""
    words = frame.words
    named = [one for one in found if one.attribution]  # a demo's own sources ask for no thanks
    own = [one for one in named if _is_of(words, one, forecast)]
    others = [one for one in named if not _is_of(words, one, forecast)]
    items = [_credit(words, one) for one in own]
    # The forecast's age is told already.
    items += [f"{_credit(words, one)}, {words.age(frame.now - one.fetched_at)}" for one in others]
    if not items:
        return ""
    return _quiet(f"{escape(words.t('origin.terms'))} {' · '.join(dict.fromkeys(items))}")


def _is_of(words: Words, one: Terms, forecast: str) -> bool:
    return _provider(words, one.source) == _provider(words, forecast)


def _credit(words: Words, one: Terms) -> str:
    key = f"attribution.{one.source}"
    name = words.t(key) if words.knows(key) else one.attribution
    return f'<a href="{escape(one.link)}">{escape(name)}</a> ({escape(one.licence)})'


def _provider(words: Words, source: str) -> str:
    """The name of who computed it."""
    key = f"provider.{source}"
    return words.t(key) if words.knows(key) else source


def _quiet(html: str) -> str:
    return f'<p class="caption">{html}</p>'
