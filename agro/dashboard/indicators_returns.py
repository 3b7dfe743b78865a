"""Return on investment: what advised watering spares, every assumption shown and to be changed."""

from collections.abc import Sequence
from datetime import date
from html import escape
from math import isinf

import streamlit as st

from agro.dashboard import indicators_assumed as assumed
from agro.dashboard import indicators_data as read
from agro.dashboard import indicators_records as records
from agro.dashboard import parts
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_data import Period
from agro.dashboard.indicators_links import address, open_to
from agro.energy.returns import Return, of_book, tells_of_few
from agro.indicators import saying as say
from agro.indicators.book import Book
from agro.indicators.figures import Figure
from agro.indicators.scope import scope_of, within
from agro.tables import sheets_xlsx, to_csv
from agro.words import Words
from agro.words.energy import assumption_name, formula, result_name, source_name, told_of
from models.energy.payback import NAMES, Assumption, Assumptions, Range

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN = ("water", "energy", "hours", "euros", "years")
_KEY, _LINK = "returns_", "assume"
_ABREAST = 2
_BARE = ("1", "week⁻¹")  # units that the name of the assumption says
_WATERING = ("where", "day", "amount", "record")
_RECORD = ("kind", "key", "number")


def draw(frame: Frame, found: Sequence[Figure], period: Period, *, public: bool) -> None:
    """Draw the section: results, cautions, how it is reckoned, assumptions, files."""
    words = frame.words
    parts.section(words.t("returns.title"), words.t("returns.lead"))
    book, scope = read.book(period.start, period.end), found[0].scope
    if public and tells_of_few(book, scope):
        parts.empty(words.t("returns.hidden_title"), words.t("returns.hidden"))
        return
    _begin(words)
    own = of_book(book, scope, assumed.with_changes(changes()))
    if own.plots:
        st.html(_cards(words, own))
    language = words.language
    parts.caption(told_of(own.plots, own.known, len(own.sources), language))
    st.html(_cautions(words, own))
    _editor(words, own)
    if own.plots:
        with st.expander(words.t("returns.how"), key="returns_how"):
            st.html(_table(words, own))
        if not public:
            _records(frame, own, within(book, scope))
    _files(words, own, period, public=public)


def returned(start_end: Period, scope: str, *, public: bool) -> Return | None:
    """The return with the assumptions of this visit; None where it would tell of too few."""
    book, place = read.book(start_end.start, start_end.end), scope_of(scope)
    if public and tells_of_few(book, place):
        return None
    return of_book(book, place, assumed.with_changes(changes()))


def changes() -> dict[str, float]:
    """The assumptions that this visit changed: in its fields, else in its link."""
    values = {name: st.session_state[_KEY + name] for name in NAMES if _drawn(name)}
    if not values:
        return assumed.of_link(st.query_params.get(_LINK, ""))[0]
    return assumed.changed({name: value for name, value in values.items() if value is not None})


def _drawn(name: str) -> bool:
    return _KEY + name in st.session_state


def _begin(words: Words) -> None:
    """Fill the fields once, from the link or with what we assume.

    A field that another view does not draw is forgotten; the link keeps what was changed.
    """
    asked, refused = assumed.of_link(st.query_params.get(_LINK, ""))
    if refused:
        st.html(parts.notice(words.t("returns.link_refused", text=", ".join(refused))))
    usual = Assumptions()
    for name in NAMES:
        if not _drawn(name):
            st.session_state[_KEY + name] = asked.get(name, getattr(usual, name).value)
    link = assumed.to_link(changes())
    if link:
        st.query_params[_LINK] = link
    else:
        st.query_params.pop(_LINK, None)


def _cards(words: Words, own: Return) -> str:
    """The results in one row of cards, each with its interval."""
    cards = []
    for name in _SHOWN:
        one: Range = getattr(own.spared, name)
        ends = _ends(words, one)
        cards.append(
            f'<div class="card return"><h3>{escape(words.t(f"returns.{name}"))}</h3>'
            f'<p class="figure">{escape(_with_unit(words, name, one.middle))}</p>'
            f'<p class="caption">{escape(ends)}</p></div>'
        )
    return f'<div class="returns">{"".join(cards)}</div>'


def _ends(words: Words, one: Range) -> str:
    """What 80 % of the draws lie between; an endless time is told as never."""
    low, high = words.number(one.low), words.number(one.high)
    if isinf(one.low):
        return words.t("returns.never")
    return words.t("returns.at_best" if isinf(one.high) else "returns.between", low=low, high=high)


def _value(words: Words, value: float) -> str:
    return words.t("energy.never") if isinf(value) else say.number(words, value)


def _with_unit(words: Words, name: str, value: float) -> str:
    return words.t("energy.never") if isinf(value) else words.t(f"returns.{name}_is", n=_n(value))


def _n(value: float) -> float:
    """A number as it is written, so that its plural is that of what is read."""
    return round(value, 0 if abs(value) >= 10.0 else 1)


