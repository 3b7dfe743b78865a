"""Behind a figure: how it is computed, each site's part of it, and the records counted."""

from datetime import date
from html import escape

import streamlit as st

from agro.dashboard import data, parts
from agro.dashboard import indicators_data as read
from agro.dashboard.frame import Frame, crop_name
from agro.dashboard.indicators_data import Period
from agro.dashboard.indicators_entry import choose, entries
from agro.dashboard.indicators_links import address, open_to
from agro.indicators import saying as say
from agro.indicators.book import Record
from agro.indicators.figures import Figure
from agro.tables import to_csv
from agro.words import Words

MOST = 50  # records that are shown; all of them are in the file
_COLUMNS = ("what", "where", "day", "amount", "crop", "record")


def behind(frame: Frame, one: Figure, period: Period, *, public: bool) -> None:
    """Draw what a figure was made of."""
    words = frame.words
    st.html(_made(words, one))
    if one.status == "suppressed":
        return
    if public:
        parts.caption(words.t("indicators.records_hidden"))
        return
    if one.scope.above_sites:
        _sites(words, one, period)
    _records(frame, one)


def _made(words: Words, one: Figure) -> str:
    """Its formula, what divides what, its caution, and the sources of its lines."""
    own, known = one.indicator, read.known()
    pairs = [(words.t("indicators.formula"), own.formula)]
    if one.numerator == one.numerator:
        pairs.append((words.t("indicators.numerator"), say.number(words, one.numerator)))
    if one.denominator == one.denominator:
        pairs.append((words.t("indicators.denominator"), say.number(words, one.denominator)))
    caution = own.caution(words.language)
    notes = [words.t("indicators.covered", text=say.rule(words, known, one))]
    notes += [caution] if caution else []
    sources = known.sources
    cited = dict.fromkeys(told.threshold.source for told in one.lines)
    notes += [words.t("indicators.line_source", text=sources[c]) for c in cited if c in sources]
    told = "".join(f'<p class="caption">{escape(text)}</p>' for text in notes)
    return parts.facts(pairs) + told


def _sites(words: Words, one: Figure, period: Period) -> None:
    """Each site's own figure, in the order of their names: this ranks no garden."""
    names = read.site_names()
    communes = {site.slug: site.commune for site in data.sites()}
    every = read.places(period.start, period.end, "site", one.indicator.id, public=False)
    rows = [
        (names.get(key, key), say.value(words, own), _share(words, own), _count(words, own))
        for key, own in sorted(every.items(), key=lambda pair: names.get(pair[0], pair[0]))
        if one.scope.level == "city" or communes.get(key) == one.scope.key
        if own.sources
    ]
    if rows:
        heads = ("site", "value", "known", "records")
        told = [words.t(f"indicators.column_{name}") for name in heads]
        st.html(parts.table(told, rows, numbers=frozenset({1, 2, 3})))


def _share(words: Words, one: Figure) -> str:
    return words.percent(one.coverage) if one.coverage == one.coverage else "–"


def _count(words: Words, one: Figure) -> str:
    return words.number(len(one.sources))


def _records(frame: Frame, one: Figure) -> None:
    words = frame.words
    records = counted(one)
    if not records:
        parts.caption(words.t("indicators.no_records"))
        return
    told = words.t("indicators.records", n=len(records))
    if len(records) > MOST:
        told = f"{told} {words.t('indicators.records_newest', most=MOST)}"
    parts.caption(told)
    heads = [words.t(f"indicators.column_{name}") for name in _COLUMNS]
    rows = [list(row(frame, record).values()) for record in records[:MOST]]
    links = [open_to(frame.actor, address(each, words.language)) for each in records[:MOST]]
    st.html(parts.table(heads, rows, numbers=frozenset({3}), links=links))
    choose(frame, entries(records[:MOST], links), one.indicator.id)
    with st.container(horizontal=True, key=f"indicators_files_{one.indicator.id}"):
        st.download_button(
            words.t("indicators.records_csv"),
            lambda: to_csv(file_rows(frame, records), heads),
            file_name=f"{one.indicator.id.lower()}.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"indicators_records_{one.indicator.id}",
        )


def counted(one: Figure) -> list[Record]:
    """The records of a figure, each once, the newest first, those of no day last."""
    if one.status == "suppressed":
        return []
    once = {record.source: record for record in one.part.records}
    return sorted(once.values(), key=lambda record: record.day or date.min, reverse=True)


def row(frame: Frame, record: Record) -> dict[str, str]:
    """A record as a table has it."""
    words, source = frame.words, record.source
    crop = getattr(record, "crop", "")
    number = words.t("indicators.number", value=str(source.row)) if source.row else source.key
    return {
        "what": say.kind(words, source.kind),
        "where": _where(record),
        "day": words.near_day(record.day, words.local(frame.now).date()) if record.day else "–",
        "amount": say.amount(words, record),
        "crop": crop_name(words, crop) if crop else "",
        "record": number,
    }


def file_rows(frame: Frame, records: list[Record]) -> list[dict[str, str]]:
    """The records as a file has them: days as machines read them."""
    words = frame.words
    found = []
    for record in records:
        told = row(frame, record) | {"day": record.day.isoformat() if record.day else ""}
        found.append({words.t(f"indicators.column_{name}"): told[name] for name in _COLUMNS})
    return found


def _where(record: Record) -> str:
    names = read.site_names()
    site, _, plot = record.plot.partition("/")
    if plot:
        return f"{names.get(site, site)}, {data.place_names().get((site, plot), plot)}"
    return names.get(record.site, record.site)
