"""The way in and out, as links of the frame; signing in itself is a page of the server."""

from html import escape
from urllib.parse import urlencode, urlsplit

import streamlit as st

from agro.access import Actor
from agro.access.routes import ASKED, SIGN_IN, SIGN_OUT
from agro.config import settings
from agro.words import Words

_LED = "led_to"


def begin_at_provider() -> None:
    """Go on to the provider where the address asks for it, as the page of signing in does."""
    if st.query_params.get(ASKED) != "provider" or not settings().has_provider:
        return
    del st.query_params[ASKED]  # whoever comes back does not go there again
    st.login()
    st.stop()


def links(words: Words, actor: Actor) -> None:
    """Sign in, for whoever looks as anybody may; sign out, for who signed in."""
    if actor.is_public:
        st.html(_link(words, SIGN_IN, "signin.title", next=_here()))
    elif actor.email:
        st.html(_link(words, SIGN_OUT, "signin.out"))


def _link(words: Words, page: str, key: str, **more: str) -> str:
    address = f"{page}?{urlencode({'lang': words.language} | more)}"
    text = escape(words.t(key))
    return f'<p class="caption"><a href="{escape(address)}" target="_self">{text}</a></p>'


def led_to(page: st.Page) -> None:
    """Remember that nobody chose this page: who signs in on it begins where their visit begins."""
    st.session_state[_LED] = f"/{page.url_path}"


def _here() -> str:
    """The page that is looked at, to come back to; the first one where nobody chose it."""
    path = urlsplit(st.context.url or "").path or "/"
    if path == st.session_state.get(_LED):
        return f"/?{urlencode({'lang': st.session_state['language']})}"
    asked = urlencode(st.query_params.to_dict())
    return f"{path}?{asked}" if asked else path
