"""The small pieces of every page: theme, headings, notices, empty and failing states, tables.

The functions that return text return HTML with every value escaped; colours and sizes live in
`theme.css`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from json import dumps
from pathlib import Path

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from agro.errors import StoreError
from agro.words import Words

_CSS = Path(__file__).parent / "theme.css"


def theme(language: str) -> None:
    """Our colours, the phone's layout, and the page's language for readers aloud."""
    st.html(_CSS)
    switch = f"<script>document.documentElement.lang = {dumps(language)}</script>"
    st.html(switch, unsafe_allow_javascript=True)


def masthead(words: Words, city: str) -> str:
    """Whose gardens these are."""
    title = words.t("app.city", city=city) if city else words.t("app.title")
    return f'<p class="masthead">{escape(title)}</p>'


def notice(text: str) -> str:
    """A line that must not be missed."""
    return f'<p class="notice" role="note">{escape(text)}</p>'


def title(text: str, lead: str = "") -> None:
    """The page's heading and the line that sums it up."""
    below = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    st.html(f'<h1 class="page-title">{escape(text)}</h1>{below}')


def section(text: str, caption: str = "") -> None:
    """A heading inside a page."""
    below = f'<p class="caption">{escape(caption)}</p>' if caption else ""
    st.html(f'<h2 class="section">{escape(text)}</h2>{below}')


def caption(text: str) -> None:
    """A quiet line."""
    st.html(f'<p class="caption">{escape(text)}</p>')


def empty(heading: str, body: str = "") -> None:
    """Nothing to show yet, and what to do about it."""
    st.html(
        f'<div class="state" role="status"><h3>{escape(heading)}</h3><p>{escape(body)}</p></div>'
    )


def error(words: Words) -> None:
    """The store does not answer."""
    st.html(
        f'<div class="state error" role="alert"><h3>{escape(words.t("error.title"))}</h3>'
        f"<p>{escape(words.t('error.body'))}</p></div>"
    )


@contextmanager
def answering(words: Words) -> Iterator[None]:
    """Show the failing state in place of what could not be read."""
    try:
        yield
    except (StoreError, SQLAlchemyError):
        error(words)


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Short facts: name over value."""
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs
    )
    return f'<dl class="facts">{items}</dl>'


def chips(texts: Iterable[str]) -> str:
    """A row of short facts."""
    return '<ul class="chips">' + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: frozenset[int] = frozenset(),
    codes: frozenset[int] = frozenset(),
    tight: bool = False,
    links: Sequence[str] = (),
) -> str:
    """A table that folds into cards on a phone, unless `tight` columns fit there.

    `numbers` and `codes` are column positions; `links` lead from the last cell of each row.
    """
    head = "".join(_cell("th", "", text, i in numbers, False) for i, text in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            _cell(
                "td",
                heads[i],
                text,
                i in numbers,
                i in codes,
                links[n] if links and i == len(heads) - 1 else "",
            )
            for i, text in enumerate(row)
        )
        + "</tr>"
        for n, row in enumerate(rows)
    )
    css = "rows tight" if tight else "rows"
    return f'<table class="{css}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _cell(tag: str, label: str, text: str, is_number: bool, is_code: bool, link: str = "") -> str:
    inner = f"<code>{escape(text)}</code>" if is_code and text else escape(text)
    if link and text:
        inner = f'<a href="{escape(link)}">{inner}</a>'
    css = ' class="number"' if is_number else ""
    return f'<{tag}{css} data-label="{escape(label)}">{inner}</{tag}>'
