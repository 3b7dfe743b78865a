"""What the page shows, to be taken away as CSV or XLSX."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from agro.dashboard import indicators_records as records
from agro.dashboard.frame import Frame
from agro.dashboard.indicators_data import Period
from agro.indicators import saying as say
from agro.indicators.figures import Figure
from agro.tables import known, sheets_xlsx, to_csv
from agro.words import Words

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIGURES = (
    *("id", "domain", "indicator", "value", "unit", "numerator", "denominator", "known"),
    *("least", "status", "target", "sites", "records", "place", "start", "end"),
)
_LINES = ("id", "line", "op", "low", "high", "unit", "right", "year", "reached")


def export(
    frame: Frame, found: Sequence[Figure], place: str, period: Period, *, public: bool
) -> None:
    """Draw both buttons; a file is made when its button is pressed."""
    words = frame.words
    name = f"{words.t('indicators.file')}-{str(found[0].scope).replace(':', '-').replace('/', '-')}"
    name = f"{name}-{period.end.isoformat()}"
    heads = _heads(words, _FIGURES)
    with st.container(horizontal=True, key="indicators_export"):
        st.download_button(
            words.t("indicators.export_csv"),
            lambda: to_csv(figure_rows(words, found, place, period), heads),
            file_name=f"{name}.csv",
            mime="text/csv",
            on_click="ignore",
            key="indicators_csv",
        )
        st.download_button(
            words.t("indicators.export_xlsx"),
            lambda: workbook(frame, found, place, period, public=public),
            file_name=f"{name}.xlsx",
            mime=_XLSX,
            on_click="ignore",
            key="indicators_xlsx",
        )


def workbook(
    frame: Frame, found: Sequence[Figure], place: str, period: Period, *, public: bool
) -> bytes:
    """The figures, the lines they are read against, and the records of the one that is opened.

    A public view has no records: they are single gardens'.
    """
    words = frame.words
    opened = st.session_state.get("indicators_open", "")
    own = next((one for one in found if one.indicator.id == opened), None)
    sheets: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
        words.t("indicators.sheet_figures"): (
            figure_rows(words, found, place, period),
            _heads(words, _FIGURES),
        ),
        words.t("indicators.sheet_lines"): (line_rows(words, found), _heads(words, _LINES)),
    }
    if own is not None and not public:
        rows = records.file_rows(frame, records.counted(own))
        columns = list(rows[0]) if rows else [words.t("indicators.column_record")]
        sheets[words.t("indicators.sheet_records")] = (rows, columns)
    return sheets_xlsx(sheets)


def figure_rows(
    words: Words, found: Sequence[Figure], place: str, period: Period
) -> list[dict[str, Any]]:
    """A row a figure; what is not known is empty. Sites beside each other give their median."""
    rows = []
    for one in found:
        own, spread = one.indicator, one.spread[0] if len(one.spread) == 1 else None
        target = one.target.value if one.target else None
        told = (
            own.id,
            words.t(f"indicator_domain.{own.domain}"),
            own.name(words.language),
            known(spread.median if spread else one.value),
            own.unit,
            known(one.numerator),
            known(one.denominator),
            known(one.coverage),
            own.coverage.min,
            say.stands(words, one),
            target[0] if isinstance(target, tuple) else known(target),
            spread.n if spread else None,
            len(one.sources),
            place,
            period.start,
            period.end,
        )
        rows.append(dict(zip(_heads(words, _FIGURES), told, strict=True)))
    return rows


def line_rows(words: Words, found: Sequence[Figure]) -> list[dict[str, Any]]:
    """A row a threshold, and by what right it is one."""
    rows = []
    for one in found:
        for line in one.lines:
            own = line.threshold
            low, high = line.value if isinstance(line.value, tuple) else (line.value, line.value)
            told = (
                one.indicator.id,
                own.label(words.language),
                own.op,
                known(low),
                known(high),
                one.indicator.unit,
                words.t(f"indicator_threshold.{own.status}"),
                own.year,
                say.reached(words, line),
            )
            rows.append(dict(zip(_heads(words, _LINES), told, strict=True)))
    return rows


def _heads(words: Words, names: Sequence[str]) -> list[str]:
    return [words.t(f"indicators.column_{name}") for name in names]