def _cautions(words: Words, own: Return) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in assumed.warnings(words, own))
    title = escape(words.t("returns.cautions"))
    return f'<div class="doubts"><h3>{title}</h3><ul>{items}</ul></div>'


def _table(words: Words, own: Return) -> str:
    columns = ("result", "low", "likely", "high", "how")
    rows = [
        (
            result_name(name, words.language),
            *(_value(words, value) for value in (one.low, one.middle, one.high)),
            formula(name, words.language),
        )
        for name in own.spared.__slots__
        for one in [getattr(own.spared, name)]
    ]
    return parts.table(assumed.heads(words, columns), rows, numbers=frozenset({1, 2, 3}))


def _records(frame: Frame, own: Return, here: Book) -> None:
    """The waterings behind it, the newest first; each leads to where it is noted."""
    words, counted = frame.words, set(own.sources)
    found = [one for one in here.irrigations if one.source in counted]
    found.sort(key=lambda one: one.day or date.min, reverse=True)
    with st.expander(words.t("returns.records", n=len(found)), key="returns_records"):
        if len(found) > records.MOST:
            parts.caption(words.t("indicators.records_newest", most=records.MOST))
        rows = [records.row(frame, one) for one in found[: records.MOST]]
        heads = [words.t(f"indicators.column_{name}") for name in _WATERING]
        links = [
            open_to(frame.actor, address(one, words.language)) for one in found[: records.MOST]
        ]
        told = [[row[name] for name in _WATERING] for row in rows]
        st.html(parts.table(heads, told, numbers=frozenset({2}), links=links))


def _editor(words: Words, own: Return) -> None:
    """A field an assumption, with its range and whose it is; one button undoes all changes."""
    edited = changes()
    label = words.t("returns.assumptions", n=len(edited)) if edited else words.t("returns.assume")
    with st.expander(label, key="returns_assumptions"):
        parts.caption(words.t("returns.assume_caption"))
        for start in range(0, len(NAMES), _ABREAST):
            pair = NAMES[start : start + _ABREAST]
            for column, name in zip(st.columns(_ABREAST), pair, strict=False):
                with column:
                    _field(words, name, getattr(own.assumptions, name))
        st.button(
            words.t("returns.reset"), key="returns_reset", disabled=not edited, on_click=_reset
        )


def _field(words: Words, name: str, now: Assumption) -> None:
    usual: Assumption = getattr(Assumptions(), name)
    label = assumption_name(name, words.language)
    unit = f" ({words.code('energy_unit', usual.unit)})" if usual.unit not in _BARE else ""
    st.number_input(
        f"{label[:1].upper()}{label[1:]}{unit}",
        min_value=assumed.LEAST.get(name, 0.0),
        max_value=assumed.most(name),
        step=_step(usual),
        format="%.12g",
        key=_KEY + name,
    )
    source = source_name(now.source, words.language)
    told = words.t(
        "returns.range",
        source=source[:1].upper() + source[1:],
        usual=words.number(usual.value, 2),
        low=words.number(usual.low, 2),
        high=words.number(usual.high, 2),
    )
    parts.caption(told)


def _step(one: Assumption) -> float:
    """A step that a thumb can make something of."""
    for step in (50.0, 5.0, 1.0, 0.5):
        if one.high - one.low >= 3.0 * step:
            return step
    return 0.05


def _reset() -> None:
    for name in NAMES:
        st.session_state[_KEY + name] = getattr(Assumptions(), name).value


def _files(words: Words, own: Return, period: Period, *, public: bool) -> None:
    place = str(own.scope).replace(":", "-").replace("/", "-")
    name = f"{words.t('returns.file')}-{place}-{period.end.isoformat()}"
    with st.container(horizontal=True, key="returns_export"):
        st.download_button(
            words.t("returns.export_csv"),
            lambda: to_csv(assumed.rows(words, own), assumed.heads(words, assumed.RESULTS)),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            key="returns_csv",
        )
        st.download_button(
            words.t("returns.export_xlsx"),
            lambda: workbook(words, own, public=public),
            file_name=f"{name}.xlsx",
            mime=_XLSX,
            on_click="ignore",
            key="returns_xlsx",
        )


def workbook(words: Words, own: Return, *, public: bool) -> bytes:
    """The calculation, what it is not, and the records it rests on, which no public view has."""
    caution = words.t("returns.cautions")
    sheets = {
        words.t("returns.title"): (
            assumed.rows(words, own),
            assumed.heads(words, assumed.RESULTS),
        ),
        caution: ([{caution: text} for text in assumed.warnings(words, own)], [caution]),
    }
    if not public:
        columns = [words.t(f"returns.column_{name}") for name in _RECORD]
        rows = [
            dict(zip(columns, (say.kind(words, s.kind), s.key, s.row or None), strict=True))
            for s in own.sources
        ]
        sheets[words.t("indicators.sheet_records")] = (rows, columns)
    return sheets_xlsx(sheets)
