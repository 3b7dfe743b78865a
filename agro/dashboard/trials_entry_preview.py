"""What a field book says before it is stored: what is good, refused, doubted, changed, lacking."""

from collections.abc import Sequence

import streamlit as st

from agro.dashboard import parts
from agro.dashboard import trials_entry_parts as pieces
from agro.store.trials import PlannedTrial
from agro.tables import to_csv
from agro.trials.entering import Change, Preview
from agro.trials.findings import Finding
from agro.words import Words
from agro.words.trials import finding_sentence

_SHOWN = 50  # rows of a table on the page
_LONGEST = 80  # characters of a value
_LACKING = 40  # plots that are named
_HEADS = ("row", "column", "value", "remedy")


def preview(words: Words, trial: PlannedTrial, read: Preview) -> None:
    """Draw it."""
    _sums(words, read)
    _changed(words, trial, read.changed)
    _findings(words, read.problems, "problems")
    _findings(words, read.doubts, "doubts")
    if read.findings:
        st.download_button(
            words.t("trial_entry.problems_csv"),
            lambda: problems_csv(words, read.findings),
            file_name=f"{trial.slug}-{words.t('trial_entry.problems_file')}.csv",
            mime="text/csv",
            on_click="ignore",
            key="trial_entry_problems_csv",
        )
    _lacking(words, read.lacking)


def _sums(words: Words, read: Preview) -> None:
    told = [words.t("trial_entry.good_values", n=len(read.values))]
    if read.known:
        told.append(words.t("trial_entry.known_values", n=read.known))
    if read.refused:
        told.append(words.t("trial_entry.refused_rows", n=read.refused))
    st.html(parts.notice(" · ".join(told)))


def _changed(words: Words, trial: PlannedTrial, changed: Sequence[Change]) -> None:
    """The plots that have another value already."""
    if not changed:
        return
    traits = {one.name: one for one in trial.traits}
    with_visit = any(one.time for one in changed)
    names = ["plot", "trait", *(["visit"] if with_visit else []), "was", "becomes"]
    heads = [words.t(f"trial_entry.head_{name}") for name in names]
    rows = []
    for one in changed[:_SHOWN]:
        trait = traits[one.trait]
        values = [pieces.amount(words, value, trait.unit) for value in (one.before, one.after)]
        visit = [one.time] if with_visit else []
        rows.append([str(one.plot), trait.label or trait.name, *visit, *values])
    parts.section(
        words.t("trial_entry.changed", n=len(changed)), words.t("trial_entry.changed_caption")
    )
    last = len(heads) - 1
    st.html(parts.table(heads, rows, numbers=frozenset({last - 1, last}), tight=True))
    _more(words, len(changed) - _SHOWN)


def _findings(words: Words, found: Sequence[Finding], kind: str) -> None:
    """Each with its row, its column, what is written there and what to do."""
    if not found:
        return
    parts.section(
        words.t(f"trial_entry.{kind}", n=len(found)), words.t(f"trial_entry.{kind}_caption")
    )
    heads = [words.t(f"trial_entry.head_{name}") for name in _HEADS]
    rows = [_cells(words, one) for one in found[:_SHOWN]]
    st.html(parts.table(heads, rows, codes=frozenset({2})))
    _more(words, len(found) - _SHOWN)


def _cells(words: Words, one: Finding) -> list[str]:
    value = one.value[:_LONGEST]
    return [
        str(one.row) if one.row else words.t("trial_entry.whole_file"),
        one.column,
        value,
        finding_sentence(words, one.code, value, one.facts),
    ]


def _more(words: Words, left: int) -> None:
    if left > 0:
        parts.caption(words.t("trial_entry.more", n=left))


def _lacking(words: Words, plots: Sequence[int]) -> None:
    """The plots of which nothing would be known yet."""
    if not plots:
        return
    named = ", ".join(str(one) for one in plots[:_LACKING])
    if len(plots) > _LACKING:
        named += " …"
    parts.caption(words.t("trial_entry.lacking", n=len(plots), plots=named))


def problems_csv(words: Words, found: Sequence[Finding]) -> bytes:
    """What was found, to be worked through beside the sheet."""
    heads = [words.t(f"trial_entry.head_{name}") for name in (*_HEADS, "taken")]
    yes, no = words.t("trial_entry.yes"), words.t("trial_entry.no")
    rows = []
    for one in found:
        cells = [*_cells(words, one), yes if one.used else no]
        rows.append(dict(zip(heads, map(_inert, cells), strict=True)))
    return to_csv(rows, heads).encode("utf-8-sig")  # Excel takes it for UTF-8


def _inert(text: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
