"""The small pieces of every page: theme, headings, notices, empty and failing states, tables.

The functions that return text return HTML with every value escaped; colours and sizes live in
`theme.css`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from json import dumps
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from agro.access import Actor
from agro.dashboard.charts import dressed
from agro.dashboard.colours import LOOKS, Look
from agro.errors import Forbidden, StoreError
from agro.words import Words

_CSS = Path(__file__).parent / "theme.css"


# Streamlit paints its own fields from what its page was loaded with, so a look of the other kind
# loads the page again; the cookie tells the server and the page's shell (agro/server/assets.py).
_SWITCH = """<script>(() => {
  const root = document.documentElement, look = %s;
  root.lang = %s;
  root.dataset.look = look;
  document.cookie = `agro_look=${look}; path=/; max-age=31536000; SameSite=Lax`;
  const loaded = new URL(performance.getEntriesByType("navigation")[0].name).pathname;
  const key = `stActiveTheme-${loaded}-v2`, kind = look === "dark" ? '"Dark"' : '"Light"';
  if (localStorage.getItem(key) !== kind) { localStorage.setItem(key, kind); location.reload(); }
})()</script>"""


def theme(language: str, look: Look) -> None:
    """Our colours, the phone's layout, and the page's language for readers aloud."""
    st.html(_CSS)
    st.html(_SWITCH % (dumps(look), dumps(language)), unsafe_allow_javascript=True)


def look() -> Look:
    """The look of this visit."""
    chosen = st.session_state.get("look")
    return next((one for one in LOOKS if one == chosen), LOOKS[0])


def chart(figure: go.Figure, *, key: str, alt: str, **more: Any) -> None:
    """A figure in the look of this visit, told in words to who does not see it."""
    drawn, bare = dressed(figure, look()), {"displayModeBar": False, "responsive": True}
    st.plotly_chart(drawn, theme=None, config=bare, key=key, alt=alt, **more)


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


def old(text: str) -> str:
    """How old what is shown is, where it should be younger."""
    return f'<p class="old" role="note">{escape(text)}</p>'


@contextmanager
def loading(words: Words, page: str) -> Iterator[None]:
    """Grey lines where a page will stand, from when it is first asked for until it is there."""
    place = st.empty()
    if st.session_state.get("page_seen") != page:
        place.html(_SKELETON.format(told=escape(words.t("loading.page"))))
    yield
    place.empty()
    st.session_state["page_seen"] = page


_SKELETON = """<div class="skeleton" role="status" aria-label="{told}">
<i class="head"></i><i></i><i></i><i class="box"></i><i class="box"></i></div>"""


def error(words: Words) -> None:
    """The store does not answer."""
    st.html(
        f'<div class="state error" role="alert"><h3>{escape(words.t("error.title"))}</h3>'
        f"<p>{escape(words.t('error.body'))}</p></div>"
    )


def forbidden(words: Words) -> None:
    """What is asked for is not theirs to see or to do."""
    empty(words.t("access.refused"), words.t("access.refused_body"))


def unwritten(words: Words, why: str) -> None:
    """That the last write was not done, and why; nothing where `why` is empty.

    It stands at the top of the page, and for a while before the eyes of who clicked far below.
    """
    if why:
        said = words.t(f"access.unwritten_{why}")
        st.html(f'<p class="notice" role="alert">{escape(said)}</p>')
        st.toast(said)


def who_looks(words: Words, actor: Actor) -> None:
    """In whose name the pages are seen, of somebody who signed in or may."""
    if actor.is_public:
        caption(words.t("access.public"))
    elif actor.email:
        roles = words.listing(words.t(f"access.seats.{role}") for role in sorted(actor.roles))
        caption(words.t("access.signed_in", who=actor.name or actor.email, roles=roles))


@contextmanager
def answering(words: Words) -> Iterator[None]:
    """Show the failing state in place of what could not be read, or may not be done."""
    try:
        yield
    except Forbidden:
        forbidden(words)
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
