"""One report as a card: what, where, how it stands, what was answered, who says so and when."""

from collections.abc import Sequence
from html import escape

from agro.access import may
from agro.dashboard import data
from agro.dashboard import reports_data as read
from agro.dashboard.frame import Frame
from agro.records import Plot, ReportService
from agro.store.reports import OWN, Change, Report
from agro.words import Words, own_text

# The colours of the cards of beds: what waits for somebody, what is done, what nobody knows.
BADGES = {"open": "irrigate", "closed": "wait", "unknown": "unknown"}


def kind_name(words: Words, services: Sequence[ReportService], one: Report) -> str:
    """What a report is about: our name for it, else its source's."""
    found = next((kind for kind in services if kind.code == one.service_code), None)
    if found is None:
        return one.service_name or one.service_code
    return kind_title(words, found)


def kind_title(words: Words, kind: ReportService) -> str:
    """The name of a kind of report, in a language that its pack has."""
    city = data.city()
    return own_text(kind, "name", words.language, city.language if city else "")


def card(
    frame: Frame, one: Report, services: Sequence[ReportService], near: tuple[Plot, float] | None
) -> str:
    """The card as HTML, every value escaped."""
    words = frame.words
    name, state = kind_name(words, services, one), words.t(f"reports.{one.status}")
    head = (
        f'<div class="head"><h3>{escape(name)}</h3>'
        f'<span class="badge {BADGES[one.status]}">{escape(state)}</span></div>'
    )
    text = escape(one.description or words.t("reports.no_text")).replace("\n", "<br>")
    lines = [
        f'<p class="why">{text}</p>',
        _quiet(_place(frame, one, near)),
        _quiet(_times(frame, one)),
    ]
    if one.media_url:
        lines.append(_quiet(words.t("reports.photo", value=one.media_url)))
    lines += [_answer(words, one), _quiet(_origin(frame, one))]
    return f'<div class="card">{head}{"".join(lines)}</div>'


def short(frame: Frame, one: Report, services: Sequence[ReportService]) -> str:
    """A report in a line, for a map: `Éclairage en panne, signalé il y a 3 h`."""
    return f"{kind_name(frame.words, services, one)}, {_made(frame, one)}"


def steps_table(frame: Frame, steps: Sequence[Change]) -> str:
    """How a report came to stand as it does, as HTML."""
    words = frame.words
    items = []
    for one in steps:
        known = [words.t(f"reports.{one.status}"), words.stamp(one.at)]
        line = " · ".join([*known, source_name(words, one.who)] if one.who else known)
        notes = f'<p class="told">{escape(one.notes)}</p>' if one.notes else ""
        items.append(f"<li><p>{escape(line)}</p>{notes}</li>")
    return f'<ol class="changes">{"".join(items)}</ol>'


def source_name(words: Words, source: str) -> str:
    """Who tells of a report."""
    key = f"reports.source.{source}"
    return words.t(key) if words.knows(key) else source


def near_line(words: Words, plot: str, metres: float) -> str:
    """How far a report lies from a plot."""
    if metres < 1.0:
        return words.t("reports.near_in", plot=plot)
    return words.t("reports.near_one", metres=words.number(metres, 0), plot=plot)


def _place(frame: Frame, one: Report, near: tuple[Plot, float] | None) -> str:
    words, told = frame.words, []
    if near is not None:
        plot, metres = near
        garden = next((site.name for site in data.sites() if site.slug == plot.site), plot.site)
        is_theirs = may(frame.actor, "page.bed", plot.site)
        named = f"{plot.name} ({garden})" if is_theirs else garden  # its beds are its own affair
        told.append(near_line(words, named, metres))
    if one.address:
        told.append(one.address)
    if commune := read.commune_name(one.commune):
        told.append(commune)
    if not told and not one.is_placed:
        told.append(words.t("reports.no_place"))
    return " · ".join(told)


def _made(frame: Frame, one: Report) -> str:
    words = frame.words
    if one.requested_at is None:
        return words.t("reports.made_unknown")
    return words.t("reports.made", age=words.age(frame.now - one.requested_at))


def _times(frame: Frame, one: Report) -> str:
    told = [_made(frame, one)]
    if one.updated_at is not None and one.updated_at != one.requested_at:
        age = frame.words.age(frame.now - one.updated_at)
        told.append(frame.words.t("reports.updated", age=age))
    told.append(frame.words.t("reports.reference", value=one.reference))
    return " · ".join(told)


def _answer(words: Words, one: Report) -> str:
    if not one.status_notes:
        return _quiet(words.t("reports.no_answer")) if one.status != "closed" else ""
    notes = escape(one.status_notes).replace("\n", "<br>")
    return f'<p class="why"><b>{escape(words.t("reports.answer"))}</b><br>{notes}</p>'


def _origin(frame: Frame, one: Report) -> str:
    words = frame.words
    if one.source == OWN and one.mode == "live":
        return words.t("reports.said_by_own")
    return words.t(
        "reports.said_by_source",
        source=source_name(words, one.source),
        mode=words.code("reports.mode", one.mode),
        age=words.age(frame.now - one.heard_at),
    )


def _quiet(text: str) -> str:
    return f'<p class="when">{escape(text[:1].upper() + text[1:])}</p>' if text else ""
