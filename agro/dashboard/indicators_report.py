"""The report of what the page shows, as a PDF: made on demand, with its progress in sight."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from agro.dashboard import data, indicators_returns
from agro.dashboard import indicators_data as read
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_data import Period
from agro.indicators.scope import scope_of
from agro.reports import farms_report
from agro.reports.farms_made import Asked, Place, report_of
from agro.reports.provenance import versions
from agro.words import Words

_STEPS = ("books", "figures", "years", "communes", "pages")
_MADE = "indicators_report_made"


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made, and of what: another place, period or view needs another."""

    of: tuple[object, ...]
    body: bytes


def draw(frame: Frame, scope: str, period: Period, *, public: bool) -> None:
    """Draw the button that makes the report; once it is made, the one that hands it out."""
    words = frame.words
    changes = tuple(sorted(indicators_returns.changes().items()))
    of = (scope, period, public, words.language, changes)
    made = st.session_state.get(_MADE)
    place = st.empty()
    if not (isinstance(made, Made) and made.of == of):
        with place.container(key="indicators_report"):
            asked = st.button(words.t("farms_report.button"), key="indicators_report_make")
        if not asked:
            return
        bar = place.progress(0.0, text=words.t("farms_report.making"))
        made = Made(of, make(frame, scope, period, _teller(words, bar.progress), public=public))
        st.session_state[_MADE] = made
    with place.container(key="indicators_report_out"):
        st.download_button(
            words.t("farms_report.ready", size=round(len(made.body) / 1000)),
            made.body,
            file_name=f"{_name(words, scope, period)}.pdf",
            mime="application/pdf",
            on_click="ignore",
            type="primary",
            key="indicators_report_pdf",
        )


def make(
    frame: Frame, scope: str, period: Period, step: Callable[[str], None], *, public: bool
) -> bytes:
    """The bytes of the report of a place in a period."""
    words, here = frame.words, scope_of(scope)
    step("books")
    today = words.local(frame.now).date()
    earlier = {}
    for year in range(period.end.year - read.YEARS + 1, period.end.year + 1):
        span = read.year_of(year, today)
        earlier[year] = read.book(span.start, span.end)
    city, communes = data.city(), read.commune_names()
    names = {f"commune:{code}": name for code, name in communes.items()}
    names |= {f"site:{slug}": name for slug, name in read.site_names().items()}
    report = report_of(
        read.book(period.start, period.end),
        earlier,
        Place(
            city.name if city else "",
            here,
            names,
            tuple(communes) if here.level == "city" else (),
        ),
        read.known(),
        Asked(
            made_at=frame.refreshed().now.replace(microsecond=0),
            language=words.language,
            zone=words.zone.key,
            public=public,
            command=_command(scope, period, public=public),
            versions=versions(),
        ),
        returned=indicators_returns.returned(period, scope, public=public),
        step=step,
    )
    step("pages")
    return farms_report(report)


def _teller(words: Words, show: Callable[..., object]) -> Callable[[str], None]:
    """Shows each step as it begins."""

    def step(what: str) -> None:
        show(_STEPS.index(what) / len(_STEPS), text=words.t(f"farms_report.step_{what}"))

    return step


def _name(words: Words, scope: str, period: Period) -> str:
    place = scope.replace(":", "-").replace("/", "-")
    return f"{words.t('farms_report.file')}-{place}-{period.end.isoformat()}"


def _command(scope: str, period: Period, *, public: bool) -> str:
    """What gives the figures again with all their records."""
    more = " --public" if public else ""
    span = f"--from {period.start} --to {period.end}"
    return f"agro indicators --scope {scope} {span}{more} --json"
